const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]
const EXACT = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' })

/** How long ago, in words: "3 days ago", "just now". */
export function ago(time: string, now = Date.now()): string {
  const seconds = (Date.parse(time) - now) / 1000
  const unit = UNITS.find(([, length]) => Math.abs(seconds) >= length)
  return unit ? RELATIVE.format(Math.trunc(seconds / unit[1]), unit[0]) : 'just now'
}

/** The day and minute of a moment, where this device is. */
export function exactly(time: string): string {
  return EXACT.format(new Date(time))
}

/** A stretch of time in words: "45 min", "1 h 5 min", "30 s". */
export function lasting(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`
  const minutes = Math.round(seconds / 60)
  const hours = Math.floor(minutes / 60)
  return [hours && `${hours} h`, (minutes % 60 || !hours) && `${minutes % 60} min`].filter(Boolean).join(' ')
}

/** A clock that counts down: "1:05:09", "12:00". */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000))
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  const shown = parts[0] ? parts : parts.slice(1)
  return shown.map((part, place) => (place ? String(part).padStart(2, '0') : String(part))).join(':')
}

/** A share as people say it: "79 %". */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

/** "1 answer", "2 answers". */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`
}
