import { Check, CheckCheck, CircleCheck, Play, X, type LucideIcon } from 'lucide-react'
import { Dialog } from 'radix-ui'
import { useEffect, useRef, useState } from 'react'
import { useClient, useQuery } from 'urql'

import { figure } from '../../design/figures'
import { useWayBack } from '../../design/focus'
import { act } from '../../live/act'
import { reasonOf } from '../../live/client'
import {
  ClaimDocument, DismissDocument, HeardDocument, SheetDocument, type IncidentFragment, type RowFragment, type SheetQuery,
} from '../graph' // prettier-ignore
import { exact, planned, span, timeOfDay, timeOrDay } from '../parts/moments'
import { Bones, Failure, Stale } from '../parts/states'
import { say } from '../parts/toasts'
import { ACTS, type ActKind } from './acts'
import { TimeLeft } from './SittingGrid'
import { INCIDENTS, isRunning, PRESENCES, STATES } from './words'

type Action = NonNullable<SheetQuery['examSitting']>['actions']['nodes'][number]
type Happening = { id: string; at: string; Icon: LucideIcon; title: string; incident?: IncidentFragment; action?: Action }

const KINDS = Object.keys(ACTS) as ActKind[]
const ACTIONS: Record<Action['kind'], ActKind> = {
  EXTENSION: 'EXTEND', MESSAGE: 'MESSAGE', PAUSE: 'PAUSE', RESUME: 'RESUME', FORCE_SUBMISSION: 'FORCE_SUBMIT', UNLOCK: 'UNLOCK',
} // prettier-ignore

type Props = { row: RowFragment; news: string; ask: (kind: ActKind) => void; close: () => void }

/** All about one learner in this exam, beside the grid, which stays at hand. */
export function Sheet({ row, news, ask, close }: Props) {
  const [{ data, error, fetching }, again] = useQuery({ query: SheetDocument, variables: { sittingId: row.id } })
  const read = useRef(again)
  const back = useWayBack()
  useEffect(() => {
    read.current = again
  })
  const first = useRef(true)
  useEffect(() => {
    if (first.current) {
      first.current = false
      return
    }
    const timer = setTimeout(() => read.current({ requestPolicy: 'network-only' }), 150)
    return () => clearTimeout(timer)
  }, [news])
  const { word, Icon } = STATES[row.state]
  const sitting = data?.examSitting
  return (
    <Dialog.Root open modal={false} onOpenChange={(open) => open || close()}>
      <Dialog.Portal>
        <Dialog.Content className="sheet" aria-describedby={undefined} onInteractOutside={(event) => event.preventDefault()}
          onCloseAutoFocus={back}>
          <header className="sheet-head">
            <Dialog.Title className="sheet-name">{row.learner.displayName}</Dialog.Title>
            <Dialog.Close className="button quiet icon" aria-label="Close">
              <X size={16} aria-hidden />
            </Dialog.Close>
            <div className="sheet-state">
              <span className="state" data-state={row.state}><Icon size={14} aria-hidden /> {word}</span>
              {isRunning(row) && <span>{PRESENCES[row.presence].word}</span>}
              <span>{row.answeredCount} of {row.itemCount} answered</span>
            </div>
          </header>
          <dl className="sheet-times">
            <div><dt>Time left</dt><dd className="sheet-left"><TimeLeft row={row} /></dd></div>
            <div><dt>Base time</dt><dd>{planned(row.baseTimeSeconds)}</dd></div>
            <div><dt>Beyond it</dt><dd>{row.extendedSeconds ? `+${planned(row.extendedSeconds)}` : 'none'}</dd></div>
            {sitting?.result && (
              <div><dt>Result</dt><dd>{figure(sitting.result.score)} of {figure(sitting.result.maximum)}</dd></div>
            )}
          </dl>
          <div className="sheet-acts" role="toolbar" aria-label={`Act on ${row.learner.displayName}`}>
            {KINDS.filter((kind) => ACTS[kind].applies(row)).map((kind) => {
              const { label, Icon: ActIcon, grave } = ACTS[kind]
              return (
                <button key={kind} type="button" className={grave ? 'button grave-quiet' : 'button'} onClick={() => ask(kind)}>
                  <ActIcon size={14} aria-hidden /> {label}
                </button>
              )
            })}
          </div>
          <h3 className="sheet-section">Timeline</h3>
          <Stale error={sitting && error} retry={again} />
          {!sitting && error ? (
            <Failure error={error} retry={again} />
          ) : !sitting ? (
            <Bones rows={fetching ? 4 : 1} height={44} />
          ) : (
            <Timeline happenings={happeningsOf(row, sitting)} sittingId={row.id} news={news} />
          )}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

type TimelineProps = { happenings: Happening[]; sittingId: string; news: string }

function Timeline({ happenings, sittingId, news }: TimelineProps) {
  if (happenings.length === 0) return <p className="quiet-line">Nothing has happened yet.</p>
  return (
    <ol className="timeline">
      {happenings.map(({ id, at, Icon, title, incident, action }) => (
        <li key={id} data-open={incident?.open || undefined} data-undone={action?.undoneAt ? true : undefined}>
          <Icon size={16} aria-hidden />
          <div>
            <div className="timeline-line">
              <strong>{title}</strong>
              <time dateTime={at} title={exact(at)}>{timeOrDay(at)}</time>
            </div>
            {incident && <IncidentLines incident={incident} />}
            {action && <ActionLines action={action} sittingId={sittingId} news={news} />}
          </div>
        </li>
      ))}
    </ol>
  )
}

function IncidentLines({ incident }: { incident: IncidentFragment }) {
  const graph = useClient()
  const [noting, setNoting] = useState(false)
  const { id, kind, detail, startedAt, endedAt, open, claimedBy, note, dismissedAt } = incident

  async function dismiss(words: string) {
    try {
      await act(graph, DismissDocument, { input: { incidentId: id, ...(words.trim() && { note: words.trim() }) } })
    } catch (error) {
      say({ text: reasonOf(error), failed: true })
    }
  }

  async function claim() {
    try {
      await act(graph, ClaimDocument, { input: { incidentId: id } })
    } catch (error) {
      say({ text: reasonOf(error), failed: true })
    }
  }

  const lasted = endedAt ? Date.parse(endedAt) - Date.parse(startedAt) : 0
  return (
    <>
      <p>{detail}{lasted >= 1000 && ` It lasted ${span(lasted)}.`}</p>
      {claimedBy && <p className="timeline-note">{claimedBy.displayName} goes there.</p>}
      {dismissedAt && <p className="timeline-note">Looked at{note ? `: ${note}` : '.'}</p>}
      {open && !noting && (
        <div className="timeline-acts">
          {kind === 'HAND_RAISED' && !claimedBy && (
            <button className="button" type="button" onClick={() => void claim()}>I am going</button>
          )}
          <button className="button" type="button" onClick={() => void dismiss('')}>Looked at</button>
          <button className="button quiet" type="button" onClick={() => setNoting(true)}>With a note</button>
        </div>
      )}
      {open && noting && (
        <form className="timeline-acts" onSubmit={(event) => {
          event.preventDefault()
          void dismiss(String(new FormData(event.currentTarget).get('note')))
        }}>
          <input className="field" name="note" maxLength={1000} autoFocus required aria-label="Note" placeholder="Note" />
          <button className="button main" type="submit">Looked at</button>
        </form>
      )}
    </>
  )
}

function ActionLines({ action, sittingId, news }: { action: Action; sittingId: string; news: string }) {
  const { kind, text, reason, actor, undoneAt } = action
  return (
    <>
      {kind === 'MESSAGE' && <p className="timeline-message">{text}</p>}
      {reason && <p className="timeline-note">{reason}</p>}
      <p className="timeline-note">
        {undoneAt ? (
          <>Undone at {timeOfDay(undoneAt)} · </>
        ) : (
          kind === 'MESSAGE' && <Heard key={news} actionId={action.id} sittingId={sittingId} />
        )}
        by {actor.displayName}
        {action.everyone && ', to everyone'}
      </p>
    </>
  )
}

/** How far a message has come to one learner. */
function Heard({ actionId, sittingId }: { actionId: string; sittingId: string }) {
  const [{ data }] = useQuery({ query: HeardDocument, variables: { actionId } })
  const node = data?.node
  const heard = node && 'acknowledgements' in node && node.acknowledgements.find(({ sitting }) => sitting.id === sittingId)
  if (!heard) return null
  if (heard.seenAt) return <><CheckCheck size={14} aria-hidden /> Seen at {timeOfDay(heard.seenAt)} · </>
  if (!heard.deliveredAt) return <>Not delivered yet · </>
  return <><Check size={14} aria-hidden /> Delivered at {timeOfDay(heard.deliveredAt)}, not seen yet · </>
}

function happeningsOf(row: RowFragment, sitting: NonNullable<SheetQuery['examSitting']>): Happening[] {
  const incidents = sitting.incidents.nodes.map((incident) => ({
    id: incident.id, at: incident.startedAt, Icon: INCIDENTS[incident.kind].Icon, title: INCIDENTS[incident.kind].word, incident,
  })) // prettier-ignore
  const actions = sitting.actions.nodes.map((action) => ({
    id: action.id, at: action.at, Icon: ACTS[ACTIONS[action.kind]].Icon, title: titleOf(action), action,
  })) // prettier-ignore
  const own: Happening[] = []
  if (row.startedAt) own.push({ id: 'started', at: row.startedAt, Icon: Play, title: 'Began' })
  if (row.submittedAt) own.push({ id: 'ended', at: row.submittedAt, Icon: CircleCheck, title: STATES[row.state].word })
  return [...own, ...incidents, ...actions].sort((one, other) => (one.at < other.at ? 1 : -1))
}

function titleOf({ kind, seconds }: Action): string {
  switch (kind) {
    case 'EXTENSION':
      return `${planned(seconds ?? 0)} more`
    case 'MESSAGE':
      return 'Message'
    case 'PAUSE':
      return 'Paused'
    case 'RESUME':
      return 'Clock runs on'
    case 'FORCE_SUBMISSION':
      return 'Submitted by a teacher'
    case 'UNLOCK':
      return 'Unlocked'
  }
}
