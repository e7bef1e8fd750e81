import { ArrowRight, CalendarClock, Check, DoorOpen } from 'lucide-react'
import { Link } from 'react-router'
import { useQuery } from 'urql'

import { useAgain } from '../../live/useAgain'
import { MyExamsDocument, type MyExamsQuery } from '../graph'
import { figure } from '../../design/figures'
import { Empty, Failed, Loading, Stale } from '../states'
import { counted, exactly, lasting } from '../words'

type Exam = NonNullable<NonNullable<MyExamsQuery['viewer']>['learner']>['exams']['nodes'][number]

const LOOK_MS = 10_000

/** The exams of one's classes, those that wait for one first; one that is opened comes by itself. */
export default function ExamsPage() {
  const [{ data, error, fetching }, again] = useQuery({ query: MyExamsDocument })
  const reload = () => again({ requestPolicy: 'network-only' })
  useAgain(reload, LOOK_MS)
  const learner = data?.viewer?.learner
  if (!learner) return fetching || !error ? <Loading shape="rows" /> : <Failed error={error} retry={reload} />
  const exams = learner.exams.nodes
  const open = exams.filter((exam) => !['CLOSED', 'RELEASED'].includes(exam.state))
  const past = exams.filter((exam) => !open.includes(exam))
  return (
    <div className="column">
      <Stale error={error} retry={reload} />
      <h1>Exams</h1>
      {exams.length === 0 && (
        <Empty title="There is no exam.">
          <p>When your teacher opens one, it stands here.</p>
        </Empty>
      )}
      <Exams title="Now and next" exams={open} />
      <Exams title="Past" exams={past} />
    </div>
  )
}

function Exams({ title, exams }: { title: string; exams: Exam[] }) {
  if (!exams.length) return null
  return (
    <section aria-label={title}>
      <h2 className="part">{title}</h2>
      <ul className="exam-cards">
        {exams.map((exam) => (
          <ExamCard key={exam.id} exam={exam} />
        ))}
      </ul>
    </section>
  )
}

function ExamCard({ exam }: { exam: Exam }) {
  const { assessment, classroom, opensAt } = exam
  const sitting = [...exam.sittings.nodes].sort((a, b) => b.attemptNumber - a.attemptNumber)[0]
  const { words, go, Icon } = standing(exam, sitting)
  return (
    <li>
      <Link className="card exam-card" to={`/exams/${exam.id}`}>
        <Icon size={20} aria-hidden />
        <span className="exam-what">
          <strong>{assessment.title}</strong>
          <span className="why">
            {classroom.name}, {counted(assessment.itemCount, 'question')}, {lasting(assessment.durationSeconds)}
          </span>
        </span>
        <span className="exam-state">
          {words}
          {exam.state === 'SCHEDULED' && opensAt && <span className="why"> {exactly(opensAt)}</span>}
        </span>
        <span className="card-go exam-go">
          {go} <ArrowRight size={16} aria-hidden />
        </span>
      </Link>
    </li>
  )
}

function standing(exam: Exam, sitting: Exam['sittings']['nodes'][number] | undefined) {
  if (sitting?.result) return { words: `${figure(sitting.result.score)} of ${figure(sitting.result.maximum)}`, go: 'See result', Icon: Check }
  switch (sitting?.state) {
    case 'ACTIVE':
    case 'PAUSED':
    case 'LOCKED':
      return { words: `Under way, ${sitting.answeredCount} of ${sitting.itemCount} answered`, go: 'Go on', Icon: DoorOpen }
    case 'SUBMITTED':
    case 'FORCE_SUBMITTED':
      return { words: 'Handed in', go: 'Look', Icon: Check }
    case 'CLOSED':
      return { words: 'Not sat', go: 'Look', Icon: CalendarClock }
    default:
      return exam.state === 'SCHEDULED'
        ? { words: 'Opens', go: 'Waiting room', Icon: CalendarClock }
        : { words: 'Open', go: 'Go in', Icon: DoorOpen }
  }
}
