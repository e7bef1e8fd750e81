import { ArrowRight, Check, X } from 'lucide-react'
import { Link } from 'react-router'
import { useQuery } from 'urql'

import { SessionDoneDocument, type SessionDoneQuery } from '../graph'
import { MasteryBar, moved } from '../Mastery'
import { Empty, Failed, Loading } from '../states'
import { counted, lasting } from '../words'

type Attempt = NonNullable<SessionDoneQuery['practiceSession']>['attempts']['nodes'][number]

/** What a session came to. */
export function SessionDone({ id }: { id: string }) {
  const [{ data, error }, again] = useQuery({ query: SessionDoneDocument, variables: { id }, requestPolicy: 'network-only' })
  if (!data) return error ? <Failed error={error} retry={() => again()} /> : <Loading shape="rows" />
  const session = data.practiceSession
  if (!session) return <Empty title="There is no such practice." />
  const attempts = [...session.attempts.nodes].reverse()
  const right = attempts.filter(({ correct }) => correct).length
  const seconds = attempts.reduce((sum, { durationMs }) => sum + (durationMs ?? 0) / 1000, 0)
  const points = attempts.reduce((sum, each) => sum + each.points, 0)
  return (
    <div className="column narrow">
      <section className="headline">
        <h1>{attempts.length ? 'Done for now' : 'Nothing answered this time'}</h1>
        {attempts.length > 0 && (
          <p className="why">
            {right} of {counted(attempts.length, 'answer')} right, {lasting(seconds)}, {counted(points, 'point')}.
          </p>
        )}
        <div className="card-acts">
          <Link className="button main large" to="/">
            Practise more <ArrowRight size={18} aria-hidden />
          </Link>
          <Link className="button large" to="/progress">
            See my progress
          </Link>
        </div>
      </section>
      {attempts.length > 0 && (
        <>
          <h2 className="part">What moved</h2>
          <ul className="moves sheet">
            {moves(attempts).map(({ skill, before, after, evidenceCount }) => (
              <li key={skill.id} className="move">
                <div className="move-line">
                  <Link to={`/skills/${skill.id}`} className="move-skill">
                    {skill.name}
                  </Link>
                  <span className="move-figures">{moved(before, after, evidenceCount)}</span>
                </div>
                <MasteryBar probability={after} evidence={evidenceCount} before={before} />
              </li>
            ))}
          </ul>
          <h2 className="part">Your answers</h2>
          <ol className="answers sheet">
            {attempts.map(({ id: attempt, correct, item }) => (
              <li key={attempt}>
                <span className={correct ? 'tick tick-right' : 'tick tick-wrong'}>
                  {correct ? <Check size={12} strokeWidth={3} aria-hidden /> : <X size={12} strokeWidth={3} aria-hidden />}
                </span>
                <span className="answer-stem">{item.stem.replace(/\[[^\]]+\]/g, '…')}</span>
                <span className="hidden-text">{correct ? 'right' : 'not right'}</span>
              </li>
            ))}
          </ol>
        </>
      )}
    </div>
  )
}

/** Each skill from before the first answer to after the last. */
function moves(attempts: Attempt[]) {
  const found = new Map<string, Attempt['masteryChanges'][number]>()
  for (const change of attempts.flatMap(({ masteryChanges }) => masteryChanges)) {
    const first = found.get(change.skill.id)
    found.set(change.skill.id, first ? { ...change, before: first.before } : change)
  }
  return [...found.values()]
}
