import '@fontsource-variable/inter'
import '../design/tokens.css'
import '../design/base.css'
import '../design/frame.css'
import '../session/session.css'
import '../live/live.css'
import './console.css'
import './parts/parts.css'
import './overview/overview.css'
import './exam/exam.css'
import './exam/sheet.css'
import './leaderboard/leaderboard.css'

import { createRoot } from 'react-dom/client'
import { BrowserRouter } from 'react-router'

import { lookForDemo } from '../session/demo'
import { Page } from './Page'

void lookForDemo()
createRoot(document.getElementById('page')!).render(
  <BrowserRouter basename="/console">
    <Page />
  </BrowserRouter>,
)
