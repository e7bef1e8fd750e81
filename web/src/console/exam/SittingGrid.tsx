import { useVirtualizer } from '@tanstack/react-virtual'
import { ChevronRight, Hand, TriangleAlert } from 'lucide-react'
import { useEffect, useRef, type CSSProperties } from 'react'

import { useServerNow } from '../../live/clock'
import type { IncidentFragment, RowFragment } from '../graph'
import { exact, span } from '../parts/moments'
import { useNarrow } from '../parts/narrow'
import { INCIDENTS, isOver, isRunning, PRESENCES, STATES } from './words'

const ROW = 44
const ROW_NARROW = 92
const MOST_TICKS = 12

type Props = {
  rows: RowFragment[]
  incidents: ReadonlyMap<string, IncidentFragment[]>
  changed: ReadonlyMap<string, string>
  selected: ReadonlySet<string>
  at: number
  opened: string | null
  look: (place: number) => void
  toggle: (row: RowFragment, through: boolean) => void
  toggleAll: () => void
  open: (row: RowFragment) => void
  hold: (held: boolean) => void
}

/** One row for each sitting. One row is in the order of tabs; arrows move, a space selects, Enter opens. */
export function SittingGrid(props: Props) {
  const { rows, selected, at, look, toggle, toggleAll, open, hold } = props
  const narrow = useNarrow()
  const height = narrow ? ROW_NARROW : ROW
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    getItemKey: (place) => rows[place]!.id,
    overscan: 8,
  })
  useEffect(() => virtual.measure(), [virtual, height])

  function go(place: number) {
    const next = Math.max(0, Math.min(rows.length - 1, place))
    look(next)
    virtual.scrollToIndex(next)
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-place="${next}"]`)?.focus())
  }

  const all = rows.length > 0 && rows.every(({ id }) => selected.has(id))
  return (
    <div ref={scroller} className="sittings" role="grid" aria-label="Sittings" aria-multiselectable
      aria-rowcount={rows.length + 1} onPointerEnter={({ pointerType }) => hold(pointerType === 'mouse')}
      onPointerLeave={() => hold(false)}
      onKeyDown={(event) => {
        const row = rows[at]
        if (event.key === 'ArrowDown') go(at + 1)
        else if (event.key === 'ArrowUp') go(at - 1)
        else if (event.key === 'Home') go(0)
        else if (event.key === 'End') go(rows.length - 1)
        else if (event.key === ' ' && row) toggle(row, event.shiftKey)
        else if (event.key === 'Enter' && row && !(event.target as Element).closest('button')) open(row)
        else return
        event.preventDefault()
      }}>
      <div role="row" aria-rowindex={1} className="sitting-head">
        <span role="columnheader" className="sitting-check">
          <input type="checkbox" checked={all} onChange={toggleAll} aria-label="Select all shown" />
        </span>
        {['Learner', 'State', 'Item', 'Answered', 'Time left', 'Presence', 'Incidents'].map((title) => (
          <span role="columnheader" key={title}>{title}</span>
        ))}
      </div>
      <div role="presentation" className="sitting-rows" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start, key }) => (
          <SittingRow key={key as string} row={rows[index]!} place={index} start={start} height={height} {...props} />
        ))}
      </div>
    </div>
  )
}

type RowProps = Props & { row: RowFragment; place: number; start: number; height: number }

function SittingRow(given: RowProps) {
  const { row, place, start, height, incidents, changed, selected, at, opened, look, toggle, open, hold } = given
  const chosen = selected.has(row.id)
  const moved = changed.get(row.id)
  const style: CSSProperties = { transform: `translateY(${start}px)`, height }
  return (
    <div role="row" aria-rowindex={place + 2} aria-selected={chosen} tabIndex={place === at ? 0 : -1} className="sitting"
      data-place={place} data-open={opened === row.id || undefined} style={style}
      onFocus={() => { look(place); hold(true) }} onBlur={() => hold(false)} onDoubleClick={() => open(row)}>
      {moved && <span key={moved} className="sitting-flash" aria-hidden />}
      <span role="gridcell" className="sitting-check">
        <input type="checkbox" checked={chosen} tabIndex={-1} aria-label={`Select ${row.learner.displayName}`}
          onChange={() => undefined} onClick={(event) => toggle(row, event.shiftKey)} />
      </span>
      <span role="gridcell" className="sitting-name">
        <button type="button" className="link" tabIndex={-1} onClick={() => open(row)}>
          {row.learner.displayName}
        </button>
        {row.attemptNumber > 1 && <small>attempt {row.attemptNumber}</small>}
      </span>
      <StateCell row={row} />
      <span role="gridcell" className="sitting-item">
        {isRunning(row) && row.currentItemNumber ? <><span className="cell-word">Item </span>{row.currentItemNumber}</> : '–'}
      </span>
      <span role="gridcell" className="sitting-answered">
        <Ticks row={row} />
        <span>{row.answeredCount}/{row.itemCount}<span className="hidden-text"> answered</span></span>
      </span>
      <span role="gridcell" className="sitting-time">
        <TimeLeft row={row} />
      </span>
      <PresenceCell row={row} />
      <IncidentCell row={row} incidents={incidents.get(row.id) ?? []} />
      <ChevronRight className="sitting-more" size={16} aria-hidden />
    </div>
  )
}

function StateCell({ row }: { row: RowFragment }) {
  const { word, Icon } = STATES[row.state]
  return (
    <span role="gridcell" className="sitting-state">
      <span className="state" data-state={row.state}>
        <Icon size={14} aria-hidden /> {word}
      </span>
    </span>
  )
}

function PresenceCell({ row }: { row: RowFragment }) {
  if (!isRunning(row) && row.state !== 'WAITING') {
    return <span role="gridcell" className="sitting-presence none">–</span>
  }
  const { word, Icon } = PRESENCES[row.presence]
  return (
    <span role="gridcell" className="sitting-presence" data-presence={row.presence}
      title={row.lastSeenAt ? `Heard of ${exact(row.lastSeenAt)}` : undefined}>
      <Icon size={14} aria-hidden /> {word}
    </span>
  )
}

function IncidentCell({ row, incidents }: { row: RowFragment; incidents: IncidentFragment[] }) {
  if (row.openIncidentCount === 0) return <span role="gridcell" className="sitting-incidents none">–</span>
  const open = incidents.filter((each) => each.open)
  const hand = open.find(({ kind }) => kind === 'HAND_RAISED')
  const shown = hand ?? open[0]
  const { word, Icon } = shown ? INCIDENTS[shown.kind] : { word: 'Incident', Icon: TriangleAlert }
  const more = row.openIncidentCount - 1
  return (
    <span role="gridcell" className="sitting-incidents">
      <span className={hand ? 'incident hand' : 'incident'}>
        {hand ? <Hand size={14} aria-hidden /> : <Icon size={14} aria-hidden />} {word}
      </span>
      {more > 0 && <small>+{more}</small>}
    </span>
  )
}

/** One tick an item while they can be told apart, a bar beyond. */
function Ticks({ row }: { row: RowFragment }) {
  if (row.itemCount > MOST_TICKS) {
    const share = row.itemCount ? row.answeredCount / row.itemCount : 0
    return <span className="tick-bar" aria-hidden style={{ '--share': share } as CSSProperties} />
  }
  return (
    <span className="ticks" aria-hidden>
      {Array.from({ length: row.itemCount }, (_, place) => (
        <i key={place} data-done={place < row.answeredCount || undefined} />
      ))}
    </span>
  )
}

/** What is left by the server's clock; extended time is marked. */
export function TimeLeft({ row }: { row: RowFragment }) {
  const now = useServerNow()
  if (isOver(row) || (!row.endsAt && row.timeLeftWhenPausedSeconds === null)) return <>–</>
  const left = row.endsAt ? Date.parse(row.endsAt) - now : row.timeLeftWhenPausedSeconds! * 1000
  const more = Math.round(row.extendedSeconds / 60)
  return (
    <>
      <span className={row.endsAt && left < 300_000 ? 'left short' : 'left'} title={row.endsAt ? `Until ${exact(row.endsAt)}` : 'The clock stands.'}>
        {span(left)}
      </span>
      {more > 0 && <small title="Beyond the time that everybody has">+{more} min</small>}
    </>
  )
}
