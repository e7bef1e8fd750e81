import { useEffect, useState } from 'react'

/**
 * Keeps the focus of who uses the keyboard: when what had it goes away, after a sign-in, with a dialog, or with the
 * page before, it goes to the nearest thing around that can have it, at the last to the content.
 */
export function useFocusKept(): void {
  useEffect(() => {
    let around: Element[] = []
    const noted = ({ target }: FocusEvent) => (around = ancestry(target as Element))
    const looked = new MutationObserver(() => {
      if (document.activeElement !== document.body || !around.length || around[0]!.isConnected) return
      const refuge = around.find((each) => each.isConnected && each.hasAttribute('tabindex')) ?? document.getElementById('main')
      ;(refuge as HTMLElement | null)?.focus({ preventScroll: true })
    })
    document.addEventListener('focusin', noted)
    looked.observe(document.body, { childList: true, subtree: true })
    return () => {
      document.removeEventListener('focusin', noted)
      looked.disconnect()
    }
  }, [])
}

/** For a dialog that no trigger of its own opens: gives the focus back to what had it when the dialog came. */
export function useWayBack(): (event: Event) => void {
  const [before] = useState(() => document.activeElement as HTMLElement | null)
  return (event) => {
    event.preventDefault()
    if (before?.isConnected) before.focus()
  }
}

/** An element and what it is in, from the inside. */
function ancestry(element: Element): Element[] {
  return element.parentElement ? [element, ...ancestry(element.parentElement)] : [element]
}
