const FIGURE = new Intl.NumberFormat('en', { maximumFractionDigits: 2 })

/** A score or another number that may be a fraction, as people write it: "5", "6.83". */
export function figure(number: number): string {
  return FIGURE.format(number)
}
