"""Subscriptions as tests write them, and what a client makes of their events."""

from typing import Any

TEACHING = """mutation($input: ClassroomTeacherInput!) {{
  {}(input: $input) {{ classroom {{ id }} userErrors {{ code }} }} }}"""
ENDING = "... on StreamHeartbeat { cursor serverTime } ... on StreamNotice { cursor kind }"

MASTERY = f"""
  subscription($id: ID!, $after: Cursor) {{ masteryChanged(learnerId: $id, after: $after) {{
    __typename
    ... on MasterySnapshot {{ cursor serverTime resumed mastery {{ ...mastery }} }}
    ... on MasteryUpdated {{ cursor serverTime attempt {{ id }} mastery {{ ...mastery }} }}
    {ENDING} }} }}
  fragment mastery on Mastery {{
    id probability level evidenceCount lastPracticedAt skill {{ id }} learner {{ id }} }}
"""
CLASSROOM = f"""
  subscription($id: ID!, $after: Cursor) {{ classroomActivity(classroomId: $id, after: $after) {{
    __typename
    ... on ClassroomActivitySnapshot {{ cursor serverTime resumed activity {{ ...activity }} }}
    ... on LearnerActivityChanged {{
      cursor serverTime changed: activity {{ ...activity }} mastery {{ evidenceCount skill {{ id }} }} }}
    {ENDING} }} }}
  fragment activity on LearnerActivity {{
    learner {{ id displayName }} presence session {{ id state }} lastAttemptAt attemptsToday }}
"""
LEADERBOARD = f"""
  subscription($id: ID!, $window: LeaderboardWindow! = WEEK, $after: Cursor) {{
    leaderboard(scopeId: $id, window: $window, after: $after) {{
    __typename
    ... on LeaderboardSnapshot {{
      cursor resumed leaderboard {{ id startsAt entries {{ id rank alias score }} }} }}
    ... on LeaderboardChanged {{ cursor entries {{ id rank alias score }} removed }}
    {ENDING} }} }}
"""


def mastery_after(held: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    """What a client holds, by mastery id, after an event."""
    if event["__typename"] == "MasterySnapshot":
        held = {}
    return {**held, **{each["id"]: each for each in event.get("mastery", ())}}


def activity_after(held: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    """What a client holds, by learner id, after an event."""
    if event["__typename"] == "ClassroomActivitySnapshot":
        return {each["learner"]["id"]: each for each in event["activity"]}
    if event["__typename"] == "LearnerActivityChanged":
        return {**held, event["changed"]["learner"]["id"]: event["changed"]}
    return held


def board_after(held: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    """What a client holds, by entry id, after an event."""
    if event["__typename"] == "LeaderboardSnapshot":
        return {each["id"]: each for each in event["leaderboard"]["entries"]}
    if event["__typename"] == "LeaderboardChanged":
        kept = {name: each for name, each in held.items() if name not in event["removed"]}
        return {**kept, **{each["id"]: each for each in event["entries"]}}
    return held
