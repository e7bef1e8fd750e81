import { ArrowLeft, Play } from 'lucide-react'
import type { CSSProperties } from 'react'
import { Link, useParams } from 'react-router'
import { useQuery } from 'urql'

import { SkillOfMineDocument, type SkillOfMineQuery } from '../graph'
import { ENOUGH, LevelMark, MasteryBar } from '../Mastery'
import { useStart } from '../practice/PracticeHome'
import { Empty, Failed, Loading } from '../states'
import { ago, counted, exactly, percent } from '../words'
import { HistoryLine } from './HistoryLine'

type Mastery = NonNullable<NonNullable<SkillOfMineQuery['viewer']>['learner']>['mastery']['nodes'][number]
type Factors = NonNullable<Mastery['explanation']>['factors']

/** One skill: how well it is known, why one thinks so, how it went, and practising it. */
export default function SkillPage() {
  const { skillId = '' } = useParams()
  const [{ data, error, fetching }, again] = useQuery({
    query: SkillOfMineDocument,
    variables: { skillId, skillIds: [skillId] },
  })
  const { start, busy, reason } = useStart()
  if (!data) {
    const retry = () => again({ requestPolicy: 'network-only' })
    return fetching || !error ? <Loading shape="page" /> : <Failed error={error} retry={retry} />
  }
  const { skill } = data
  if (!skill) return <Empty title="There is no such skill." />
  const mastery = data.viewer?.learner?.mastery.nodes[0] ?? null
  return (
    <div className="column">
      <Link className="back" to="/progress">
        <ArrowLeft size={16} aria-hidden /> My progress
      </Link>
      <section className="headline">
        <p className="why">{skill.subject}</p>
        <h1>{skill.name}</h1>
        {mastery ? <Standing mastery={mastery} /> : <p className="why">You have not tried this skill yet.</p>}
        <button className="button main large" type="button" disabled={busy !== ''}
          onClick={() => void start(skill.id, { skillIds: [skill.id] })}>
          <Play size={18} aria-hidden /> Practise this
        </button>
        {reason && (
          <p className="notice" role="alert">
            {reason}
          </p>
        )}
      </section>
      {mastery && mastery.history.filter(({ probability }) => probability !== null).length > 1 && (
        <>
          <h2 className="part">How it went</h2>
          <HistoryLine points={mastery.history} />
        </>
      )}
      {mastery?.explanation && <Why factors={mastery.explanation.factors} />}
      <Neighbours title="Builds on" skills={skill.prerequisites} />
      <Neighbours title="Leads to" skills={skill.dependents.nodes} />
    </div>
  )
}

function Standing({ mastery }: { mastery: Mastery }) {
  const { level, probability, standardError, evidenceCount, lastPracticedAt, explanation } = mastery
  return (
    <div className="standing">
      <p className="standing-line">
        <LevelMark level={level} />
        {probability !== null && (
          <span>
            <strong>{percent(probability)}</strong>
            {standardError !== null && <span title="One standard error"> ± {Math.round(standardError * 100)}</span>}
          </span>
        )}
      </p>
      <MasteryBar probability={probability} evidence={evidenceCount} />
      <p className="why">
        {explanation?.summary ??
          `${counted(evidenceCount, 'answer')} so far; after ${ENOUGH} it can be said how well you know this.`}
      </p>
      {!explanation && lastPracticedAt && (
        <p className="why">
          Last practised{' '}
          <time dateTime={lastPracticedAt} title={exactly(lastPracticedAt)}>
            {ago(lastPracticedAt)}
          </time>
          .
        </p>
      )}
    </div>
  )
}

/** What raises and what lowers the estimate, the strongest first. */
function Why({ factors }: { factors: Factors }) {
  const felt = factors.filter(({ contribution }) => Math.abs(contribution) >= 0.05)
  const most = Math.max(...felt.map(({ contribution }) => Math.abs(contribution)))
  return (
    <>
      <h2 className="part">Why this is so</h2>
      <ul className="factors sheet">
        {[...felt]
          .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution))
          .map(({ kind, label, contribution, detail }) => (
            <li key={kind + label}>
              <span className="factor-name">{label}</span>
              <span className={contribution < 0 ? 'factor-bar lowers' : 'factor-bar raises'}
                style={{ '--w': Math.abs(contribution) / most } as CSSProperties} aria-hidden />
              <span className="why">{detail}</span>
            </li>
          ))}
      </ul>
    </>
  )
}

function Neighbours({ title, skills }: { title: string; skills: { id: string; name: string }[] }) {
  if (!skills.length) return null
  return (
    <>
      <h2 className="part">{title}</h2>
      <ul className="neighbours">
        {skills.map(({ id, name }) => (
          <li key={id}>
            <Link to={`/skills/${id}`}>{name}</Link>
          </li>
        ))}
      </ul>
    </>
  )
}
