import { create } from 'zustand'

export type Choice = 'system' | 'light' | 'dark'
export type Theme = 'light' | 'dark'

const KEY = 'masterygraph.theme'
const dark = window.matchMedia('(prefers-color-scheme: dark)')

function stored(): Choice {
  const value = localStorage.getItem(KEY)
  return value === 'light' || value === 'dark' ? value : 'system'
}

function resolved(choice: Choice): Theme {
  return choice === 'system' ? (dark.matches ? 'dark' : 'light') : choice
}

/** What the person chose, and what it comes to now. */
export const useTheme = create<{ choice: Choice; theme: Theme }>(() => ({
  choice: stored(),
  theme: resolved(stored()),
}))

/** Take another theme and keep it on this device; 'system' follows the system again. */
export function chooseTheme(choice: Choice): void {
  localStorage.setItem(KEY, choice)
  useTheme.setState({ choice, theme: resolved(choice) })
}

function show({ theme }: { theme: Theme }): void {
  document.documentElement.dataset.theme = theme
}

dark.addEventListener('change', () => {
  useTheme.setState(({ choice }) => ({ theme: resolved(choice) }))
})
useTheme.subscribe(show)
show(useTheme.getState())
