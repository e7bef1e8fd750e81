import type { CSSProperties } from 'react'

import { counted, lasting } from '../words'

type Bucket = { start: string; attemptCount: number; correctCount: number; practiceSeconds: number; skillsMastered: number }

/** The last weeks as bars, a day each: what was answered, and how much of it was right. */
export function Days({ buckets, timeZone }: { buckets: Bucket[]; timeZone: string }) {
  const day = new Intl.DateTimeFormat('en', { weekday: 'short', day: 'numeric', month: 'short', timeZone })
  const short = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', timeZone })
  const most = Math.max(1, ...buckets.map(({ attemptCount }) => attemptCount))
  const answered = buckets.filter(({ attemptCount }) => attemptCount > 0)
  const total = answered.reduce((sum, { attemptCount }) => sum + attemptCount, 0)
  const first = buckets[0]
  const said = `${counted(total, 'answer')} on ${counted(answered.length, 'day')} of the last ${buckets.length}`
  return (
    <figure className="days">
      <div className="days-bars" role="img" aria-label={said}>
        {buckets.map(({ start, attemptCount, correctCount, practiceSeconds }) => (
          <span key={start} className="day"
            style={{ '--all': attemptCount / most, '--right': attemptCount ? correctCount / attemptCount : 0 } as CSSProperties}
            title={
              attemptCount
                ? `${day.format(new Date(start))}: ${counted(attemptCount, 'answer')}, ${correctCount} right, ${lasting(practiceSeconds)}`
                : `${day.format(new Date(start))}: nothing`
            }>
            <span className="day-bar">
              <span className="day-right" />
            </span>
          </span>
        ))}
      </div>
      <figcaption>
        <span>{first && short.format(new Date(first.start))}</span>
        <span className="days-key">
          <i className="key-right" /> right <i className="key-all" /> not yet
        </span>
        <span>today</span>
      </figcaption>
    </figure>
  )
}
