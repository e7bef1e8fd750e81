/** What a learner is shown of an item, as far as the form of a response goes. */
export type AskedItem = {
  kind: string
  choices: { id: string }[]
  matchTargets: { id: string }[]
  gaps: { id: string; choices: { text: string }[] }[]
}

/** A response of the form that an item's kind wants; right only by luck. */
export function likelyResponse(item: AskedItem | null): Record<string, unknown> | null {
  if (!item) return null
  const choices = item.choices.map(({ id }) => id)
  switch (item.kind) {
    case 'NUMERIC':
      return { number: 12 }
    case 'ORDERING':
      return { ordering: choices }
    case 'MATCHING':
      return { pairs: choices.map((choiceId, n) => ({ choiceId, targetId: item.matchTargets[n]?.id })) }
    case 'CLOZE':
      return { gaps: item.gaps.map(({ id, choices: [choice] }) => ({ gapId: id, text: choice?.text ?? '12' })) }
    case 'SHORT_TEXT':
    case 'CODE':
      return { text: '12' }
    default:
      return { choiceIds: choices.slice(0, 1) }
  }
}
