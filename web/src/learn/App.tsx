import { lazy, Suspense, useEffect, useMemo } from 'react'
import { Navigate, Route, Routes, useLocation } from 'react-router'
import { Provider } from 'urql'
import { useStore } from 'zustand'

import { useFocusKept } from '../design/focus'
import { graphOf } from '../live/client'
import { session } from '../session/session'
import { Frame } from './Frame'
import { PracticeHome } from './practice/PracticeHome'
import { PracticePage } from './practice/PracticePage'
import { Loading } from './states'
import { Welcome } from './Welcome'

const ProgressPage = lazy(() => import('./progress/ProgressPage'))
const SkillPage = lazy(() => import('./progress/SkillPage'))
const ExamsPage = lazy(() => import('./exam/ExamsPage'))
const ExamPage = lazy(() => import('./exam/ExamPage'))
const LeaderboardPage = lazy(() => import('./leaderboard/LeaderboardPage'))

/** The learner's pages: the way in, or what was asked for. */
export function App() {
  const email = useStore(session, ({ person }) => person?.email ?? null)
  const roles = useStore(session, ({ person }) => person?.roles)
  const graph = useMemo(graphOf, [email])
  useFocusKept()
  if (email === null) return <Welcome />
  if (!roles?.includes('LEARNER')) return <Welcome elsewhere />
  return (
    <Provider value={graph} key={email}>
      <Frame>
        <ToTheTop />
        <Suspense fallback={<Loading shape="page" />}>
          <Routes>
            <Route index element={<PracticeHome />} />
            <Route path="practice/:sessionId" element={<PracticePage />} />
            <Route path="progress" element={<ProgressPage />} />
            <Route path="skills/:skillId" element={<SkillPage />} />
            <Route path="exams" element={<ExamsPage />} />
            <Route path="exams/:examId" element={<ExamPage />} />
            <Route path="leaderboard" element={<LeaderboardPage />} />
            <Route path="*" element={<Navigate to="/" replace />} />
          </Routes>
        </Suspense>
      </Frame>
    </Provider>
  )
}

/** Another page begins at its top. */
function ToTheTop() {
  const { pathname } = useLocation()
  useEffect(() => void document.getElementById('main')?.scrollTo(0, 0), [pathname])
  return null
}
