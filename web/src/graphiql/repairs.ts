/**
 * What GraphiQL and its explorer owe to those who hear the page: set again whenever they draw anew.
 *
 * A tab there is a list item of role `tab` with two buttons in it, which nobody can reach by its role; here it is a
 * plain list whose present entry says so. The field of an argument gets the argument's name, an entry of
 * the history its own text.
 */
const REPAIRS: Record<string, (element: Element) => void> = {
  '.graphiql-tabs[role=tablist]': (tabs) => tabs.setAttribute('role', 'list'),
  '.graphiql-tab[role=tab]': (tab) => tab.setAttribute('role', 'listitem'),
  '.graphiql-tab[aria-selected]': (tab) => {
    const current = tab.getAttribute('aria-selected') === 'true'
    tab.removeAttribute('aria-selected')
    tab.querySelector('.graphiql-tab-button')?.setAttribute('aria-current', String(current))
  },
  '.graphiql-tab-button[role=tab]': (button) => button.removeAttribute('role'),
  '.graphiql-explorer-root :is(input, select):not([aria-label])': (field) => {
    const name = field.closest('[data-arg-name]')?.getAttribute('data-arg-name')
    const other = field.matches('select') ? 'Kind of operation to add' : 'Name of the operation'
    field.setAttribute('aria-label', name ?? other)
  },
  '.graphiql-history-item-label[aria-label]': (entry) => entry.removeAttribute('aria-label'),
}

export function keepRepaired(root: Element): void {
  const repair = () => {
    for (const [selector, mend] of Object.entries(REPAIRS)) root.querySelectorAll(selector).forEach(mend)
  }
  new MutationObserver(repair).observe(root, {
    subtree: true,
    childList: true,
    attributeFilter: ['role', 'aria-selected', 'aria-label'],
  })
  repair()
}
