"""Text that people give: trimmed, bounded, printable."""

from app.kit.errors import BadInput


def checked_name(name: str, what: str, *path: str, longest: int = 120) -> str:
    """A name of 1 to `longest` characters without control characters; BadInput otherwise."""
    trimmed = " ".join(name.split())
    if not 1 <= len(trimmed) <= longest or not trimmed.isprintable():
        raise BadInput(f"{what} takes 1 to {longest} printable characters.", path=path)
    return trimmed
