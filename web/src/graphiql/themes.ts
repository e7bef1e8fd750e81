import { useMonaco } from '@graphiql/react'
import { useEffect } from 'react'

import { useTheme, type Theme } from '../design/theme'

export const EDITOR_THEMES: Record<Theme, string> = { light: 'masterygraph-light', dark: 'masterygraph-dark' }

// The colours of tokens.css: Monaco takes no variables.
const INK = {
  light: { ink: '#1b2224', soft: '#5d676b', accent: '#0a6b68', name: '#1f4f8f', text: '#7a4a00', number: '#6a3d9a',
    surface: '#ffffff', raised: '#ffffff', wash: '#e0efec', line: '#dcd9d0' },
  dark: { ink: '#e7ebec', soft: '#98a3a8', accent: '#6fd0c5', name: '#9cc4f5', text: '#e8c48b', number: '#cdb4f0',
    surface: '#1a1f21', raised: '#21272a', wash: '#17302f', line: '#2d3538' },
} // prettier-ignore

/** Gives the editors the colours of the page. */
export function EditorThemes() {
  const monaco = useMonaco((state) => state.monaco)
  const theme = useTheme((state) => state.theme)
  useEffect(() => {
    if (!monaco) return
    for (const each of ['light', 'dark'] as const) monaco.editor.defineTheme(EDITOR_THEMES[each], themeOf(each))
    monaco.editor.setTheme(EDITOR_THEMES[theme])
  }, [monaco, theme])
  return null
}

function themeOf(theme: Theme) {
  const ink = INK[theme]
  const rule = (token: string, foreground: string, fontStyle = '') => ({ token, foreground, fontStyle })
  return {
    base: theme === 'dark' ? ('vs-dark' as const) : ('vs' as const),
    inherit: true,
    rules: [
      rule('', ink.ink),
      rule('comment', ink.soft, 'italic'),
      rule('keyword', ink.accent),
      rule('key.identifier', ink.ink),
      rule('argument.identifier', ink.name),
      rule('variable', ink.name),
      rule('type.identifier', ink.accent),
      rule('string', ink.text),
      rule('number', ink.number),
      rule('string.key.json', ink.name),
      rule('string.value.json', ink.text),
      rule('number.json', ink.number),
      rule('keyword.json', ink.accent),
      rule('delimiter', ink.soft),
    ],
    colors: {
      'editor.background': '#00000000',
      'editor.foreground': ink.ink,
      'editorLineNumber.foreground': ink.soft,
      'editorLineNumber.activeForeground': ink.ink,
      'editorLineNumber.dimmedForeground': ink.soft,
      'editorCursor.foreground': ink.accent,
      'editor.lineHighlightBorder': '#00000000',
      'editor.selectionBackground': `${ink.accent}40`,
      'editorIndentGuide.background1': ink.line,
      'editorWidget.background': ink.raised,
      'editorHoverWidget.background': ink.raised,
      'editorSuggestWidget.background': ink.raised,
      'editorSuggestWidget.selectedBackground': ink.wash,
      'editorSuggestWidget.selectedForeground': ink.ink,
      'editorSuggestWidget.highlightForeground': ink.accent,
      'list.hoverBackground': ink.wash,
      'list.highlightForeground': ink.accent,
      'menu.background': ink.raised,
      'scrollbar.shadow': '#00000000',
      focusBorder: ink.accent,
      'textLink.foreground': ink.accent,
      'textLink.activeForeground': ink.accent,
      'editorBracketHighlight.foreground1': ink.soft,
      'editorBracketHighlight.foreground2': ink.soft,
      'editorBracketHighlight.foreground3': ink.soft,
    },
  }
}
