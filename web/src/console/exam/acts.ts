import { AlarmClockPlus, CirclePause, CirclePlay, LockOpen, type LucideIcon, MessageSquare, SquareCheckBig } from 'lucide-react'
import type { Client } from '@urql/core'

import { act } from '../../live/act'
import {
  ExtendDocument, ForceSubmitDocument, MessageDocument, PauseDocument, ResumeDocument, UndoDocument, UnlockDocument,
  type DoneFragment, type ExamTarget, type RowFragment,
} from '../graph' // prettier-ignore
import { count } from '../parts/moments'
import { say } from '../parts/toasts'
import { isOver, isRunning } from './words'

export type ActKind = 'EXTEND' | 'MESSAGE' | 'PAUSE' | 'RESUME' | 'UNLOCK' | 'FORCE_SUBMIT'
export type Given = { minutes: number; text: string; reason: string }

type ActSaid = {
  label: string
  Icon: LucideIcon
  /** To whom it applies; the server refuses the others. */
  applies: (row: RowFragment) => boolean
  asks: (whom: string) => string
  means: string
  done: (whom: string, given: Given) => string
  button: string
  grave?: boolean
}

const stands = (row: RowFragment) => row.timeLeftWhenPausedSeconds !== null && !isOver(row)

export const ACTS: Record<ActKind, ActSaid> = {
  EXTEND: {
    label: 'Extend',
    Icon: AlarmClockPlus,
    applies: (row) => !isOver(row),
    asks: (whom) => `Give time to ${whom}`,
    means: 'Their clocks show the new end at once.',
    done: (whom, { minutes }) => `${count(minutes, 'minute')} more for ${whom}.`,
    button: 'Give time',
  },
  MESSAGE: {
    label: 'Message',
    Icon: MessageSquare,
    applies: (row) => !isOver(row),
    asks: (whom) => `Write to ${whom}`,
    means: 'It opens on the exam’s page. You see here who has it and who has seen it.',
    done: (whom) => `Sent to ${whom}.`,
    button: 'Send',
  },
  PAUSE: {
    label: 'Pause',
    Icon: CirclePause,
    applies: (row) => (row.state === 'ACTIVE' || row.state === 'LOCKED') && row.endsAt !== null,
    asks: (whom) => `Pause ${whom}?`,
    means: 'The clock stops with what is left, and answers wait until you let it run on.',
    done: (whom) => `Paused ${whom}.`,
    button: 'Pause',
  },
  RESUME: {
    label: 'Run on',
    Icon: CirclePlay,
    applies: stands,
    asks: (whom) => `Let ${whom} go on?`,
    means: 'The clock runs on with what was left.',
    done: (whom) => `The clock runs for ${whom}.`,
    button: 'Run on',
  },
  UNLOCK: {
    label: 'Unlock',
    Icon: LockOpen,
    applies: ({ state }) => state === 'LOCKED',
    asks: (whom) => `Unlock ${whom}?`,
    means: 'Answers are taken again, on the device that was used last.',
    done: (whom) => `Unlocked ${whom}.`,
    button: 'Unlock',
  },
  FORCE_SUBMIT: {
    label: 'Submit',
    Icon: SquareCheckBig,
    applies: isRunning,
    asks: (whom) => `End the exam for ${whom}?`,
    means: 'What was saved until now counts. After ten seconds this cannot be taken back.',
    done: (whom) => `Submitted for ${whom}.`,
    button: 'Submit now',
    grave: true,
  },
}

/** Who is meant, in words: a name, or how many. */
export function whomOf(rows: RowFragment[] | 'everyone'): string {
  if (rows === 'everyone') return 'everyone'
  return rows.length === 1 ? rows[0]!.learner.displayName : `${rows.length} learners`
}

/** Do it, say so, and offer the way back. Throws with words when the server refuses. */
export async function perform(
  graph: Client, examId: string, kind: ActKind, rows: RowFragment[] | 'everyone', given: Given, idempotencyKey: string,
): Promise<void> {
  const target: ExamTarget = rows === 'everyone' ? { everyone: true } : { sittingIds: rows.map(({ id }) => id) }
  const { action, warnings } = await run(graph, kind, { examId, target, idempotencyKey }, given)
  say({
    text: ACTS[kind].done(whomOf(rows), given),
    notes: warnings.map(({ message }) => message),
    ...(action?.undoableUntil && {
      undo: { until: action.undoableUntil, run: () => undo(graph, action.id, ACTS[kind].label) },
    }),
  })
}

type Common = { examId: string; target: ExamTarget; idempotencyKey: string }

async function run(graph: Client, kind: ActKind, common: Common, { minutes, text, reason }: Given): Promise<DoneFragment> {
  const why = reason.trim() ? { reason: reason.trim() } : {}
  switch (kind) {
    case 'EXTEND':
      return act(graph, ExtendDocument, { input: { ...common, ...why, seconds: minutes * 60 } })
    case 'MESSAGE':
      return act(graph, MessageDocument, { input: { ...common, text: text.trim() } })
    case 'PAUSE':
      return act(graph, PauseDocument, { input: { ...common, ...why } })
    case 'RESUME':
      return act(graph, ResumeDocument, { input: { ...common, ...why } })
    case 'UNLOCK':
      return act(graph, UnlockDocument, { input: { ...common, ...why } })
    case 'FORCE_SUBMIT':
      return act(graph, ForceSubmitDocument, { input: { ...common, ...why } })
  }
}

async function undo(graph: Client, actionId: string, label: string): Promise<void> {
  try {
    await act(graph, UndoDocument, { input: { actionId } })
    say({ text: `${label} undone.` })
  } catch (error) {
    say({ text: error instanceof Error ? error.message : String(error), failed: true })
  }
}
