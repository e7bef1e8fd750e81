import '@fontsource-variable/inter'
import '../design/tokens.css'
import '../design/base.css'
import '../design/frame.css'
import '../live/live.css'
import '../session/session.css'
import './learn.css'
import './item/item.css'
import './practice/practice.css'
import './progress/progress.css'
import './leaderboard/leaderboard.css'
import './exam/exam.css'

import { createRoot } from 'react-dom/client'
import { BrowserRouter } from 'react-router'

import { lookForDemo } from '../session/demo'
import { App } from './App'

void lookForDemo()
createRoot(document.getElementById('page')!).render(
  <BrowserRouter basename="/learn">
    <App />
  </BrowserRouter>,
)
