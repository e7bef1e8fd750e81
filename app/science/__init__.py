"""Pure formulas over numbers and frozen dataclasses: time and chance are arguments."""
