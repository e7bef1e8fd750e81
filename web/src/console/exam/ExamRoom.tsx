import { ArrowLeft, ArrowUpDown, EllipsisVertical, Search } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import { useMemo, useRef, useState } from 'react'
import { Link, useParams } from 'react-router'

import { useServerNow } from '../../live/clock'
import { ConnectionMark } from '../../live/ConnectionMark'
import type { Mark } from '../../live/stream'
import { useStream } from '../../live/useStream'
import { MonitorDocument, type IncidentFragment, type RowFragment } from '../graph'
import { planned, onDay, timeOfDay } from '../parts/moments'
import { useShortcuts } from '../parts/shortcuts'
import { Bones, Empty, Failure } from '../parts/states'
import { ActDialog, type Asked } from './ActDialog'
import { ACTS, type ActKind } from './acts'
import { ExamMenuItems } from './ExamMenu'
import { FILTERS, passes, type Filter } from './filters'
import { foldMonitor, type Monitor } from './monitor'
import { useOrder } from './order'
import { Sheet } from './Sheet'
import { SittingGrid } from './SittingGrid'
import { EXAM_STATES } from './words'

const KINDS = Object.keys(ACTS) as ActKind[]

/** One exam as it is sat. */
export function ExamRoom() {
  const { classroomId = '', examId = '' } = useParams()
  const { state, mark, lostAt, reason, retry } = useStream(MonitorDocument, { examId }, foldMonitor)
  if (reason) {
    return (
      <div className="card">
        <Failure error={new Error(reason)} retry={retry} />
        <Link to={`/${classroomId}/exams`}>All exams of the class</Link>
      </div>
    )
  }
  if (!state) return <div className="card"><Bones rows={10} height={36} /></div>
  return <Watched key={examId} monitor={state} mark={mark} lostAt={lostAt} />
}

function Watched({ monitor, mark, lostAt }: { monitor: Monitor; mark: Mark; lostAt: number | null }) {
  const { exam, rows } = monitor
  const { classroomId = '' } = useParams()
  const [filter, setFilter] = useState<Filter>('ALL')
  const [search, setSearch] = useState('')
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const [asked, setAsked] = useState<Asked | null>(null)
  const [opened, setOpened] = useState<string | null>(null)
  const [at, setAt] = useState(0)
  const [held, setHeld] = useState(false)
  const [aimed, setAimed] = useState(false)
  const anchor = useRef(0)
  const searchField = useRef<HTMLInputElement>(null)
  const { order, waiting, sortNow } = useOrder(rows, held || aimed || asked !== null)
  // The button is gone, and does not say that the pointer has left it.
  if (aimed && !waiting) setAimed(false)
  const test = passes(filter, search)
  const shown = order.map((id) => rows.get(id)!).filter(test)
  const chosen = [...selected].flatMap((id) => rows.get(id) ?? [])
  const incidents = useMemo(() => bySitting(monitor.incidents), [monitor.incidents])
  const place = Math.min(at, Math.max(0, shown.length - 1))
  const here = opened ? rows.get(opened) : undefined

  function toggle(row: RowFragment, through: boolean) {
    const next = new Set(selected)
    const to = shown.findIndex(({ id }) => id === row.id)
    const [from, until] = through ? [Math.min(anchor.current, to), Math.max(anchor.current, to)] : [to, to]
    const on = !selected.has(row.id)
    for (const { id } of shown.slice(from, until + 1)) on ? next.add(id) : next.delete(id)
    anchor.current = to
    setSelected(next)
  }

  function toggleAll() {
    const all = shown.every(({ id }) => selected.has(id))
    setSelected(all ? new Set() : new Set(shown.map(({ id }) => id)))
  }

  function ask(kind: ActKind, whom: RowFragment[] | 'everyone') {
    if (whom === 'everyone') return setAsked({ kind, rows: whom, passedOver: [] })
    const applies = whom.filter(ACTS[kind].applies)
    if (applies.length) setAsked({ kind, rows: applies, passedOver: whom.filter((row) => !ACTS[kind].applies(row)) })
  }

  /** Back to the rows when the button that asked is gone with what was selected, and the dialog knows no way back. */
  function keepFocus() {
    setTimeout(() => {
      const { activeElement, body } = document
      if (activeElement !== body && activeElement?.id !== 'main') return
      document.querySelector<HTMLElement>(`.sitting[data-place="${place}"]`)?.focus()
    }, 30)
  }

  const meant = () => (chosen.length ? chosen : here ? [here] : shown[place] ? [shown[place]] : [])
  const step = (by: number) => {
    const next = Math.max(0, Math.min(shown.length - 1, place + by))
    setAt(next)
    requestAnimationFrame(() => document.querySelector<HTMLElement>(`.sitting[data-place="${next}"]`)?.focus())
  }
  useShortcuts({
    '/': () => searchField.current?.focus(),
    j: () => step(1),
    k: () => step(-1),
    x: () => shown[place] && toggle(shown[place], false),
    e: () => ask('EXTEND', meant()),
    m: () => ask('MESSAGE', meant()),
    p: () => ask('PAUSE', meant()),
    Escape: () => (opened ? setOpened(null) : setSelected(new Set())),
  })

  return (
    <div className="exam" data-mark={mark}>
      <ExamHead monitor={monitor} mark={mark} ask={(kind) => ask(kind, 'everyone')} back={`/${classroomId}/exams`} />
      <div className="exam-bar">
        <div className="filters" role="group" aria-label="Show">
          {FILTERS.map(([name, word, counts]) => {
            const number = [...rows.values()].filter(counts).length
            if (number === 0 && name !== 'ALL' && name !== filter) return null
            return (
              <button key={name} type="button" className="filter" data-filter={name} aria-pressed={filter === name}
                onClick={() => setFilter(filter === name ? 'ALL' : name)}>
                {word} <b>{number}</b>
              </button>
            )
          })}
        </div>
        {waiting && (
          <button type="button" className="link order" onClick={sortNow} onPointerEnter={() => setAimed(true)}
            onPointerLeave={() => setAimed(false)} title="Rows stay where they are while you are at them.">
            <ArrowUpDown size={14} aria-hidden /> Sort now
          </button>
        )}
        <label className="search">
          <Search size={14} aria-hidden />
          <span className="hidden-text">Search a name</span>
          <input ref={searchField} className="field" type="search" placeholder="Name" value={search}
            onChange={({ target }) => setSearch(target.value)} />
        </label>
      </div>
      {shown.length === 0 ? (
        <Empty title={rows.size === 0 ? 'Nobody sits this exam.' : 'Nobody is like that now.'}>
          {rows.size > 0 && (
            <button className="button" type="button" onClick={() => { setFilter('ALL'); setSearch('') }}>Show all</button>
          )}
        </Empty>
      ) : (
        <SittingGrid rows={shown} incidents={incidents} changed={monitor.changed} selected={selected} at={place}
          opened={opened} look={setAt} toggle={toggle} toggleAll={toggleAll} open={({ id }) => setOpened(id)}
          hold={setHeld} />
      )}
      <Interrupted mark={mark} lostAt={lostAt} />
      {chosen.length > 0 && (
        <div className="act-bar" role="toolbar" aria-label="Act on who is selected">
          <span className="act-count">{chosen.length} selected</span>
          {KINDS.map((kind) => {
            const { label, Icon, applies, grave } = ACTS[kind]
            const number = chosen.filter(applies).length
            if (number === 0 && (kind === 'RESUME' || kind === 'UNLOCK')) return null
            return (
              <button key={kind} type="button" className={grave ? 'button grave-quiet' : 'button'} disabled={number === 0}
                onClick={() => ask(kind, chosen)}>
                <Icon size={16} aria-hidden /> {label}
              </button>
            )
          })}
          <button type="button" className="button quiet" onClick={() => setSelected(new Set())}>Clear</button>
        </div>
      )}
      {asked && (
        <ActDialog examId={exam.id} asked={asked}
          close={(done) => { setAsked(null); if (done && asked.rows !== 'everyone') setSelected(new Set()); keepFocus() }} />
      )}
      {here && (
        <Sheet key={here.id} row={here} news={`${monitor.acts} ${monitor.news.get(here.id) ?? 0}`}
          ask={(kind) => ask(kind, [here])} close={() => setOpened(null)} />
      )}
    </div>
  )
}

/** What is wrong with the connection, under the rows: they stay where they are under the pointer. */
function Interrupted({ mark, lostAt }: { mark: Mark; lostAt: number | null }) {
  if (mark === 'RECONNECTING' && lostAt) {
    return (
      <p className="stale" role="alert">
        The connection is lost: this is how it was at {timeOfDay(lostAt)}. The exam goes on at the server, and
        nothing will be missing here once it is back.
      </p>
    )
  }
  if (mark !== 'DEGRADED') return null
  return (
    <p className="stale" role="status">
      Changes show here a second or two late for the moment. Answers are saved as ever, and nothing will be missing.
    </p>
  )
}

type HeadProps = { monitor: Monitor; mark: Mark; ask: (kind: ActKind) => void; back: string }

function ExamHead({ monitor: { exam }, mark, ask, back }: HeadProps) {
  const { assessment, state, closesAt, closedAt } = exam
  // A dialog opens when the menu has given the focus back to its button, so that it can give it back there too.
  const next = useRef<() => void>(undefined)
  const then = (run: () => void) => (next.current = run)
  function closed() {
    const run = next.current
    next.current = undefined
    if (run) setTimeout(run)
  }
  return (
    <div className="exam-head">
      <Link className="button quiet icon" to={back} aria-label="All exams of the class">
        <ArrowLeft size={16} aria-hidden />
      </Link>
      <div className="exam-title">
        <h2>{assessment.title}</h2>
        <p>
          <span className="state" data-exam={state}>{EXAM_STATES[state]}</span> {assessment.itemCount} items,{' '}
          {planned(assessment.durationSeconds)}
          {closedAt ? `, closed ${onDay(closedAt)}` : closesAt ? `, until ${onDay(closesAt)}` : ''}
        </p>
      </div>
      <ServerClock />
      <ConnectionMark mark={mark} />
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger className="button" aria-label="Act on everyone">
          Everyone <EllipsisVertical size={14} aria-hidden />
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content className="menu" align="end" sideOffset={6} onCloseAutoFocus={closed}>
            <ExamMenuItems exam={exam} ask={ask} then={then} />
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
    </div>
  )
}

function ServerClock() {
  const now = useServerNow()
  return (
    <span className="clock" role="timer" aria-label="The server's clock" title="The server's clock: every end is by this one.">
      {timeOfDay(now)}
    </span>
  )
}

function bySitting(incidents: ReadonlyMap<string, IncidentFragment>): ReadonlyMap<string, IncidentFragment[]> {
  const found = new Map<string, IncidentFragment[]>()
  for (const each of incidents.values()) found.set(each.sitting.id, [...(found.get(each.sitting.id) ?? []), each])
  return found
}
