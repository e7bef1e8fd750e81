import { GraduationCap, Keyboard } from 'lucide-react'
import { useMemo } from 'react'
import { Link, Route, Routes } from 'react-router'
import { Provider } from 'urql'
import { useStore } from 'zustand'

import mark from '../design/mark.svg'
import { useFocusKept } from '../design/focus'
import { ThemeMenu } from '../design/ThemeMenu'
import { graphOf } from '../live/client'
import { AccountMenu } from '../session/AccountMenu'
import { session } from '../session/session'
import { SignInStrip } from '../session/SignInStrip'
import { ClassFrame } from './ClassFrame'
import { Exams } from './exam/Exams'
import { ExamRoom } from './exam/ExamRoom'
import { Leaderboard } from './leaderboard/Leaderboard'
import { Overview } from './overview/Overview'
import { ConfirmDialog } from './parts/confirm'
import { ShortcutsDialog, showShortcuts } from './parts/shortcuts'
import { Empty } from './parts/states'
import { Toasts } from './parts/toasts'
import { FirstClass, Rail } from './Rail'

const STAFF = new Set(['TEACHER', 'ORGANIZATION_ADMIN', 'PLATFORM_ADMIN'])

/** The teacher's console: who is not signed in sees the way in, all others their classes. */
export function Page() {
  const person = useStore(session, (state) => state.person)
  useFocusKept()
  return (
    <div className="page console">
      <a className="skip" href="#main">
        Go to the content
      </a>
      <header className="top">
        <Link className="brand" to="/">
          <img src={mark} alt="" width={24} height={24} />
          <span className="brand-name">MasteryGraph</span>
        </Link>
        <span className="top-place">Console</span>
        <div className="top-end">
          {person && (
            <button className="button quiet icon wide-only" type="button" title="Shortcuts (?)"
              aria-label="Shortcuts" onClick={showShortcuts}>
              <Keyboard size={16} aria-hidden />
            </button>
          )}
          {person && <AccountMenu />}
          <ThemeMenu />
        </div>
      </header>
      {!person && <SignInStrip />}
      {!person ? (
        <Arrival />
      ) : person.roles.some((role) => STAFF.has(role)) ? (
        <Console key={person.email} all={!person.roles.includes('TEACHER')} />
      ) : (
        <main id="main" className="arrival" tabIndex={-1}>
          <Empty title="The console is for teachers.">
            <p>
              What you learn is on <a href="/learn">your own pages</a>.
            </p>
          </Empty>
        </main>
      )}
    </div>
  )
}

/** What is said to who has not signed in yet. */
function Arrival() {
  return (
    <main id="main" className="arrival" tabIndex={-1}>
      <GraduationCap size={40} aria-hidden strokeWidth={1.4} />
      <h1>Your classes, as they learn</h1>
      <p>Who knows what, who needs you now, and every exam as it is written. Sign in above to begin.</p>
    </main>
  )
}

function Console({ all }: { all: boolean }) {
  const graph = useMemo(graphOf, [])
  return (
    <Provider value={graph}>
      <Toasts>
        <div className="with-rail">
          <Rail all={all} />
          <Routes>
            <Route index element={<FirstClass all={all} />} />
            <Route path=":classroomId" element={<ClassFrame all={all} />}>
              <Route index element={<Overview />} />
              <Route path="exams" element={<Exams />} />
              <Route path="exams/:examId" element={<ExamRoom />} />
              <Route path="leaderboard" element={<Leaderboard />} />
            </Route>
          </Routes>
        </div>
        <ShortcutsDialog />
        <ConfirmDialog />
      </Toasts>
    </Provider>
  )
}
