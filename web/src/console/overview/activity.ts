import type { ActivitySubscription, DoingFragment, MasteryLevel } from '../graph'

export type ActivityEvent = ActivitySubscription['classroomActivity']

/** What is known of a learner's skill. */
export type Known = { probability: number | null; level: MasteryLevel; evidenceCount: number }

/** A skill that moved while one looked on. */
export type Move = Known & { learnerId: string; name: string; skillId: string; skill: string; at: string }

export type Activity = {
  learners: ReadonlyMap<string, DoingFragment>
  /** The last moves, the newest first. */
  moves: readonly Move[]
  /** The latest of each learner and skill, by `cellKey`. */
  moved: ReadonlyMap<string, Move>
}

const KEPT = 40

export function cellKey(learnerId: string, skillId: string): string {
  return `${learnerId} ${skillId}`
}

/** A snapshot replaces what was known of the learners; what moved under one's eyes stays. */
export function foldActivity(before: Activity | null, event: ActivityEvent): Activity | null {
  if (event.__typename === 'ClassroomActivitySnapshot') {
    const learners = new Map(event.everyone.map((each) => [each.learner.id, each]))
    return { learners, moves: before?.moves ?? [], moved: before?.moved ?? new Map() }
  }
  if (event.__typename !== 'LearnerActivityChanged' || !before) return before
  const { learner } = event.activity
  const moves = event.mastery.map(({ skill, ...known }) => ({
    ...known,
    learnerId: learner.id,
    name: learner.displayName,
    skillId: skill.id,
    skill: skill.name,
    at: event.serverTime,
  }))
  const moved = new Map(before.moved)
  for (const move of moves) moved.set(cellKey(move.learnerId, move.skillId), move)
  return {
    learners: new Map(before.learners).set(learner.id, event.activity),
    moves: [...moves.reverse(), ...before.moves].slice(0, KEPT),
    moved,
  }
}
