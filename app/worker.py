"""A process of consumers alone, beside servers that are started with CONSUMERS=false."""

from app.config import Settings


def run(settings: Settings) -> None:
    """Run the consumers until a signal."""
