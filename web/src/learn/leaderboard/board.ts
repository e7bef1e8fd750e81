import type { BoardMovesSubscription, LeaderboardMetric, PlaceFragment } from '../graph'
import { counted, percent } from '../words'

export type Event = NonNullable<BoardMovesSubscription['leaderboard']>
export type Board = { entries: PlaceFragment[]; mine: string | null; endsAt: string | null; changes: number }

/** A board after an event of its stream. */
export function folded(board: Board | null, event: Event): Board | null {
  switch (event.__typename) {
    case 'LeaderboardSnapshot': {
      const { entries, viewerEntry, endsAt } = event.leaderboard
      return { entries, mine: viewerEntry?.id ?? null, endsAt, changes: (board?.changes ?? 0) + 1 }
    }
    case 'LeaderboardChanged': {
      if (!board) return null
      const gone = new Set([...event.removed, ...event.entries.map(({ id }) => id)])
      const entries = [...board.entries.filter(({ id }) => !gone.has(id)), ...event.entries]
      return { ...board, entries: entries.sort((a, b) => a.rank - b.rank || (a.alias < b.alias ? -1 : 1)), changes: board.changes + 1 }
    }
    default:
      return board
  }
}

/** The entries around one, so many to each side as far as there are. */
export function around(entries: PlaceFragment[], id: string, each = 4): PlaceFragment[] {
  const place = entries.findIndex((entry) => entry.id === id)
  const from = Math.max(0, Math.min(place - each, entries.length - 2 * each - 1))
  return entries.slice(from, from + 2 * each + 1)
}

/** A score as its metric counts. */
export function scored(score: number, metric: LeaderboardMetric): string {
  switch (metric) {
    case 'ACCURACY':
      return percent(score)
    case 'IMPROVEMENT':
      return `${score >= 0 ? '+' : '−'}${Math.abs(Math.round(score * 100))} %`
    case 'STREAK':
      return counted(score, 'day')
    default:
      return counted(Number.isInteger(score) ? score : Number(score.toFixed(2)), 'point')
  }
}
