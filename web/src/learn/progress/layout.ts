import type { Known } from './ProgressPage'

export const WIDTH = 196
export const HEIGHT = 64
const ROW = HEIGHT + 12
const COLUMN = WIDTH + 84
const SWEEPS = 8

export type Node = { id: string; name: string; known: Known | null; x: number; y: number }
export type Edge = { from: string; to: string; path: string }
export type Drawn = { nodes: Node[]; edges: Edge[]; width: number; height: number }

/**
 * Skills in columns: each stands right of what it builds on. A skill that was not tried is drawn where one that
 * was builds on it. Within a column skills stand near their neighbours: the barycentre method of Sugiyama,
 * Tagawa and Toda (1981), swept to and fro.
 */
export function layout(known: Known[]): Drawn {
  const told = new Map<string, { name: string; known: Known | null }>()
  for (const { skill } of known) for (const { id, name } of skill.prerequisites) told.set(id, { name, known: null })
  for (const each of known) told.set(each.skill.id, { name: each.skill.name, known: each })
  const links = known.flatMap(({ skill }) => skill.prerequisites.map(({ id }) => ({ from: id, to: skill.id })))
  const columns = ordered(columnsOf([...told.keys()], links), links)
  const rows = Math.max(...columns.map(({ length }) => length))
  const places = new Map<string, { x: number; y: number }>()
  columns.forEach((column, place) => {
    const top = ((rows - column.length) * ROW) / 2
    column.forEach((id, row) => places.set(id, { x: place * COLUMN, y: top + row * ROW }))
  })
  return {
    nodes: columns.flat().map((id) => ({ id, ...told.get(id)!, ...places.get(id)! })),
    edges: links.map(({ from, to }) => ({ from, to, path: curve(places.get(from)!, places.get(to)!) })),
    width: columns.length * COLUMN - COLUMN + WIDTH,
    height: rows * ROW - ROW + HEIGHT,
  }
}

type Link = { from: string; to: string }

function columnsOf(ids: string[], links: Link[]): string[][] {
  const before = grouped(links, 'to', 'from')
  const after = grouped(links, 'from', 'to')
  const depths = new Map<string, number>()
  const depth = (id: string): number => {
    if (!depths.has(id)) depths.set(id, Math.max(-1, ...(before.get(id) ?? []).map(depth)) + 1)
    return depths.get(id)!
  }
  ids.forEach(depth)
  // What builds on nothing here stands beside what builds on it, not far to the left of it.
  for (const id of ids) {
    const next = after.get(id)
    if (!before.has(id) && next) depths.set(id, Math.min(...next.map((each) => depths.get(each)!)) - 1)
  }
  const columns: string[][] = Array.from({ length: Math.max(...depths.values()) + 1 }, () => [])
  for (const id of ids) columns[depths.get(id)!]!.push(id)
  return columns
}

function ordered(columns: string[][], links: Link[]): string[][] {
  const before = grouped(links, 'to', 'from')
  const after = grouped(links, 'from', 'to')
  let found = columns
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const beside = sweep % 2 ? after : before
    const height = new Map(found.flatMap((column) => column.map((id, row) => [id, (row + 0.5) / column.length] as const)))
    const mean = (id: string) => {
      const near = beside.get(id) ?? [id]
      return near.reduce((sum, each) => sum + height.get(each)!, 0) / near.length
    }
    found = found.map((column) => [...column].sort((a, b) => mean(a) - mean(b)))
  }
  return found
}

function grouped(links: Link[], by: keyof Link, what: keyof Link): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const link of links) found.set(link[by], [...(found.get(link[by]) ?? []), link[what]])
  return found
}

function curve(from: { x: number; y: number }, to: { x: number; y: number }): string {
  const [x1, y1, x2, y2] = [from.x + WIDTH, from.y + HEIGHT / 2, to.x, to.y + HEIGHT / 2]
  const bend = Math.max(36, (x2 - x1) / 2)
  return `M${x1},${y1}C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`
}
