import { useEffect } from 'react'

import type { Desk } from './desk'

/** Tell the server what the teacher may see: the question looked at, the window left, something pasted. */
export function useSignals(desk: Desk, number: number | null): void {
  useEffect(() => {
    if (number !== null) desk.signal('ITEM_OPENED', number)
  }, [desk, number])
  useEffect(() => {
    let away = false
    const look = () => {
      const now = document.hidden || !document.hasFocus()
      if (now === away) return
      away = now
      desk.signal(away ? 'FOCUS_LOST' : 'FOCUS_REGAINED', number ?? undefined)
    }
    const pasted = () => desk.signal('PASTE', number ?? undefined)
    window.addEventListener('blur', look)
    window.addEventListener('focus', look)
    document.addEventListener('visibilitychange', look)
    document.addEventListener('paste', pasted)
    return () => {
      window.removeEventListener('blur', look)
      window.removeEventListener('focus', look)
      document.removeEventListener('visibilitychange', look)
      document.removeEventListener('paste', pasted)
    }
  }, [desk, number])
}
