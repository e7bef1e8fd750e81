import { CloudOff, RotateCw } from 'lucide-react'
import type { ReactNode } from 'react'

import { reasonOf } from '../../live/client'

/** What stands where rows will be. */
export function Bones({ rows, height }: { rows: number; height: number }) {
  return (
    <div className="bones" role="status">
      <span className="hidden-text">Loading</span>
      {Array.from({ length: rows }, (_, place) => (
        <div key={place} className="bone" style={{ height }} />
      ))}
    </div>
  )
}

/** What could not be read, why, and the way to try again. */
export function Failure({ error, retry }: { error: unknown; retry: () => void }) {
  return (
    <div className="failure" role="alert">
      <CloudOff size={20} aria-hidden />
      <p>
        <strong>This could not be loaded.</strong> {reasonOf(error)}
      </p>
      <button className="button" type="button" onClick={() => retry()}>
        <RotateCw size={14} aria-hidden /> Try again
      </button>
    </div>
  )
}

/** A line over what is shown as it was, while it cannot be renewed. */
export function Stale({ error, retry }: { error: unknown; retry: () => void }) {
  if (!error) return null
  return (
    <p className="stale" role="status">
      <CloudOff size={14} aria-hidden /> This is how it was; it could not be renewed. {reasonOf(error)}
      <button className="link" type="button" onClick={() => retry()}>
        Try again
      </button>
    </p>
  )
}

/** What is there when there is nothing, and what can be done about it. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <strong>{title}</strong>
      {children}
    </div>
  )
}
