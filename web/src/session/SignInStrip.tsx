import { useId, useState, type FormEvent } from 'react'
import { useStore } from 'zustand'

import { useDemo, type Visitor } from './demo'
import { session, signIn } from './session'

/** The way in, while nobody is signed in: with an account, or as somebody of the demo school. */
export function SignInStrip() {
  const { people, password } = useDemo()
  const notice = useStore(session, (state) => state.notice)
  const [busy, setBusy] = useState('')
  const [reason, setReason] = useState('')
  const reasonId = useId()

  async function enter(email: string, secret: string, door: string) {
    setBusy(door)
    setReason('')
    try {
      await signIn(email, secret)
    } catch (error) {
      setReason(error instanceof Error ? error.message : String(error))
      setBusy('')
    }
  }

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const given = new FormData(event.currentTarget)
    void enter(String(given.get('email')), String(given.get('password')), 'form')
  }

  const invalid = reason !== '' || undefined
  return (
    <section className="sign-in" aria-label="Sign in">
      <form onSubmit={submit} className="sign-in-form">
        <label>
          <span className="hidden-text">E-mail</span>
          <input className="field" type="email" name="email" placeholder="E-mail" autoComplete="username"
            required aria-invalid={invalid} aria-describedby={reasonId} />
        </label>
        <label>
          <span className="hidden-text">Password</span>
          <input className="field" type="password" name="password" placeholder="Password"
            autoComplete="current-password" required aria-invalid={invalid} aria-describedby={reasonId} />
        </label>
        <button className="button main" type="submit" disabled={busy === 'form'}>
          Sign in
        </button>
      </form>
      {people.length > 0 && (
        <div className="sign-in-demo" role="group" aria-label="Try the demo school">
          <span className="sign-in-or">or try the demo school as</span>
          {people.map((person: Visitor) => (
            <button key={person.email} className="button" type="button" title={person.email}
              disabled={busy === person.email} onClick={() => void enter(person.email, password, person.email)}>
              {person.label}
            </button>
          ))}
        </div>
      )}
      <p className="sign-in-reason" id={reasonId} role="alert">
        {reason || notice}
      </p>
    </section>
  )
}
