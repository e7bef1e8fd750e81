import { CircleAlert, CircleCheck, X } from 'lucide-react'
import { Toast } from 'radix-ui'
import { useEffect, useState, type ReactNode } from 'react'
import { create } from 'zustand'

import { serverNow } from '../../live/clock'
import { leaveToPage, useShortcuts } from './shortcuts'

type Said = {
  id: number
  text: string
  failed?: boolean
  notes?: string[]
  undo?: { until: string; run: () => Promise<void> }
}

const useSaid = create<{ said: Said[] }>(() => ({ said: [] }))
let numbers = 0

/** Say what was done, or that it failed; with a way back while there is one. */
export function say(what: Omit<Said, 'id'>): void {
  useSaid.setState(({ said }) => ({ said: [...said.slice(-2), { ...what, id: ++numbers }] }))
}

function drop(id: number): void {
  useSaid.setState(({ said }) => ({ said: said.filter((each) => each.id !== id) }))
}

/** Take back the last act that still can be. */
async function undoLast(): Promise<void> {
  const last = useSaid.getState().said.findLast(({ undo }) => undo && secondsTo(undo.until) > 0)
  if (!last) return
  drop(last.id)
  await last.undo?.run()
}

export function Toasts({ children }: { children: ReactNode }) {
  const said = useSaid((state) => state.said)
  useShortcuts({ u: () => void undoLast() })
  return (
    <Toast.Provider label="Notice" swipeDirection="right">
      {children}
      {said.map((each) => (
        <Line key={each.id} said={each} />
      ))}
      <Toast.Viewport className="toasts" />
    </Toast.Provider>
  )
}

function Line({ said }: { said: Said }) {
  const left = useSecondsLeft(said.undo?.until)
  const [undoing, setUndoing] = useState(false)
  const Icon = said.failed ? CircleAlert : CircleCheck
  async function undo() {
    setUndoing(true)
    await said.undo?.run()
    drop(said.id)
  }
  return (
    <Toast.Root className={said.failed ? 'toast failed' : 'toast'} type="foreground"
      duration={said.undo ? 11_000 : said.failed ? 12_000 : 6000} onOpenChange={(open) => open || drop(said.id)}
      onEscapeKeyDown={leaveToPage}>
      <Icon size={18} aria-hidden />
      <div className="toast-text">
        <Toast.Title>{said.text}</Toast.Title>
        {said.notes?.map((note) => <Toast.Description key={note}>{note}</Toast.Description>)}
      </div>
      {said.undo && left > 0 && (
        <Toast.Action asChild altText="Undo, within ten seconds, by the key u">
          <button className="button" type="button" disabled={undoing}
            onClick={(event) => { event.preventDefault(); void undo() }}>
            Undo <span className="toast-left" aria-hidden>{left} s</span>
          </button>
        </Toast.Action>
      )}
      <Toast.Close className="button quiet icon" aria-label="Dismiss">
        <X size={14} aria-hidden />
      </Toast.Close>
    </Toast.Root>
  )
}

function useSecondsLeft(until: string | undefined): number {
  const [left, setLeft] = useState(() => secondsTo(until))
  useEffect(() => {
    if (!until) return
    const timer = setInterval(() => setLeft(secondsTo(until)), 250)
    return () => clearInterval(timer)
  }, [until])
  return left
}

function secondsTo(until: string | undefined): number {
  return until ? Math.ceil((Date.parse(until) - serverNow()) / 1000) : 0
}
