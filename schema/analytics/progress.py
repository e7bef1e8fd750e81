"""A learner's progress in the graph."""

from datetime import datetime
from typing import Any

from app.access.policies import with_object
from app.analytics import progress
from schema.buckets import Bucket
from schema.engine.declarations import Argument, graph_type, leaf


@graph_type(
    policy=with_object, description="What a learner did from one moment until the next bucket begins."
)
class ProgressBucket:
    start: datetime = leaf("When it begins: midnight in the time zone.")
    attempt_count: int = leaf("How many attempts.")
    correct_count: int = leaf("How many of them were right.")
    practice_seconds: int = leaf("How long the answers took, as far as known.")
    skills_mastered: int = leaf("How many skills were mastered for the first time.")


@graph_type(policy=with_object, description="What a learner did over a stretch of time.")
class LearnerProgress:
    time_zone: str = leaf("The time zone of the buckets.")
    buckets: list[ProgressBucket] = leaf("The stretch in buckets, those without practice too.", list_size=92)
    streak_days: int = leaf("Days in a row with practice, up to today, or yesterday while today is open.")


def progress_of_learner(source: Any, arguments: dict[str, Any]) -> progress.ProgressKey:
    """The key of a learner's progress, from the field's arguments."""
    return progress.ProgressKey(
        source.id,
        arguments.get("from"),
        arguments.get("to"),
        progress.Bucket(arguments["bucket"].value),
        arguments.get("timeZone"),
    )


PROGRESS = [
    Argument("from_", datetime | None, "Whole buckets from that of this moment on.", None, None, "from"),
    Argument("to", datetime | None, "Up to the bucket before this moment; now when left out.", None),
    Argument("bucket", Bucket, "What the stretch is cut into, 92 at most.", Bucket.DAY),
    Argument("time_zone", str | None, "Such as 'Europe/Zurich'; the organization's when left out.", None),
]
