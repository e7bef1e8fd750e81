import { ArrowRight, BookOpen, CircleDot, ClipboardCheck, Coffee, Play, RefreshCcw, Search, Sparkles, Undo2, X } from 'lucide-react'
import { useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { useClient, useQuery } from 'urql'

import {
  DismissRecommendationDocument,
  SkillsToTryDocument,
  StartPracticeDocument,
  WhatToPractiseDocument,
  type RecommendationKind,
  type SessionCardFragment,
  type SessionKind,
  type WhatToPractiseQuery,
} from '../graph'
import { Failed, Loading, Stale } from '../states'
import { act, Refusal } from '../../live/act'
import { ago, counted, exactly } from '../words'

type Advice = NonNullable<NonNullable<WhatToPractiseQuery['viewer']>['learner']>['recommendations'][number]

const KINDS: Record<RecommendationKind, { word: string; Icon: typeof Play; as: SessionKind }> = {
  LEARN: { word: 'Something new', Icon: Sparkles, as: 'PRACTICE' },
  PRACTICE: { word: 'Practise', Icon: CircleDot, as: 'PRACTICE' },
  REVIEW: { word: 'Review', Icon: RefreshCcw, as: 'REVIEW' },
  REMEDIATE: { word: 'Go back a step', Icon: Undo2, as: 'PRACTICE' },
  ASSESS: { word: 'Make sure', Icon: ClipboardCheck, as: 'ADAPTIVE_TEST' },
  REST: { word: 'Rest', Icon: Coffee, as: 'PRACTICE' },
}

/** The way in: what had best be practised, and what was begun. */
export function PracticeHome() {
  const [{ data, error, fetching }, again] = useQuery({ query: WhatToPractiseDocument })
  const { start, busy, reason } = useStart()
  const reload = () => again({ requestPolicy: 'network-only' })
  const learner = data?.viewer?.learner
  if (!data) return fetching || !error ? <Loading shape="page" /> : <Failed error={error} retry={reload} />
  if (!learner) return <Failed error={new Error('This account does not learn here.')} retry={reload} />
  const [first, ...others] = learner.recommendations
  const begun = [...learner.active.nodes, ...learner.paused.nodes].filter(({ attemptCount }) => attemptCount > 0)
  const exam = learner.exams.nodes.find(({ sittings }) =>
    sittings.nodes.some(({ state }) => ['NOT_STARTED', 'WAITING', 'ACTIVE', 'PAUSED', 'LOCKED'].includes(state)),
  )
  return (
    <div className="column">
      <Stale error={error} retry={reload} />
      <h1 className="greeting">Hello, {learner.displayName.split(' ')[0]}.</h1>
      {reason && (
        <p className="notice" role="alert">
          {reason}
        </p>
      )}
      {first ? (
        <Headline advice={first} busy={busy} start={start} />
      ) : (
        <section className="headline">
          <p className="kind">
            <Sparkles size={16} aria-hidden /> A beginning
          </p>
          <h2>Let us find out where you stand</h2>
          <p className="why">A few questions of different kinds. After three answers in a skill it begins to show.</p>
          <button className="button main large" type="button" disabled={busy !== ''} onClick={() => void start('new', {})}>
            <Play size={18} aria-hidden /> Start
          </button>
        </section>
      )}
      {exam && (
        <Link className="banner" to={`/exams/${exam.id}`}>
          <ClipboardCheck size={20} aria-hidden />
          <span>
            <strong>{exam.assessment.title}</strong> is open.
          </span>
          <ArrowRight size={18} aria-hidden />
        </Link>
      )}
      {begun.length > 0 && (
        <section aria-labelledby="begun">
          <h2 id="begun" className="part">
            Go on
          </h2>
          <ul className="cards">
            {begun.map((each) => (
              <Begun key={each.id} begun={each} />
            ))}
          </ul>
        </section>
      )}
      {others.length > 0 && (
        <section aria-labelledby="others">
          <h2 id="others" className="part">
            Or choose
          </h2>
          <ul className="cards">
            {others.map((advice) => (
              <Choice key={advice.id} advice={advice} busy={busy} start={start} />
            ))}
          </ul>
        </section>
      )}
      <SkillSearch busy={busy} start={start} />
    </div>
  )
}

type Start = (door: string, input: { skillIds?: string[]; kind?: SessionKind }) => Promise<void>
type StartProps = { busy: string; start: Start }

/** Start a session and go to it; a request that is repeated starts one. */
export function useStart() {
  const graph = useClient()
  const navigate = useNavigate()
  const [busy, setBusy] = useState('')
  const [reason, setReason] = useState('')
  const start: Start = async (door, input) => {
    if (busy) return
    setBusy(door)
    setReason('')
    try {
      const idempotencyKey = crypto.randomUUID()
      const { session } = await act(graph, StartPracticeDocument, { input: { ...input, idempotencyKey } })
      if (!session) throw new Refusal('The session could not be started.')
      await navigate(`/practice/${session.id}`)
    } catch (error) {
      setReason(error instanceof Error ? error.message : String(error))
      setBusy('')
    }
  }
  return { start, busy, reason }
}

function inputOf(advice: Advice) {
  const kind = KINDS[advice.kind].as
  return advice.skill ? { skillIds: [advice.skill.id], kind } : { kind }
}

function Headline({ advice, busy, start }: StartProps & { advice: Advice }) {
  const { word, Icon } = KINDS[advice.kind]
  const rest = advice.kind === 'REST'
  return (
    <section className="headline" aria-labelledby="first">
      <p className="kind">
        <Icon size={16} aria-hidden /> {word}
      </p>
      <h2 id="first">{advice.skill?.name ?? 'Enough for today'}</h2>
      <p className="why">{advice.reason}</p>
      <button className={rest ? 'button large' : 'button main large'} type="button" disabled={busy !== ''}
        onClick={() => void start(advice.id, inputOf(advice))}>
        <Play size={18} aria-hidden /> {rest ? 'Practise all the same' : 'Start'}
      </button>
    </section>
  )
}

function Choice({ advice, busy, start }: StartProps & { advice: Advice }) {
  const graph = useClient()
  const { word, Icon } = KINDS[advice.kind]
  const name = advice.skill?.name ?? word
  const dismiss = () => void graph.mutation(DismissRecommendationDocument, { id: advice.id }).toPromise()
  return (
    <li className="card">
      <p className="kind">
        <Icon size={16} aria-hidden /> {word}
      </p>
      <h3>{name}</h3>
      <p className="why">{advice.reason}</p>
      <div className="card-acts">
        <button className="button" type="button" disabled={busy !== ''} aria-label={`Start ${name}`}
          onClick={() => void start(advice.id, inputOf(advice))}>
          Start
        </button>
        <button className="button quiet" type="button" aria-label={`Not now: ${name}`} onClick={dismiss}>
          <X size={16} aria-hidden /> Not now
        </button>
      </div>
    </li>
  )
}

function Begun({ begun }: { begun: SessionCardFragment }) {
  const last = begun.attempts.nodes[0]?.answeredAt ?? begun.startedAt
  return (
    <li>
      <Link className="card card-link" to={`/practice/${begun.id}`}>
        <h3>{begun.skills.map(({ name }) => name).join(', ') || 'Mixed practice'}</h3>
        <p className="why">
          {begun.state === 'PAUSED' ? 'Paused' : 'Under way'}, {counted(begun.attemptCount, 'answer')},{' '}
          <time dateTime={last} title={exactly(last)}>
            {ago(last)}
          </time>
        </p>
        <span className="card-go">
          Go on <ArrowRight size={16} aria-hidden />
        </span>
      </Link>
    </li>
  )
}

function SkillSearch({ busy, start }: StartProps) {
  const [search, setSearch] = useState('')
  const wanted = search.trim()
  const [{ data, stale }] = useQuery({ query: SkillsToTryDocument, variables: { search: wanted }, pause: wanted.length < 2 })
  const found = wanted.length < 2 ? [] : (data?.skills.nodes ?? [])
  return (
    <section aria-labelledby="search-title">
      <h2 id="search-title" className="part">
        Something else
      </h2>
      <label className="search">
        <Search size={18} aria-hidden />
        <span className="hidden-text">Find a skill</span>
        <input type="search" value={search} placeholder="Find a skill, such as fractions" autoComplete="off"
          onChange={(event) => setSearch(event.target.value)} />
      </label>
      <p className="hidden-text" role="status">
        {wanted.length >= 2 && data && !stale && counted(found.length, 'skill found', 'skills found')}
      </p>
      {wanted.length >= 2 && data && !stale && !found.length && <p className="why">No skill is called that.</p>}
      <ul className="found">
        {found.map(({ id, name }) => (
          <li key={id}>
            <Link to={`/skills/${id}`}>
              <BookOpen size={16} aria-hidden /> {name}
            </Link>
            <button className="button" type="button" disabled={busy !== ''} aria-label={`Start ${name}`}
              onClick={() => void start(id, { skillIds: [id] })}>
              Start
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}
