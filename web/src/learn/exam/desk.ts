import type { Client } from 'urql'

import { hearServerTime, serverNow } from '../../live/clock'
import {
  AcknowledgeDocument,
  JoinDocument,
  SaveAnswerDocument,
  SignalsDocument,
  SubmitDocument,
  type ActSeenFragment,
  type ExamActionStage,
  type ExamSignal,
  type IncidentSeenFragment,
  type ItemResponse,
  type ItemShownFragment,
  type JoinMutation,
  type ResponseGivenFragment,
  type SittingFactsFragment,
} from '../graph'
import { act, Refusal } from '../../live/act'
import { readHeld, type Held } from './holding'
import { deviceId, Outbox, type InFlight } from './outbox'

export const OVER = new Set(['SUBMITTED', 'FORCE_SUBMITTED', 'CLOSED'])
const ENDED = new Set(['TIME_IS_UP', 'SITTING_SUBMITTED', 'EXAM_CLOSED', 'EXAM_NOT_OPEN'])
/** Refusals after which one asks how things stand; an answer is kept meanwhile. */
const ASK = new Set([...ENDED, 'OUT_OF_SEQUENCE', 'SEQUENCE_REUSED', 'SITTING_PAUSED', 'SITTING_LOCKED'])
const BEAT_MS = 10_000
const LONGEST_WAIT_MS = 5000
const MOST_SIGNALS = 60

type Joined = NonNullable<JoinMutation['joinExam']['sitting']>
type Signal = { kind: ExamSignal; itemNumber?: number; sequence: number; clientTime: string }

export type DeskState = {
  /** JOINING until the server has answered; ELSEWHERE when another device took the sitting up. */
  phase: 'JOINING' | 'HERE' | 'ELSEWHERE' | 'REFUSED'
  facts: SittingFactsFragment | null
  /** None before the sitting has begun. */
  items: ItemShownFragment[]
  /** What is answered, by item: the last answer given here, or what the server holds. */
  responses: Map<string, ItemResponse | ResponseGivenFragment>
  /** Items whose last answer the server has not acknowledged. */
  unsent: Set<string>
  /** When the server saved an answer last, by its own clock. */
  savedAt: string | null
  away: boolean
  reason: string
  actions: ActSeenFragment[]
  incidents: IncidentSeenFragment[]
}

/** A learner's place in an exam: what is held here, what is on its way, and what the server said. */
export class Desk {
  private state: DeskState = {
    phase: 'JOINING', facts: null, items: [], responses: new Map(), unsent: new Set(), savedAt: null,
    away: false, reason: '', actions: [], incidents: [],
  }
  private outbox: Outbox | null = null
  private nextSequence = 1
  private sending = false
  private joining = false
  private open = false
  private signals: Signal[] = []
  private lastSignal = 0
  private readonly acknowledged = new Set<string>()
  private readonly listeners = new Set<() => void>()

  constructor(
    private readonly graph: Client,
    private readonly examId: string,
  ) {}

  now = (): DeskState => this.state

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Take the place, and keep it until the answer is called. */
  run = (): (() => void) => {
    this.open = true
    void this.join()
    const beat = setInterval(() => void this.beat(), BEAT_MS)
    const online = () => void this.pump()
    window.addEventListener('online', online)
    return () => {
      this.open = false
      clearInterval(beat)
      window.removeEventListener('online', online)
    }
  }

  /** Join, or ask the server anew how things stand; the same device may at any time. */
  join = async (): Promise<void> => {
    if (this.joining) return
    this.joining = true
    try {
      for (let tries = 0; this.open; tries++) {
        try {
          const input = { examId: this.examId, deviceId: deviceId() }
          const { sitting, nextSequence } = await act(this.graph, JoinDocument, { input })
          if (sitting) this.take(sitting, await readHeld(this.graph, sitting.id), nextSequence ?? 1)
          return
        } catch (error) {
          if (!(error instanceof Refusal) || !error.away) return this.refused(error)
          this.become({ away: true, reason: error.message })
          await waited(tries)
        }
      }
    } finally {
      this.joining = false
      void this.pump()
    }
  }

  /** Give an answer: it is held here at once, and sent in its turn. */
  answer(itemId: string, response: ItemResponse): void {
    this.outbox?.put({ itemId, response, givenAt: serverNow() })
    this.become({
      responses: new Map(this.state.responses).set(itemId, response),
      unsent: new Set(this.state.unsent).add(itemId),
    })
    void this.pump()
  }

  /** What the stream tells of the sitting. */
  hear(facts: SittingFactsFragment): void {
    const before = this.state.facts?.state
    this.become({ facts })
    if (facts.state === 'ACTIVE' && this.state.items.length === 0) void this.join()
    else if (facts.state !== before) void this.pump()
    if (OVER.has(facts.state)) this.outbox?.forget()
  }

  hearAction(told: ActSeenFragment): void {
    // The stream tells an act as it was when it was taken; what was seen since then stays seen.
    const known = this.state.actions.find(({ id }) => id === told.id)
    const action = known ? { ...told, acknowledgements: known.acknowledgements } : told
    this.become({ actions: [action, ...this.state.actions.filter(({ id }) => id !== action.id)] })
    this.deliver()
  }

  hearIncident(incident: IncidentSeenFragment): void {
    this.become({ incidents: [incident, ...this.state.incidents.filter(({ id }) => id !== incident.id)] })
  }

  /** Tell something of the device; what cannot be told now is told with the next beat. */
  signal(kind: ExamSignal, itemNumber?: number): void {
    this.signals = [...this.signals, this.signalOf(kind, itemNumber)].slice(-MOST_SIGNALS)
    void this.beat(false)
  }

  /** Say that an act was seen. */
  async seen(action: ActSeenFragment): Promise<void> {
    const now = new Date(serverNow()).toISOString()
    const acknowledgements = [{ deliveredAt: now, seenAt: now }]
    this.become({ actions: this.state.actions.map((each) => (each.id === action.id ? { ...each, acknowledgements } : each)) })
    await this.acknowledge(action.id, 'SEEN')
  }

  /** Submit, for good. */
  async submit(): Promise<void> {
    const { facts } = this.state
    if (!facts) return
    const { sitting } = await act(this.graph, SubmitDocument, { input: { sittingId: facts.id } })
    if (sitting) this.hear(sitting)
  }

  private take(sitting: Joined, { items, answers }: Held, nextSequence: number): void {
    this.nextSequence = nextSequence
    this.outbox ??= new Outbox(sitting.id)
    this.outbox.reconcile(new Map(answers.map(({ itemId, savedAt }) => [itemId, Date.parse(savedAt)])), nextSequence)
    const responses: DeskState['responses'] = new Map(answers.map(({ itemId, response }) => [itemId, response]))
    for (const { itemId, response } of this.outbox.answers) responses.set(itemId, response)
    this.become({
      phase: 'HERE', facts: sitting, items, responses, away: false, reason: '',
      unsent: new Set(this.outbox.answers.map(({ itemId }) => itemId)),
      savedAt: latest(answers),
      actions: sitting.actions.nodes,
      incidents: sitting.incidents.nodes,
    })
    if (OVER.has(sitting.state)) this.outbox.forget()
    else void this.beat()
    this.deliver()
  }

  /** Send what waits, one after the other, until nothing does or the server wants none. */
  private async pump(): Promise<void> {
    if (this.sending || this.joining) return
    this.sending = true
    try {
      for (let tries = 0; this.open && this.mayAnswer(); ) {
        const answer = this.outbox?.take(this.nextSequence)
        if (!answer) return
        try {
          await this.save(answer)
          tries = 0
        } catch (error) {
          if (!(error instanceof Refusal)) throw error
          if (error.away) {
            this.become({ away: true })
            await waited(tries++)
          } else if (!this.giveWay(error)) return
        }
      }
    } finally {
      this.sending = false
    }
  }

  private mayAnswer(): boolean {
    return this.state.phase === 'HERE' && this.state.facts?.state === 'ACTIVE'
  }

  private async save({ itemId, response, sequence }: InFlight): Promise<void> {
    const sittingId = this.state.facts!.id
    const input = { sittingId, deviceId: deviceId(), itemId, response, sequence }
    const { savedSequence, sitting } = await act(this.graph, SaveAnswerDocument, { input })
    this.nextSequence = (savedSequence ?? sequence) + 1
    this.outbox?.settle()
    const unsent = new Set(this.outbox?.answers.map((each) => each.itemId))
    this.become({ unsent, away: false, reason: '', ...(sitting && { savedAt: latest(sitting.answers), facts: sitting }) })
  }

  /** What to do about an answer that was refused; whether to go on with the next one. */
  private giveWay(error: Refusal): boolean {
    const reason = error.reason ?? ''
    if (reason === 'SITTING_TAKEN_OVER') this.become({ phase: 'ELSEWHERE' })
    else if (ASK.has(reason)) setTimeout(() => void this.join())
    else {
      this.outbox?.settle()
      this.become({ reason: error.message, unsent: new Set(this.outbox?.answers.map(({ itemId }) => itemId)) })
      return true
    }
    return false
  }

  private refused(error: unknown): void {
    const { reason } = error as Refusal
    if (ENDED.has(reason ?? '') && this.state.facts) this.hear({ ...this.state.facts, state: 'FORCE_SUBMITTED' })
    else this.become({ phase: 'REFUSED', reason: error instanceof Error ? error.message : String(error) })
  }

  /** A sign of life, with whatever is to be told. */
  private async beat(heartbeat = true): Promise<void> {
    const { facts, phase } = this.state
    if (!facts || phase !== 'HERE' || OVER.has(facts.state)) return
    const told = this.signals
    const signals = heartbeat ? [...told, this.signalOf('HEARTBEAT')] : told
    if (!signals.length) return
    this.signals = []
    try {
      const { data, error } = await this.graph.mutation(SignalsDocument, { input: { sittingId: facts.id, signals } }).toPromise()
      if (!data?.reportExamSignals) throw error ?? new Error('The server gave no answer.')
      const { serverTime, endsAt, userErrors } = data.reportExamSignals
      hearServerTime(serverTime)
      if (userErrors.some(({ reason }) => ENDED.has(reason ?? ''))) return void this.join()
      const now = this.state.facts
      this.become({ away: false, ...(now && now.state === 'ACTIVE' && { facts: { ...now, endsAt: endsAt ?? now.endsAt } }) })
      this.deliver()
    } catch {
      this.signals = [...told, ...this.signals].slice(-MOST_SIGNALS)
      this.become({ away: true })
    }
  }

  private signalOf(kind: ExamSignal, itemNumber?: number): Signal {
    // Seconds since 1970 rise also from one device to the next.
    this.lastSignal = Math.max(this.lastSignal + 1, Math.floor(Date.now() / 1000))
    return { kind, ...(itemNumber && { itemNumber }), sequence: this.lastSignal, clientTime: new Date().toISOString() }
  }

  private deliver(): void {
    for (const { id, acknowledgements } of this.state.actions) {
      if (!acknowledgements[0]?.deliveredAt) void this.acknowledge(id, 'DELIVERED')
    }
  }

  private async acknowledge(actionId: string, stage: ExamActionStage): Promise<void> {
    const once = `${actionId} ${stage}`
    if (this.acknowledged.has(once) || !this.state.facts) return
    this.acknowledged.add(once)
    try {
      await act(this.graph, AcknowledgeDocument, { input: { sittingId: this.state.facts.id, actionId, stage } })
    } catch (error) {
      if (error instanceof Refusal && error.away) this.acknowledged.delete(once)
    }
  }

  private become(changed: Partial<DeskState>): void {
    this.state = { ...this.state, ...changed }
    for (const listener of this.listeners) listener()
  }
}

function latest(answers: readonly { savedAt: string }[]): string | null {
  return answers.reduce<string | null>((found, { savedAt }) => (found && found > savedAt ? found : savedAt), null)
}

function waited(tries: number): Promise<void> {
  const ms = Math.min(LONGEST_WAIT_MS, 400 * 2 ** tries)
  return new Promise((resolve) => setTimeout(resolve, ms * (0.7 + Math.random() * 0.3)))
}
