import { createStore } from 'zustand'

import operations from './operations.graphql?raw'

export type Role = 'LEARNER' | 'TEACHER' | 'GUARDIAN' | 'ORGANIZATION_ADMIN' | 'PLATFORM_ADMIN'
export type Person = { name: string; email: string; organization: string; roles: Role[] }

type Tokens = { access: string; accessEndsAt: number; refresh: string; refreshEndsAt: number }
type Session = { tokens: Tokens | null; person: Person | null; notice: string | null }

/** What `SignedIn` of operations.graphql selects, and when that was. */
type SignedIn = {
  /** By how much the server's clock is ahead of this device's, in milliseconds. */
  ahead: number
  accessToken: string | null
  accessTokenExpiresAt: string | null
  refreshToken: string | null
  refreshTokenExpiresAt: string | null
  viewer: {
    user: { displayName: string; email: string | null }
    organization: { name: string }
    roles: Role[]
  } | null
  userErrors: { message: string }[]
}
type Answer = { data?: Record<string, Omit<SignedIn, 'ahead'>> | null; errors?: { message: string }[]; ahead: number }

const KEY = 'masterygraph.session'
const BEFORE_END_MS = 60_000
const UNREACHABLE = 'The server cannot be reached. Look whether it runs, and try again.'

/** Somebody could not be signed in; the message says why, in words for the person. */
export class Refused extends Error {}

/** Who is signed in in this tab. Kept in the tab's own storage: it outlives a reload and ends with the tab. */
export const session = createStore<Session>(() => kept())

session.subscribe(({ tokens, person }) => {
  if (tokens) sessionStorage.setItem(KEY, JSON.stringify({ tokens, person }))
  else sessionStorage.removeItem(KEY)
})

/** Sign in; throws Refused with the server's reason. */
export async function signIn(email: string, password: string): Promise<void> {
  take(await ask('SignIn', { input: { email, password } }))
}

/** End the sign-in here at once, and at the server when it can be reached. */
export async function signOut(): Promise<void> {
  const { tokens } = session.getState()
  session.setState({ tokens: null, person: null, notice: null })
  if (tokens) await send('SignOut', {}, tokens.access).catch(() => undefined)
}

/** An access token that is good for a while yet; null when nobody is signed in. */
export async function accessToken(): Promise<string | null> {
  const { tokens } = session.getState()
  if (tokens && tokens.accessEndsAt - Date.now() < BEFORE_END_MS) await renewed(tokens)
  return session.getState().tokens?.access ?? null
}

/** Another access token, whatever time the one at hand has left: roles may have changed since. */
export async function renewedAccess(): Promise<string | null> {
  const { tokens } = session.getState()
  if (tokens) await renewed(tokens)
  return session.getState().tokens?.access ?? null
}

let renewing: Promise<void> | null = null

/** A refresh token is good once: whoever needs new tokens waits for the one exchange under way. */
function renewed(tokens: Tokens): Promise<void> {
  renewing ??= renew(tokens).finally(() => (renewing = null))
  return renewing
}

async function renew(tokens: Tokens): Promise<void> {
  try {
    take(await ask('RefreshTokens', { input: { refreshToken: tokens.refresh } }))
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    const notice = 'Your sign-in has ended. Sign in again.'
    session.setState({ tokens: null, person: null, notice })
  }
}

function take(given: SignedIn): void {
  const { accessToken: access, refreshToken: refresh, viewer, ahead } = given
  if (!access || !refresh || !viewer) throw new Refused(given.userErrors[0]?.message ?? 'The server gave no reason.')
  session.setState({
    tokens: {
      access,
      // Ends by this device's clock, however wrong that goes.
      accessEndsAt: Date.parse(given.accessTokenExpiresAt ?? '') - ahead,
      refresh,
      refreshEndsAt: Date.parse(given.refreshTokenExpiresAt ?? '') - ahead,
    },
    person: {
      name: viewer.user.displayName,
      email: viewer.user.email ?? '',
      organization: viewer.organization.name,
      roles: viewer.roles,
    },
    notice: null,
  })
}

async function ask(operationName: string, variables: object): Promise<SignedIn> {
  const { data, errors, ahead } = await send(operationName, variables)
  const payload = Object.values(data ?? {})[0]
  if (!payload) throw new Refused(errors?.[0]?.message ?? 'The server gave no reason.')
  return { ...payload, ahead }
}

async function send(operationName: string, variables: object, token?: string): Promise<Answer> {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
  const body = JSON.stringify({ query: operations, operationName, variables })
  try {
    const response = await fetch('/graphql', { method: 'POST', headers, body })
    const served = Date.parse(response.headers.get('date') ?? '')
    return { ...((await response.json()) as Answer), ahead: served ? served - Date.now() : 0 }
  } catch {
    throw new Error(UNREACHABLE)
  }
}

function kept(): Session {
  const nobody = { tokens: null, person: null, notice: null }
  try {
    const { tokens, person } = JSON.parse(sessionStorage.getItem(KEY) ?? '{}') as Partial<Session>
    return tokens && person && tokens.refreshEndsAt > Date.now() ? { tokens, person, notice: null } : nobody
  } catch {
    return nobody
  }
}

// New tokens come while the page is open, so that a stream that begins anew need not wait for them.
setInterval(() => void accessToken().catch(() => undefined), BEFORE_END_MS / 2)
