import type { IncidentFragment, MonitorSubscription, RowFragment, WatchedExamFragment } from '../graph'

export type MonitorEvent = MonitorSubscription['examMonitor']

export type Monitor = {
  exam: WatchedExamFragment
  rows: ReadonlyMap<string, RowFragment>
  /** Incidents heard of, by id. */
  incidents: ReadonlyMap<string, IncidentFragment>
  /** Rows that changed since the snapshot, and when, by the server's clock. */
  changed: ReadonlyMap<string, string>
  /** Rises with everything that a learner's sheet may show, by sitting. */
  news: ReadonlyMap<string, number>
  /** Rises with every act. */
  acts: number
}

/** The monitor after an event; a snapshot replaces all that was there. */
export function foldMonitor(before: Monitor | null, event: MonitorEvent): Monitor | null {
  if (event.__typename === 'ExamMonitorSnapshot') {
    const { incidents, ...exam } = event.exam
    return {
      exam,
      rows: new Map(event.sittings.map((row) => [row.id, row])),
      incidents: new Map(incidents.nodes.map((each) => [each.id, each])),
      changed: new Map(),
      news: new Map(),
      acts: (before?.acts ?? 0) + 1,
    }
  }
  if (!before) return null
  switch (event.__typename) {
    case 'ExamChanged':
      return { ...before, exam: event.exam }
    case 'ExamSittingChanged': {
      const { sitting } = event
      const rows = new Map(before.rows).set(sitting.id, sitting)
      return { ...withNews(before, sitting.id), rows, changed: noted(before, sitting.id, event.serverTime) }
    }
    case 'ExamIncidentRaised':
    case 'ExamIncidentChanged': {
      const { incident } = event
      const incidents = new Map(before.incidents).set(incident.id, incident)
      return { ...withNews(before, incident.sitting.id), incidents }
    }
    case 'ExamActionTaken':
      return { ...before, acts: before.acts + 1 }
    case 'ExamActionAcknowledged':
      return withNews(before, event.acknowledgement.sitting.id)
    default:
      return before
  }
}

function withNews(before: Monitor, id: string): Monitor {
  return { ...before, news: new Map(before.news).set(id, (before.news.get(id) ?? 0) + 1) }
}

function noted(before: Monitor, id: string, at: string): ReadonlyMap<string, string> {
  return new Map(before.changed).set(id, at)
}
