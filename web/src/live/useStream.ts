import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { useEffect, useMemo, useSyncExternalStore } from 'react'

import { Stream, type Standing, type StreamEvent } from './stream'

/**
 * What a subscription's events fold to, and how the stream stands. A snapshot has to replace what was there;
 * `fold` is a constant. Another document or other variables begin anew.
 */
export function useStream<Event extends StreamEvent, Variables extends { after?: unknown }, State>(
  document: TypedDocumentNode<Record<string, Event>, Variables>,
  variables: Omit<Variables, 'after'>,
  fold: (state: State | null, event: Event) => State | null,
): Standing<State> & { retry: () => void } {
  const key = JSON.stringify(variables)
  const stream = useMemo(
    () => new Stream<Event, State>(document as never, JSON.parse(key) as object, fold),
    [document, key, fold],
  )
  useEffect(stream.run, [stream])
  return { ...useSyncExternalStore(stream.subscribe, stream.now), retry: stream.retry }
}
