const UNITS: [number, Intl.RelativeTimeFormatUnit][] = [
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
]
const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' })
const EXACT = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })
const TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const DAY = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
})

/** How long ago something was; the exact moment on hover. */
export function Ago({ at, now }: { at: string; now: number }) {
  return (
    <time dateTime={at} title={exact(at)}>
      {ago(at, now)}
    </time>
  )
}

/** How long ago, in words: "just now", "3 min. ago", "yesterday". */
export function ago(at: string, now: number): string {
  const seconds = (Date.parse(at) - now) / 1000
  for (const [length, unit] of UNITS) {
    if (Math.abs(seconds) >= length) return RELATIVE.format(Math.trunc(seconds / length), unit)
  }
  return 'just now'
}

export function exact(at: string): string {
  return EXACT.format(new Date(at))
}

/** A day and its time. */
export function onDay(at: string): string {
  return DAY.format(new Date(at))
}

/** A time of day with its seconds. */
export function timeOfDay(at: string | number): string {
  return TIME.format(new Date(at))
}

/** A time of day; with its day when that is not today's. */
export function timeOrDay(at: string): string {
  return new Date(at).toDateString() === new Date().toDateString() ? timeOfDay(at) : onDay(at)
}

/** A stretch of time as a clock shows it, 12:05 or 1:12:05; never below zero. */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000))
  const [hours, minutes, rest] = [Math.trunc(seconds / 3600), Math.trunc(seconds / 60) % 60, seconds % 60]
  const tail = `${String(minutes).padStart(hours ? 2 : 1, '0')}:${String(rest).padStart(2, '0')}`
  return hours ? `${hours}:${tail}` : tail
}

/** Minutes in words, for what is planned: "45 min", "1 h 30 min". */
export function planned(seconds: number): string {
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return minutes ? `${minutes} min` : `${seconds} s`
  return minutes % 60 ? `${Math.trunc(minutes / 60)} h ${minutes % 60} min` : `${minutes / 60} h`
}

/** A number and its noun: "1 learner", "3 learners". */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
