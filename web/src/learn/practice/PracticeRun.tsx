import { ArrowRight, Check, CloudOff, Flag, Pause, Play, X } from 'lucide-react'
import { useCallback, useEffect, useRef, useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { useClient } from 'urql'

import {
  CompletePracticeDocument,
  PausePracticeDocument,
  ResumePracticeDocument,
  type PracticeSessionQuery,
  type SessionShownFragment,
} from '../graph'
import { BLANK, draftOfResponse, responseOf, type Draft } from '../item/draft'
import { ItemForm } from '../item/ItemForm'
import { act } from '../../live/act'
import { useAnswering } from './answering'
import { Feedback } from './Feedback'

type Loaded = NonNullable<PracticeSessionQuery['practiceSession']>
type Props = { loaded: Loaded; hold: () => void; end: () => void }

/** A session under way: an item, what became of the answer, the next one. */
export function PracticeRun({ loaded, hold, end }: Props) {
  const graph = useClient()
  const navigate = useNavigate()
  const [session, setSession] = useState<SessionShownFragment>(loaded)
  const [tally, setTally] = useState(() => loaded.attempts.nodes.map(({ correct }) => correct).reverse())
  const [draft, setDraft] = useState<Draft>(BLANK)
  const [busy, setBusy] = useState(false)
  const [reason, setReason] = useState('')
  const changed = useCallback((after: SessionShownFragment) => setSession(after), [])
  const answering = useAnswering(graph, session, changed)
  const { item, given, judged, waiting, refusal } = answering
  const nextButton = useRef<HTMLButtonElement>(null)

  useEffect(hold, [hold])
  useEffect(() => {
    if (!judged) return
    setTally((before) => [...before, judged.correct])
    nextButton.current?.focus({ preventScroll: true })
    nextButton.current?.scrollIntoView({ block: 'nearest' })
  }, [judged])

  const shown = given ? draftOfResponse(given) : draft
  const ordering = item?.kind === 'ORDERING'
  const response = item && responseOf(item, ordering && !shown.order.length ? { ...shown, order: item.choices.map(({ id }) => id) } : shown)

  function goOn() {
    setDraft(BLANK)
    answering.next(session.nextItem)
    document.getElementById('main')?.scrollTo(0, 0)
    requestAnimationFrame(() => (document.querySelector<HTMLElement>('.item input[type=text]') ?? document.getElementById('stem'))?.focus())
  }

  async function move(document: typeof PausePracticeDocument | typeof ResumePracticeDocument | typeof CompletePracticeDocument) {
    setBusy(true)
    setReason('')
    try {
      const payload = await act(graph, document as typeof PausePracticeDocument, { input: { sessionId: session.id } })
      if (payload.session) setSession(payload.session)
      return payload.session
    } catch (error) {
      setReason(error instanceof Error ? error.message : String(error))
      return null
    } finally {
      setBusy(false)
    }
  }

  async function finish() {
    if (await move(CompletePracticeDocument)) end()
  }

  async function pause() {
    if (await move(PausePracticeDocument)) await navigate('/')
  }

  async function resume() {
    const after = await move(ResumePracticeDocument)
    if (after) answering.next(after.nextItem)
  }

  if (session.state === 'PAUSED' && !judged) {
    return (
      <div className="column narrow">
        <section className="headline">
          <p className="kind">
            <Pause size={16} aria-hidden /> Paused
          </p>
          <h1>{session.skills.map(({ name }) => name).join(', ')}</h1>
          <p className="why">Your next question waits. What you answered counts already.</p>
          <button className="button main large" type="button" disabled={busy} onClick={() => void resume()}>
            <Play size={18} aria-hidden /> Resume
          </button>
          <Told reason={reason} />
        </section>
      </div>
    )
  }
  const skill = (session.skills.length === 1 ? session.skills[0] : item?.skills[0])?.name
  return (
    <div className="run">
      <div className="run-top">
        <p className="run-skill">{skill}</p>
        <Tally tally={tally} />
        <div className="run-acts">
          <button className="button quiet" type="button" disabled={busy || waiting} onClick={() => void pause()}>
            <Pause size={16} aria-hidden /> Pause
          </button>
          <button className="button quiet" type="button" disabled={busy || waiting} onClick={() => void finish()}>
            <Flag size={16} aria-hidden /> Finish
          </button>
        </div>
      </div>
      {item ? (
        <div className="column narrow">
          <ItemForm key={`${item.id}-${tally.length - (judged ? 1 : 0)}`} item={item} draft={shown} settled={given !== null}
            correct={judged?.correct ?? null} onChange={setDraft}
            onSubmit={() => response && !given && answering.answer(response)}>
            {!given && (
              <div className="item-acts">
                <button className="button main large" type="submit" disabled={!response}>
                  Check
                </button>
              </div>
            )}
          </ItemForm>
          <div role="status">
            {given && !judged && (
              <p className={waiting ? 'notice' : 'sending'}>
                {waiting ? (
                  <>
                    <CloudOff size={18} aria-hidden /> The server cannot be reached. Your answer is kept, and sent as soon as it
                    can be. It counts once.
                  </>
                ) : (
                  'Looking at your answer …'
                )}
              </p>
            )}
            {judged && <Feedback judged={judged} />}
          </div>
          <Told reason={refusal || reason} />
          {judged && (
            <div className="item-acts">
              {session.nextItem ? (
                <button ref={nextButton} className="button main large" type="button" onClick={goOn}>
                  Next <ArrowRight size={18} aria-hidden />
                </button>
              ) : (
                <button ref={nextButton} className="button main large" type="button" onClick={() => void finish()}>
                  Finish <Flag size={18} aria-hidden />
                </button>
              )}
            </div>
          )}
        </div>
      ) : (
        <div className="column narrow">
          <section className="headline">
            <h1>Nothing is left to ask here</h1>
            <p className="why">
              You have answered everything that there is for {session.skills.map(({ name }) => name).join(', ')}.
            </p>
            <button className="button main large" type="button" disabled={busy} onClick={() => void finish()}>
              Finish
            </button>
            <Link to="/">Something else</Link>
            <Told reason={reason} />
          </section>
        </div>
      )}
    </div>
  )
}

/** The answers so far, each with a shape of its own. */
function Tally({ tally }: { tally: (boolean | null)[] }) {
  const right = tally.filter(Boolean).length
  return (
    <div className="tally" role="img" aria-label={`${right} of ${tally.length} right so far`}>
      {tally.slice(-10).map((correct, place) => (
        <span key={place} className={correct ? 'tick tick-right' : 'tick tick-wrong'}>
          {correct ? <Check size={12} strokeWidth={3} /> : <X size={12} strokeWidth={3} />}
        </span>
      ))}
    </div>
  )
}

function Told({ reason }: { reason: string }) {
  if (!reason) return null
  return (
    <p className="notice" role="alert">
      {reason}
    </p>
  )
}
