import { Eye, EyeOff } from 'lucide-react'
import { Switch } from 'radix-ui'
import { useId, useState, type FormEvent } from 'react'
import { useClient } from 'urql'

import { ShowMeDocument } from '../graph'
import { act } from '../../live/act'

type Props = { learner: { id: string; alias: string; leaderboardHidden: boolean } }

/** What the others see of oneself: an alias, or nothing. */
export function ShowMe({ learner }: Props) {
  const graph = useClient()
  const [busy, setBusy] = useState(false)
  const [told, setTold] = useState('')
  const hideId = useId()
  const { alias, leaderboardHidden: hidden } = learner

  async function show(input: { alias?: string; leaderboardHidden?: boolean }, done: string) {
    setBusy(true)
    try {
      await act(graph, ShowMeDocument, { input: { learnerId: learner.id, ...input } })
      setTold(done)
    } catch (error) {
      setTold(error instanceof Error ? error.message : String(error))
    } finally {
      setBusy(false)
    }
  }

  function rename(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const given = String(new FormData(event.currentTarget).get('alias')).trim()
    if (given && given !== alias) void show({ alias: given }, `The others see you as ${given}.`)
  }

  const Icon = hidden ? EyeOff : Eye
  return (
    <section className="show-me sheet" aria-label="What the others see">
      <form onSubmit={rename}>
        <label>
          <span className="why">The others see you as</span>
          <input key={alias} className="field" name="alias" defaultValue={alias} maxLength={40} required autoComplete="off" />
        </label>
        <button className="button" type="submit" disabled={busy}>
          Rename
        </button>
      </form>
      <div className="hide-me">
        <Icon size={18} aria-hidden />
        <label htmlFor={hideId}>Hide me</label>
        <Switch.Root id={hideId} className="toggle" checked={hidden} disabled={busy}
          onCheckedChange={(on) => void show({ leaderboardHidden: on }, on ? 'Nobody else sees your place now.' : 'The others see your place again.')}>
          <Switch.Thumb className="toggle-thumb" />
        </Switch.Root>
      </div>
      <p className="show-told" role="status">
        {told}
      </p>
    </section>
  )
}
