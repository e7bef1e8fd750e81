import { numberIn } from './draft'
import type { FieldProps } from './ItemForm'

/** A number with its unit, or a short text. */
export function TypedField({ item, draft, settled, onChange }: FieldProps) {
  const numeric = item.kind === 'NUMERIC'
  const number = numeric ? numberIn(draft.text) : null
  const unread = numeric && draft.text.trim() !== '' && !/^[-+−–.,]$/.test(draft.text.trim()) && number === null
  const plain = draft.text.trim().replace(/^\+/, '')
  const said = number !== null && String(number) !== plain && !/^-?\d*\.?\d*$/.test(plain)
  return (
    <div className="typed">
      <div className={unread ? 'typed-box unread' : 'typed-box'}>
        <input className={numeric ? 'typed-input' : 'typed-input typed-text'} type="text" value={draft.text}
          disabled={settled} inputMode={numeric ? 'decimal' : 'text'} autoComplete="off" autoCapitalize="off"
          spellCheck={false} maxLength={numeric ? 40 : 2000} aria-labelledby="stem" aria-invalid={unread || undefined}
          aria-describedby="asked reading" onChange={(event) => onChange({ ...draft, text: event.target.value })} />
        {item.unit && <span className="typed-unit">{item.unit}</span>}
      </div>
      <p className="reading" id="reading" role="status">
        {unread && 'That is no number yet: write it like 12, −3 or 0.5.'}
        {said && `Read as ${number}.`}
      </p>
    </div>
  )
}
