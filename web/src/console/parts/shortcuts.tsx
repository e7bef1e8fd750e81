import { X } from 'lucide-react'
import { Dialog } from 'radix-ui'
import { useEffect, useRef } from 'react'
import { create } from 'zustand'

import { useWayBack } from '../../design/focus'

const KEY = 'masterygraph.shortcuts'
const CHORD_MS = 1200

const useShown = create<{ open: boolean; on: boolean }>(() => ({
  open: false,
  on: localStorage.getItem(KEY) !== 'off',
}))

const LIST: [string, [string, string][]][] = [
  ['Anywhere', [['?', 'Show this'], ['g o', 'Overview'], ['g e', 'Exams'], ['g l', 'Leaderboard']]],
  ['Exam', [
    ['/', 'Search a name'], ['j', 'Next row'], ['k', 'Row before'], ['x', 'Select the row'],
    ['Enter', 'Open the learner'], ['e', 'Extend the time'], ['m', 'Write a message'], ['p', 'Pause'], ['u', 'Undo what was just done'],
    ['Esc', 'Close, or select nobody'],
  ]],
  ['Mastery grid', [['↑ ↓ ← →', 'Move from cell to cell'], ['Esc', 'Hide the reason']]],
] // prettier-ignore

export function showShortcuts(): void {
  useShown.setState({ open: true })
}

const left = new WeakSet<Event>()

/** Keep Escape from closing a notice that lies over all: it is meant for what is below. */
export function leaveToPage(event: KeyboardEvent): void {
  event.preventDefault()
  left.add(event)
}

/** Single keys and chords such as 'g e', while no field has the focus and no dialog is open. */
export function useShortcuts(keys: Record<string, () => void>): void {
  const latest = useRef(keys)
  useEffect(() => {
    latest.current = keys
  })
  useEffect(() => {
    let before = ''
    let at = 0
    function pressed(event: KeyboardEvent) {
      if (event.ctrlKey || event.metaKey || event.altKey || !useShown.getState().on) return
      if (event.defaultPrevented && !left.has(event)) return
      if ((event.target as Element).closest('input, textarea, select, [role="dialog"]:not(.sheet), [role="menu"]')) return
      const chord = Date.now() - at < CHORD_MS ? `${before} ${event.key}` : ''
      const run = latest.current[chord] ?? latest.current[event.key]
      before = event.key
      at = Date.now()
      if (!run) return
      event.preventDefault()
      run()
    }
    document.addEventListener('keydown', pressed)
    return () => document.removeEventListener('keydown', pressed)
  }, [])
}

/** What keys do; and a way to turn single keys off, for those who speak to their device. */
export function ShortcutsDialog() {
  const { open } = useShown()
  useShortcuts({ '?': showShortcuts })
  return (
    <Dialog.Root open={open} onOpenChange={(next) => useShown.setState({ open: next })}>
      <Dialog.Portal>
        <Dialog.Overlay className="veil" />
        <Shortcuts />
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function Shortcuts() {
  const { on } = useShown()
  const back = useWayBack()
  return (
    <Dialog.Content className="dialog shortcuts" aria-describedby={undefined} onCloseAutoFocus={back}>
      <Dialog.Title className="dialog-title">Shortcuts</Dialog.Title>
      <div className="shortcut-groups">
        {LIST.map(([place, keys]) => (
          <section key={place}>
            <h3>{place}</h3>
            <dl>
              {keys.map(([key, what]) => (
                <div key={key}>
                  <dt>{key.split(' ').map((each) => <kbd key={each}>{each}</kbd>)}</dt>
                  <dd>{what}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <label className="check-line">
        <input type="checkbox" checked={on} onChange={({ target }) => turn(target.checked)} />
        Single keys work
      </label>
      <Dialog.Close className="button quiet icon dialog-close" aria-label="Close">
        <X size={16} aria-hidden />
      </Dialog.Close>
    </Dialog.Content>
  )
}

function turn(on: boolean): void {
  localStorage.setItem(KEY, on ? 'on' : 'off')
  useShown.setState({ on })
}
