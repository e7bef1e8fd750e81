// Writes src/<page>/graph.ts: a typed document for each operation of src/<page>/*.graphql, from the published schema.
// Usage: npm run graph [-- <page>…]; all pages that have operations when none is named. With --check nothing is
// written, and it fails when something would be.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { preset } from '@graphql-codegen/client-preset'
import { codegen } from '@graphql-codegen/core'
import { parse } from 'graphql'

const SOURCES = join(import.meta.dirname, 'src')
const SCHEMA = join(import.meta.dirname, '..', 'schema', 'schema.graphql')
const SCALARS = { DateTime: 'string', Cursor: 'string' }

const check = process.argv.includes('--check')
const asked = process.argv.slice(2).filter((word) => word !== '--check')
const pages = asked.length ? asked : readdirSync(SOURCES).filter((page) => existsSync(join(SOURCES, page, 'graph.ts')))
const schema = parse(readFileSync(SCHEMA, 'utf8'))
for (const page of pages) {
  const file = join(SOURCES, page, 'graph.ts')
  const text = await typed(join(SOURCES, page))
  if (!check) writeFileSync(file, text)
  else if (readFileSync(file, 'utf8') !== text) {
    console.error(`web/src/${page}/graph.ts is not what its operations and the schema give: run \`npm run graph\` in web/.`)
    process.exitCode = 1
  }
}

/** The typed documents of one folder. */
async function typed(folder) {
  const documents = readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.graphql'))
    .sort()
    .map((name) => {
      const rawSDL = readFileSync(join(folder, name), 'utf8')
      return { location: name, document: parse(rawSDL), rawSDL }
    })
  const files = await preset.buildGeneratesSection({
    baseOutputDir: 'graph/',
    schema,
    schemaAst: undefined,
    documents,
    config: { scalars: SCALARS, useTypeImports: true, enumsAsTypes: true, dedupeFragments: true, defaultScalarType: 'unknown' },
    presetConfig: { fragmentMasking: false },
    pluginMap: {},
    pluginContext: {},
    plugins: [],
    cache: (_namespace, _key, make) => make(),
    profiler: { run: (work) => work() },
  })
  const text = await codegen(files.find(({ filename }) => filename.endsWith('graphql.ts')))
  return `// Written by \`npm run graph\`: do not edit.\n${text.trim()}\n`
}
