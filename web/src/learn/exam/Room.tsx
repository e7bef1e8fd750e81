import { Hourglass, Laptop, Lock, Pause } from 'lucide-react'
import type { ReactNode } from 'react'
import { useClient } from 'urql'

import { ConnectionMark } from '../../live/ConnectionMark'
import { useServerNow } from '../../live/clock'
import { Failed, Loading } from '../states'
import { clock, exactly } from '../words'
import { OVER, type Desk, type DeskState } from './desk'
import type { Exam } from './ExamPage'
import { Messages } from './Messages'
import { useDesk, useHearing } from './useDesk'
import { Working } from './Working'

/** Inside an exam: waiting, at work, paused, or done. */
export function Room({ exam, left }: { exam: Exam; left: () => void }) {
  const [desk, state] = useDesk(useClient(), exam.id)
  if (state.phase === 'ELSEWHERE') {
    return (
      <Sign Icon={Laptop} title="Your exam goes on at another device">
        <p className="why">What was saved is there, and nothing is lost. If you want to go on here, the other device stops.</p>
        <button className="button main large" type="button" onClick={() => void desk.join()}>
          Go on here
        </button>
      </Sign>
    )
  }
  if (state.phase === 'REFUSED') {
    return (
      <Sign Icon={Lock} title="You cannot go in">
        <p className="why">{state.reason}</p>
        <button className="button main large" type="button" onClick={left}>
          Look again
        </button>
      </Sign>
    )
  }
  if (!state.facts) {
    return state.away ? <Failed error={new Error(state.reason)} retry={() => void desk.join()} /> : <Loading shape="item" />
  }
  return <Inside key={state.facts.id} exam={exam} desk={desk} state={state} sittingId={state.facts.id} left={left} />
}

type InsideProps = { exam: Exam; desk: Desk; state: DeskState; sittingId: string; left: () => void }

function Inside({ exam, desk, state, sittingId, left }: InsideProps) {
  const mark = useHearing(desk, sittingId)
  const facts = state.facts!
  if (OVER.has(facts.state)) {
    return (
      <Sign Icon={Hourglass} title={facts.state === 'SUBMITTED' ? 'Handed in' : 'Your time is over'}>
        <p className="why">
          {facts.answeredCount} of {facts.itemCount} answered. What was saved counts.
        </p>
        <button className="button main large" type="button" onClick={left}>
          Leave the room
        </button>
      </Sign>
    )
  }
  const messages = <Messages desk={desk} actions={state.actions} />
  if (facts.state === 'WAITING' || facts.state === 'NOT_STARTED') {
    return (
      <>
        {messages}
        <Sign Icon={Hourglass} title="You are in the waiting room">
          <p className="why">{exam.assessment.title} begins here by itself. You need not do anything.</p>
          {exam.opensAt && <Until opensAt={exam.opensAt} />}
          <ConnectionMark mark={mark} />
        </Sign>
      </>
    )
  }
  if (facts.state === 'PAUSED') {
    return (
      <>
        {messages}
        <Sign Icon={Pause} title="Your teacher has paused the exam">
          <p className="why">
            Your clock stands at <strong>{clock((facts.timeLeftWhenPausedSeconds ?? 0) * 1000)}</strong>. It goes on by itself.
          </p>
          <ConnectionMark mark={mark} />
        </Sign>
      </>
    )
  }
  return (
    <Working exam={exam} desk={desk} state={state} mark={mark}>
      {messages}
      {facts.state === 'LOCKED' && (
        <p className="notice" role="alert">
          <Lock size={18} aria-hidden /> Your exam is locked. Raise your hand: a teacher unlocks it. Your answers are kept.
        </p>
      )}
    </Working>
  )
}

function Until({ opensAt }: { opensAt: string }) {
  const left = Date.parse(opensAt) - useServerNow()
  return (
    <p className="big-clock" role="timer" title={exactly(opensAt)}>
      {left > 0 ? clock(left) : 'any moment'}
    </p>
  )
}

function Sign({ Icon, title, children }: { Icon: typeof Lock; title: string; children: ReactNode }) {
  return (
    <div className="column narrow">
      <section className="headline sign">
        <Icon size={28} aria-hidden />
        <h1>{title}</h1>
        {children}
      </section>
    </div>
  )
}
