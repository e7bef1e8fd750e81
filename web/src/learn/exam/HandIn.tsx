import { Send } from 'lucide-react'
import { AlertDialog } from 'radix-ui'
import { useState } from 'react'

import { counted } from '../words'
import type { Desk, DeskState } from './desk'

type Props = { desk: Desk; state: DeskState; goTo: (place: number) => void }

/** Submit, after having been told what is missing. */
export function HandIn({ desk, state, goTo }: Props) {
  const [open, setOpen] = useState(false)
  const [busy, setBusy] = useState(false)
  const [reason, setReason] = useState('')
  const items = state.items
  const missing = items.map(({ id }, place) => ({ id, place })).filter(({ id }) => !state.responses.has(id))
  const waiting = state.unsent.size

  async function submit() {
    setBusy(true)
    setReason('')
    try {
      await desk.submit()
    } catch (error) {
      setReason(error instanceof Error ? error.message : String(error))
    } finally {
      setBusy(false)
    }
  }

  return (
    <AlertDialog.Root open={open} onOpenChange={setOpen}>
      <AlertDialog.Trigger className="button main">
        <Send size={16} aria-hidden /> Hand in
      </AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="veil" />
        <AlertDialog.Content className="dialog learn">
          <AlertDialog.Title className="dialog-title">Hand in for good?</AlertDialog.Title>
          <AlertDialog.Description className="why">
            {missing.length === 0
              ? `All ${counted(items.length, 'question')} answered. You cannot change anything afterwards.`
              : `${counted(items.length - missing.length, 'question')} of ${items.length} answered. You cannot change anything afterwards.`}
          </AlertDialog.Description>
          {missing.length > 0 && (
            <p className="missing">
              Not answered:{' '}
              {missing.map(({ id, place }) => (
                <button key={id} className="button" type="button" aria-label={`Go to question ${place + 1}`}
                  onClick={() => {
                    setOpen(false)
                    goTo(place)
                  }}>
                  {place + 1}
                </button>
              ))}
            </p>
          )}
          {waiting > 0 && (
            <p className="notice">{counted(waiting, 'answer')} not saved yet. Wait a moment; they go out by themselves.</p>
          )}
          {reason && (
            <p className="notice" role="alert">
              {reason}
            </p>
          )}
          <div className="dialog-acts">
            <AlertDialog.Cancel className="button large">Go on working</AlertDialog.Cancel>
            <button className="button main large" type="button" disabled={busy || waiting > 0} onClick={() => void submit()}>
              Hand in
            </button>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}
