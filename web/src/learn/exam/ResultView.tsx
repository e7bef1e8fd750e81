import { ArrowLeft, Check, Minus, RotateCcw, X } from 'lucide-react'
import { Link } from 'react-router'

import { figure } from '../../design/figures'
import { exactly } from '../words'
import { MasteryBar } from '../Mastery'
import type { Exam, Sitting } from './ExamPage'

const WHEN = {
  AT_SUBMISSION: 'Your result is being put together.',
  AT_CLOSE: 'You see your result when the exam closes.',
  MANUAL: 'You see your result when your teacher releases it.',
}

/** A sitting that has ended, and its result once it may be seen. */
export function ResultView({ exam, sitting, goIn }: { exam: Exam; sitting: Sitting; goIn: () => void }) {
  const { result, submittedAt, state, answeredCount, itemCount } = sitting
  const again = exam.state === 'OPEN' && sitting.attemptNumber < exam.assessment.attemptsAllowed
  return (
    <div className="column narrow">
      <Link className="back" to="/exams">
        <ArrowLeft size={16} aria-hidden /> Exams
      </Link>
      <section className="headline">
        <p className="why">{exam.assessment.title}</p>
        {result ? (
          <>
            <h1>
              {figure(result.score)} of {figure(result.maximum)}
            </h1>
            <p className="why">{submittedAt && `Handed in ${exactly(submittedAt)}.`}</p>
          </>
        ) : state === 'CLOSED' ? (
          <>
            <h1>This exam is over</h1>
            <p className="why">You did not begin it. Talk to your teacher if that is a mistake.</p>
          </>
        ) : (
          <>
            <h1>{state === 'SUBMITTED' ? 'Handed in' : 'Your time is over'}</h1>
            <p className="why">
              {answeredCount} of {itemCount} answered, all saved{submittedAt && `, ${exactly(submittedAt)}`}.{' '}
              {WHEN[exam.assessment.releasePolicy]}
            </p>
          </>
        )}
        <div className="card-acts">
          {again && (
            <button className="button main large" type="button" onClick={goIn}>
              <RotateCcw size={18} aria-hidden /> Sit it again
            </button>
          )}
          <Link className="button large" to="/">
            Practise
          </Link>
        </div>
      </section>
      {result && (
        <>
          <h2 className="part">By skill</h2>
          <ul className="moves sheet">
            {result.skills.map(({ skill, score, maximum }) => (
              <li key={skill.id} className="move">
                <div className="move-line">
                  <Link to={`/skills/${skill.id}`} className="move-skill">
                    {skill.name}
                  </Link>
                  <span className="move-figures">
                    {figure(score)} of {figure(maximum)}
                  </span>
                </div>
                <MasteryBar probability={maximum ? score / maximum : 0} evidence={maximum} />
              </li>
            ))}
          </ul>
          <h2 className="part">By question</h2>
          <ol className="answers sheet">
            {result.items.map(({ item, answered, correct, score, feedback }) => (
              <li key={item.id}>
                <span className={correct ? 'tick tick-right' : 'tick tick-wrong'}>
                  {correct ? <Check size={12} strokeWidth={3} aria-hidden /> : answered ? <X size={12} strokeWidth={3} aria-hidden /> : <Minus size={12} aria-hidden />}
                </span>
                <span className="answer-stem">
                  {item.stem.replace(/\[[^\]]+\]/g, '…')}
                  {!correct && score > 0 && <span className="why answer-told">Partly right: {figure(score)} of 1.</span>}
                  {!correct && feedback && <span className="why answer-told">{feedback}</span>}
                </span>
                <span className="hidden-text">{correct ? 'right' : answered ? 'not right' : 'not answered'}</span>
              </li>
            ))}
          </ol>
        </>
      )}
    </div>
  )
}
