import type { FieldProps } from './ItemForm'

const MOST_CHIPS = 4
const LONGEST_CHIP = 24

/** Each choice with what belongs to it: few short targets as chips, others in a list. */
export function MatchingField({ item, draft, settled, onChange }: FieldProps) {
  const targets = item.matchTargets
  const chips = targets.length <= MOST_CHIPS && targets.every(({ text }) => text.length <= LONGEST_CHIP)
  const match = (choiceId: string, targetId: string) =>
    onChange({ ...draft, pairs: { ...draft.pairs, [choiceId]: targetId } })
  return (
    <div className="matching" role="group" aria-labelledby="stem" aria-describedby="asked">
      {item.choices.map((choice) => {
        const taken = draft.pairs[choice.id] ?? ''
        if (!chips) {
          return (
            <label key={choice.id} className="match">
              <span className="match-what">{choice.text}</span>
              <select className="gap match-list" value={taken} disabled={settled}
                onChange={(event) => match(choice.id, event.target.value)}>
                <option value="">Choose …</option>
                {targets.map(({ id, text }) => (
                  <option key={id} value={id}>
                    {text}
                  </option>
                ))}
              </select>
            </label>
          )
        }
        return (
          <fieldset key={choice.id} className="match" disabled={settled}>
            <legend className="match-what">{choice.text}</legend>
            <div className="chips">
              {targets.map(({ id, text }) => (
                <label key={id} className={taken === id ? 'chip chosen' : 'chip'}>
                  <input type="radio" name={`${item.id}-${choice.id}`} checked={taken === id}
                    onChange={() => match(choice.id, id)} />
                  {text}
                </label>
              ))}
            </div>
          </fieldset>
        )
      })}
    </div>
  )
}
