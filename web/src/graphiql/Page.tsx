import { explorerPlugin } from '@graphiql/plugin-explorer'
import { HISTORY_PLUGIN } from '@graphiql/plugin-history'
import { GraphiQL } from 'graphiql'
import { ListTree, MessagesSquare } from 'lucide-react'
import { useStore } from 'zustand'

import mark from '../design/mark.svg'
import { ThemeMenu } from '../design/ThemeMenu'
import { useTheme } from '../design/theme'
import { isNarrow } from '../design/width'
import { AccountMenu } from '../session/AccountMenu'
import { session } from '../session/session'
import { SignInStrip } from '../session/SignInStrip'
import { FIRST_QUERY } from './examples'
import { ExamplesPanel } from './ExamplesPanel'
import { fetcher } from './fetcher'
import { OutcomeLine } from './OutcomeLine'
import { EDITOR_THEMES, EditorThemes } from './themes'

const EXAMPLES_PLUGIN = { title: 'Examples', icon: MessagesSquare, content: ExamplesPanel }
const EXPLORER_PLUGIN = { ...explorerPlugin({ showAttribution: false }), title: 'Explorer', icon: ListTree }
const PLUGINS = [EXAMPLES_PLUGIN, EXPLORER_PLUGIN, HISTORY_PLUGIN]

export function Page() {
  const theme = useTheme((state) => state.theme)
  const signedIn = useStore(session, ({ person }) => person !== null)
  return (
    <div className="page">
      <header className="top">
        <a className="brand" href="/">
          <img src={mark} alt="" width={24} height={24} />
          MasteryGraph
        </a>
        <a className="top-link" href="/schema.graphql">
          Schema
        </a>
        <div className="top-end">
          {signedIn && <AccountMenu />}
          <ThemeMenu />
        </div>
      </header>
      {!signedIn && <SignInStrip />}
      <main className="workbench">
        <h1 className="hidden-text">Ask the graph</h1>
        <GraphiQL fetcher={fetcher} plugins={PLUGINS} visiblePlugin={EXAMPLES_PLUGIN} forcedTheme={theme}
          editorTheme={EDITOR_THEMES} defaultEditorToolsVisibility={!isNarrow()} shouldPersistHeaders={false}
          showPersistHeadersSettings={false} defaultQuery={FIRST_QUERY}>
          <GraphiQL.Logo>
            <span />
          </GraphiQL.Logo>
          <GraphiQL.Footer>
            <OutcomeLine />
          </GraphiQL.Footer>
        </GraphiQL>
        <EditorThemes />
      </main>
    </div>
  )
}
