import { useCallback, useEffect, useRef, useState } from 'react'
import type { Client } from 'urql'

import {
  RecordAnswerDocument,
  type ItemResponse,
  type RecordAnswerMutation,
  type SessionShownFragment,
} from '../graph'
import { act, Refusal } from '../../live/act'

/** An answer on its way: what is sent again must be the same, under the same key, to count once. */
type OnItsWay = { item: Asked; response: ItemResponse; durationMs: number; key: string }
type Asked = NonNullable<SessionShownFragment['nextItem']>
export type Judged = NonNullable<RecordAnswerMutation['recordAttempt']['attempt']>

export type Answering = {
  /** The item that is shown. */
  item: Asked | null
  /** What was answered, from the moment it is given. */
  given: ItemResponse | null
  /** What became of it. */
  judged: Judged | null
  /** Whether the server could not be reached, and is tried again. */
  waiting: boolean
  /** Why the answer was not taken. */
  refusal: string
}

const LONGEST_WAIT_MS = 8000

/** Answers within a session: each counts once, whatever happens to the clicks and to the network. */
export function useAnswering(graph: Client, session: SessionShownFragment, changed: (session: SessionShownFragment) => void) {
  const [now, setNow] = useState<Answering>(() => begin(session))
  const sending = useRef(false)
  const shownAt = useRef(Date.now())

  const send = useCallback(
    async (answer: OnItsWay) => {
      if (sending.current) return
      sending.current = true
      keep(session.id, answer)
      setNow({ item: answer.item, given: answer.response, judged: null, waiting: false, refusal: '' })
      for (let tries = 0; sending.current; tries++) {
        try {
          const { attempt, session: after } = await act(graph, RecordAnswerDocument, { input: inputOf(session.id, answer) })
          keep(session.id, null)
          sending.current = false
          setNow((before) => ({ ...before, judged: attempt, waiting: false }))
          if (after) changed(after)
        } catch (error) {
          if (error instanceof Refusal && error.away) {
            setNow((before) => ({ ...before, waiting: true }))
            await reachable(Math.min(LONGEST_WAIT_MS, 1000 * 2 ** tries))
            continue
          }
          keep(session.id, null)
          sending.current = false
          const refusal = error instanceof Error ? error.message : String(error)
          setNow((before) => ({ ...before, given: null, waiting: false, refusal }))
        }
      }
    },
    [graph, session.id, changed],
  )

  useEffect(() => {
    const answer = kept(session.id)
    if (answer) void send(answer)
    return () => {
      sending.current = false
    }
  }, [session.id, send])

  function answer(response: ItemResponse) {
    if (!now.item || now.given) return
    const durationMs = Math.min(Date.now() - shownAt.current, 86_400_000)
    void send({ item: now.item, response, durationMs, key: crypto.randomUUID() })
  }

  function next(item: Asked | null) {
    shownAt.current = Date.now()
    setNow({ item, given: null, judged: null, waiting: false, refusal: '' })
  }

  return { ...now, answer, next }
}

function begin(session: SessionShownFragment): Answering {
  return { item: session.nextItem, given: null, judged: null, waiting: false, refusal: '' }
}

function inputOf(sessionId: string, { item, response, durationMs, key }: OnItsWay) {
  return { sessionId, itemId: item.id, itemVersion: item.version, response, durationMs, idempotencyKey: key }
}

/** Wait so long, or until the network is back. */
function reachable(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms)
    window.addEventListener('online', done)
    function done() {
      clearTimeout(timer)
      window.removeEventListener('online', done)
      resolve()
    }
  })
}

const keyOf = (sessionId: string) => `masterygraph.answer.${sessionId}`

function keep(sessionId: string, answer: OnItsWay | null): void {
  if (answer) sessionStorage.setItem(keyOf(sessionId), JSON.stringify(answer))
  else sessionStorage.removeItem(keyOf(sessionId))
}

function kept(sessionId: string): OnItsWay | null {
  return JSON.parse(sessionStorage.getItem(keyOf(sessionId)) ?? 'null') as OnItsWay | null
}
