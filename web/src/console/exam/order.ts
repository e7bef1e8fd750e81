import { useEffect, useMemo, useRef, useState } from 'react'

import type { RowFragment } from '../graph'

const BEAT_MS = 3000

/** Those of concern first, then by name. */
export function byConcern(one: RowFragment, other: RowFragment): number {
  return other.concern - one.concern || one.learner.displayName.localeCompare(other.learner.displayName)
}

/**
 * The order of rows, taken anew on a beat and never under the pointer or the keyboard: while `held`, rows stay
 * where they are, and `waiting` tells that another order is due; it does so until that is taken, a beat after
 * they are let go, so that the way from the rows to a button that says it is long enough.
 */
export function useOrder(rows: ReadonlyMap<string, RowFragment>, held: boolean) {
  const due = useMemo(() => [...rows.values()].sort(byConcern).map(({ id }) => id), [rows])
  const [order, setOrder] = useState(due)
  const latest = useRef(due)
  useEffect(() => {
    latest.current = due
  })
  useEffect(() => {
    if (held) return
    const beat = setInterval(() => setOrder(latest.current), BEAT_MS)
    return () => clearInterval(beat)
  }, [held])
  const kept = useMemo(() => {
    const there = new Set(order)
    return [...order.filter((id) => rows.has(id)), ...due.filter((id) => !there.has(id))]
  }, [order, due, rows])
  const other = kept.some((id, place) => id !== due[place])
  const [waiting, setWaiting] = useState(false)
  if (waiting ? !other : held && other) setWaiting(!waiting)
  return { order: kept, waiting, sortNow: () => setOrder(due) }
}
