import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { useQuery } from 'urql'

import { useServerNow } from '../../live/clock'
import { ReasonDocument } from '../graph'
import { Ago } from '../parts/moments'
import type { Known } from './activity'
import { inWords } from './mastery'
import type { GridSkill } from './useMasteryGrid'

export type Place = {
  cell: DOMRect
  learner: { id: string; displayName: string }
  skill: GridSkill
  known: Known | null
}

const SETTLED_MS = 180

/** Why a cell is what it is. The graph is asked once the eye rests on it. */
export function CellReason({ place }: { place: Place }) {
  const { cell, learner, skill, known } = place
  const now = useServerNow(30_000)
  const card = useRef<HTMLDivElement>(null)
  const [corner, setCorner] = useState({ left: 0, top: -999 })
  const rests = useRests(`${learner.id} ${skill.id}`)
  const [{ data, fetching }] = useQuery({
    query: ReasonDocument,
    variables: { learnerId: learner.id, skillIds: [skill.id] },
    pause: !rests || !known,
    requestPolicy: 'cache-first',
  })
  const mastery = rests ? data?.learner?.mastery.nodes[0] : undefined
  useLayoutEffect(() => {
    const { width, height } = card.current!.getBoundingClientRect()
    const above = cell.bottom + height + 16 > window.innerHeight
    setCorner({
      left: Math.max(8, Math.min(cell.left, window.innerWidth - width - 8)),
      top: above ? cell.top - height - 8 : cell.bottom + 8,
    })
  }, [cell, mastery])
  return (
    <div ref={card} className="reason" role="tooltip" style={corner}>
      <strong>{learner.displayName}</strong>
      <span className="reason-skill">{skill.name}</span>
      <span className="reason-known">{inWords(known)}</span>
      {known && (
        <span className="reason-why">
          {mastery?.explanation?.summary ??
            (fetching || !rests ? 'Looking for the reason …' : 'Nothing can be said from so few answers.')}
        </span>
      )}
      {mastery?.lastPracticedAt && (
        <span className="reason-last">
          Last practised <Ago at={mastery.lastPracticedAt} now={now} />
        </span>
      )}
    </div>
  )
}

/** Whether the same thing has been looked at for a moment. */
function useRests(what: string): boolean {
  const [rested, setRested] = useState('')
  useEffect(() => {
    const timer = setTimeout(() => setRested(what), SETTLED_MS)
    return () => clearTimeout(timer)
  }, [what])
  return rested === what
}
