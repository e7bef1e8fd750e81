import { useEffect, useState } from 'react'

let ahead = 0

/** Take the server's clock from something it has just sent. */
export function hearServerTime(serverTime: string): void {
  ahead = Date.parse(serverTime) - Date.now()
}

/** The server's clock now, in milliseconds since 1970: this device's until the server was heard. */
export function serverNow(): number {
  return Date.now() + ahead
}

/** The server's clock, anew every so many milliseconds. */
export function useServerNow(every = 1000): number {
  const [now, setNow] = useState(serverNow)
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), every)
    return () => clearInterval(timer)
  }, [every])
  return now
}
