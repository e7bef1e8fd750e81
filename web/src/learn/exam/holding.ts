import type { Client, TypedDocumentNode } from 'urql'

import {
  SittingGapsDocument,
  SittingPairsDocument,
  SittingWorkDocument,
  type ItemShownFragment,
  type ResponseGivenFragment,
} from '../graph'
import { reasonOf } from '../../live/client'
import { answered, Refusal } from '../../live/act'

export type Held = {
  items: ItemShownFragment[]
  answers: { itemId: string; savedAt: string; response: ResponseGivenFragment }[]
}

/** What the server holds of a sitting: its items in the own order, and the answers that count. */
export async function readHeld(graph: Client, id: string): Promise<Held> {
  const { items, answers } = await read(graph, SittingWorkDocument, id)
  const gaps = items.some(({ gaps }) => gaps.length) ? (await read(graph, SittingGapsDocument, id)).items : []
  const paired = items.some(({ kind }) => kind === 'MATCHING' || kind === 'CLOZE') && answers.length > 0
  const pairs = paired ? (await read(graph, SittingPairsDocument, id)).answers : []
  const gapsOf = new Map(gaps.map((item) => [item.id, new Map(item.gaps.map((gap) => [gap.id, gap.choices]))]))
  const pairsOf = new Map(pairs.map(({ item, response }) => [item.id, response]))
  return {
    items: items.map((item) => ({
      ...item,
      gaps: item.gaps.map((gap) => ({ ...gap, choices: gapsOf.get(item.id)?.get(gap.id) ?? [] })),
    })),
    answers: answers.map(({ item, savedAt, response }) => ({
      itemId: item.id,
      savedAt,
      response: { pairs: null, gaps: null, ...response, ...pairsOf.get(item.id) },
    })),
  }
}

async function read<Part>(graph: Client, document: TypedDocumentNode<{ examSitting: Part | null }, { id: string }>, id: string): Promise<Part> {
  const { data, error } = await answered(graph.query(document, { id }, { requestPolicy: 'network-only' }).toPromise())
  if (data?.examSitting) return data.examSitting
  throw new Refusal(error ? reasonOf(error) : 'There is no such sitting.', null, !!error)
}
