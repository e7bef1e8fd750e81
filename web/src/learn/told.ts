import type { AnyVariables, Client, TypedDocumentNode } from 'urql'

import { reasonOf } from '../live/client'

type Complaint = { code: string; reason: string | null; message: string }

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

const PASSING = new Set(['INTERNAL', 'UNAVAILABLE', 'RATE_LIMITED', 'TIMEOUT'])

/** Run a mutation of one field; its payload. Throws a Refusal: one that is `away` may be sent again as it was. */
export async function change<Data extends object, Variables extends AnyVariables>(
  graph: Client,
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Payload<Data>> {
  const { data, error } = await graph.mutation(document, variables).toPromise()
  if (error) {
    const code = String(error.graphQLErrors[0]?.extensions?.code ?? '')
    throw new Refusal(reasonOf(error), code || null, !!error.networkError || PASSING.has(code))
  }
  const payload = Object.values(data ?? {}).find((each) => each !== null && typeof each === 'object') as
    | (Payload<Data> & { userErrors?: Complaint[] })
    | undefined
  if (!payload) throw new Refusal('The server gave no answer.')
  const [complaint] = payload.userErrors ?? []
  if (complaint) throw new Refusal(complaint.message, complaint.reason ?? complaint.code)
  return payload
}

type Payload<Data extends object> = Exclude<Data[keyof Data], string | null | undefined>
