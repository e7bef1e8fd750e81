import { cacheExchange, Client, CombinedError, fetchExchange } from '@urql/core'

import { accessToken } from '../session/session'

const UNREACHABLE = 'The server cannot be reached. Look whether it runs, and try again.'

/** Queries and mutations, each with a token that is good. A client is one person's: make another after a sign-in. */
export function graphOf(): Client {
  return new Client({
    url: '/graphql',
    exchanges: [cacheExchange, fetchExchange],
    preferGetMethod: false,
    requestPolicy: 'cache-and-network',
    fetch: authorized,
  })
}

/** Why something failed, in words for a person. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof CombinedError)) return error instanceof Error ? error.message : String(error)
  return error.networkError ? UNREACHABLE : (error.graphQLErrors[0]?.message ?? error.message)
}

async function authorized(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const token = await accessToken()
  const headers = new Headers(init?.headers)
  if (token) headers.set('authorization', `Bearer ${token}`)
  return fetch(input, { ...init, headers })
}
