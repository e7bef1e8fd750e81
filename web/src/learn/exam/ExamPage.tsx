import { ArrowLeft, DoorOpen, Laptop } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Link, useParams } from 'react-router'
import { useQuery } from 'urql'

import { useAgain } from '../../live/useAgain'
import { ExamDoorDocument, type ExamDoorQuery } from '../graph'
import { Empty, Failed, Loading } from '../states'
import { counted, exactly, lasting } from '../words'
import { OVER } from './desk'
import { Outbox } from './outbox'
import { ResultView } from './ResultView'
import { Room } from './Room'

export type Exam = NonNullable<ExamDoorQuery['exam']>
export type Sitting = Exam['sittings']['nodes'][number]

const LOOK_MS = 10_000

/** An exam by its address: the door, the room, or what it came to. */
export default function ExamPage() {
  const { examId = '' } = useParams()
  return <Door key={examId} examId={examId} />
}

function Door({ examId }: { examId: string }) {
  const [inside, setInside] = useState(false)
  const [renewing, setRenewing] = useState(false)
  const [{ data, error, fetching }, again] = useQuery({
    query: ExamDoorDocument,
    variables: { id: examId },
    requestPolicy: 'network-only',
    pause: inside,
  })
  const reload = () => again({ requestPolicy: 'network-only' })
  useEffect(() => {
    if (!fetching) setRenewing(false)
  }, [fetching])
  // What changes by itself out here: an exam that opens or closes, a result that is released, a server that is back.
  useAgain(reload, LOOK_MS, inside || data?.exam?.state === 'RELEASED')
  function left() {
    setInside(false)
    setRenewing(true)
    reload()
  }
  if (!data || renewing) return fetching || !error ? <Loading shape="item" /> : <Failed error={error} retry={reload} />
  const { exam } = data
  if (!exam) return <Empty title="There is no such exam." />
  const sitting = [...exam.sittings.nodes].sort((a, b) => b.attemptNumber - a.attemptNumber)[0] ?? null
  const mine = sitting && !OVER.has(sitting.state) && Outbox.has(sitting.id)
  if (mine && !inside) setInside(true)
  if (inside || mine) return <Room exam={exam} left={left} />
  if (sitting && OVER.has(sitting.state)) return <ResultView exam={exam} sitting={sitting} goIn={() => setInside(true)} />
  return <Lobby exam={exam} sitting={sitting} goIn={() => setInside(true)} />
}

function Lobby({ exam, sitting, goIn }: { exam: Exam; sitting: Sitting | null; goIn: () => void }) {
  const { assessment, classroom, opensAt, closesAt, state } = exam
  const begun = sitting && !['NOT_STARTED', 'WAITING'].includes(sitting.state)
  const seconds = sitting ? sitting.baseTimeSeconds + sitting.accommodationSeconds : assessment.durationSeconds
  const extra = sitting?.accommodationSeconds ?? 0
  return (
    <div className="column narrow">
      <Link className="back" to="/exams">
        <ArrowLeft size={16} aria-hidden /> Exams
      </Link>
      <section className="headline">
        <p className="why">{classroom.name}</p>
        <h1>{assessment.title}</h1>
        <dl className="facts">
          <Fact what="Questions" is={String(assessment.itemCount)} />
          <Fact what="Time" is={extra ? `${lasting(seconds)}, ${lasting(extra)} of it yours as extra` : lasting(seconds)} />
          {state === 'SCHEDULED' && opensAt && <Fact what="Opens" is={exactly(opensAt)} />}
          {closesAt && <Fact what="Closes" is={exactly(closesAt)} />}
        </dl>
        <ul className="rules">
          {begun ? (
            <>
              <li>
                <Laptop size={18} aria-hidden /> You began on another device. {counted(sitting.answeredCount, 'answer')} saved there, and
                waiting for you here.
              </li>
              <li>The clock runs on. When you go on here, the other device stops.</li>
            </>
          ) : (
            <>
              <li>{state === 'SCHEDULED' ? 'Wait inside: your time starts when the exam opens.' : 'Your time starts when you begin.'}</li>
              <li>Every answer is saved as you give it. You may change it until you hand in.</li>
              <li>If the page closes or the network goes, come back: everything is there.</li>
              <li>Your teacher sees where you are, and when you leave this window.</li>
            </>
          )}
        </ul>
        <button className="button main large" type="button" onClick={goIn}>
          <DoorOpen size={18} aria-hidden /> {begun ? 'Go on here' : state === 'SCHEDULED' ? 'Go to the waiting room' : 'Begin'}
        </button>
      </section>
    </div>
  )
}

function Fact({ what, is }: { what: string; is: string }) {
  return (
    <div>
      <dt>{what}</dt>
      <dd>{is}</dd>
    </div>
  )
}
