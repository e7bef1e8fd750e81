import { CircleCheck, CircleDashed, CircleSlash, CircleX, LoaderCircle, Radio } from 'lucide-react'
import type { ReactNode } from 'react'

import { useOutcome, type Outcome } from './outcome'

const COUNT = new Intl.NumberFormat('en')

/** One line under the answer: what happened, in words. */
export function OutcomeLine() {
  const { outcome } = useOutcome()
  return (
    <p className="outcome" data-kind={outcome.kind} role="status">
      {said(outcome)}
    </p>
  )
}

function said(outcome: Outcome): ReactNode {
  switch (outcome.kind) {
    case 'none':
      return line(CircleDashed, 'Choose an example, or write an operation and run it with Ctrl-Enter.')
    case 'asking':
      return line(LoaderCircle, 'Asking …')
    case 'answered':
      return line(CircleCheck, `Answered in ${COUNT.format(Math.round(outcome.ms))} ms, ${size(outcome.bytes)}`)
    case 'refused':
      return (
        <>
          {line(CircleX, outcome.message)}
          {outcome.code && <code>{outcome.code}</code>}
          {outcome.code === 'INTERNAL' && outcome.requestId && <code>{outcome.requestId}</code>}
        </>
      )
    case 'streaming':
      return line(Radio, STREAMING[outcome.connection](events(outcome.events)))
    case 'ended':
      return line(CircleSlash, `The stream has ended, ${events(outcome.events)}.`)
  }
}

const STREAMING = {
  connecting: () => 'Connecting …',
  live: (count: string) => `Live, ${count}. The last one is shown.`,
  reconnecting: (count: string) => `Reconnecting …, ${count} until now.`,
}

function line(Icon: typeof Radio, words: string): ReactNode {
  return (
    <>
      <Icon size={16} aria-hidden />
      <span>{words}</span>
    </>
  )
}

function events(count: number): string {
  return count === 1 ? '1 event' : `${COUNT.format(count)} events`
}

function size(bytes: number): string {
  return bytes < 1000 ? `${bytes} bytes` : `${COUNT.format(Math.round(bytes / 100) / 10)} kB`
}
