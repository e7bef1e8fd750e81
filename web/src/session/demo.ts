import { create } from 'zustand'

export type Visitor = { label: string; email: string }
type Demo = { people: Visitor[]; password: string }

/** Whom the demo school can be tried as; nobody where the server does not hold it. */
export const useDemo = create<Demo>(() => ({ people: [], password: '' }))

/** Ask the server once; one without the demo, or away, leaves nobody to try. */
export async function lookForDemo(): Promise<void> {
  try {
    const response = await fetch('/demo.json')
    if (response.ok) useDemo.setState((await response.json()) as Partial<Demo>)
  } catch {
    // The sign-in form is there all the same.
  }
}
