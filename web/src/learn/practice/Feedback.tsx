import { Check, Hourglass, X } from 'lucide-react'

import { MasteryBar, moved } from '../Mastery'
import { percent } from '../words'
import type { Judged } from './answering'

/** What became of an answer: the verdict, what there is to learn from it, what it moved and why. */
export function Feedback({ judged }: { judged: Judged }) {
  const { correct, score, feedback, masteryChanges } = judged
  const partly = !correct && (score ?? 0) > 0
  const verdict = correct === null ? 'pending' : correct ? 'right' : 'wrong'
  const Icon = { pending: Hourglass, right: Check, wrong: X }[verdict]
  const words = { pending: 'It will be looked at.', right: 'That is right.', wrong: partly ? `Partly right: ${percent(score!)}.` : 'Not quite.' }[verdict]
  return (
    <section className={`feedback feedback-${verdict}`} aria-label="Feedback">
      <p className="verdict">
        <span className="verdict-mark">
          <Icon size={18} strokeWidth={2.5} aria-hidden />
        </span>
        <strong>{words}</strong>
      </p>
      {feedback && <p className="feedback-text">{feedback}</p>}
      <ul className="moves">
        {masteryChanges.map(({ skill, before, after, evidenceCount, mastery }) => (
          <li key={skill.id} className="move">
            <div className="move-line">
              <span className="move-skill">{skill.name}</span>
              <span className="move-figures">{moved(before, after, evidenceCount)}</span>
            </div>
            <MasteryBar probability={after} evidence={evidenceCount} before={before} />
            <p className="why">
              {mastery.explanation?.summary ?? 'A few more answers, and it can be said how well you know this.'}
            </p>
          </li>
        ))}
      </ul>
    </section>
  )
}
