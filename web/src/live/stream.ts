import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { stringifyDocument } from '@urql/core'

import { hearServerTime, serverNow } from './clock'
import { line } from './socket'

/** What every event of a stream has. */
export type StreamEvent = {
  __typename: string
  cursor: string
  serverTime: string
  resumed?: boolean
  kind?: unknown
}

/**
 * How a stream stands. RESUMED: it was lost, and went on behind the last cursor for the last few seconds.
 * DEGRADED: it runs, and changes come late. REFUSED: the server does not give it; trying again is the person's.
 */
export type Mark = 'CONNECTING' | 'LIVE' | 'RECONNECTING' | 'RESUMED' | 'DEGRADED' | 'REFUSED'

export type Standing<State> = {
  state: State | null
  mark: Mark
  /** Since when it is away, in milliseconds of the server's clock. */
  lostAt: number | null
  /** Why it was refused. */
  reason: string | null
}

const RESUMED_FOR_MS = 5000
const SILENCE_MS = 35_000 // Two heartbeats that did not come.
const FIRST_WAIT_MS = 400
const LONGEST_WAIT_MS = 10_000
const PATIENT_CODES = new Set(['INTERNAL', 'UNAVAILABLE', 'RATE_LIMITED', 'TIMEOUT'])

/** One subscription, kept alive: it comes back behind its last cursor, and says meanwhile how it stands. */
export class Stream<Event extends StreamEvent, State> {
  private standing: Standing<State> = { state: null, mark: 'CONNECTING', lostAt: null, reason: null }
  private cursor: string | null = null
  private degraded = false
  private attempts = 0
  private heardAt = 0
  private end: (() => void) | null = null
  private timers: { again?: number; watch?: number; frame?: number; calm?: number } = {}
  private readonly listeners = new Set<() => void>()

  constructor(
    private readonly document: TypedDocumentNode<Record<string, Event>, object>,
    private readonly variables: object,
    private readonly fold: (state: State | null, event: Event) => State | null,
  ) {}

  /** Begin, or go on; the answer ends it. */
  run = (): (() => void) => {
    this.timers.watch = window.setInterval(this.lookForSilence, 5000)
    window.addEventListener('online', this.retry)
    this.open()
    return () => {
      window.removeEventListener('online', this.retry)
      for (const timer of Object.values(this.timers)) window.clearTimeout(timer)
      this.end?.()
      this.end = null
    }
  }

  /** Try again at once. */
  retry = (): void => {
    window.clearTimeout(this.timers.again)
    if (!this.end) this.open()
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  now = (): Standing<State> => this.standing

  private open(): void {
    this.heardAt = Date.now()
    // Whoever answers now says it anew.
    this.degraded = false
    let over = false
    const finish = (then: () => void) => {
      if (over) return
      over = true
      this.end = null
      then()
    }
    const dispose = line.subscribe<Record<string, Event>>(
      { query: stringifyDocument(this.document as never), variables: { ...this.variables, after: this.cursor } },
      {
        next: ({ data, errors }) => {
          const event = data && Object.values(data)[0]
          if (event) this.hear(event)
          else if (errors) finish(() => this.refused(errors))
        },
        error: (error) =>
          finish(() => (Array.isArray(error) ? this.refused(error as never) : this.lost())),
        complete: () => finish(() => this.lost()),
      },
    )
    this.end = () => {
      over = true
      dispose()
    }
  }

  private hear(event: Event): void {
    const back = this.standing.mark === 'RECONNECTING'
    this.heardAt = Date.now()
    this.attempts = 0
    this.cursor = event.cursor
    hearServerTime(event.serverTime)
    if (event.kind === 'DEGRADED') this.degraded = true
    if (event.kind === 'RECOVERED') this.degraded = false
    const state = this.fold(this.standing.state, event)
    if (back) this.calmDown()
    const resumed = back || (this.standing.mark === 'RESUMED' && !this.degraded)
    const mark = this.degraded ? 'DEGRADED' : resumed ? 'RESUMED' : 'LIVE'
    this.become({ state, mark, lostAt: null, reason: null })
  }

  private calmDown(): void {
    window.clearTimeout(this.timers.calm)
    this.timers.calm = window.setTimeout(() => {
      if (this.standing.mark === 'RESUMED') this.become({ ...this.standing, mark: 'LIVE' })
    }, RESUMED_FOR_MS)
  }

  private lost(): void {
    const first = this.standing.state === null
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.attempts++)
    this.timers.again = window.setTimeout(this.retry, wait * (0.5 + Math.random() / 2))
    this.become({
      ...this.standing,
      mark: first && this.attempts < 3 ? 'CONNECTING' : 'RECONNECTING',
      lostAt: this.standing.lostAt ?? serverNow(),
    })
  }

  private refused(errors: readonly { message: string; extensions?: { code?: unknown } }[]): void {
    const [error] = errors
    if (PATIENT_CODES.has(String(error?.extensions?.code))) return this.lost()
    this.cursor = null
    this.become({ ...this.standing, mark: 'REFUSED', reason: error?.message ?? 'The server gave no reason.' })
  }

  private readonly lookForSilence = (): void => {
    if (this.end && Date.now() - this.heardAt > SILENCE_MS) line.terminate()
  }

  // A burst of events is drawn once.
  private become(standing: Standing<State>): void {
    this.standing = standing
    this.timers.frame ??= window.setTimeout(() => {
      delete this.timers.frame
      for (const listener of this.listeners) listener()
    }, 16)
  }
}
