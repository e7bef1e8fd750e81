"""All tables, one module for each domain; importing this package makes `metadata` complete."""

from app.models import (
    analytics,
    assessments,
    classrooms,
    content,
    events,
    identity,
    jobs,
    learners,
    live,
    mastery,
    practice,
    recommendations,
)
from app.models.base import Base

metadata = Base.metadata

__all__ = [
    "Base",
    "analytics",
    "assessments",
    "classrooms",
    "content",
    "events",
    "identity",
    "jobs",
    "learners",
    "live",
    "mastery",
    "metadata",
    "practice",
    "recommendations",
]
