import type { RowFragment } from '../graph'
import { isGone, isOver } from './words'

export type Filter = 'ALL' | 'CONCERN' | 'NOT_STARTED' | 'ACTIVE' | 'PAUSED' | 'LOCKED' | 'GONE' | 'OVER'

/** What the bar counts, in its order. */
export const FILTERS: [Filter, string, (row: RowFragment) => boolean][] = [
  ['ALL', 'All', () => true],
  ['CONCERN', 'Needs a look', (row) => row.openIncidentCount > 0],
  ['GONE', 'Missing', isGone],
  ['ACTIVE', 'Working', ({ state }) => state === 'ACTIVE'],
  ['PAUSED', 'Paused', ({ state }) => state === 'PAUSED'],
  ['LOCKED', 'Locked', ({ state }) => state === 'LOCKED'],
  ['NOT_STARTED', 'Not started', ({ state }) => state === 'NOT_STARTED' || state === 'WAITING'],
  ['OVER', 'Finished', isOver],
]

export function passes(filter: Filter, search: string): (row: RowFragment) => boolean {
  const [, , test] = FILTERS.find(([name]) => name === filter)!
  const wanted = search.trim().toLocaleLowerCase()
  return (row) => test(row) && row.learner.displayName.toLocaleLowerCase().includes(wanted)
}
