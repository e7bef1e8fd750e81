import { cacheExchange, Client, CombinedError, fetchExchange, type AnyVariables } from '@urql/core'
import type { TypedDocumentNode } from '@graphql-typed-document-node/core'

import { accessToken } from '../session/session'

const UNREACHABLE = 'The server cannot be reached. Look whether it runs, and try again.'

type UserError = { message: string }

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

/** Run a mutation of one field; its payload. Throws an error with words for the person when it was refused. */
export async function act<Data extends object, Variables extends AnyVariables>(
  graph: Client,
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Data[keyof Data]> {
  const { data, error } = await graph.mutation(document, variables).toPromise()
  if (error) throw new Error(reasonOf(error))
  const payload = Object.values(data ?? {}).find((each) => each !== null && typeof each === 'object') as
    | (Data[keyof Data] & { userErrors?: UserError[] })
    | undefined
  if (!payload) throw new Error('The server gave no answer.')
  const [refusal] = payload.userErrors ?? []
  if (refusal) throw new Error(refusal.message)
  return payload
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
