import { Clock, MessageSquare } from 'lucide-react'
import { useEffect } from 'react'

import type { ActSeenFragment } from '../graph'
import { ago, exactly, lasting } from '../words'
import type { Desk } from './desk'

const READ = new Set(['MESSAGE', 'EXTENSION'])

/** What teachers said and gave, until it was seen; what shows by itself is told as seen at once. */
export function Messages({ desk, actions }: { desk: Desk; actions: ActSeenFragment[] }) {
  const waiting = actions.filter(({ acknowledgements, undoneAt }) => !acknowledgements[0]?.seenAt && !undoneAt)
  useEffect(() => {
    for (const action of waiting) if (!READ.has(action.kind)) void desk.seen(action)
  })
  const read = waiting.filter(({ kind }) => READ.has(kind))
  return (
    <div className="messages" role="status">
      {read.map((action) => (
        <section key={action.id} className="message" aria-label={action.kind === 'MESSAGE' ? 'Message' : 'More time'}>
          {action.kind === 'MESSAGE' ? <MessageSquare size={20} aria-hidden /> : <Clock size={20} aria-hidden />}
          <div>
            <p className="message-text">{action.text ?? `You have ${lasting(action.seconds ?? 0)} more.`}</p>
            <p className="message-from">
              {action.actor.displayName},{' '}
              <time dateTime={action.at} title={exactly(action.at)}>
                {ago(action.at)}
              </time>
            </p>
          </div>
          <button className="button main" type="button" onClick={() => void desk.seen(action)}>
            Got it
          </button>
        </section>
      ))}
    </div>
  )
}
