import { useState, type FormEvent } from 'react'
import { useClient } from 'urql'

import { act } from '../../live/act'
import { reasonOf } from '../../live/client'
import { JoinClassDocument } from '../graph'

/** Enter the code that a teacher gave, and be in the class. */
export function JoinClass() {
  const graph = useClient()
  const [busy, setBusy] = useState(false)
  const [joined, setJoined] = useState('')
  const [refusal, setRefusal] = useState('')

  async function join(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = event.currentTarget
    setBusy(true)
    setJoined('')
    setRefusal('')
    try {
      const joinCode = String(new FormData(form).get('code')).trim()
      const { classroom } = await act(graph, JoinClassDocument, { input: { joinCode } })
      form.reset()
      setJoined(`You are in ${classroom!.name} now.`)
    } catch (error) {
      setRefusal(reasonOf(error))
    } finally {
      setBusy(false)
    }
  }

  return (
    <form className="join-class sheet" aria-label="Join a class" onSubmit={(event) => void join(event)}>
      <label>
        <span className="why">The code of a class, from your teacher</span>
        <input className="field" name="code" maxLength={20} required autoComplete="off" autoCapitalize="characters" />
      </label>
      <button className="button" type="submit" disabled={busy}>
        Join the class
      </button>
      <p className="join-refused" role="alert">{refusal}</p>
      <p className="why" role="status">{joined}</p>
    </form>
  )
}
