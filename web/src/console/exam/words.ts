import {
  CircleCheck, CircleDashed, CircleDot, CirclePause, CircleSlash, CircleX, Clock, Clock3, ClipboardPaste, Copy,
  EyeOff, Hand, Hourglass, Lock, MapPin, type LucideIcon, Unplug, UserX, Wifi, WifiOff, Zap,
} from 'lucide-react' // prettier-ignore

import type { ExamIncidentKind, ExamState, Presence, RowFragment, SittingState } from '../graph'

type Said = { word: string; Icon: LucideIcon }

export const STATES: Record<SittingState, Said> = {
  NOT_STARTED: { word: 'Not started', Icon: CircleDashed },
  WAITING: { word: 'Waiting', Icon: Clock3 },
  ACTIVE: { word: 'Working', Icon: CircleDot },
  PAUSED: { word: 'Paused', Icon: CirclePause },
  LOCKED: { word: 'Locked', Icon: Lock },
  SUBMITTED: { word: 'Submitted', Icon: CircleCheck },
  FORCE_SUBMITTED: { word: 'Ended', Icon: CircleX },
  CLOSED: { word: 'Absent', Icon: CircleSlash },
}

export const PRESENCES: Record<Presence, Said> = {
  ONLINE: { word: 'There', Icon: Wifi },
  IDLE: { word: 'Quiet', Icon: Hourglass },
  MISSING: { word: 'Missing', Icon: WifiOff },
  OFFLINE: { word: 'Gone', Icon: UserX },
}

export const EXAM_STATES: Record<ExamState, string> = {
  SCHEDULED: 'Scheduled',
  OPEN: 'Open',
  PAUSED: 'Paused',
  CLOSED: 'Closed',
  RELEASED: 'Results released',
}

export const INCIDENTS: Record<ExamIncidentKind, Said> = {
  FOCUS_LOST: { word: 'Left the window', Icon: EyeOff },
  PASTE: { word: 'Pasted text', Icon: ClipboardPaste },
  SECOND_SESSION: { word: 'Second device', Icon: Copy },
  ADDRESS_CHANGED: { word: 'Address changed', Icon: MapPin },
  ANSWER_BURST: { word: 'Burst of answers', Icon: Zap },
  DISCONNECTED: { word: 'Disconnected', Icon: Unplug },
  CLOCK_SKEW: { word: 'Clock is off', Icon: Clock },
  HAND_RAISED: { word: 'Hand raised', Icon: Hand },
}

const RUNNING = new Set<SittingState>(['ACTIVE', 'PAUSED', 'LOCKED'])
const OVER = new Set<SittingState>(['SUBMITTED', 'FORCE_SUBMITTED', 'CLOSED'])

export function isRunning({ state }: RowFragment): boolean {
  return RUNNING.has(state)
}

export function isOver({ state }: RowFragment): boolean {
  return OVER.has(state)
}

export function isGone(row: RowFragment): boolean {
  return isRunning(row) && (row.presence === 'MISSING' || row.presence === 'OFFLINE')
}
