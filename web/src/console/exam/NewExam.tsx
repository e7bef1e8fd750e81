import { X } from 'lucide-react'
import { Dialog } from 'radix-ui'
import { useState, type FormEvent } from 'react'
import { useNavigate } from 'react-router'
import { useClient, useQuery } from 'urql'

import { useWayBack } from '../../design/focus'
import { act } from '../../live/act'
import { reasonOf } from '../../live/client'
import { FormsDocument, MakeFormDocument, OpenExamDocument, SkillsToAskDocument } from '../graph'
import { count, planned } from '../parts/moments'
import { Bones, Failure } from '../parts/states'
import { say } from '../parts/toasts'

const NEW = 'new'
const newKeys = () => [crypto.randomUUID(), crypto.randomUUID()] as const

/** Open an exam at once: of an assessment there is, or of a new one from some skills. */
export function NewExamDialog({ classroomId, close }: { classroomId: string; close: () => void }) {
  const graph = useClient()
  const go = useNavigate()
  const back = useWayBack()
  const [{ data, error }, again] = useQuery({ query: FormsDocument, variables: {} })
  const [form, setForm] = useState('')
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState('')
  // What was changed is another assessment and another exam; the same sent again is the same ones.
  const [keys, setKeys] = useState(newKeys)
  const forms = data?.viewer?.organization.assessments.nodes
  const chosen = form || forms?.[0]?.id || NEW

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const given = new FormData(event.currentTarget)
    setBusy(true)
    setRefusal('')
    try {
      const assessmentId = chosen === NEW ? await made(given) : chosen
      const { exam, warnings } = await act(graph, OpenExamDocument, { input: { assessmentId, classroomId, idempotencyKey: keys[1] } })
      say({ text: 'The exam is open.', notes: warnings.map(({ message }) => message) })
      close()
      if (exam) void go(`/${classroomId}/exams/${exam.id}`)
    } catch (cause) {
      setRefusal(reasonOf(cause))
      setBusy(false)
    }
  }

  async function made(given: FormData): Promise<string> {
    const itemIds = given.getAll('items').flatMap((each) => String(each).split(' ')).slice(0, 100)
    if (itemIds.length === 0) throw new Error('Choose at least one skill that has items.')
    const input = {
      title: String(given.get('title')), durationSeconds: Number(given.get('minutes')) * 60, itemIds,
      shuffleItems: given.has('shuffle'), idempotencyKey: keys[0],
    } // prettier-ignore
    const { assessment } = await act(graph, MakeFormDocument, { input })
    return assessment!.id
  }

  return (
    <Dialog.Root open onOpenChange={(open) => open || close()}>
      <Dialog.Portal>
        <Dialog.Overlay className="veil" />
        <Dialog.Content className="dialog" onCloseAutoFocus={back}>
          <Dialog.Title className="dialog-title">Open an exam</Dialog.Title>
          <Dialog.Description className="dialog-what">
            Every learner of the class gets a sitting; each one’s time begins when the learner does.
          </Dialog.Description>
          {!forms && error ? (
            <Failure error={error} retry={again} />
          ) : !forms ? (
            <Bones rows={3} height={36} />
          ) : (
            <form onSubmit={(event) => void submit(event)} onChange={() => setKeys(newKeys())}>
              <label className="form-line">
                What is asked
                <select className="field" value={chosen} onChange={({ target }) => setForm(target.value)}>
                  {forms.map(({ id, title, itemCount, durationSeconds }) => (
                    <option key={id} value={id}>
                      {title} ({itemCount} items, {planned(durationSeconds)})
                    </option>
                  ))}
                  <option value={NEW}>A new assessment …</option>
                </select>
              </label>
              {chosen === NEW && <NewForm classroomId={classroomId} />}
              <p className="refusal" role="alert">{refusal}</p>
              <div className="dialog-buttons">
                <Dialog.Close className="button" type="button">Cancel</Dialog.Close>
                <button className="button main" type="submit" disabled={busy}>Open now</button>
              </div>
            </form>
          )}
          <Dialog.Close className="button quiet icon dialog-close" aria-label="Close">
            <X size={16} aria-hidden />
          </Dialog.Close>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function NewForm({ classroomId }: { classroomId: string }) {
  const [{ data, error }, again] = useQuery({ query: SkillsToAskDocument, variables: { classroomId } })
  const [each, setEach] = useState(2)
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const skills = data?.classroom?.masteryGrid.skills
  const live = new Map(skills?.map(({ id, items }) => [id, items.nodes.filter(({ retiredAt }) => !retiredAt).slice(0, each)]))
  const asked = (skillId: string) => live.get(skillId)!.map(({ id }) => id).join(' ')
  const number = [...chosen].reduce((sum, id) => sum + (live.get(id)?.length ?? 0), 0)
  const words = number ? `${count(number, 'item')} of ${count(chosen.size, 'skill')} will be asked.` : 'Choose what is asked.'

  function choose(skillId: string, on: boolean) {
    const next = new Set(chosen)
    if (on) next.add(skillId)
    else next.delete(skillId)
    setChosen(next)
  }

  return (
    <>
      <label className="form-line">
        Title
        <input className="field" name="title" maxLength={120} required />
      </label>
      <div className="form-pair">
        <label className="form-line">
          Minutes
          <input className="field" type="number" name="minutes" min={1} max={1440} defaultValue={30} required />
        </label>
        <label className="form-line">
          Items of each skill
          <input className="field" type="number" min={1} max={10} value={each} required
            onChange={({ target }) => setEach(target.valueAsNumber || 1)} />
        </label>
      </div>
      <fieldset className="skill-choice">
        <legend>Skills</legend>
        {!skills && error ? (
          <Failure error={error} retry={again} />
        ) : !skills ? (
          <Bones rows={4} height={24} />
        ) : (
          <>
            <div className="skill-list">
              {skills.map(({ id, name }) => (
                <label key={id} className="check-line">
                  <input type="checkbox" name="items" value={asked(id)} disabled={!asked(id)}
                    checked={chosen.has(id)} onChange={({ target }) => choose(id, target.checked)} />
                  {name}
                </label>
              ))}
            </div>
            <output>{words}</output>
          </>
        )}
      </fieldset>
      <label className="check-line">
        <input type="checkbox" name="shuffle" /> Each learner has the items in an order of their own
      </label>
    </>
  )
}
