import { Clock } from 'lucide-react'
import { useEffect, useState } from 'react'

import { useServerNow } from '../../live/clock'
import type { SittingFactsFragment } from '../graph'
import { clock, exactly, lasting } from '../words'

const TOLD_AT_MINUTES = [10, 5, 1]
const ASK_AGAIN_MS = 2000

/** The time that is left by the server's clock. It is read out at ten, five and one minute, not each second. */
export function CountDown({ facts, ended }: { facts: SittingFactsFragment; ended: () => void }) {
  const now = useServerNow()
  const left = facts.endsAt ? Date.parse(facts.endsAt) - now : null
  const up = left !== null && left <= 0
  useEffect(() => {
    if (!up) return
    const timer = setInterval(ended, ASK_AGAIN_MS)
    return () => clearInterval(timer)
  }, [up, ended])
  const said = useSaid(left)
  if (left === null) return null
  const short = left < 5 * 60_000
  const more = facts.extendedSeconds ? `, ${lasting(facts.extendedSeconds)} of it beyond the base` : ''
  return (
    <p className={short ? 'count-down short' : 'count-down'} title={`Until ${exactly(facts.endsAt!)}${more}`}>
      <Clock size={18} aria-hidden />
      <span role="timer" aria-label={`${clock(left)} left`}>
        {clock(left)}
      </span>
      {facts.extendedSeconds > 0 && <span className="count-more">+{lasting(facts.extendedSeconds)}</span>}
      <span className="hidden-text" role="status">
        {said}
      </span>
    </p>
  )
}

function useSaid(left: number | null): string {
  const minutes = left === null ? null : Math.ceil(left / 60_000)
  const [said, setSaid] = useState('')
  useEffect(() => {
    if (minutes !== null && TOLD_AT_MINUTES.includes(minutes)) setSaid(`${minutes} min left`)
  }, [minutes])
  return said
}
