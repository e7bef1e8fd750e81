import { DoorClosed, FileDown, Megaphone } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import { useClient } from 'urql'

import { act } from '../../live/act'
import { reasonOf } from '../../live/client'
import { CloseExamDocument, IncidentReportDocument, ReleaseExamDocument, type WatchedExamFragment } from '../graph'
import { confirm } from '../parts/confirm'
import { say } from '../parts/toasts'
import { ACTS, type ActKind } from './acts'

const ENDED = new Set(['CLOSED', 'RELEASED'])
const FOR_ALL: ActKind[] = ['MESSAGE', 'EXTEND', 'PAUSE', 'RESUME']

type Props = { exam: WatchedExamFragment; ask: (kind: ActKind) => void; then: (run: () => void) => void }

/** What can be done to an exam as a whole; `then` takes what is to come when the menu has closed. */
export function ExamMenuItems({ exam, ask, then }: Props) {
  const graph = useClient()
  const { id: examId, state } = exam
  const ended = ENDED.has(state)

  async function change(what: 'close' | 'release') {
    try {
      if (what === 'close') await act(graph, CloseExamDocument, { input: { examId } })
      else await act(graph, ReleaseExamDocument, { input: { examId } })
      say({ text: what === 'close' ? 'The exam is closed.' : 'Learners see their results now.' })
    } catch (error) {
      say({ text: reasonOf(error), failed: true })
    }
  }

  async function report(form: 'csv' | 'json') {
    const { data, error } = await graph.query(IncidentReportDocument, { examId }, { requestPolicy: 'network-only' }).toPromise()
    const text = data?.exam?.incidentReport[form]
    if (text === undefined) return say({ text: reasonOf(error ?? new Error('There is no report.')), failed: true })
    const link = document.createElement('a')
    link.href = URL.createObjectURL(new Blob([text], { type: form === 'csv' ? 'text/csv' : 'application/json' }))
    link.download = `${exam.assessment.title} incidents.${form}`
    link.click()
    URL.revokeObjectURL(link.href)
  }

  return (
    <>
      {!ended &&
        FOR_ALL.map((kind) => {
          const { Icon, label } = ACTS[kind]
          if ((kind === 'PAUSE' && state === 'PAUSED') || (kind === 'RESUME' && state !== 'PAUSED')) return null
          return (
            <DropdownMenu.Item key={kind} className="menu-item" onSelect={() => then(() => ask(kind))}>
              <Icon size={16} aria-hidden /> {label} everyone
            </DropdownMenu.Item>
          )
        })}
      {!ended && (
        <DropdownMenu.Item className="menu-item" onSelect={() => then(() => confirm({
          title: 'Close the exam?', what: 'Who still writes is submitted with what was saved; nobody begins any more. This cannot be taken back.',
          button: 'Close the exam', grave: true, run: () => change('close'),
        }))}>
          <DoorClosed size={16} aria-hidden /> Close the exam
        </DropdownMenu.Item>
      )}
      {state === 'CLOSED' && (
        <DropdownMenu.Item className="menu-item" onSelect={() => then(() => confirm({
          title: 'Release the results?', what: 'Every learner who sat the exam sees the own result at once.',
          button: 'Release', run: () => change('release'),
        }))}>
          <Megaphone size={16} aria-hidden /> Release the results
        </DropdownMenu.Item>
      )}
      <div className="menu-line" />
      <DropdownMenu.Item className="menu-item" onSelect={() => void report('csv')}>
        <FileDown size={16} aria-hidden /> Incidents as CSV
      </DropdownMenu.Item>
      <DropdownMenu.Item className="menu-item" onSelect={() => void report('json')}>
        <FileDown size={16} aria-hidden /> Incidents as JSON
      </DropdownMenu.Item>
    </>
  )
}
