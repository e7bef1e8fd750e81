import { useEffect, useMemo, useSyncExternalStore } from 'react'
import type { Client } from 'urql'

import { useStream } from '../../live/useStream'
import type { Mark } from '../../live/stream'
import {
  SittingMovesDocument,
  type ActSeenFragment,
  type IncidentSeenFragment,
  type SittingFactsFragment,
  type SittingMovesSubscription,
  type SittingMovesSubscriptionVariables,
} from '../graph'
import { Desk, type DeskState } from './desk'

type Event = NonNullable<SittingMovesSubscription['examSitting']>
type Told = { facts: SittingFactsFragment; snapshots: number; actions: ActSeenFragment[]; incidents: IncidentSeenFragment[] }

/** A place in an exam, held while the page is open. */
export function useDesk(graph: Client, examId: string): [Desk, DeskState] {
  const desk = useMemo(() => new Desk(graph, examId), [graph, examId])
  useEffect(desk.run, [desk])
  return [desk, useSyncExternalStore(desk.subscribe, desk.now)]
}

/** Let the desk hear the stream of its sitting; how the stream stands. */
export function useHearing(desk: Desk, sittingId: string): Mark {
  const { state, mark } = useStream<Event, SittingMovesSubscriptionVariables, Told>(SittingMovesDocument as never, { sittingId }, folded)
  const snapshots = state?.snapshots ?? 0
  useEffect(() => {
    // A snapshot after the first one is told when the history between was gone.
    if (snapshots > 1) void desk.join()
  }, [desk, snapshots])
  useEffect(() => {
    if (state) desk.hear(state.facts)
  }, [desk, state?.facts])
  useEffect(() => state?.actions.forEach((action) => desk.hearAction(action)), [desk, state?.actions])
  useEffect(() => state?.incidents.forEach((incident) => desk.hearIncident(incident)), [desk, state?.incidents])
  return mark
}

/** What was told since the stream began: the sitting as it is, and acts and incidents as they were told last. */
function folded(told: Told | null, event: Event): Told | null {
  switch (event.__typename) {
    case 'ExamSittingSnapshot':
      return { facts: event.sitting, snapshots: (told?.snapshots ?? 0) + 1, actions: [], incidents: [] }
    case 'ExamSittingChanged':
      return told && { ...told, facts: event.sitting }
    case 'ExamActionReceived':
      return told && { ...told, actions: [...told.actions.filter(({ id }) => id !== event.action.id), event.action] }
    case 'ExamIncidentRaised':
    case 'ExamIncidentChanged':
      return told && { ...told, incidents: [...told.incidents.filter(({ id }) => id !== event.incident.id), event.incident] }
    default:
      return told
  }
}
