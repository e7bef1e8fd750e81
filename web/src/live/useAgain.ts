import { useEffect, useRef } from 'react'

/** Ask again every so often while the page is looked at, and at once when somebody comes back to it. */
export function useAgain(again: () => void, everyMs: number, pause = false): void {
  const latest = useRef(again)
  useEffect(() => {
    latest.current = again
  })
  useEffect(() => {
    if (pause) return
    const look = () => document.hidden || latest.current()
    const timer = setInterval(look, everyMs)
    document.addEventListener('visibilitychange', look)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', look)
    }
  }, [everyMs, pause])
}
