import { Check, TrendingUp, Users } from 'lucide-react'

import mark from '../design/mark.svg'
import { ThemeMenu } from '../design/ThemeMenu'
import { AccountMenu } from '../session/AccountMenu'
import { SignInStrip } from '../session/SignInStrip'

const PROMISES = [
  { Icon: Check, text: 'One question at a time, at the level where you learn most.' },
  { Icon: TrendingUp, text: 'You see what moves, and why.' },
  { Icon: Users, text: 'Nothing you answer gets lost, also when the network does.' },
]

/** The way in. `elsewhere`: somebody is signed in who does not learn here. */
export function Welcome({ elsewhere = false }: { elsewhere?: boolean }) {
  return (
    <div className="page learn">
      <header className="top">
        <span className="brand">
          <img src={mark} alt="" width={24} height={24} />
          MasteryGraph
        </span>
        <div className="top-end">
          {elsewhere && <AccountMenu />}
          <ThemeMenu />
        </div>
      </header>
      <main id="main" className="content welcome" tabIndex={-1}>
        <div className="welcome-card">
          <h1>What shall we practise today?</h1>
          {elsewhere ? (
            <p className="lead">
              These pages are for learners, and this account is none. Go on as a learner in the menu above, or open
              the <a href="/console">teachers’ console</a>.
            </p>
          ) : (
            <>
              <p className="lead">Sign in to go on where you were.</p>
              <SignInStrip />
            </>
          )}
          <ul className="promises">
            {PROMISES.map(({ Icon, text }) => (
              <li key={text}>
                <Icon size={18} aria-hidden />
                {text}
              </li>
            ))}
          </ul>
        </div>
      </main>
    </div>
  )
}
