"""Changes of a leaderboard put into one: the latest state of each entry."""

from typing import Any


def merge_changes(older: dict[str, Any], newer: dict[str, Any]) -> dict[str, Any]:
    """One `leaderboard.changed` for two of the same board, the newer winning entry by entry."""
    entries = {entry["learner"]: entry for entry in (*older["entries"], *newer["entries"])}
    gone = set(newer["removed"])
    removed = dict.fromkeys([*older["removed"], *newer["removed"]])
    for entry in newer["entries"]:
        removed.pop(entry["learner"], None)
    return {
        **newer,
        "entries": [entry for learner, entry in entries.items() if learner not in gone],
        "removed": list(removed),
    }
