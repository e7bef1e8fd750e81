import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, useState, type CSSProperties, type KeyboardEvent } from 'react'

import { cellKey, type Known, type Move } from './activity'
import { CellReason, type Place } from './CellReason'
import { inWords, percent, stepOf } from './mastery'
import type { Grid, GridRow, GridSkill } from './useMasteryGrid'

const ROW = 32
const COLUMN = 34
const ARROWS: Record<string, [number, number]> = {
  ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1],
} // prettier-ignore

type Props = { grid: Grid; moved: ReadonlyMap<string, Move>; name: string }

/** Learners by skills. One cell is in the order of tabs; arrows move from it; a cell looked at says why. */
export function MasteryGrid({ grid, moved, name }: Props) {
  const { skills, rows } = grid
  const scroller = useRef<HTMLDivElement>(null)
  const [at, setAt] = useState<[number, number]>([0, 0])
  const [place, setPlace] = useState<Place | null>(null)
  const moving = useRef(false)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 4,
  })
  const across = useVirtualizer({
    horizontal: true,
    count: skills.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => COLUMN,
    overscan: 4,
  })
  const columns = across.getVirtualItems().map(({ index }) => index)

  useEffect(() => {
    if (!moving.current) return
    moving.current = false
    scroller.current?.querySelector<HTMLElement>('[role="gridcell"][tabindex="0"]')?.focus()
  }, [at])

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === 'Escape') setPlace(null)
    const step = ARROWS[event.key]
    if (!step) return
    event.preventDefault()
    const row = clamp(at[0] + step[0], rows.length)
    const column = clamp(at[1] + step[1], skills.length)
    virtual.scrollToIndex(row)
    across.scrollToIndex(column)
    moving.current = true
    setAt([row, column])
  }

  function look(target: EventTarget) {
    const cell = (target as Element).closest<HTMLElement>('[data-row]')
    if (!cell) return
    const [row, column] = [Number(cell.dataset['row']), Number(cell.dataset['column'])]
    const [learner, skill] = [rows[row]?.learner, skills[column]]
    if (!learner || !skill) return
    setPlace({ cell: cell.getBoundingClientRect(), learner, skill, known: knownOf(rows[row]!, column, skill, moved) })
    return [row, column] as [number, number]
  }

  return (
    <div className="mastery-frame" onPointerLeave={() => setPlace(null)}>
      <div ref={scroller} className="mastery" role="grid" aria-label={name} aria-rowcount={rows.length + 1}
        aria-colcount={skills.length + 1} style={{ '--skills': skills.length } as CSSProperties}
        onKeyDown={onKeyDown} onScroll={() => setPlace(null)}
        onPointerOver={({ target, pointerType }) => pointerType === 'mouse' && look(target)}
        onFocus={({ target }) => {
          const found = look(target)
          if (found) setAt(found)
        }}
        onClick={({ target }) => look(target)} onBlur={() => setPlace(null)}>
        <div role="row" aria-rowindex={1} className="mastery-head">
          <div role="columnheader" aria-colindex={1} className="mastery-corner">
            Learner
          </div>
          {columns.map((column) => (
            <div role="columnheader" key={column} aria-colindex={column + 2} className="mastery-skill"
              style={{ gridColumn: column + 2 }} title={skills[column]!.name}>
              <span>{skills[column]!.name}</span>
            </div>
          ))}
        </div>
        <div role="presentation" className="mastery-rows" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, start }) => (
            <Row key={rows[index]!.learner.id} row={rows[index]!} index={index} start={start} skills={skills}
              columns={columns} moved={moved} tab={at[0] === index ? at[1] : null} />
          ))}
        </div>
      </div>
      {place && <CellReason place={place} />}
    </div>
  )
}

type RowProps = {
  row: GridRow
  index: number
  start: number
  skills: GridSkill[]
  columns: number[]
  moved: ReadonlyMap<string, Move>
  tab: number | null
}

function Row({ row, index, start, skills, columns, moved, tab }: RowProps) {
  return (
    <div role="row" aria-rowindex={index + 2} className="mastery-row" style={{ transform: `translateY(${start}px)` }}>
      <div role="rowheader" aria-colindex={1} className="mastery-name" title={row.learner.displayName}>
        {row.learner.displayName}
      </div>
      {columns.map((column) => {
        const skill = skills[column]!
        const known = knownOf(row, column, skill, moved)
        const move = moved.get(cellKey(row.learner.id, skill.id))
        return (
          <div key={move ? `${skill.id} ${move.at}` : skill.id} role="gridcell" tabIndex={tab === column ? 0 : -1}
            aria-colindex={column + 2} style={{ gridColumn: column + 2 }} data-row={index} data-column={column} className={move ? 'mastery-cell moved' : 'mastery-cell'}
            data-step={!known ? 'none' : known.probability === null ? 'few' : stepOf(known.probability)}
            data-level={known?.level} aria-label={`${skill.name}: ${inWords(known)}`}>
            {known && (known.probability === null ? '·' : Math.round(known.probability * 100))}
          </div>
        )
      })}
    </div>
  )
}

/** How to read the cells. */
export function Legend() {
  return (
    <ul className="legend" aria-label="How to read the cells">
      {['below 50 %', '50', '70', '85', `from ${percent(0.95)}`].map((words, step) => (
        <li key={words}>
          <span className="mastery-cell" data-step={step} aria-hidden /> {words}
        </li>
      ))}
      <li>
        <span className="mastery-cell" data-step={3} data-level="FADING" aria-hidden /> fading
      </li>
      <li>
        <span className="mastery-cell" data-step="few" aria-hidden>·</span> not enough data
      </li>
      <li>
        <span className="mastery-cell" data-step="none" aria-hidden /> not practised
      </li>
    </ul>
  )
}

/** What moved since the grid was read counts before what the grid says. */
function knownOf(row: GridRow, column: number, skill: GridSkill, moved: ReadonlyMap<string, Move>): Known | null {
  return moved.get(cellKey(row.learner.id, skill.id)) ?? row.cells[column] ?? null
}

function clamp(index: number, length: number): number {
  return Math.max(0, Math.min(length - 1, index))
}
