import { useQuery } from 'urql'

import { ClassesDocument, type ClassOnRailFragment } from './graph'

const NATURAL = new Intl.Collator(undefined, { numeric: true })

/** Who has no class yet is told of the first one too. */
const CLASSES = { additionalTypenames: ['Classroom'] }

/** The classes one teaches; for who teaches none but runs the school, all of them. Archived ones stand last. */
export function useClasses(all: boolean) {
  const [{ data, error, fetching }, again] = useQuery({ query: ClassesDocument, variables: { all }, context: CLASSES })
  const viewer = data?.viewer
  const found = viewer ? (viewer.organization?.classrooms ?? viewer.classrooms)?.nodes : undefined
  return { classes: found && sorted(found), error, fetching, again }
}

function sorted(classes: ClassOnRailFragment[]): ClassOnRailFragment[] {
  return [...classes].sort(
    (one, other) =>
      Number(one.archivedAt !== null) - Number(other.archivedAt !== null) || NATURAL.compare(one.name, other.name),
  )
}
