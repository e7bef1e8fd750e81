import type { CSSProperties } from 'react'

import type { MasteryLevel } from './graph'
import { percent } from './words'

export const LEVELS: Record<MasteryLevel | 'NEW', string> = {
  NEW: 'Not tried yet',
  NOT_ENOUGH_DATA: 'Not enough answers yet',
  LEARNING: 'Learning',
  NEARLY: 'Nearly there',
  MASTERED: 'Mastered',
  FADING: 'Fading',
}
export const ENOUGH = 3

/** How sure one is of a skill, as a bar of one hue. Too few answers are drawn as steps to go, not as little. */
export function MasteryBar({ probability, evidence, before }: { probability: number | null; evidence: number; before?: number | null }) {
  if (probability === null) {
    return (
      <span className="steps" role="img" aria-label={`${evidence} of the ${ENOUGH} answers that are needed to say something`}>
        {Array.from({ length: ENOUGH }, (_, place) => (
          <span key={place} className={place < evidence ? 'step-done' : 'step-open'} />
        ))}
      </span>
    )
  }
  const from = before ?? probability
  return (
    <span className="bar" style={{ '--p': probability, '--from': from } as CSSProperties} aria-hidden>
      <span className="bar-fill" />
      {before !== undefined && before !== null && <span className="bar-before" />}
    </span>
  )
}

/** A level in a word, with a shape of its own. */
export function LevelMark({ level }: { level: MasteryLevel | 'NEW' }) {
  return (
    <span className={`level level-${level.toLowerCase().replaceAll('_', '-')}`}>
      <span className="level-shape" aria-hidden />
      {LEVELS[level]}
    </span>
  )
}

/** From what to what, in words: "74 % → 79 %". */
export function moved(before: number | null, after: number | null, evidence: number): string {
  if (after === null) return `${Math.min(evidence, ENOUGH)} of ${ENOUGH} answers`
  if (before === null) return `now ${percent(after)}`
  return `${percent(before)} → ${percent(after)}`
}
