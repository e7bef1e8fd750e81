import { isNarrow } from '../../design/width'
import { exactly, percent } from '../words'

type Point = { at: string; probability: number | null; evidenceCount: number }

const WIDTH = 680

/** How a mastery moved, a point for each day with answers. */
export function HistoryLine({ points }: { points: Point[] }) {
  const [height, left, bottom] = isNarrow() ? [340, 86, 50] : [190, 40, 24]
  const said = points.filter((each): each is Point & { probability: number } => each.probability !== null)
  const [first, last] = [said[0]!, said.at(-1)!]
  const from = Date.parse(first.at)
  const span = Math.max(1, Date.parse(last.at) - from)
  const x = (at: string) => left + 8 + ((Date.parse(at) - from) / span) * (WIDTH - left - 20)
  const y = (probability: number) => 8 + (1 - probability) * (height - bottom - 16)
  const day = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short' })
  const line = said.map(({ at, probability }) => `${x(at)},${y(probability)}`).join(' ')
  return (
    <figure className="history sheet">
      <svg viewBox={`0 0 ${WIDTH} ${height}`} role="img"
        aria-label={`From ${percent(first.probability)} on ${day.format(new Date(first.at))} to ${percent(last.probability)} on ${day.format(new Date(last.at))}`}>
        {[0, 0.5, 1].map((share) => (
          <g key={share}>
            <line x1={left} x2={WIDTH} y1={y(share)} y2={y(share)} className="rule" />
            <text x={left - 6} y={y(share) + 4} textAnchor="end">
              {Math.round(share * 100)} %
            </text>
          </g>
        ))}
        <polyline points={line} className="history-line" />
        {said.map(({ at, probability, evidenceCount }) => (
          <circle key={at} cx={x(at)} cy={y(probability)} r={4} className="history-point">
            <title>{`${exactly(at)}: ${percent(probability)}, ${evidenceCount} answers`}</title>
          </circle>
        ))}
        <text x={x(first.at)} y={height - 4}>
          {day.format(new Date(first.at))}
        </text>
        <text x={WIDTH - 4} y={height - 4} textAnchor="end">
          {day.format(new Date(last.at))}
        </text>
      </svg>
    </figure>
  )
}
