import type { RaisedHandsQuery } from '../graph'
import { ago, count } from '../parts/moments'
import type { Activity } from './activity'
import { percent } from './mastery'
import type { Grid } from './useMasteryGrid'

export type Alert = {
  id: string
  kind: 'HAND' | 'QUIET' | 'STRUGGLING' | 'AWAY'
  learner: string
  words: string
  to?: string
}

type Exams = NonNullable<RaisedHandsQuery['classroom']>['exams']['nodes']

const AWAY_DAYS = 14
const LOW = 0.5
const LOW_SKILLS = 3

/** Who may need a teacher: hands first, then who sits quiet, then who struggles, then who stays away. */
export function alertsOf(exams: Exams, activity: Activity | null, grid: Grid | null, now: number, base: string): Alert[] {
  return [...hands(exams, now, base), ...quiet(activity, now), ...struggling(grid), ...away(activity, now)]
}

function hands(exams: Exams, now: number, base: string): Alert[] {
  return exams.flatMap((exam) =>
    exam.incidents.nodes
      .filter(({ kind, open, claimedAt }) => kind === 'HAND_RAISED' && open && !claimedAt)
      .map(({ id, sitting, startedAt }) => ({
        id,
        kind: 'HAND' as const,
        learner: sitting.learner.displayName,
        words: `raised a hand ${ago(startedAt, now)} in ${exam.assessment.title}`,
        to: `${base}/exams/${exam.id}`,
      })),
  )
}

function quiet(activity: Activity | null, now: number): Alert[] {
  return [...(activity?.learners.values() ?? [])]
    .filter(({ session, presence }) => session && (presence === 'IDLE' || presence === 'MISSING'))
    .map(({ learner, lastAttemptAt }) => ({
      id: `quiet ${learner.id}`,
      kind: 'QUIET' as const,
      learner: learner.displayName,
      words: lastAttemptAt ? `practises, last answer ${ago(lastAttemptAt, now)}` : 'practises, no answer yet',
    }))
}

function struggling(grid: Grid | null): Alert[] {
  return (grid?.rows ?? [])
    .map(({ learner, cells }) => {
      const said = cells.flatMap((cell) => (cell && cell.probability !== null ? [cell.probability] : []))
      return { learner, said: said.length, low: said.filter((probability) => probability < LOW).length }
    })
    .filter(({ low }) => low >= LOW_SKILLS)
    .sort((one, other) => other.low - one.low)
    .map(({ learner, said, low }) => ({
      id: `struggling ${learner.id}`,
      kind: 'STRUGGLING' as const,
      learner: learner.displayName,
      words: `below ${percent(LOW)} in ${low} of ${count(said, 'skill')}`,
    }))
}

function away(activity: Activity | null, now: number): Alert[] {
  return [...(activity?.learners.values() ?? [])]
    .filter(({ lastAttemptAt }) => !lastAttemptAt || now - Date.parse(lastAttemptAt) > AWAY_DAYS * 86_400_000)
    .map(({ learner, lastAttemptAt }) => ({
      id: `away ${learner.id}`,
      kind: 'AWAY' as const,
      learner: learner.displayName,
      words: lastAttemptAt ? `last practised ${ago(lastAttemptAt, now)}` : 'has not practised yet',
    }))
}
