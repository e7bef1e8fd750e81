import { CircleAlert, CircleCheck, CircleX, Loader, Radio, Turtle } from 'lucide-react'

import type { Mark } from './stream'

const SAID: Record<Mark, { word: string; meaning: string; Icon: typeof Radio }> = {
  CONNECTING: { word: 'Connecting', meaning: 'The first data is on its way.', Icon: Loader },
  LIVE: { word: 'Live', meaning: 'Every change shows here within a second.', Icon: Radio },
  RECONNECTING: {
    word: 'Reconnecting',
    meaning: 'The connection is lost. What you see is as it was then; what is missed meanwhile will be made up for.',
    Icon: CircleAlert,
  },
  RESUMED: { word: 'Resumed', meaning: 'The connection is back. Nothing was missed.', Icon: CircleCheck },
  DEGRADED: { word: 'Delayed', meaning: 'Changes come a second or two late for the moment; none will be missing.', Icon: Turtle },
  REFUSED: { word: 'Not live', meaning: 'The server does not give this stream.', Icon: CircleX },
}

/** How live a view is, by shape, word and colour; a screen reader hears it change. */
export function ConnectionMark({ mark }: { mark: Mark }) {
  const { word, meaning, Icon } = SAID[mark]
  return (
    <span className="connection" data-mark={mark} role="status" title={meaning}>
      <Icon size={14} aria-hidden /> {word}
    </span>
  )
}
