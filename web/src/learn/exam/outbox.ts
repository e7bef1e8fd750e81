import type { ItemResponse } from '../graph'

/** An answer that the server has not acknowledged. `givenAt` is when, by the server's clock, in milliseconds. */
export type Unsent = { itemId: string; response: ItemResponse; givenAt: number }
/** One that was sent under a number: it is sent again exactly so until the server answers. */
export type InFlight = Unsent & { sequence: number }

type Kept = { inFlight: InFlight | null; queue: Unsent[] }

const DEVICE = 'masterygraph.device'

/** The name of this device, the same in all exams. */
export function deviceId(): string {
  const known = localStorage.getItem(DEVICE)
  if (known) return known
  const made = crypto.randomUUID()
  localStorage.setItem(DEVICE, made)
  return made
}

/** What of a sitting is on its way to the server. It outlives a reload, a crash and a flat battery. */
export class Outbox {
  private kept: Kept
  private readonly key: string

  constructor(sittingId: string) {
    this.key = `masterygraph.exam.${sittingId}`
    const stored = localStorage.getItem(this.key)
    this.kept = stored ? (JSON.parse(stored) as Kept) : { inFlight: null, queue: [] }
  }

  /** Whether this device took part in a sitting. */
  static has(sittingId: string): boolean {
    return localStorage.getItem(`masterygraph.exam.${sittingId}`) !== null
  }

  /** Give an answer; an earlier one of the item that was not sent yet is dropped. */
  put(answer: Unsent): void {
    this.kept.queue = [...this.kept.queue.filter(({ itemId }) => itemId !== answer.itemId), answer]
    this.store()
  }

  /** What to send now: what was sent before without an answer, else the next one, which takes the number. */
  take(sequence: number): InFlight | null {
    if (!this.kept.inFlight) {
      const [next, ...rest] = this.kept.queue
      if (!next) return null
      this.kept = { inFlight: { ...next, sequence }, queue: rest }
      this.store()
    }
    return this.kept.inFlight
  }

  /** What was in flight has arrived, or never can. */
  settle(): void {
    this.kept.inFlight = null
    this.store()
  }

  /** Go by what the server holds: `savedAt` by item. What it has later than ours is kept there; ours goes under new numbers. */
  reconcile(savedAt: Map<string, number>, nextSequence: number): void {
    const { inFlight } = this.kept
    if (inFlight && inFlight.sequence === nextSequence) return this.store()
    const latest = new Map<string, Unsent>()
    for (const { itemId, response, givenAt } of this.answers) latest.set(itemId, { itemId, response, givenAt })
    this.kept = {
      inFlight: null,
      queue: [...latest.values()].filter(({ itemId, givenAt }) => givenAt > (savedAt.get(itemId) ?? 0)),
    }
    this.store()
  }

  get answers(): Unsent[] {
    const { inFlight, queue } = this.kept
    return inFlight ? [inFlight, ...queue] : queue
  }

  forget(): void {
    localStorage.removeItem(this.key)
  }

  private store(): void {
    localStorage.setItem(this.key, JSON.stringify(this.kept))
  }
}
