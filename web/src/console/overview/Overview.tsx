import { CircleDashed, Hand, Hourglass, TrendingDown, UserX } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Link, useParams } from 'react-router'
import { useQuery } from 'urql'

import { useServerNow } from '../../live/clock'
import { ConnectionMark } from '../../live/ConnectionMark'
import { useStream } from '../../live/useStream'
import { ActivityDocument, JoinCodeDocument, RaisedHandsDocument, TroubleSpotsDocument } from '../graph'
import { Ago } from '../parts/moments'
import { Bones, Empty, Failure, Stale } from '../parts/states'
import { foldActivity, type Activity } from './activity'
import { alertsOf, type Alert } from './alerts'
import { inWords, percent } from './mastery'
import { Legend, MasteryGrid } from './MasteryGrid'
import { useMasteryGrid } from './useMasteryGrid'

const NOBODY = new Map<string, never>()
const FEW = 5
const HANDS_EVERY_MS = 15_000

/** How a class stands: who needs someone, what each knows, where it is hard, and what happens now. */
export function Overview() {
  const { classroomId = '' } = useParams()
  const now = useServerNow(30_000)
  const { grid, error, again } = useMasteryGrid(classroomId)
  const activity = useStream(ActivityDocument, { classroomId }, foldActivity)
  const exams = useOpenExams(classroomId)
  const alerts = alertsOf(exams, activity.state, grid, now, `/${classroomId}`)
  return (
    <div className="overview">
      <Summary classroomId={classroomId} activity={activity.state} />
      <section className="card card-mastery" aria-labelledby="mastery">
        <div className="card-head">
          <h2 id="mastery">Mastery</h2>
          {grid && (
            <p className="card-note">
              The chance of success on a typical item of each skill, as of <Ago at={grid.asOf} now={now} />
            </p>
          )}
        </div>
        <Stale error={grid && error} retry={again} />
        {!grid && error ? (
          <Failure error={error} retry={again} />
        ) : !grid ? (
          <Bones rows={12} height={28} />
        ) : grid.rows.length === 0 ? (
          <Empty title="Nobody is in this class yet.">
            <WayIn classroomId={classroomId} />
          </Empty>
        ) : grid.skills.length === 0 ? (
          <Empty title="Nothing was practised yet.">
            <p>Skills stand here from the first answer on.</p>
          </Empty>
        ) : (
          <>
            <MasteryGrid grid={grid} moved={activity.state?.moved ?? NOBODY} name="What each learner knows of each skill" />
            <Legend />
          </>
        )}
      </section>
      <div className="aside">
        <Alerts alerts={alerts} waiting={!grid && !error} />
        <Now activity={activity} now={now} />
        <Trouble classroomId={classroomId} />
      </div>
    </div>
  )
}

/** How learners come into a class. */
function WayIn({ classroomId }: { classroomId: string }) {
  const [{ data }] = useQuery({ query: JoinCodeDocument, variables: { classroomId } })
  const code = data?.classroom?.joinCode
  return (
    <p>
      Learners join with the code {code ? <strong className="join-code">{code}</strong> : 'of the class'}, or are enrolled by the
      school.
    </p>
  )
}

/** The exams that are open now, with their raised hands; while there are some, asked for again and again. */
function useOpenExams(classroomId: string) {
  const [{ data }, again] = useQuery({ query: RaisedHandsDocument, variables: { classroomId } })
  const exams = data?.classroom?.exams.nodes ?? []
  const some = exams.length > 0
  useEffect(() => {
    if (!some) return
    const timer = setInterval(() => again({ requestPolicy: 'network-only' }), HANDS_EVERY_MS)
    return () => clearInterval(timer)
  }, [some, again])
  return exams
}

function Summary({ classroomId, activity }: { classroomId: string; activity: Activity | null }) {
  const [{ data }] = useQuery({ query: TroubleSpotsDocument, variables: { classroomId } })
  const said = data?.classroom?.analytics
  const here = [...(activity?.learners.values() ?? [])].filter(({ presence }) => presence === 'ONLINE').length
  const figures: [string, string | null, string][] = [
    ['here now', activity && String(here), activity ? `of ${activity.learners.size}` : ''],
    ['practised', said ? String(said.activeLearners) : null, 'in 30 days'],
    ['answers', said ? said.attemptCount.toLocaleString('en') : null, 'in 30 days'],
    ['mean score', said ? (said.meanScore === null ? '–' : percent(said.meanScore)) : null, 'in 30 days'],
  ]
  return (
    <dl className="figures">
      {figures.map(([what, figure, of]) => (
        <div key={what}>
          <dt>{what}</dt>
          <dd>
            {figure ?? <span className="bone bone-figure" />} <small>{of}</small>
          </dd>
        </div>
      ))}
    </dl>
  )
}

const ALERT_ICONS = { HAND: Hand, QUIET: Hourglass, STRUGGLING: TrendingDown, AWAY: UserX }

function Alerts({ alerts, waiting }: { alerts: Alert[]; waiting: boolean }) {
  const [all, setAll] = useState(false)
  const shown = all ? alerts : alerts.slice(0, FEW)
  return (
    <section className="card" aria-labelledby="alerts">
      <div className="card-head">
        <h2 id="alerts">Needs a look</h2>
        {alerts.length > 0 && <span className="badge">{alerts.length}</span>}
      </div>
      {waiting && alerts.length === 0 ? (
        <Bones rows={3} height={34} />
      ) : alerts.length === 0 ? (
        <p className="quiet-line">Nobody, as far as can be told from here.</p>
      ) : (
        <ul className="alerts">
          {shown.map(({ id, kind, learner, words, to }) => {
            const Icon = ALERT_ICONS[kind]
            return (
              <li key={id} data-kind={kind}>
                <Icon size={16} aria-hidden />
                <span>
                  {to ? <Link to={to}>{learner}</Link> : <strong>{learner}</strong>} {words}
                </span>
              </li>
            )
          })}
        </ul>
      )}
      {alerts.length > FEW && (
        <button className="link card-more" type="button" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? 'Show fewer' : `Show all ${alerts.length}`}
        </button>
      )}
    </section>
  )
}

function Now({ activity, now }: { activity: ReturnType<typeof useStream<never, never, Activity>>; now: number }) {
  const { state, mark, reason, retry } = activity
  const practising = [...(state?.learners.values() ?? [])].filter(({ presence, session }) => session && presence !== 'OFFLINE')
  return (
    <section className="card" aria-labelledby="now">
      <div className="card-head">
        <h2 id="now">Now</h2>
        <ConnectionMark mark={mark} />
      </div>
      {reason ? (
        <Failure error={new Error(reason)} retry={retry} />
      ) : !state ? (
        <Bones rows={3} height={34} />
      ) : state.moves.length + practising.length === 0 ? (
        <p className="quiet-line">Nobody practises at the moment. Answers show here as they are given.</p>
      ) : (
        <ol className={mark === 'RECONNECTING' ? 'happenings old' : 'happenings'} aria-label="What happened last">
          {state.moves.slice(0, 8).map((move) => (
            <li key={`${move.learnerId} ${move.skillId} ${move.at}`}>
              <span>
                <strong>{move.name}</strong> {move.skill}
                <small>now {inWords(move)}</small>
              </span>
              <Ago at={move.at} now={Math.max(now, Date.parse(move.at))} />
            </li>
          ))}
          {state.moves.length === 0 &&
            practising.map(({ learner, attemptsToday, lastAttemptAt }) => (
              <li key={learner.id}>
                <span>
                  <strong>{learner.displayName}</strong> practises
                  <small>{attemptsToday} answers today</small>
                </span>
                {lastAttemptAt && <Ago at={lastAttemptAt} now={now} />}
              </li>
            ))}
        </ol>
      )}
    </section>
  )
}

function Trouble({ classroomId }: { classroomId: string }) {
  const [{ data, error }, again] = useQuery({ query: TroubleSpotsDocument, variables: { classroomId } })
  const spots = data?.classroom?.analytics.troubleSpots
  return (
    <section className="card" aria-labelledby="trouble">
      <div className="card-head">
        <h2 id="trouble">Trouble spots</h2>
        <span className="card-note">30 days</span>
      </div>
      {!spots && error ? (
        <Failure error={error} retry={again} />
      ) : !spots ? (
        <Bones rows={4} height={44} />
      ) : spots.length === 0 ? (
        <p className="quiet-line">
          <CircleDashed size={16} aria-hidden /> It takes five answers by three learners to say where it is hard.
        </p>
      ) : (
        <ol className="spots">
          {spots.map(({ skill, item, successRate, learnerCount }) => (
            <li key={skill.id}>
              <div className="spot-line">
                <strong>{skill.name}</strong>
                <span>{percent(successRate)}</span>
              </div>
              <div className="spot-bar" aria-hidden>
                <span style={{ width: percent(successRate).replace(' ', '') }} />
              </div>
              <small>
                right, of {learnerCount} learners{item && <>. Missed most: “{item.stem}”</>}
              </small>
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}
