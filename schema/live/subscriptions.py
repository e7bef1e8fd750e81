"""All subscriptions of this domain."""

import strawberry

from schema.live.classroom import ClassroomSubscriptions
from schema.live.exams import ExamSubscriptions
from schema.live.leaderboard import LeaderboardSubscriptions
from schema.live.mastery import MasterySubscriptions


@strawberry.type
class LiveSubscriptions(
    MasterySubscriptions, ClassroomSubscriptions, LeaderboardSubscriptions, ExamSubscriptions
):
    pass
