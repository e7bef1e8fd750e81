import { CloudOff, RotateCw } from 'lucide-react'
import type { ReactNode } from 'react'
import type { CombinedError } from 'urql'

import { reasonOf } from '../live/client'

/** What stands where something will be, in its shape. */
export function Loading({ shape }: { shape: 'page' | 'rows' | 'item' }) {
  return (
    <div className={`loading loading-${shape}`} role="status">
      <span className="hidden-text">Loading</span>
      {Array.from({ length: shape === 'item' ? 4 : 5 }, (_, place) => (
        <div key={place} className="bone" />
      ))}
    </div>
  )
}

/** What could not be read, why, and the way to try again. */
export function Failed({ error, retry }: { error: unknown; retry: () => void }) {
  return (
    <div className="told told-failed" role="alert">
      <CloudOff size={22} aria-hidden />
      <div>
        <strong>This could not be loaded.</strong>
        <p>{reasonOf(error)}</p>
      </div>
      <button className="button" type="button" onClick={retry}>
        <RotateCw size={16} aria-hidden /> Try again
      </button>
    </div>
  )
}

/** What is there when there is nothing yet, and what can be done about it. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="told told-empty">
      <div>
        <strong>{title}</strong>
        {children}
      </div>
    </div>
  )
}

/** A line above what is shown while it cannot be renewed. */
export function Stale({ error, retry }: { error: CombinedError | undefined; retry: () => void }) {
  if (!error) return null
  return (
    <p className="stale" role="status">
      <CloudOff size={16} aria-hidden /> This is what was there before the connection was lost.
      <button className="link" type="button" onClick={retry}>
        Try again
      </button>
    </p>
  )
}
