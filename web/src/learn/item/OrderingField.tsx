import { ArrowDown, ArrowUp, GripVertical } from 'lucide-react'
import { useRef, useState, type KeyboardEvent, type PointerEvent } from 'react'

import type { FieldProps } from './ItemForm'

/** Choices put in order: dragged, moved by the arrows beside them, or by the arrow keys on the grip. */
export function OrderingField({ item, draft, settled, onChange }: FieldProps) {
  const order = draft.order.length ? draft.order : item.choices.map(({ id }) => id)
  const texts = new Map(item.choices.map(({ id, text }) => [id, text]))
  const rows = useRef(new Map<string, HTMLLIElement>())
  const [held, setHeld] = useState<string | null>(null)
  const [told, setTold] = useState('')

  function move(id: string, to: number) {
    const from = order.indexOf(id)
    if (to < 0 || to >= order.length || to === from) return
    const next = order.filter((each) => each !== id)
    next.splice(to, 0, id)
    onChange({ ...draft, order: next })
    setTold(`${texts.get(id)} is now ${to + 1} of ${order.length}.`)
  }

  function drag(event: PointerEvent<HTMLElement>, id: string) {
    if (held !== id) return
    const middles = order.map((each) => {
      const box = rows.current.get(each)!.getBoundingClientRect()
      return (box.top + box.bottom) / 2
    })
    const from = order.indexOf(id)
    const passed = middles.findIndex((middle, place) => (place < from ? event.clientY < middle : false))
    const later = middles.findLastIndex((middle, place) => place > from && event.clientY > middle)
    if (passed >= 0) move(id, passed)
    else if (later >= 0) move(id, later)
  }

  function press(event: KeyboardEvent, id: string) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key]
    if (!step) return
    event.preventDefault()
    move(id, order.indexOf(id) + step)
  }

  return (
    <>
      <ol className="ordering" aria-labelledby="stem" aria-describedby="asked">
        {order.map((id, place) => {
          const text = texts.get(id) ?? id
          return (
            <li key={id} className={held === id ? 'row held' : 'row'}
              ref={(row) => void (row ? rows.current.set(id, row) : rows.current.delete(id))}>
              <button className="grip" type="button" disabled={settled} aria-label={`${text}, ${place + 1} of ${order.length}: move with the arrow keys`}
                onKeyDown={(event) => press(event, id)}
                onPointerDown={(event) => {
                  event.currentTarget.setPointerCapture(event.pointerId)
                  setHeld(id)
                }}
                onPointerMove={(event) => drag(event, id)}
                onPointerUp={() => setHeld(null)} onPointerCancel={() => setHeld(null)}>
                <GripVertical size={18} aria-hidden />
              </button>
              <span className="row-place">{place + 1}</span>
              <span className="row-text">{text}</span>
              <button className="step" type="button" disabled={settled || place === 0} aria-label={`Move ${text} up`}
                onClick={() => move(id, place - 1)}>
                <ArrowUp size={18} aria-hidden />
              </button>
              <button className="step" type="button" disabled={settled || place === order.length - 1}
                aria-label={`Move ${text} down`} onClick={() => move(id, place + 1)}>
                <ArrowDown size={18} aria-hidden />
              </button>
            </li>
          )
        })}
      </ol>
      <p className="hidden-text" role="status">
        {told}
      </p>
    </>
  )
}
