import { Plus } from 'lucide-react'
import { useState } from 'react'
import { Link, useParams } from 'react-router'
import { useQuery } from 'urql'

import { ExamsDocument, type ExamsQuery } from '../graph'
import { onDay, planned } from '../parts/moments'
import { Bones, Empty, Failure, Stale } from '../parts/states'
import { NewExamDialog } from './NewExam'
import { EXAM_STATES } from './words'

type Exam = NonNullable<ExamsQuery['classroom']>['exams']['nodes'][number]

/** The exams of a class, the newest first; and the way to open another. */
export function Exams() {
  const { classroomId = '' } = useParams()
  const [opening, setOpening] = useState(false)
  const [{ data, error }, again] = useQuery({ query: ExamsDocument, variables: { classroomId } })
  const exams = data?.classroom?.exams.nodes
  return (
    <section className="card" aria-labelledby="exams">
      <div className="card-head">
        <h2 id="exams">Exams</h2>
        <button className="button main card-act" type="button" onClick={() => setOpening(true)}>
          <Plus size={16} aria-hidden /> Open an exam
        </button>
      </div>
      <Stale error={exams && error} retry={again} />
      {!exams && error ? (
        <Failure error={error} retry={again} />
      ) : !exams ? (
        <Bones rows={4} height={56} />
      ) : exams.length === 0 ? (
        <Empty title="This class has sat no exam yet.">
          <p>Open one: it takes a title, some skills and a time. You watch it here as it is written.</p>
        </Empty>
      ) : (
        <ul className="exams">
          {exams.map((exam) => (
            <li key={exam.id}>
              <Link to={exam.id} className="exam-link">
                <span className="exam-link-title">{exam.assessment.title}</span>
                <span className="state" data-exam={exam.state}>{EXAM_STATES[exam.state]}</span>
                <span className="exam-link-note">
                  {exam.assessment.itemCount} items, {planned(exam.assessment.durationSeconds)}
                </span>
                <span className="exam-link-note">{whenOf(exam)}</span>
              </Link>
            </li>
          ))}
        </ul>
      )}
      {opening && <NewExamDialog classroomId={classroomId} close={() => { setOpening(false); again() }} />}
    </section>
  )
}

function whenOf({ opensAt, closesAt, closedAt, state }: Exam): string {
  if (closedAt) return `closed ${onDay(closedAt)}`
  if (state === 'SCHEDULED' && opensAt) return `opens ${onDay(opensAt)}`
  return closesAt ? `until ${onDay(closesAt)}` : 'until you close it'
}
