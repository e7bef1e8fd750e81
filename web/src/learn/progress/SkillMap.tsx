import { useMemo, useState, type CSSProperties } from 'react'
import { Link } from 'react-router'

import { LevelMark, LEVELS } from '../Mastery'
import { percent } from '../words'
import { HEIGHT, layout, WIDTH, type Node } from './layout'
import type { Known } from './ProgressPage'

const KEY = ['NEW', 'NOT_ENOUGH_DATA', 'LEARNING', 'NEARLY', 'MASTERED', 'FADING'] as const

/** Skills drawn along their prerequisites, each with how well it is known. */
export default function SkillMap({ known }: { known: Known[] }) {
  const { nodes, edges, width, height } = useMemo(() => layout(known), [known])
  const [near, setNear] = useState<string | null>(null)
  return (
    <>
      <div className="map-key">
        {KEY.map((level) => (
          <LevelMark key={level} level={level} />
        ))}
        <span className="map-way">What stands left comes first.</span>
      </div>
      <div className="map" tabIndex={0} role="region" aria-label="Map of skills, to be scrolled">
        <div className="map-sheet" style={{ width, height }}>
          <svg width={width} height={height} aria-hidden>
            {edges.map(({ from, to, path }) => (
              <path key={`${from} ${to}`} d={path} className={near === from || near === to ? 'edge edge-near' : 'edge'} />
            ))}
          </svg>
          {nodes.map((node) => (
            <MapNode key={node.id} node={node} onNear={setNear} />
          ))}
        </div>
      </div>
    </>
  )
}

function MapNode({ node, onNear }: { node: Node; onNear: (id: string | null) => void }) {
  const { id, name, known, x, y } = node
  const level = known?.level ?? 'NEW'
  const probability = known?.probability ?? null
  return (
    <Link to={`/skills/${id}`} className={`node node-${level.toLowerCase().replaceAll('_', '-')}`}
      style={{ left: x, top: y, width: WIDTH, height: HEIGHT, '--p': probability ?? 0 } as CSSProperties}
      onMouseEnter={() => onNear(id)} onMouseLeave={() => onNear(null)} onFocus={() => onNear(id)} onBlur={() => onNear(null)}>
      <span className="node-name">{name}</span>
      <span className="node-line">
        <span className={`level level-${level.toLowerCase().replaceAll('_', '-')}`} aria-hidden>
          <span className="level-shape" />
        </span>
        {probability !== null && <span className="hidden-text">{LEVELS[level]},</span>}
        {probability === null ? (known ? `${known.evidenceCount} of 3 answers` : 'not tried') : percent(probability)}
      </span>
    </Link>
  )
}
