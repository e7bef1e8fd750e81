/** Whether the window is as narrow as a phone: the width of the media queries. */
export function isNarrow(): boolean {
  return window.matchMedia('(max-width: 720px)').matches
}
