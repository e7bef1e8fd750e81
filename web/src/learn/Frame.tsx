import { ChartNoAxesColumn, ClipboardCheck, PencilLine, Trophy } from 'lucide-react'
import type { ReactNode } from 'react'
import { NavLink, useLocation } from 'react-router'

import mark from '../design/mark.svg'
import { ThemeMenu } from '../design/ThemeMenu'
import { AccountMenu } from '../session/AccountMenu'

const PLACES = [
  { to: '/', label: 'Practise', Icon: PencilLine, within: /^\/(practice|$)/ },
  { to: '/progress', label: 'Progress', Icon: ChartNoAxesColumn, within: /^\/(progress|skills)/ },
  { to: '/exams', label: 'Exams', Icon: ClipboardCheck, within: /^\/exams/ },
  { to: '/leaderboard', label: 'Leaderboard', Icon: Trophy, within: /^\/leaderboard/ },
]

/** The frame of the learner's pages: the four places on top, on a phone at the bottom. */
export function Frame({ children }: { children: ReactNode }) {
  const { pathname } = useLocation()
  const atWork = /^\/(practice|exams)\/./.test(pathname)
  return (
    <div className={atWork ? 'page learn at-work' : 'page learn'}>
      <a className="skip" href="#main">
        Go to the content
      </a>
      <header className="top">
        <NavLink className="brand" to="/">
          <img src={mark} alt="" width={24} height={24} />
          <span className="brand-name">MasteryGraph</span>
        </NavLink>
        <nav className="places" aria-label="Places">
          {PLACES.map(({ to, label, Icon, within }) => {
            const here = within.test(pathname)
            return (
              <NavLink key={to} to={to} className={here ? 'place here' : 'place'}
                aria-current={here ? 'page' : undefined}>
                <Icon size={18} aria-hidden />
                <span>{label}</span>
              </NavLink>
            )
          })}
        </nav>
        <div className="top-end">
          <AccountMenu />
          <ThemeMenu />
        </div>
      </header>
      <main id="main" className="content" tabIndex={-1}>
        {children}
      </main>
    </div>
  )
}
