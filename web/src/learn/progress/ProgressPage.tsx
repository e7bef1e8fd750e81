import { Flame, List, Map } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { Link } from 'react-router'
import { useQuery } from 'urql'

import { isNarrow } from '../../design/width'
import { ProgressDocument, type ProgressQuery } from '../graph'
import { Empty, Failed, Loading, Stale } from '../states'
import { counted, lasting } from '../words'
import { Days } from './Days'
import { SkillList } from './SkillList'

const SkillMap = lazy(() => import('./SkillMap'))

type Learner = NonNullable<NonNullable<ProgressQuery['viewer']>['learner']>
export type Known = Learner['mastery']['nodes'][number]

/** What has been done of late, and what is known of every skill that was tried. */
export default function ProgressPage() {
  const [{ data, error, fetching }, again] = useQuery({ query: ProgressDocument })
  const reload = () => again({ requestPolicy: 'network-only' })
  const learner = data?.viewer?.learner
  if (!learner) return fetching || !error ? <Loading shape="page" /> : <Failed error={error} retry={reload} />
  return (
    <div className="column wide">
      <Stale error={error} retry={reload} />
      <h1>My progress</h1>
      <Lately progress={learner.progress} known={learner.mastery.nodes} />
      <Skills known={learner.mastery.nodes} />
    </div>
  )
}

function Lately({ progress, known }: { progress: Learner['progress']; known: Known[] }) {
  const week = progress.buckets.slice(-7)
  const answers = week.reduce((sum, { attemptCount }) => sum + attemptCount, 0)
  const seconds = week.reduce((sum, { practiceSeconds }) => sum + practiceSeconds, 0)
  const mastered = known.filter(({ level }) => level === 'MASTERED').length
  return (
    <section className="lately sheet" aria-label="Of late">
      <dl className="figures">
        <div>
          <dt>
            <Flame size={16} aria-hidden /> Streak
          </dt>
          <dd>{counted(progress.streakDays, 'day')}</dd>
        </div>
        <div>
          <dt>Answers, 7 days</dt>
          <dd>{answers}</dd>
        </div>
        <div>
          <dt>Time, 7 days</dt>
          <dd>{lasting(seconds)}</dd>
        </div>
        <div>
          <dt>Mastered now</dt>
          <dd>
            {mastered} <small>of {known.length} tried</small>
          </dd>
        </div>
      </dl>
      <Days buckets={progress.buckets} timeZone={progress.timeZone} />
    </section>
  )
}

function Skills({ known }: { known: Known[] }) {
  const [as, setAs] = useState<'map' | 'list'>(() => (isNarrow() ? 'list' : 'map'))
  if (!known.length) {
    return (
      <Empty title="No skill was tried yet.">
        <p>
          <Link to="/">Start with a few questions</Link>, and your map begins to draw itself.
        </p>
      </Empty>
    )
  }
  const views = [
    { value: 'map', label: 'Map', Icon: Map },
    { value: 'list', label: 'List', Icon: List },
  ] as const
  return (
    <section aria-labelledby="skills">
      <div className="skills-top">
        <h2 id="skills" className="part">
          Skills
        </h2>
        <div className="switch" role="group" aria-label="Show skills as">
          {views.map(({ value, label, Icon }) => (
            <button key={value} type="button" className={as === value ? 'switch-on' : ''} aria-pressed={as === value}
              onClick={() => setAs(value)}>
              <Icon size={16} aria-hidden /> {label}
            </button>
          ))}
        </div>
      </div>
      {as === 'list' ? (
        <SkillList known={known} />
      ) : (
        <Suspense fallback={<Loading shape="rows" />}>
          <SkillMap known={known} />
        </Suspense>
      )}
    </section>
  )
}
