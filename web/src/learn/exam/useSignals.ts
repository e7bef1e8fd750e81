import { useEffect } from 'react'

import type { Desk } from './desk'

const PASSING = ['beforeunload', 'pagehide', 'pageshow']

/** Tell the server what the teacher may see: the question looked at, the window left, something pasted. */
export function useSignals(desk: Desk, number: number | null): void {
  useEffect(() => {
    if (number !== null) desk.signal('ITEM_OPENED', number)
  }, [desk, number])
  useEffect(() => {
    // Nobody has left who reloads the page; who came back by that is told to be back.
    let leaving = false
    const leave = ({ type }: Event) => (leaving = type !== 'pageshow')
    let away = desk.now().incidents.some(({ kind, endedAt }) => kind === 'FOCUS_LOST' && !endedAt)
    const look = () => {
      if (leaving) return
      const now = document.hidden || !document.hasFocus()
      if (now === away) return
      away = now
      desk.signal(away ? 'FOCUS_LOST' : 'FOCUS_REGAINED', number ?? undefined)
    }
    const pasted = () => desk.signal('PASTE', number ?? undefined)
    if (away) look()
    for (const type of PASSING) window.addEventListener(type, leave)
    window.addEventListener('blur', look)
    window.addEventListener('focus', look)
    document.addEventListener('visibilitychange', look)
    document.addEventListener('paste', pasted)
    return () => {
      for (const type of PASSING) window.removeEventListener(type, leave)
      window.removeEventListener('blur', look)
      window.removeEventListener('focus', look)
      document.removeEventListener('visibilitychange', look)
      document.removeEventListener('paste', pasted)
    }
  }, [desk, number])
}
