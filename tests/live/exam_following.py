"""The streams of an exam as tests write them, and what a client makes of their events."""

from typing import Any

SITTING = """fragment sitting on ExamSitting { id state presence currentItemNumber answeredCount itemCount
  endsAt timeLeftWhenPausedSeconds baseTimeSeconds extendedSeconds lastSeenAt openIncidentCount concern
  submittedAt learner { displayName } }"""
EXAM = "fragment exam on Exam { id state closesAt closedAt releasedAt }"
ENDING = "... on StreamHeartbeat { cursor } ... on StreamNotice { cursor kind }"
MONITOR = f"""
  subscription($id: ID!, $after: Cursor) {{ examMonitor(examId: $id, after: $after) {{
    __typename
    ... on ExamMonitorSnapshot {{
      cursor serverTime resumed exam {{ ...exam }} sittings {{ ...sitting }}
      counts {{ state presence count }} }}
    ... on ExamChanged {{ cursor exam {{ ...exam }} }}
    ... on ExamSittingChanged {{ cursor serverTime sitting {{ ...sitting }} }}
    ... on ExamIncidentRaised {{ cursor incident {{ kind detail open sitting {{ id }} }} }}
    ... on ExamIncidentChanged {{ cursor incident {{ kind open endedAt claimedBy {{ id }} }} }}
    ... on ExamActionTaken {{ cursor action {{ id kind text reason undoneAt }} }}
    ... on ExamActionAcknowledged {{
      cursor action {{ id }} acknowledgement {{ deliveredAt seenAt sitting {{ id }} }} }}
    {ENDING} }} }} {SITTING} {EXAM}
"""
OWN = f"""
  subscription($id: ID!, $after: Cursor) {{ examSitting(sittingId: $id, after: $after) {{
    __typename
    ... on ExamSittingSnapshot {{ cursor resumed sitting {{ ...sitting }} }}
    ... on ExamSittingChanged {{ cursor sitting {{ ...sitting }} }}
    ... on ExamActionReceived {{ cursor action {{ id kind text seconds undoneAt }} }}
    ... on ExamIncidentRaised {{ cursor incident {{ kind open }} }}
    ... on ExamIncidentChanged {{ cursor incident {{ kind claimedBy {{ displayName }} }} }}
    {ENDING} }} }} {SITTING}
"""


def monitor_after(held: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    """What a monitor holds, the exam and the sittings by id, after an event."""
    kind = event["__typename"]
    if kind == "ExamMonitorSnapshot":
        return {"exam": event["exam"], **{each["id"]: each for each in event["sittings"]}}
    if kind == "ExamChanged":
        return {**held, "exam": event["exam"]}
    if kind == "ExamSittingChanged":
        return {**held, event["sitting"]["id"]: event["sitting"]}
    return held
