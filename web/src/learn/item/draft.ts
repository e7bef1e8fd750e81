import type { ItemResponse, ItemShownFragment, ResponseGivenFragment } from '../graph'

/** An answer as it is being given; each kind of item uses its own part. */
export type Draft = {
  choices: string[]
  text: string
  /** All choices in the order given; empty until one was moved or the order was kept. */
  order: string[]
  pairs: Record<string, string>
  gaps: Record<string, string>
}

export const BLANK: Draft = { choices: [], text: '', order: [], pairs: {}, gaps: {} }

/** What a draft answers, or null while something is missing or cannot be read. */
export function responseOf(item: ItemShownFragment, draft: Draft): ItemResponse | null {
  switch (item.kind) {
    case 'MULTIPLE_CHOICE':
    case 'MULTIPLE_RESPONSE':
      return draft.choices.length ? { choiceIds: draft.choices } : null
    case 'NUMERIC': {
      const number = numberIn(draft.text)
      return number === null ? null : { number }
    }
    case 'ORDERING':
      return draft.order.length ? { ordering: draft.order } : null
    case 'MATCHING': {
      const pairs = item.choices.map(({ id }) => ({ choiceId: id, targetId: draft.pairs[id] ?? '' }))
      return pairs.every(({ targetId }) => targetId) ? { pairs } : null
    }
    case 'CLOZE': {
      const gaps = item.gaps.map(({ id }) => ({ gapId: id, text: draft.gaps[id]?.trim() ?? '' }))
      return gaps.every(({ text }) => text) ? { gaps } : null
    }
    default:
      return draft.text.trim() ? { text: draft.text.trim() } : null
  }
}

/** The draft that an answer was made of, as far as it is known. */
export function draftOf(given: ResponseGivenFragment | null | undefined): Draft {
  if (!given) return BLANK
  return {
    choices: given.choices?.map(({ id }) => id) ?? [],
    text: given.number?.toString() ?? given.text ?? '',
    order: given.ordering?.map(({ id }) => id) ?? [],
    pairs: Object.fromEntries(given.pairs?.map(({ choice, target }) => [choice.id, target.id]) ?? []),
    gaps: Object.fromEntries(given.gaps?.map(({ gap, text }) => [gap.id, text]) ?? []),
  }
}

/** The same for an answer that is still on its way. */
export function draftOfResponse(given: ItemResponse): Draft {
  const { choiceIds, number, text, ordering, pairs, gaps } = given as Partial<Everything>
  return {
    choices: choiceIds ?? [],
    text: number?.toString() ?? text ?? '',
    order: ordering ?? [],
    pairs: Object.fromEntries(pairs?.map(({ choiceId, targetId }) => [choiceId, targetId]) ?? []),
    gaps: Object.fromEntries(gaps?.map(({ gapId, text: filled }) => [gapId, filled]) ?? []),
  }
}

type Everything = {
  choiceIds: string[] | null
  number: number | null
  text: string | null
  ordering: string[] | null
  pairs: { choiceId: string; targetId: string }[] | null
  gaps: { gapId: string; text: string }[] | null
}

/**
 * The number somebody typed: 0.5, 0,5, −3, 1 000, 1,000. A comma before exactly three digits that end the
 * number, or stand before others, groups; any other is a decimal point. Null where there is no number.
 */
export function numberIn(typed: string): number | null {
  const plain = typed.trim().replace(/[\s\u00a0\u2009\u202f]/g, '').replace(/^[−–]/, '-')
  const grouped = /^[-+]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?$/.test(plain)
  const point = grouped ? plain.replaceAll(',', '') : plain.replace(',', '.')
  return /^[-+]?(\d+\.?\d*|\.\d+)$/.test(point) ? Number(point) : null
}
