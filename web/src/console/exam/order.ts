import { useEffect, useMemo, useRef, useState } from 'react'

import type { RowFragment } from '../graph'

const BEAT_MS = 3000

/** Those of concern first, then by name. */
export function byConcern(one: RowFragment, other: RowFragment): number {
  return other.concern - one.concern || one.learner.displayName.localeCompare(other.learner.displayName)
}

/**
 * The order of rows, taken anew on a beat and never under the pointer or the keyboard: while `held`, rows stay
 * where they are, and `waiting` tells that another order is due.
 */
export function useOrder(rows: ReadonlyMap<string, RowFragment>, held: boolean) {
  const due = useMemo(() => [...rows.values()].sort(byConcern).map(({ id }) => id), [rows])
  const [order, setOrder] = useState(due)
  const latest = useRef({ due, held })
  useEffect(() => {
    latest.current = { due, held }
  })
  useEffect(() => {
    const beat = setInterval(() => latest.current.held || setOrder(latest.current.due), BEAT_MS)
    return () => clearInterval(beat)
  }, [])
  const kept = useMemo(() => {
    const there = new Set(order)
    return [...order.filter((id) => rows.has(id)), ...due.filter((id) => !there.has(id))]
  }, [order, due, rows])
  const waiting = held && kept.some((id, place) => id !== due[place])
  return { order: kept, waiting, sortNow: () => setOrder(due) }
}
