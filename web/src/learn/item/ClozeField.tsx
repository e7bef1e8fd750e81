import type { ItemShownFragment } from '../graph'
import type { FieldProps } from './ItemForm'

type Gap = ItemShownFragment['gaps'][number]

/** The text of a cloze, cut at its gaps. A gap stands in the text as its id in brackets. */
export function clozeParts(item: ItemShownFragment): (string | Gap)[] {
  const gaps = new Map(item.gaps.map((gap) => [gap.id, gap]))
  return item.stem
    .split(/\[([^\]]+)\]/)
    .map((part, place) => (place % 2 ? (gaps.get(part) ?? `[${part}]`) : part))
    .filter((part) => part !== '')
}

/** Gaps within their text; those that the text does not name stand below it. */
export function ClozeField({ item, draft, settled, onChange }: FieldProps) {
  const parts = clozeParts(item)
  const within = new Set(parts.filter((part) => typeof part !== 'string').map((gap) => (gap as Gap).id))
  const below = item.gaps.filter(({ id }) => !within.has(id))
  const fill = (id: string, text: string) => onChange({ ...draft, gaps: { ...draft.gaps, [id]: text } })
  const gapOf = (gap: Gap) => (
    <GapField key={`gap-${gap.id}`} gap={gap} place={item.gaps.indexOf(gap) + 1} text={draft.gaps[gap.id] ?? ''}
      settled={settled} onChange={(text) => fill(gap.id, text)} />
  )
  return (
    <div role="group" aria-labelledby="stem" aria-describedby="asked">
      {within.size > 0 && (
        <p className="stem cloze">
          {parts.map((part, place) => (typeof part === 'string' ? <span key={place}>{part}</span> : gapOf(part)))}
        </p>
      )}
      {below.map((gap) => (
        <p key={gap.id} className="gap-below">
          <span aria-hidden>{gap.label ?? gap.id}</span> {gapOf(gap)}
        </p>
      ))}
    </div>
  )
}

type GapProps = { gap: Gap; place: number; text: string; settled: boolean; onChange: (text: string) => void }

function GapField({ gap, place, text, settled, onChange }: GapProps) {
  const label = gap.label ?? `Gap ${place}`
  if (gap.choices.length) {
    return (
      <select className="gap" aria-label={label} value={text} disabled={settled}
        onChange={(event) => onChange(event.target.value)}>
        <option value="">…</option>
        {gap.choices.map((choice) => (
          <option key={choice.id} value={choice.text}>
            {choice.text}
          </option>
        ))}
      </select>
    )
  }
  return (
    <input className="gap" type="text" aria-label={label} value={text} disabled={settled} autoComplete="off"
      autoCapitalize="off" spellCheck={false} style={{ width: `${Math.max(3.2, text.length * 0.62 + 1.6)}em` }}
      onChange={(event) => onChange(event.target.value)} />
  )
}
