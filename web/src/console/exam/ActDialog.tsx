import { X } from 'lucide-react'
import { Dialog } from 'radix-ui'
import { useState, type FormEvent } from 'react'
import { useClient } from 'urql'

import { useWayBack } from '../../design/focus'
import type { RowFragment } from '../graph'
import { ACTS, perform, whomOf, type ActKind } from './acts'

export type Asked = { kind: ActKind; rows: RowFragment[] | 'everyone'; passedOver: RowFragment[] }

const MINUTES = [5, 10, 15, 30]

const NAMED = 12

function namesOf(rows: RowFragment[]): string {
  const names = rows.slice(0, NAMED).map(({ learner }) => learner.displayName)
  const more = rows.length - names.length
  return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ')
}

/** A message is to be written; of all else the first thing has the focus. */
function writeFirst(event: Event): void {
  const message = (event.currentTarget as Element).querySelector('textarea')
  if (!message) return
  event.preventDefault()
  message.focus()
}

/** What is about to be done and to whom; nothing is done before it is confirmed. */
export function ActDialog({ examId, asked, close }: { examId: string; asked: Asked; close: (done: boolean) => void }) {
  const { kind, rows, passedOver } = asked
  const said = ACTS[kind]
  const whom = whomOf(rows)
  const graph = useClient()
  const back = useWayBack()
  const [minutes, setMinutes] = useState(10)
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState('')
  const [key] = useState(() => crypto.randomUUID())

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const given = new FormData(event.currentTarget)
    setBusy(true)
    setRefusal('')
    try {
      const words = { minutes, text: String(given.get('text') ?? ''), reason: String(given.get('reason') ?? '') }
      await perform(graph, examId, kind, rows, words, key)
      close(true)
    } catch (error) {
      setRefusal(error instanceof Error ? error.message : String(error))
      setBusy(false)
    }
  }

  return (
    <Dialog.Root open onOpenChange={(open) => open || close(false)}>
      <Dialog.Portal>
        <Dialog.Overlay className="veil" />
        <Dialog.Content className="dialog" onOpenAutoFocus={writeFirst} onCloseAutoFocus={back}>
          <Dialog.Title className="dialog-title">{said.asks(whom)}</Dialog.Title>
          <Dialog.Description className="dialog-what">{said.means}</Dialog.Description>
          <form onSubmit={(event) => void submit(event)}>
            {rows !== 'everyone' && rows.length > 1 && (
              <p className="dialog-names">{namesOf(rows)}</p>
            )}
            {passedOver.length > 0 && (
              <p className="dialog-note">
                Not for {namesOf(passedOver)}: it does not apply there.
              </p>
            )}
            {kind === 'EXTEND' && (
              <fieldset className="minutes">
                <legend>Minutes</legend>
                {MINUTES.map((each) => (
                  <button key={each} type="button" className="button" aria-pressed={minutes === each}
                    onClick={() => setMinutes(each)}>
                    +{each}
                  </button>
                ))}
                <input className="field" type="number" min={1} max={1440} value={minutes} required
                  aria-label="Minutes, exactly" onChange={({ target }) => setMinutes(target.valueAsNumber || 0)} />
              </fieldset>
            )}
            {kind === 'MESSAGE' ? (
              <label className="form-line">
                Message
                <textarea className="field" name="text" rows={4} maxLength={1000} required />
              </label>
            ) : (
              <label className="form-line">
                Reason, for the record <small>optional; teachers alone see it</small>
                <input className="field" name="reason" maxLength={200} />
              </label>
            )}
            <p className="refusal" role="alert">{refusal}</p>
            <div className="dialog-buttons">
              <Dialog.Close className="button" type="button">Cancel</Dialog.Close>
              <button className={said.grave ? 'button grave' : 'button main'} type="submit" disabled={busy}>
                {said.button}
              </button>
            </div>
          </form>
          <Dialog.Close className="button quiet icon dialog-close" aria-label="Close">
            <X size={16} aria-hidden />
          </Dialog.Close>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
