import { useGraphiQL, useGraphiQLActions } from '@graphiql/react'
import { MessageCircleQuestionMark, PencilLine, Radio } from 'lucide-react'
import { useState } from 'react'
import { useStore } from 'zustand'

import { useDemo } from '../session/demo'
import { ROLE_NAMES } from '../session/roles'
import { session, signIn, type Role } from '../session/session'
import { isNarrow } from '../design/width'
import { EXAMPLES, factsOf, FIRST_QUERY, variablesOf, type Example } from './examples'
import { tell } from './outcome'

const KINDS = {
  query: { Icon: MessageCircleQuestionMark, word: 'question' },
  mutation: { Icon: PencilLine, word: 'change' },
  subscription: { Icon: Radio, word: 'live' },
}

/** Texts that nobody wrote here and that the next example may replace. */
const PRESENTED = new Set(['', FIRST_QUERY.trim(), ...EXAMPLES.map(({ text }) => text.trim())])

/** Operations worth asking, those of one's own role first; a click shows one, and runs it unless it changes something. */
export function ExamplesPanel() {
  const roles = useStore(session, ({ person }) => person?.roles)
  const open = useOpening()
  // Until the editors are there a click would be lost.
  const ready = useGraphiQL((state) => Boolean(state.queryEditor && state.variableEditor && state.responseEditor))
  const [chosen, setChosen] = useState<Role | null>(null)
  const own = (['LEARNER', 'TEACHER', 'ORGANIZATION_ADMIN'] as const).find((role) => roles?.includes(role))
  const shown = chosen ?? own ?? 'LEARNER'
  const examples = EXAMPLES.filter(({ as }) => as === shown)
  return (
    <div className="examples">
      <h2>What would you like to know?</h2>
      <div className="examples-roles" role="group" aria-label="Examples for">
        {(['LEARNER', 'TEACHER', 'ORGANIZATION_ADMIN'] as const).map((role) => (
          <button key={role} type="button" aria-pressed={role === shown} onClick={() => setChosen(role)}>
            {ROLE_NAMES[role]}
          </button>
        ))}
      </div>
      {!roles?.includes(shown) && <GoOn role={shown} />}
      {[...new Set(examples.map(({ about }) => about))].map((about) => (
        <section key={about}>
          <h3>{about}</h3>
          <ul>
            {examples.filter((each) => each.about === about).map((example) => {
              const { Icon, word } = KINDS[example.kind]
              return (
                <li key={example.title}>
                  <button type="button" disabled={!ready} onClick={() => void open(example)}>
                    <Icon size={16} aria-hidden />
                    <span>{example.title}</span>
                    {word !== 'question' && <small>{word}</small>}
                  </button>
                </li>
              )
            })}
          </ul>
        </section>
      ))}
      <p className="examples-note">Questions run at once. Changes wait until you run them.</p>
    </div>
  )
}

/** Who is needed for these examples, and the way to become that person where there is one. */
function GoOn({ role }: { role: Role }) {
  const { people, password } = useDemo()
  const person = people.find(({ label }) => label === ROLE_NAMES[role])
  return (
    <p className="examples-go-on">
      These are asked by {role === 'ORGANIZATION_ADMIN' ? 'an admin' : `a ${ROLE_NAMES[role].toLowerCase()}`}.{' '}
      {person && (
        <button type="button" onClick={() => void signIn(person.email, password)}>
          Go on as {person.email}
        </button>
      )}
    </p>
  )
}

/** Shows an example in the editor, in a tab of its own where the present one holds work of the person's own. */
function useOpening(): (example: Example) => Promise<void> {
  const { addTab, run, setOperationFacts, setVisiblePlugin, stop, updateActiveTabValues } = useGraphiQLActions()
  const queryEditor = useGraphiQL((state) => state.queryEditor)
  const variableEditor = useGraphiQL((state) => state.variableEditor)
  return async (example) => {
    const present = queryEditor?.getValue().trim() ?? ''
    stop()
    if (!PRESENTED.has(present)) addTab()
    queryEditor?.setValue(example.text)
    // The editor would read it a moment later: run until then what stood there before, and remember that.
    const facts = factsOf(example)
    setOperationFacts(facts)
    updateActiveTabValues({ query: example.text, operationName: facts.operationName })
    variableEditor?.setValue('')
    if (isNarrow()) setVisiblePlugin(null)
    try {
      const variables = await variablesOf(example)
      if (example.lookups.length) variableEditor?.setValue(JSON.stringify(variables, null, 2))
      if (example.kind !== 'mutation') run()
      else tell({ kind: 'none' })
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      tell({ kind: 'refused', message, code: undefined, requestId: undefined })
    }
  }
}
