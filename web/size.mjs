// Tells how much script each built page loads, gzipped: at first, and with all that is loaded later.
// Usage: node web/size.mjs [<page> <most kilobytes>]: fails when that page loads more, all of it counted.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

const DIST = process.env.DIST ?? join(import.meta.dirname, 'dist')
const [, , asked, most] = process.argv

/** The scripts that a text names, and those that they name in turn. `lazy`: also what is imported later. */
function scripts(text, lazy, found = new Set()) {
  const names = lazy ? /[\w-]+-[\w-]{8}\.js/g : /(?:src|href)="\/assets\/([\w-]+\.js)"|(?:from|import)\s*["']\.\/([\w-]+\.js)["']/g
  for (const [whole, ...parts] of text.matchAll(names)) {
    const name = parts.find(Boolean) ?? whole
    if (found.has(name) || !statSync(join(DIST, 'assets', name), { throwIfNoEntry: false })) continue
    found.add(name)
    scripts(readFileSync(join(DIST, 'assets', name), 'utf8'), lazy, found)
  }
  return found
}

const kilobytes = (names) => [...names].reduce((sum, name) => sum + statSync(join(DIST, 'assets', `${name}.gz`)).size, 0) / 1000

for (const page of readdirSync(DIST).filter((name) => name.endsWith('.html')).map((name) => name.slice(0, -5))) {
  const html = readFileSync(join(DIST, `${page}.html`), 'utf8')
  const [first, all] = [false, true].map((lazy) => kilobytes(scripts(html, lazy)))
  console.log(`${page.padEnd(10)} ${first.toFixed(1).padStart(8)} KB at first ${all.toFixed(1).padStart(8)} KB in all`)
  if (page === asked && all > Number(most)) {
    console.error(`${page} loads ${all.toFixed(1)} KB of script, gzipped; ${most} are allowed.`)
    process.exitCode = 1
  }
}
