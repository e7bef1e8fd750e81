import { create } from 'zustand'

/** What became of the operation that was run last. */
export type Outcome =
  | { kind: 'none' }
  | { kind: 'asking' }
  | { kind: 'answered'; ms: number; bytes: number }
  | { kind: 'refused'; message: string; code: string | undefined; requestId: string | undefined }
  | { kind: 'streaming'; events: number; connection: 'connecting' | 'live' | 'reconnecting' }
  | { kind: 'ended'; events: number }

export const useOutcome = create<{ outcome: Outcome }>(() => ({ outcome: { kind: 'none' } }))

export function tell(outcome: Outcome): void {
  useOutcome.setState({ outcome })
}

/** Change what is told of a stream, if one is under way. */
export function tellStream(change: (now: Outcome & { kind: 'streaming' }) => Outcome): void {
  const { outcome } = useOutcome.getState()
  if (outcome.kind === 'streaming') tell(change(outcome))
}
