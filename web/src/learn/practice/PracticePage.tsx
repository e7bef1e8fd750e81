import { useState } from 'react'
import { useParams } from 'react-router'
import { useQuery } from 'urql'

import { PracticeSessionDocument } from '../graph'
import { Empty, Failed, Loading } from '../states'
import { PracticeRun } from './PracticeRun'
import { SessionDone } from './SessionDone'

/** A session by its address: under way, paused, or done. */
export function PracticePage() {
  const { sessionId = '' } = useParams()
  return <Page key={sessionId} id={sessionId} />
}

function Page({ id }: { id: string }) {
  const [done, setDone] = useState(false)
  const [held, setHeld] = useState(false)
  // While it is under way the answers tell how it stands.
  const [{ data, error }, again] = useQuery({
    query: PracticeSessionDocument,
    variables: { id },
    requestPolicy: 'network-only',
    pause: held,
  })
  const session = data?.practiceSession
  if (!data) {
    return error ? <Failed error={error} retry={() => again({ requestPolicy: 'network-only' })} /> : <Loading shape="item" />
  }
  if (!session) return <Empty title="There is no such practice." />
  if (done || session.state === 'COMPLETED' || session.state === 'ABANDONED') return <SessionDone id={id} />
  return <PracticeRun loaded={session} hold={() => setHeld(true)} end={() => setDone(true)} />
}
