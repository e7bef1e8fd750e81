import type { ReactNode } from 'react'

import type { ItemShownFragment } from '../graph'
import { ChoiceField } from './ChoiceField'
import { ClozeField, clozeParts } from './ClozeField'
import type { Draft } from './draft'
import { MatchingField } from './MatchingField'
import { OrderingField } from './OrderingField'
import { TypedField } from './TypedField'

export type FieldProps = {
  item: ItemShownFragment
  draft: Draft
  /** Where the answer is given and can no longer be changed. */
  settled: boolean
  /** Whether it earned full credit; null while that is not known. */
  correct: boolean | null
  onChange: (draft: Draft) => void
}

const ASKED: Partial<Record<ItemShownFragment['kind'], string>> = {
  MULTIPLE_CHOICE: 'Choose one.',
  MULTIPLE_RESPONSE: 'Choose all that are right.',
  NUMERIC: 'Type a number.',
  SHORT_TEXT: 'Type a short answer.',
  ORDERING: 'Put them in order: drag, or use the arrows.',
  MATCHING: 'Find the one that belongs to each.',
  CLOZE: 'Fill in the gaps.',
}

/** An item to be answered: what it asks, and a field that fits its kind. */
export function ItemForm({ children, onSubmit, ...field }: FieldProps & { children?: ReactNode; onSubmit?: () => void }) {
  const { item } = field
  const Field = fieldOf(item.kind)
  const inline = item.kind === 'CLOZE' && clozeParts(item).length > 1
  return (
    <form
      className="item"
      onSubmit={(event) => {
        event.preventDefault()
        onSubmit?.()
      }}
    >
      <h1 className={inline ? 'hidden-text' : 'stem'} id="stem" tabIndex={-1}>
        {inline ? item.stem.replace(/\[[^\]]+\]/g, '…') : item.stem}
      </h1>
      <p className="asked" id="asked">
        {ASKED[item.kind] ?? 'Give an answer.'}
      </p>
      <Field {...field} />
      {children}
    </form>
  )
}

function fieldOf(kind: ItemShownFragment['kind']) {
  switch (kind) {
    case 'MULTIPLE_CHOICE':
    case 'MULTIPLE_RESPONSE':
      return ChoiceField
    case 'ORDERING':
      return OrderingField
    case 'MATCHING':
      return MatchingField
    case 'CLOZE':
      return ClozeField
    default:
      return TypedField
  }
}
