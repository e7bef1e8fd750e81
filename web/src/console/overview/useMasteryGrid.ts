import { useCallback, useEffect, useState } from 'react'
import { useClient } from 'urql'

import { MasteryPageDocument, type MasteryPageQuery } from '../graph'

type Page = NonNullable<MasteryPageQuery['classroom']>['masteryGrid']
export type GridSkill = Page['skills'][number]
export type GridRow = Page['rows'][number]
export type Grid = { asOf: string; skills: GridSkill[]; rows: GridRow[]; whole: boolean }
type Loaded = { grid: Grid | null; error: unknown }

/** What each learner of a class knows: a hundred learners at a time, until all are there. */
export function useMasteryGrid(classroomId: string): Loaded & { again: () => void } {
  const graph = useClient()
  const [asked, setAsked] = useState(0)
  const [loaded, setLoaded] = useState<Loaded>({ grid: null, error: null })
  useEffect(() => {
    let wanted = true
    async function read() {
      let rows: GridRow[] = []
      let after: string | null = null
      for (;;) {
        const variables: { classroomId: string; after: string | null } = { classroomId, after }
        const { data, error } = await graph
          .query(MasteryPageDocument, variables, { requestPolicy: 'network-only' })
          .toPromise()
        if (!wanted) return
        const page: Page | undefined = data?.classroom?.masteryGrid
        if (!page) {
          const gone = new Error('There is no such class, or you do not teach it.')
          setLoaded(({ grid }) => ({ grid, error: error ?? gone }))
          return
        }
        rows = [...rows, ...page.rows]
        const whole = !page.pageInfo.hasNextPage
        setLoaded({ grid: { asOf: page.asOf, skills: page.skills, rows, whole }, error: null })
        if (whole) return
        after = page.pageInfo.endCursor
      }
    }
    void read()
    return () => {
      wanted = false
    }
  }, [graph, classroomId, asked])
  return { ...loaded, again: useCallback(() => setAsked((times) => times + 1), []) }
}
