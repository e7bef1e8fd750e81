import { Check, X } from 'lucide-react'

import type { FieldProps } from './ItemForm'

/** One choice of some, or any number of them. */
export function ChoiceField({ item, draft, settled, correct, onChange }: FieldProps) {
  const several = item.kind === 'MULTIPLE_RESPONSE'
  function take(id: string, on: boolean) {
    const choices = several
      ? item.choices.map((each) => each.id).filter((each) => (each === id ? on : draft.choices.includes(each)))
      : [id]
    onChange({ ...draft, choices })
  }
  return (
    <fieldset className="choices" disabled={settled} aria-labelledby="stem" aria-describedby="asked">
      {item.choices.map(({ id, text }) => {
        const chosen = draft.choices.includes(id)
        const mark = settled && chosen && !several ? (correct === null ? '' : correct ? ' right' : ' wrong') : ''
        return (
          <label key={id} className={`choice${chosen ? ' chosen' : ''}${mark}`}>
            <input type={several ? 'checkbox' : 'radio'} name={`answer-${item.id}`} value={id} checked={chosen}
              onChange={(event) => take(id, event.target.checked)} />
            <span className={several ? 'choice-box' : 'choice-ring'} aria-hidden>
              {mark === ' wrong' ? <X size={14} strokeWidth={3} /> : <Check size={14} strokeWidth={3} />}
            </span>
            <span className="choice-text">{text}</span>
          </label>
        )
      })}
    </fieldset>
  )
}
