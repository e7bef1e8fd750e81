import { ArrowLeft, ArrowRight, Check, Hand } from 'lucide-react'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { useSearchParams } from 'react-router'

import { ConnectionMark } from '../../live/ConnectionMark'
import type { Mark } from '../../live/stream'
import type { ItemShownFragment } from '../graph'
import { BLANK, draftOf, draftOfResponse, responseOf, type Draft } from '../item/draft'
import { ItemForm } from '../item/ItemForm'
import { CountDown } from './CountDown'
import type { Desk, DeskState } from './desk'
import type { Exam } from './ExamPage'
import { HandIn } from './HandIn'
import { Saved } from './Saved'
import { useSignals } from './useSignals'

const TYPING_MS = 700
const TYPED = new Set(['NUMERIC', 'SHORT_TEXT', 'CLOZE'])

type Props = { exam: Exam; desk: Desk; state: DeskState; mark: Mark; children: ReactNode }

/** At work in an exam: the questions, the one that is answered, the clock, and what is saved. */
export function Working({ exam, desk, state, mark, children }: Props) {
  const items = state.items
  const [place, goTo] = usePlace(items.length)
  const item = items[place]
  useSignals(desk, item ? place + 1 : null)
  useQuestionInFocus(place)
  if (!item) return null
  return (
    <div className="room">
      <header className="room-top">
        <h2 className="room-title">{exam.assessment.title}</h2>
        <CountDown facts={state.facts!} ended={() => void desk.join()} />
        <Saved state={state} />
        <ConnectionMark mark={mark} />
        <div className="room-acts">
          <RaiseHand desk={desk} state={state} place={place} />
          <HandIn desk={desk} state={state} goTo={goTo} />
        </div>
      </header>
      {children}
      <div className="room-body">
        <ItemList exam={exam} items={items} state={state} place={place} goTo={goTo} />
        <div className="room-work">
          <p className="room-number">
            Question {place + 1} of {items.length}
          </p>
          <Answer key={item.id} item={item} desk={desk} state={state} />
          {state.reason && (
            <p className="notice" role="alert">
              {state.reason}
            </p>
          )}
          <nav className="room-steps" aria-label="Questions">
            <button className="button large" type="button" disabled={place === 0} onClick={() => goTo(place - 1)}>
              <ArrowLeft size={18} aria-hidden /> Back
            </button>
            <button className="button large" type="button" disabled={place === items.length - 1} onClick={() => goTo(place + 1)}>
              Next <ArrowRight size={18} aria-hidden />
            </button>
          </nav>
        </div>
      </div>
    </div>
  )
}

/** Who goes to another question goes on at what it asks; so does who comes in, unless the focus is somewhere already. */
function useQuestionInFocus(place: number): void {
  const before = useRef<number | null>(null)
  useEffect(() => {
    const { activeElement, body } = document
    const entered = before.current === null
    before.current = place
    if (entered && activeElement !== body && activeElement?.id !== 'main') return
    // A dialog that closes gives the focus back first.
    const timer = setTimeout(() => document.getElementById('stem')?.focus({ preventScroll: true }))
    return () => clearTimeout(timer)
  }, [place])
}

/** Which question is shown, kept in the address. */
function usePlace(count: number): [number, (place: number) => void] {
  const [search, setSearch] = useSearchParams()
  const asked = Number(search.get('question') ?? 1) - 1
  const place = Number.isInteger(asked) ? Math.max(0, Math.min(asked, count - 1)) : 0
  return [
    place,
    (to) => {
      setSearch({ question: String(to + 1) }, { replace: true })
      document.getElementById('main')?.scrollTo(0, 0)
    },
  ]
}

/** An answer that saves itself: what is chosen at once, what is typed when the typing rests. */
function Answer({ item, desk, state }: { item: ItemShownFragment; desk: Desk; state: DeskState }) {
  const [draft, setDraft] = useState<Draft>(() => heldDraft(item, state))
  const waiting = useRef<{ timer: number; send: () => void } | null>(null)
  const settled = state.facts?.state !== 'ACTIVE'

  const flush = useRef(() => {
    if (!waiting.current) return
    clearTimeout(waiting.current.timer)
    waiting.current.send()
    waiting.current = null
  }).current
  useEffect(() => {
    window.addEventListener('pagehide', flush)
    return () => {
      window.removeEventListener('pagehide', flush)
      flush()
    }
  }, [flush])

  function changed(next: Draft) {
    setDraft(next)
    if (waiting.current) clearTimeout(waiting.current.timer)
    waiting.current = null
    const response = responseOf(item, next)
    if (!response) return
    waiting.current = { send: () => desk.answer(item.id, response), timer: window.setTimeout(flush, TYPED.has(item.kind) ? TYPING_MS : 0) }
  }

  const order = item.kind === 'ORDERING' && !draft.order.length
  const unfinished = state.responses.has(item.id) && !responseOf(item, draft)
  return (
    <div onBlur={flush}>
      <ItemForm item={item} draft={draft} settled={settled} correct={null} onChange={changed} onSubmit={flush}>
        {order && (
          <div className="item-acts">
            <button className="button large" type="button" disabled={settled}
              onClick={() => {
                document.querySelector<HTMLElement>('.grip')?.focus()
                changed({ ...draft, order: item.choices.map(({ id }) => id) })
              }}>
              <Check size={18} aria-hidden /> Keep this order
            </button>
          </div>
        )}
        {unfinished && <p className="why">Your last whole answer stays saved until you give another.</p>}
      </ItemForm>
    </div>
  )
}

function heldDraft(item: ItemShownFragment, { responses }: DeskState): Draft {
  const held = responses.get(item.id)
  if (!held) return BLANK
  return 'choices' in held ? draftOf(held) : draftOfResponse(held)
}

type ListProps = { exam: Exam; items: ItemShownFragment[]; state: DeskState; place: number; goTo: (place: number) => void }

function ItemList({ exam, items, state, place, goTo }: ListProps) {
  const sections = exam.assessment.sections.length ? exam.assessment.sections : [{ title: '', itemCount: items.length }]
  let from = 0
  return (
    <nav className="room-list" aria-label="All questions">
      {sections.map(({ title, itemCount }) => {
        const first = from
        from += itemCount
        return (
          <section key={first} aria-label={title || 'Questions'}>
            {title && <h3 className="room-section">{title}</h3>}
            <ol>
              {items.slice(first, first + itemCount).map(({ id }, offset) => {
                const number = first + offset + 1
                const status = state.unsent.has(id) ? 'not saved yet' : state.responses.has(id) ? 'answered' : 'not answered'
                return (
                  <li key={id}>
                    <button type="button" className={`room-item is-${status.replaceAll(' ', '-')}`}
                      aria-current={number - 1 === place ? 'step' : undefined} aria-label={`Question ${number}, ${status}`}
                      onClick={() => goTo(number - 1)}>
                      {number}
                      <span className="room-mark" aria-hidden>
                        {status === 'answered' && <Check size={11} strokeWidth={3.5} />}
                      </span>
                    </button>
                  </li>
                )
              })}
            </ol>
          </section>
        )
      })}
    </nav>
  )
}

function RaiseHand({ desk, state, place }: { desk: Desk; state: DeskState; place: number }) {
  const hand = state.incidents.find(({ kind, endedAt }) => kind === 'HAND_RAISED' && !endedAt)
  const [asked, setAsked] = useState<boolean | null>(null)
  const up = asked ?? !!hand
  useEffect(() => setAsked(null), [hand?.id])
  return (
    <button className={up ? 'button hand up' : 'button hand'} type="button" aria-pressed={up}
      onClick={() => {
        desk.signal(up ? 'HAND_LOWERED' : 'HAND_RAISED', place + 1)
        setAsked(!up)
      }}>
      <Hand size={16} aria-hidden /> {up ? (hand?.claimedAt ? 'A teacher is coming' : 'Hand is up') : 'Raise hand'}
    </button>
  )
}
