import { useState, type CSSProperties } from 'react'
import { useParams } from 'react-router'
import { useClient, useQuery } from 'urql'

import { figure } from '../../design/figures'
import { act } from '../../live/act'
import { reasonOf } from '../../live/client'
import { ConnectionMark } from '../../live/ConnectionMark'
import { useStream } from '../../live/useStream'
import {
  RankedExamsDocument,
  RanksDocument,
  ShowMinorsDocument,
  type EntryFragment,
  type LeaderboardMetric,
  type LeaderboardWindow,
  type RanksSubscription,
} from '../graph'
import { onDay } from '../parts/moments'
import { Bones, Empty, Failure } from '../parts/states'
import { say } from '../parts/toasts'

type Board = { entries: EntryFragment[]; tieRule: string; movedAt: Map<string, number> }
type RanksEvent = RanksSubscription['leaderboard']

const ROW = 48
const WINDOWS: [LeaderboardWindow, string][] = [
  ['DAY', 'Today'], ['WEEK', 'This week'], ['MONTH', 'This month'], ['TERM', 'This term'], ['ALL_TIME', 'All time'],
] // prettier-ignore
const METRICS: [LeaderboardMetric, string][] = [
  ['SCORE', 'Points'], ['ACCURACY', 'Accuracy'], ['IMPROVEMENT', 'Improvement'], ['STREAK', 'Streak'],
] // prettier-ignore

/** Who leads, under aliases; a row whose rank has moved glides to its place. */
export function Leaderboard() {
  const { classroomId = '' } = useParams()
  const [window, setWindow] = useState<LeaderboardWindow>('WEEK')
  const [metric, setMetric] = useState<LeaderboardMetric>('SCORE')
  const [examId, setExamId] = useState('')
  const [{ data }] = useQuery({ query: RankedExamsDocument, variables: { classroomId } })
  const exams = data?.classroom?.exams.nodes.filter(isRanked) ?? []
  const counted: LeaderboardMetric = examId && metric === 'STREAK' ? 'SCORE' : metric
  const scope = { scopeId: examId || classroomId, window: examId ? ('ALL_TIME' as const) : window, metric: counted }
  const { state, mark, reason, retry } = useStream(RanksDocument, scope, fold)
  return (
    <section className="card board" aria-labelledby="board">
      <div className="card-head">
        <h2 id="board">Leaderboard</h2>
        <ConnectionMark mark={mark} />
        <div className="board-choices">
          {exams.length > 0 && (
            <label>
              <span className="hidden-text">Practice or an exam</span>
              <select className="field" value={examId} onChange={({ target }) => setExamId(target.value)}>
                <option value="">Practice</option>
                {exams.map(({ id, assessment, closedAt }) => (
                  <option key={id} value={id}>{assessment.title}{closedAt && `, ${onDay(closedAt)}`}</option>
                ))}
              </select>
            </label>
          )}
          {!examId && (
            <label>
              <span className="hidden-text">Stretch of time</span>
              <select className="field" value={window} onChange={({ target }) => setWindow(target.value as LeaderboardWindow)}>
                {WINDOWS.map(([value, words]) => <option key={value} value={value}>{words}</option>)}
              </select>
            </label>
          )}
          <label>
            <span className="hidden-text">Ranked by</span>
            <select className="field" value={counted} onChange={({ target }) => setMetric(target.value as LeaderboardMetric)}>
              {METRICS.filter(([value]) => !examId || value !== 'STREAK').map(([value, words]) => (
                <option key={value} value={value}>{words}</option>
              ))}
            </select>
          </label>
        </div>
      </div>
      {reason ? (
        <Failure error={new Error(reason)} retry={retry} />
      ) : !state ? (
        <Bones rows={10} height={ROW - 8} />
      ) : state.entries.length === 0 ? (
        <Empty title="Nobody is on the board yet.">
          <p>
            {examId
              ? 'Ranks come with the released results; who hides is not shown.'
              : 'Points come with the first answers of this stretch of time; who hides is not shown.'}
          </p>
        </Empty>
      ) : (
        <>
          <p className="card-note">
            Learners stand here under their aliases; who hides takes up no rank.
            {state.tieRule === 'COMPETITION' ? ' Equal scores share a rank: 1, 2, 2, 4.' : ' Equal scores share a rank: 1, 2, 2, 3.'}
          </p>
          <Ranks board={state} metric={counted} />
        </>
      )}
      {data?.classroom && <Minors classroomId={classroomId} shown={data.classroom.leaderboardForMinors} />}
    </section>
  )
}

/** Whether the boards of the class show minors, which they do once a teacher wants it. */
function Minors({ classroomId, shown }: { classroomId: string; shown: boolean }) {
  const graph = useClient()
  async function show(on: boolean) {
    try {
      await act(graph, ShowMinorsDocument, { input: { classroomId, leaderboardForMinors: on } })
      say({ text: on ? 'Minors are shown on the boards of this class.' : 'Minors are left out of the boards of this class.' })
    } catch (error) {
      say({ text: reasonOf(error), failed: true })
    }
  }
  return (
    <label className="check-line board-minors">
      <input type="checkbox" checked={shown} onChange={({ target }) => void show(target.checked)} />
      Show minors on the boards of this class
    </label>
  )
}

/** An exam has ranks once learners may see its results. */
function isRanked({ state, assessment }: { state: string; assessment: { releasePolicy: string } }): boolean {
  return state === 'RELEASED' || assessment.releasePolicy === 'AT_SUBMISSION'
}

function Ranks({ board, metric }: { board: Board; metric: LeaderboardMetric }) {
  const best = Math.max(...board.entries.map(({ score }) => score), 0.0001)
  const places = new Map(board.entries.map(({ id }, place) => [id, place]))
  // Drawn in the order of ids, so that a row stays the same element and only its place is another.
  const drawn = [...board.entries].sort((one, other) => (one.id < other.id ? -1 : 1))
  return (
    <div className="ranks" role="list" aria-label="Ranks" style={{ height: board.entries.length * ROW }}>
      {drawn.map(({ id, rank, alias, score }) => (
        <div key={id} role="listitem" className="rank" data-rank={rank}
          aria-setsize={board.entries.length} aria-posinset={places.get(id)! + 1}
          style={{ transform: `translateY(${places.get(id)! * ROW}px)` }}>
          <span className="rank-number">{rank}</span>
          <span key={board.movedAt.get(id)} className={board.movedAt.has(id) ? 'rank-alias moved' : 'rank-alias'}>
            {alias}
          </span>
          <span className="rank-bar" aria-hidden style={{ '--share': Math.max(0, score / best) } as CSSProperties} />
          <span className="rank-score">{said(score, metric)}</span>
        </div>
      ))}
    </div>
  )
}

function fold(before: Board | null, event: RanksEvent): Board | null {
  if (event.__typename === 'LeaderboardSnapshot') return { ...event.leaderboard, movedAt: new Map() }
  if (event.__typename !== 'LeaderboardChanged' || !before) return before
  const entries = new Map(before.entries.map((each) => [each.id, each]))
  const movedAt = new Map(before.movedAt)
  for (const id of event.removed) entries.delete(id)
  for (const entry of event.entries) {
    entries.set(entry.id, entry)
    movedAt.set(entry.id, Date.parse(event.serverTime))
  }
  const sorted = [...entries.values()].sort((one, other) => one.rank - other.rank || (one.alias < other.alias ? -1 : 1))
  return { ...before, entries: sorted, movedAt }
}

function said(score: number, metric: LeaderboardMetric): string {
  switch (metric) {
    case 'SCORE':
      return `${figure(score)} points`
    case 'ACCURACY':
      return `${Math.round(score * 100)} %`
    case 'IMPROVEMENT':
      return `${score > 0 ? '+' : ''}${Math.round(score * 100)} points of accuracy`
    case 'STREAK':
      return `${score} day${score === 1 ? '' : 's'}`
  }
}
