// Writes src/<page>/graph.ts: a typed document for each operation of src/<page>/*.graphql, from the published schema.
// Usage: npm run graph [-- <page>…]; all pages that have operations when none is named.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { preset } from '@graphql-codegen/client-preset'
import { codegen } from '@graphql-codegen/core'
import { parse } from 'graphql'

const SOURCES = join(import.meta.dirname, 'src')
const SCHEMA = join(import.meta.dirname, '..', 'schema', 'schema.graphql')
const SCALARS = { DateTime: 'string', Cursor: 'string' }

const asked = process.argv.slice(2)
const pages = asked.length ? asked : readdirSync(SOURCES).filter((page) => existsSync(join(SOURCES, page, 'graph.ts')))
const schema = parse(readFileSync(SCHEMA, 'utf8'))
for (const page of pages) writeFileSync(join(SOURCES, page, 'graph.ts'), await typed(join(SOURCES, page)))

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
