import { CheckCheck, CloudOff, LoaderCircle } from 'lucide-react'

import { useServerNow } from '../../live/clock'
import { counted, exactly, lasting } from '../words'
import type { DeskState } from './desk'

/** Whether the answers are with the server. "Saved 3 s ago" is its word, by its clock. */
export function Saved({ state }: { state: DeskState }) {
  const now = useServerNow()
  const { unsent, away, savedAt } = state
  const waiting = unsent.size
  const lost = away && waiting > 0
  const ago = savedAt ? Math.max(0, Math.round((now - Date.parse(savedAt)) / 1000)) : 0
  const kept = `${counted(waiting, 'answer')} kept here`
  const word = lost
    ? `${kept}, not saved yet`
    : waiting
      ? 'Saving …'
      : savedAt
        ? 'All answers saved'
        : 'Nothing to save yet'
  const Icon = lost ? CloudOff : waiting ? LoaderCircle : CheckCheck
  const shown = !waiting && savedAt ? `Saved ${lasting(ago)} ago` : lost ? kept : word
  return (
    <p className={lost ? 'saved lost' : 'saved'} title={savedAt ? `Saved ${exactly(savedAt)} by the server’s clock` : undefined}>
      <Icon size={16} aria-hidden />
      <span aria-hidden>
        {shown}
        {lost && <span className="saved-more">, not saved yet</span>}
      </span>
      <span className="hidden-text" role="status">
        {word}
      </span>
    </p>
  )
}
