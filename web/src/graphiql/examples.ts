import { getOperationAST, parse, type ExecutionResult, type OperationDefinitionNode } from 'graphql'

import type { Role } from '../session/session'
import { query } from './fetcher'
import { likelyResponse, type AskedItem } from './response'

/**
 * An operation that is worth asking, read from a file of examples/.
 *
 * The file begins with comments: the question; `# as: teacher`; `# about: …`, the group it stands in; and for each
 * variable `# $name: …`, a JSON value or a query: its first text is the value; after `last of` its last one; after
 * `response to` a response of the form that the item it selects wants. `# first: …` names the example to run when
 * such a query finds nothing.
 */
export type Example = {
  title: string
  as: Role
  about: string
  kind: 'query' | 'mutation' | 'subscription'
  text: string
  lookups: [string, string][]
  first: string | undefined
}

/** What the editor holds at first. */
export const FIRST_QUERY = `query WhoAmI {
  viewer {
    user {
      displayName
    }
    roles
  }
}
`

const ROLES: Record<string, Role> = { learner: 'LEARNER', teacher: 'TEACHER', admin: 'ORGANIZATION_ADMIN' }

const files = import.meta.glob<string>('./examples/*.graphql', { query: '?raw', import: 'default', eager: true })

export const EXAMPLES: Example[] = Object.keys(files)
  .sort()
  .map((path) => read(files[path]!))

function read(file: string): Example {
  const comments = file.split('\n').filter((line) => line.startsWith('# '))
  const noted = (mark: string) => comments.find((line) => line.startsWith(`# ${mark}: `))?.slice(mark.length + 4)
  const text = file.slice(file.search(/^[^#\s]/m))
  const lookups = comments.flatMap((line): [string, string][] => {
    const found = /^# \$(\w+): (.*)$/.exec(line)
    return found ? [[found[1]!, found[2]!]] : []
  })
  return {
    title: comments[0]!.slice(2),
    as: ROLES[noted('as') ?? '']!,
    about: noted('about') ?? '',
    kind: /^\w+/.exec(text)![0] as Example['kind'],
    text: `# ${comments[0]!.slice(2)}\n${text}`,
    lookups,
    first: noted('first'),
  }
}

/** What the editor has to know of an example to run it. */
export function factsOf({ text }: Example) {
  const documentAST = parse(text)
  const operation = getOperationAST(documentAST) as OperationDefinitionNode
  return { documentAST, operationName: operation.name!.value, operations: [operation] }
}

/** The variables of an example for whoever is signed in; throws a sentence when there is nothing to fill them with. */
export async function variablesOf({ lookups, first }: Example): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {}
  for (const [name, how] of lookups) {
    const value = await looked(how)
    if (value === null) throw new Error(first ? `Run “${first}” first.` : `There is nothing yet to take as $${name}.`)
    found[name] = value
  }
  return found
}

async function looked(how: string): Promise<unknown> {
  const [, mark, asked] = /^(last of |response to |)(\{ .*)$/.exec(how) ?? []
  if (!asked) return JSON.parse(how)
  const { data, errors } = (await query(asked)) as ExecutionResult<Record<string, unknown>>
  if (errors?.[0]) throw new Error(errors[0].message)
  if (mark === 'response to ') return likelyResponse(itemIn(data))
  return textsIn(data).at(mark ? -1 : 0) ?? null
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

function itemIn(value: unknown): AskedItem | null {
  if (typeof value !== 'object' || value === null) return null
  if ('kind' in value) return value as AskedItem
  return Object.values(value).reduce<AskedItem | null>((found, each) => found ?? itemIn(each), null)
}
