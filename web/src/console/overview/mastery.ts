import type { MasteryLevel } from '../graph'
import type { Known } from './activity'

/** Where the steps of the scale begin; 0.7 and 0.85 are where NEARLY and MASTERED begin. */
export const STEPS = [0, 0.5, 0.7, 0.85, 0.95]

export const LEVELS: Record<MasteryLevel, string> = {
  NOT_ENOUGH_DATA: 'not enough data',
  LEARNING: 'learning',
  NEARLY: 'nearly there',
  MASTERED: 'mastered',
  FADING: 'fading',
}

/** The step of the scale, 0 to 4. */
export function stepOf(probability: number): number {
  return STEPS.findLastIndex((from) => probability >= from)
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

/** What is known, in words. */
export function inWords(known: Known | null): string {
  if (!known) return 'not practised yet'
  const answers = `${known.evidenceCount} ${known.evidenceCount === 1 ? 'answer' : 'answers'}`
  if (known.probability === null) return `not enough data, ${answers}`
  return `${percent(known.probability)}, ${LEVELS[known.level]}, ${answers}`
}
