import type { Fetcher, FetcherParams } from '@graphiql/toolkit'
import { getOperationAST, parse, type ExecutionResult, type OperationDefinitionNode } from 'graphql'
import { createClient, type Client } from 'graphql-ws'

import { accessToken, session } from '../session/session'
import { tell, tellStream } from './outcome'

type Answer = ExecutionResult<Record<string, unknown>>

const UNREACHABLE = 'The server cannot be reached. Look whether it runs, and try again.'

/** Ask the graph as whoever is signed in: over HTTP, and subscriptions over WebSocket. */
export const fetcher: Fetcher = (params, options) => {
  const operation = operationOf(params)
  const asked = operation ? { ...params, operationName: operation.name?.value ?? null } : params
  return operation?.operation === 'subscription' ? follow(asked) : answer(asked, options?.headers ?? {})
}

/** The operation to run. The editor's name for it is a moment old: of what was just pasted it may name nothing. */
function operationOf({ query, operationName }: FetcherParams): OperationDefinitionNode | null {
  try {
    const document = parse(query)
    return (operationName && getOperationAST(document, operationName)) || getOperationAST(document) || null
  } catch {
    return null
  }
}

async function answer(params: FetcherParams, headers: Record<string, string>): Promise<Answer> {
  const told = params.operationName === 'IntrospectionQuery' ? () => undefined : tell
  told({ kind: 'asking' })
  const began = performance.now()
  try {
    const { text, result } = await post(params, headers)
    const refusal = refusalOf(result)
    const ms = performance.now() - began
    told(refusal ? { kind: 'refused', ...refusal } : { kind: 'answered', ms, bytes: text.length })
    return result
  } catch (error) {
    const message = error instanceof TypeError || error instanceof SyntaxError ? UNREACHABLE : wordsOf(error)
    told({ kind: 'refused', message, code: undefined, requestId: undefined })
    return { errors: [{ message }] } as unknown as Answer
  }
}

/** Run an operation for the page itself, such as the look-up of an example's variables. */
export async function query(text: string): Promise<Answer> {
  return (await post({ query: text }, {})).result
}

async function post(params: FetcherParams, given: Record<string, string>): Promise<{ text: string; result: Answer }> {
  const headers = new Headers({ 'content-type': 'application/json', ...given })
  const token = headers.has('authorization') ? null : await accessToken()
  if (token) headers.set('authorization', `Bearer ${token}`)
  const response = await fetch('/graphql', { method: 'POST', headers, body: JSON.stringify(params) })
  const text = await response.text()
  return { text, result: JSON.parse(text) as Answer }
}

/** The first thing that the server refused: an error of the operation, or one in a payload's `userErrors`. */
export function refusalOf(result: Answer) {
  const error = result.errors?.[0]
  if (error) {
    const { code, requestId } = (error.extensions ?? {}) as { code?: string; requestId?: string }
    return { message: error.message, code, requestId }
  }
  for (const payload of Object.values(result.data ?? {})) {
    const first = (payload as { userErrors?: { message?: string; code?: string }[] } | null)?.userErrors?.[0]
    if (first) return { message: first.message ?? 'Refused.', code: first.code, requestId: undefined }
  }
  return null
}

/** A stream that ends when it is left, also while it waits for an event, and from then on tells nothing. */
function follow(params: FetcherParams): AsyncIterableIterator<Answer> {
  const results = socket().iterate<Record<string, unknown>>({
    query: params.query,
    operationName: params.operationName ?? null,
    variables: params.variables as Record<string, unknown>,
  })
  let events = 0
  let left = false
  tell({ kind: 'streaming', events, connection: 'connecting' })

  const ended = (): IteratorResult<Answer> => {
    if (!left) tellStream(() => ({ kind: 'ended', events }))
    left = true
    return { done: true, value: undefined }
  }
  const next = async (): Promise<IteratorResult<Answer>> => {
    if (left) return ended()
    try {
      const { done, value } = await results.next()
      if (done || left) return ended()
      // A sign of life would take the place of what one wants to see.
      if (isHeartbeat(value as Answer)) return next()
      const refusal = refusalOf(value as Answer)
      tell(refusal ? { kind: 'refused', ...refusal } : { kind: 'streaming', events: ++events, connection: 'live' })
      return { done: false, value: value as Answer }
    } catch (error) {
      if (left) return ended()
      left = true
      const message = wordsOf(error)
      tell({ kind: 'refused', message, code: undefined, requestId: undefined })
      return { done: false, value: { errors: [{ message }] } as unknown as Answer }
    }
  }
  const leave = async (): Promise<IteratorResult<Answer>> => {
    const end = ended()
    await results.return?.()
    return end
  }
  const stream: AsyncIterableIterator<Answer> = { next, return: leave, [Symbol.asyncIterator]: () => stream }
  return stream
}

function isHeartbeat({ data }: Answer): boolean {
  const [event] = Object.values(data ?? {}) as ({ __typename?: string } | null)[]
  return event?.__typename === 'StreamHeartbeat'
}

let client: Client | null = null

/** One connection for all streams of this person; it opens with the first and closes after the last. */
function socket(): Client {
  client ??= createClient({
    url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`,
    connectionParams: async () => {
      const token = await accessToken()
      return token ? { authorization: `Bearer ${token}` } : {}
    },
    on: {
      connected: () => tellStream((now) => ({ ...now, connection: 'live' })),
      closed: () => tellStream((now) => ({ ...now, connection: 'reconnecting' })),
    },
  })
  return client
}

// Another person gets another connection: what runs on the old one ends.
session.subscribe(({ person }, { person: before }) => {
  if (person?.email === before?.email) return
  void client?.dispose()
  client = null
})

function wordsOf(error: unknown): string {
  if (error instanceof CloseEvent) {
    return error.reason ? `The server closed the stream: ${error.reason}` : UNREACHABLE
  }
  if (Array.isArray(error)) return (error[0] as { message?: string })?.message ?? 'The server refused it.'
  return error instanceof Error ? error.message : String(error)
}
