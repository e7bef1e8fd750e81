import { ChevronDown, LogOut, UserRound } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import { useStore } from 'zustand'

import { useDemo } from './demo'
import { roleNames } from './roles'
import { session, signIn, signOut } from './session'

/** Who is signed in and as what; to sign out, or to go on as somebody else of the demo school. */
export function AccountMenu() {
  const person = useStore(session, (state) => state.person)
  const { people, password } = useDemo()
  if (!person) return null
  const others = people.some(({ email }) => email === person.email)
    ? people.filter(({ email }) => email !== person.email)
    : []
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="button quiet account">
        <span className="account-initials" aria-hidden>
          {initials(person.name)}
        </span>
        <span className="account-name">{person.name}</span>
        <span className="account-role">{roleNames(person.roles)}</span>
        <ChevronDown size={14} aria-hidden />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="end" sideOffset={6}>
          <div className="menu-label">
            {person.email}
            <br />
            {person.organization}
          </div>
          <div className="menu-line" />
          {others.map(({ label, email }) => (
            <DropdownMenu.Item key={email} className="menu-item" onSelect={() => void signIn(email, password)}>
              <UserRound size={16} aria-hidden /> Go on as {label.toLowerCase()}
            </DropdownMenu.Item>
          ))}
          <DropdownMenu.Item className="menu-item" onSelect={() => void signOut()}>
            <LogOut size={16} aria-hidden /> Sign out
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}

function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean)
  return [words.at(0), words.length > 1 ? words.at(-1) : ''].map((word) => word?.[0] ?? '').join('')
}
