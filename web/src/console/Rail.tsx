import { Plus, Radio } from 'lucide-react'
import { Navigate, NavLink } from 'react-router'

import { useClasses } from './classes'
import { NewClass } from './NewClass'
import { Bones, Empty, Failure } from './parts/states'

/** The classes, always at hand; on a phone the frame of the class has them as a menu instead. */
export function Rail({ all }: { all: boolean }) {
  const { classes, error, again } = useClasses(all)
  return (
    <nav className="rail" aria-label="Classes">
      <h2 className="rail-title">Classes</h2>
      {classes ? (
        <ul>
          {classes.map(({ id, name, archivedAt, exams }) => (
            <li key={id}>
              <NavLink to={`/${id}`} className="rail-class">
                <span className="rail-name">{name}</span>
                {archivedAt && <small>archived</small>}
                {exams.nodes.length > 0 && (
                  <span className="rail-live" title="An exam is open">
                    <Radio size={14} aria-hidden />
                    <span className="hidden-text">, an exam is open</span>
                  </span>
                )}
              </NavLink>
            </li>
          ))}
        </ul>
      ) : error ? (
        <Failure error={error} retry={again} />
      ) : (
        <Bones rows={6} height={34} />
      )}
      <NewClass>
        <button className="button quiet rail-new" type="button">
          <Plus size={16} aria-hidden /> New class
        </button>
      </NewClass>
    </nav>
  )
}

/** Where one begins: the first class. */
export function FirstClass({ all }: { all: boolean }) {
  const { classes, error, again } = useClasses(all)
  const [first] = classes ?? []
  if (first) return <Navigate replace to={`/${first.id}`} />
  return (
    <main id="main" className="arrival" tabIndex={-1}>
      {classes ? (
        <Empty title="You teach no class yet.">
          <p>Make one, or have a colleague add you to theirs; it will stand here at once.</p>
          <NewClass>
            <button className="button main" type="button">Make a class</button>
          </NewClass>
        </Empty>
      ) : error ? (
        <Failure error={error} retry={again} />
      ) : (
        <Bones rows={8} height={40} />
      )}
    </main>
  )
}
