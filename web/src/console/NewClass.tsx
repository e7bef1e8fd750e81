import { X } from 'lucide-react'
import { Dialog } from 'radix-ui'
import { useState, type FormEvent, type ReactElement } from 'react'
import { useNavigate } from 'react-router'
import { useClient } from 'urql'

import { act } from '../live/act'
import { reasonOf } from '../live/client'
import { MakeClassDocument } from './graph'
import { say } from './parts/toasts'

/** Make a class, behind a button: it stands on the rail at once, and one is at it. */
export function NewClass({ children }: { children: ReactElement }) {
  const [open, setOpen] = useState(false)
  return (
    <Dialog.Root open={open} onOpenChange={setOpen}>
      <Dialog.Trigger asChild>{children}</Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Overlay className="veil" />
        <Dialog.Content className="dialog">
          <Dialog.Title className="dialog-title">Make a class</Dialog.Title>
          <Dialog.Description className="dialog-what">
            You teach it. Learners join with the code that it gets, or are enrolled by the school.
          </Dialog.Description>
          <NewClassForm close={() => setOpen(false)} />
          <Dialog.Close className="button quiet icon dialog-close" aria-label="Close">
            <X size={16} aria-hidden />
          </Dialog.Close>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function NewClassForm({ close }: { close: () => void }) {
  const graph = useClient()
  const go = useNavigate()
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState('')
  // What was changed is another class; the same sent again is the same one.
  const [idempotencyKey, setKey] = useState(() => crypto.randomUUID())

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const given = new FormData(event.currentTarget)
    setBusy(true)
    setRefusal('')
    try {
      const input = { name: String(given.get('name')), leaderboardForMinors: given.has('minors'), idempotencyKey }
      const { classroom } = await act(graph, MakeClassDocument, { input })
      say({ text: `${classroom!.name} is made.`, notes: [`Learners join with the code ${classroom!.joinCode}.`] })
      close()
      void go(`/${classroom!.id}`)
    } catch (cause) {
      setRefusal(reasonOf(cause))
      setBusy(false)
    }
  }

  return (
    <form onSubmit={(event) => void submit(event)} onChange={() => setKey(crypto.randomUUID())}>
      <label className="form-line">
        Name
        <input className="field" name="name" maxLength={120} required autoComplete="off" />
      </label>
      <label className="check-line">
        <input type="checkbox" name="minors" /> Show minors on the boards of this class
      </label>
      <p className="refusal" role="alert">{refusal}</p>
      <div className="dialog-buttons">
        <Dialog.Close className="button" type="button">Cancel</Dialog.Close>
        <button className="button main" type="submit" disabled={busy}>Make the class</button>
      </div>
    </form>
  )
}
