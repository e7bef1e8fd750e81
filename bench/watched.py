"""`python -m bench.watched FILE serve …`: the product's verbs, with a line for each collection of garbage.

A line has the generation and the milliseconds for which everything else stood still.
"""

import gc
import sys
import time
from pathlib import Path
from typing import Any

from app.cli import app


def main() -> None:
    """Run the verb."""
    began = 0.0
    with Path(sys.argv.pop(1)).open("w", buffering=1) as file:

        def note(phase: str, info: dict[str, Any]) -> None:
            nonlocal began
            if phase == "start":
                began = time.perf_counter()
            else:
                file.write(f"{info['generation']} {(time.perf_counter() - began) * 1000:.1f}\n")

        gc.callbacks.append(note)
        try:
            app(prog_name="masterygraph")
        finally:
            gc.callbacks.remove(note)


if __name__ == "__main__":
    main()
