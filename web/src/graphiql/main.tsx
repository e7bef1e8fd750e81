import './workers'
import '@fontsource-variable/inter'
import '@graphiql/react/style.css'
import 'graphiql/graphiql.css'
import '@graphiql/plugin-doc-explorer/style.css'
import '@graphiql/plugin-explorer/style.css'
import '@graphiql/plugin-history/style.css'
import '../design/tokens.css'
import '../design/base.css'
import '../design/frame.css'
import '../session/session.css'
import './graphiql.css'

import { createRoot } from 'react-dom/client'

import { lookForDemo } from '../session/demo'
import { Page } from './Page'
import { keepRepaired } from './repairs'

const root = document.getElementById('page')!
void lookForDemo()
createRoot(root).render(<Page />)
keepRepaired(root)
