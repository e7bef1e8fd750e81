import type { AnyVariables, Client, TypedDocumentNode } from '@urql/core'

import { reasonOf } from './client'

type Complaint = { code?: string; reason?: string | null; message: string }
type Payload<Data extends object> = Exclude<Data[keyof Data], string | null | undefined>

/** Something was refused: `reason` for the page, the message for the person. `away` when nobody answered. */
export class Refusal extends Error {
  constructor(
    message: string,
    readonly reason: string | null = null,
    readonly away = false,
  ) {
    super(message)
  }
}

/** Refusals of a whole operation that would be the same another time; all others may pass. */
const LASTING = new Set(['BAD_INPUT', 'FORBIDDEN', 'NOT_FOUND', 'TOO_COMPLEX'])
const PATIENCE_MS = 12_000

/** Run a mutation of one field; its payload. Throws a Refusal: one that is `away` may be sent again as it was. */
export async function act<Data extends object, Variables extends AnyVariables>(
  graph: Client,
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Payload<Data>> {
  const { data, error } = await answered(graph.mutation(document, variables).toPromise())
  if (error) {
    const code = String(error.graphQLErrors[0]?.extensions?.code ?? '')
    throw new Refusal(reasonOf(error), code || null, !LASTING.has(code))
  }
  const payload = Object.values(data ?? {}).find((each) => each !== null && typeof each === 'object') as
    | (Payload<Data> & { userErrors?: Complaint[] })
    | undefined
  if (!payload) throw new Refusal('The server gave no answer.')
  const [complaint] = payload.userErrors ?? []
  if (complaint) throw new Refusal(complaint.message, complaint.reason ?? complaint.code ?? null)
  return payload
}

/** What is asked, or a Refusal when the answer stays away: a connection may be dead without a word. */
export async function answered<Answer>(asked: Promise<Answer>): Promise<Answer> {
  let timer = 0
  const late = new Promise<never>((_, refuse) => {
    timer = window.setTimeout(() => refuse(new Refusal('The server does not answer now.', null, true)), PATIENCE_MS)
  })
  try {
    return await Promise.race([asked, late])
  } finally {
    clearTimeout(timer)
  }
}
