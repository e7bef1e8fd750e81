// Reading the tables with `pg`: prepared statements over a pool, one statement for each level of a document.
import pg from 'pg'

const organization = process.env.ORGANIZATION_ID
export const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10, min: 2 })

const named = (prefix, id) => `${prefix}_${id.replaceAll('-', '')}`
const uuid = (id) => id.slice(4)
const level = (probability) => (probability >= 0.85 ? 'MASTERED' : probability >= 0.7 ? 'NEARLY' : 'LEARNING')

async function rows (name, text, values) {
  return (await pool.query({ name, text, values })).rows
}

// Whoever the header names: nothing is checked.
export async function viewer (userId) {
  const [row] = await rows('viewer', `
    SELECT m.roles, u.id, u.display_name, u.email, o.id AS organization_id, o.name, o.time_zone,
           l.id AS learner_id, l.display_name AS learner_name, l.alias
    FROM membership m JOIN user_account u ON u.id = m.user_id JOIN organization o ON o.id = m.organization_id
    LEFT JOIN learner l ON l.organization_id = m.organization_id AND l.user_id = m.user_id
    WHERE m.organization_id = $1 AND m.user_id = $2`, [organization, userId])
  return {
    roles: row.roles,
    user: { id: named('usr', row.id), displayName: row.display_name, email: row.email },
    organization: { id: named('org', row.organization_id), name: row.name, timeZone: row.time_zone },
    learner: row.learner_id && {
      key: row.learner_id, id: named('lrn', row.learner_id), displayName: row.learner_name, alias: row.alias
    }
  }
}

export async function leaderboard (scopeId, window, first) {
  const entries = await rows('leaderboard', `
    SELECT rank() OVER (ORDER BY s.points DESC)::int AS rank, l.alias, s.points::float8 AS score
    FROM leaderboard_score s JOIN learner l ON l.organization_id = s.organization_id AND l.id = s.learner_id
    WHERE s.organization_id = $1 AND s.classroom_id = $2 AND s.window_kind = $3
      AND NOT l.leaderboard_hidden AND l.erased_at IS NULL
    ORDER BY s.points DESC, l.alias, l.id LIMIT $4`, [organization, uuid(scopeId), window, first])
  return { entries }
}

export async function classroom (id) {
  const [row] = await rows('classroom', 'SELECT id, name FROM classroom WHERE organization_id = $1 AND id = $2',
    [organization, uuid(id)])
  return row && { key: row.id, name: row.name }
}

// The first learners of each class, by name.
export async function learnersOfClassrooms (keys, first) {
  const found = await rows('learners', `
    SELECT k.key, l.* FROM unnest($2::uuid[]) AS k(key) CROSS JOIN LATERAL (
      SELECT l.id, l.display_name, l.alias
      FROM enrollment e JOIN learner l ON l.organization_id = e.organization_id AND l.id = e.learner_id
      WHERE e.organization_id = $1 AND e.classroom_id = k.key AND e.left_at IS NULL AND l.erased_at IS NULL
      ORDER BY l.display_name, l.id LIMIT $3) l`, [organization, keys, first])
  return grouped(keys, found, (row) => ({
    key: row.id, id: named('lrn', row.id), displayName: row.display_name, alias: row.alias
  }))
}

// The first masteries of each learner, by the skill's name.
export async function masteryOfLearners (keys, first) {
  const found = await rows('mastery', `
    SELECT k.key, m.* FROM unnest($2::uuid[]) AS k(key) CROSS JOIN LATERAL (
      SELECT m.id, m.probability, m.evidence_count, s.id AS skill_id, s.name
      FROM mastery m JOIN skill s ON s.organization_id = m.organization_id AND s.id = m.skill_id
      WHERE m.organization_id = $1 AND m.learner_id = k.key ORDER BY s.name, m.id LIMIT $3) m`,
  [organization, keys, first])
  return grouped(keys, found, (row) => ({
    id: named('mst', row.id),
    probability: row.probability,
    level: level(row.probability),
    evidenceCount: row.evidence_count,
    skill: { id: named('skl', row.skill_id), name: row.name }
  }))
}

function grouped (keys, found, made) {
  const byKey = new Map(keys.map((key) => [key, []]))
  for (const row of found) byKey.get(row.key).push(made(row))
  return keys.map((key) => ({ nodes: byKey.get(key) }))
}
