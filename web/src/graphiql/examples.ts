import type { ExecutionResult } from 'graphql'

import type { Role } from '../session/session'
import { query } from './fetcher'
import { likelyResponse, type AskedItem } from './response'

/**
 * An operation that is worth asking, read from a file of examples/.
 *
 * The file begins with comments: the question; `# as: teacher`; `# about: …`, the group it stands in; and for each
 * variable `# $name: …`, either a JSON value, or an operation whose first text is the value, or `response to` and an
 * operation that selects an item. `# first: …` names the example that makes what those find.
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
  const [, item] = /^response to (.*)$/.exec(how) ?? []
  if (!item && !/^(\{|query\b)\s/.test(how)) return JSON.parse(how)
  const { data, errors } = (await query(item ?? how)) as ExecutionResult<Record<string, unknown>>
  if (errors?.[0]) throw new Error(errors[0].message)
  return item ? likelyResponse(firstItem(data)) : firstText(data)
}

function firstText(value: unknown): string | null {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null) return null
  return Object.values(value).reduce<string | null>((found, each) => found ?? firstText(each), null)
}

function firstItem(value: unknown): AskedItem | null {
  if (typeof value !== 'object' || value === null) return null
  if ('kind' in value) return value as AskedItem
  return Object.values(value).reduce<AskedItem | null>((found, each) => found ?? firstItem(each), null)
}
