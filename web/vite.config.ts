import { readdirSync } from 'node:fs'
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

const SERVER = process.env.SERVER ?? 'http://127.0.0.1:8000'

// Each page is an HTML file beside this one, with a folder of its name in src/.
const pages = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.html'))

export default defineConfig({
  plugins: [react(), compressed()],
  build: {
    rolldownOptions: { input: pages },
    assetsInlineLimit: 0, // The policy lets fonts and images come from files alone.
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 4000, // Monaco
    reportCompressedSize: false,
  },
  server: {
    proxy: {
      '/graphql': { target: SERVER, ws: true, bypass: (request) => visited(request.headers.accept) },
      '^/learn(/|$)': { target: SERVER, bypass: () => '/learn.html' },
      '/demo.json': SERVER,
      '^/(console|learn)(/|$)': { target: SERVER, bypass: ({ url }) => `/${url?.split('/')[1]}.html` },
    },
  },
})

/** While developing, a browser's visit gets the page from here; the graph is the server's. */
function visited(accept: string | undefined): string | undefined {
  return accept?.includes('text/html') ? '/graphiql.html' : undefined
}

/** Beside each text a brotli and a gzip form of it, which the server gives to those who can read them. */
function compressed(): Plugin {
  const forms = {
    '.br': (text: Buffer) =>
      promisify(brotliCompress)(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
    '.gz': (text: Buffer) => promisify(gzip)(text, { level: 9 }),
  }
  return {
    name: 'compressed',
    apply: 'build',
    async writeBundle({ dir = '' }) {
      const folder = join(dir, 'assets')
      const texts = (await readdir(folder)).filter((name) => /\.(js|css|svg|ttf)$/.test(name))
      await Promise.all(
        texts.map(async (name) => {
          const text = await readFile(join(folder, name))
          for (const [suffix, compress] of Object.entries(forms)) {
            await writeFile(join(folder, name + suffix), await compress(text))
          }
        }),
      )
    },
  }
}
