import { ClipboardCheck, LayoutGrid, Plus, Trophy } from 'lucide-react'
import { useEffect } from 'react'
import { NavLink, Outlet, useNavigate, useParams } from 'react-router'

import { useClasses } from './classes'
import { NewClass } from './NewClass'
import { useShortcuts } from './parts/shortcuts'

const PLACES = [
  { to: '', label: 'Overview', Icon: LayoutGrid },
  { to: 'exams', label: 'Exams', Icon: ClipboardCheck },
  { to: 'leaderboard', label: 'Leaderboard', Icon: Trophy },
]

/** One class: its name, its places, and the place one is at. */
export function ClassFrame({ all }: { all: boolean }) {
  const { classroomId = '' } = useParams()
  const { classes } = useClasses(all)
  const go = useNavigate()
  const name = classes?.find(({ id }) => id === classroomId)?.name
  useEffect(() => {
    document.title = `${name ?? 'Class'} · MasteryGraph`
  }, [name])
  useShortcuts({
    'g o': () => void go(`/${classroomId}`),
    'g e': () => void go(`/${classroomId}/exams`),
    'g l': () => void go(`/${classroomId}/leaderboard`),
  })
  return (
    <main id="main" className="class" tabIndex={-1}>
      <div className="class-head">
        <h1 className="class-name wide-only">{name ?? <span className="bone bone-title" />}</h1>
        <div className="narrow-only class-choice">
          <label>
            <span className="hidden-text">Class</span>
            <select className="field" value={classroomId} onChange={({ target }) => void go(`/${target.value}`)}>
              {classes?.map((each) => (
                <option key={each.id} value={each.id}>
                  {each.name}
                </option>
              ))}
            </select>
          </label>
          <NewClass>
            <button className="button icon" type="button" aria-label="New class">
              <Plus size={16} aria-hidden />
            </button>
          </NewClass>
        </div>
        <nav className="places" aria-label="Places of the class">
          {PLACES.map(({ to, label, Icon }) => (
            <NavLink key={to} to={`/${classroomId}${to && `/${to}`}`} end={to === ''} className="place">
              <Icon size={16} aria-hidden /> {label}
            </NavLink>
          ))}
        </nav>
      </div>
      <Outlet key={classroomId} />
    </main>
  )
}
