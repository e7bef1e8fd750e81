import { createClient, type Client } from 'graphql-ws'

import { accessToken, renewedAccess, session } from '../session/session'

const REFUSED = 4403

let socket: WebSocket | null = null
let roleless = false

/** The one socket of this window. It is opened for the first stream, and never retried here: streams come back by their cursors. */
export const line: Client = createClient({
  url: () => `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`,
  connectionParams: async () => {
    const token = await (roleless ? renewedAccess() : accessToken())
    roleless = false
    return token ? { authorization: `Bearer ${token}` } : {}
  },
  retryAttempts: 0,
  lazyCloseTimeout: 3000,
  connectionAckWaitTimeout: 10_000,
  on: {
    connected: (opened) => (socket = opened as WebSocket),
    closed: (event) => {
      socket = null
      roleless = (event as CloseEvent).code === REFUSED
    },
  },
})

// A token is renewed over the socket as it is renewed elsewhere; another person needs another socket.
session.subscribe((now, before) => {
  if (now.tokens?.access === before.tokens?.access) return
  if (now.tokens && now.person?.email === before.person?.email) {
    const payload = { authorization: `Bearer ${now.tokens.access}` }
    socket?.send(JSON.stringify({ type: 'ping', payload }))
  } else line.terminate()
})

window.addEventListener('offline', () => line.terminate())
