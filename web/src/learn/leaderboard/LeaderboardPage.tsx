import { useEffect, useState, type CSSProperties } from 'react'
import { useQuery } from 'urql'

import { ConnectionMark } from '../../live/ConnectionMark'
import { useStream } from '../../live/useStream'
import {
  AroundMeDocument,
  BoardMovesDocument,
  BoardPlacesDocument,
  type BoardMovesSubscriptionVariables,
  type LeaderboardMetric,
  type LeaderboardWindow,
  type PlaceFragment,
} from '../graph'
import { Empty, Failed, Loading } from '../states'
import { exactly } from '../words'
import { around, folded, scored, type Board, type Event } from './board'
import { JoinClass } from './JoinClass'
import { ShowMe } from './ShowMe'

const WINDOWS: [LeaderboardWindow, string][] = [
  ['DAY', 'Today'],
  ['WEEK', 'This week'],
  ['MONTH', 'This month'],
  ['TERM', 'This term'],
  ['ALL_TIME', 'All time'],
]
const METRICS: [LeaderboardMetric, string][] = [
  ['SCORE', 'Points'],
  ['ACCURACY', 'Right answers'],
  ['IMPROVEMENT', 'Improvement'],
  ['STREAK', 'Days in a row'],
]
const ROW = 56
const CALM_MS = 3000
/** Who is in no class yet hears of the first one too. */
const PLACES = { additionalTypenames: ['Classroom'] }

/** One's place in a class, under an alias; nobody has to be seen. */
export default function LeaderboardPage() {
  const [{ data, error, fetching }, again] = useQuery({ query: BoardPlacesDocument, context: PLACES })
  const [chosen, setChosen] = useState<string | null>(null)
  const [window, setWindow] = useState<LeaderboardWindow>('WEEK')
  const [metric, setMetric] = useState<LeaderboardMetric>('SCORE')
  const [top, setTop] = useState(false)
  const learner = data?.viewer?.learner
  if (!learner) {
    const retry = () => again({ requestPolicy: 'network-only' })
    return fetching || !error ? <Loading shape="page" /> : <Failed error={error} retry={retry} />
  }
  const classes = learner.classrooms.nodes
  const exams = learner.exams.nodes.filter(({ state, assessment }) => state === 'RELEASED' || assessment.releasePolicy === 'AT_SUBMISSION')
  const places = [
    ...classes.map(({ id, name }) => [id, exams.length ? `Practice, ${name}` : name] as const),
    ...exams.map(({ id, assessment }) => [id, assessment.title] as const),
  ]
  const scopeId = chosen ?? classes[0]?.id
  const exam = exams.find(({ id }) => id === scopeId)
  const counts = exam && metric === 'STREAK' ? 'SCORE' : metric
  const time = exam ? 'ALL_TIME' : window
  return (
    <div className="column">
      <h1>Leaderboard</h1>
      <ShowMe learner={learner} />
      {scopeId ? (
        <>
          <div className="board-top">
            {places.length > 1 && <Select label="Practice or an exam" value={scopeId} options={places} onChange={setChosen} />}
            {!exam && <Select label="Time" value={window} options={WINDOWS} onChange={setWindow} />}
            <Select label="Counted" value={counts} options={exam ? METRICS.filter(([value]) => value !== 'STREAK') : METRICS} onChange={setMetric} />
            <div className="switch" role="group" aria-label="Show">
              {[false, true].map((value) => (
                <button key={String(value)} type="button" className={top === value ? 'switch-on' : ''} aria-pressed={top === value}
                  onClick={() => setTop(value)}>
                  {value ? 'Top' : 'Around me'}
                </button>
              ))}
            </div>
          </div>
          <Places key={`${scopeId} ${time} ${counts}`} board={{ scopeId, window: time, metric: counts }} top={top}
            name={exam?.assessment.title ?? classes.find(({ id }) => id === scopeId)?.name ?? ''} hidden={learner.leaderboardHidden} />
        </>
      ) : (
        <Empty title="You are in no class yet.">
          <p>A leaderboard belongs to a class. Join one, or have your teacher take you in.</p>
        </Empty>
      )}
      <JoinClass />
    </div>
  )
}

type PlacesProps = { board: Omit<BoardMovesSubscriptionVariables, 'after'>; top: boolean; name: string; hidden: boolean }

function Places({ board, top, name, hidden }: PlacesProps) {
  const stream = useStream<Event, BoardMovesSubscriptionVariables, Board>(BoardMovesDocument as never, board, folded)
  const { state, mark, reason, retry } = stream
  const listed = !hidden && !!state?.entries.some(({ id }) => id === state.mine)
  const own = useOwn(board, state?.changes ?? 0, !state || listed)
  if (mark === 'REFUSED') {
    return (
      <Empty title="There is no leaderboard here.">
        <p>{reason}</p>
      </Empty>
    )
  }
  if (!state) return mark === 'RECONNECTING' ? <Failed error={new Error('The server cannot be reached.')} retry={retry} /> : <Loading shape="rows" />
  const mine = listed ? state.mine : (own?.viewerEntry?.id ?? null)
  const near = listed ? around(state.entries, state.mine!) : withOwn(own?.entries ?? [], own?.viewerEntry ?? null)
  const shown = top ? state.entries.slice(0, 20) : near
  return (
    <section aria-label={`Leaderboard of ${name}`}>
      <div className="board-line">
        <h2 className="part">{name}</h2>
        <ConnectionMark mark={mark} />
      </div>
      {shown.length ? (
        <ol className="board" style={{ height: shown.length * ROW }}>
          {shown.map((entry, place) => (
            <Row key={entry.id} entry={entry} place={place} mine={entry.id === mine} hidden={hidden} metric={board.metric} />
          ))}
        </ol>
      ) : (
        <Empty title={top ? 'Nobody is here yet.' : 'You have no place here yet.'}>
          <p>{top ? 'The first answers will change that.' : 'Answer a few questions, and you will have one.'}</p>
        </Empty>
      )}
      {state.endsAt && (
        <p className="why board-foot">
          Counted until {exactly(state.endsAt)}; it then stays as it is. Equal scores share a rank, and the next ones are left out.
        </p>
      )}
    </section>
  )
}

type RowProps = { entry: PlaceFragment; place: number; mine: boolean; hidden: boolean; metric: LeaderboardMetric }

function Row({ entry, place, mine, hidden, metric }: RowProps) {
  return (
    <li className={mine ? 'place-row mine' : 'place-row'} style={{ '--y': `${place * ROW}px` } as CSSProperties}
      aria-current={mine || undefined}>
      <span className="rank">{entry.rank}</span>
      <span className="alias">
        {entry.alias}
        {mine && <span className="you">{hidden ? 'you, seen by nobody else' : 'you'}</span>}
      </span>
      <span className="score">{scored(entry.score, metric)}</span>
    </li>
  )
}

/** One's own place where the stream does not have it: hidden, or behind the first hundred. Asked anew when the board moves, not often. */
function useOwn(board: Omit<BoardMovesSubscriptionVariables, 'after'>, changes: number, pause: boolean) {
  const [{ data }, again] = useQuery({ query: AroundMeDocument, variables: board, pause, requestPolicy: 'cache-and-network' })
  useEffect(() => {
    if (pause || changes < 2) return
    const timer = setTimeout(() => again({ requestPolicy: 'network-only' }), CALM_MS)
    return () => clearTimeout(timer)
  }, [changes, pause, again])
  return data?.leaderboard ?? null
}

/** Those around, with oneself in one's place when one is hidden from the others. */
function withOwn(entries: PlaceFragment[], own: PlaceFragment | null): PlaceFragment[] {
  if (!own || entries.some(({ id }) => id === own.id)) return entries
  const place = entries.findIndex(({ rank }) => rank >= own.rank)
  return place < 0 ? [...entries, own] : [...entries.slice(0, place), own, ...entries.slice(place)]
}

type SelectProps<Value extends string> = {
  label: string
  value: Value
  options: readonly (readonly [Value, string])[]
  onChange: (value: Value) => void
}

function Select<Value extends string>({ label, value, options, onChange }: SelectProps<Value>) {
  return (
    <label className="select">
      <span className="hidden-text">{label}</span>
      <select value={value} onChange={(event) => onChange(event.target.value as Value)}>
        {options.map(([each, words]) => (
          <option key={each} value={each}>
            {words}
          </option>
        ))}
      </select>
    </label>
  )
}
