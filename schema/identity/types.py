"""Users, organizations, memberships, and the viewer."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from app.access.policies import (
    admin,
    classroom_itself,
    learner_itself,
    of_creator,
    of_user,
    own_user,
    staff,
    with_object,
)
from app.assessments.repository import assessment_count_by_organization, assessments_by_organization
from app.classrooms.repository import (
    classroom_count_by_organization,
    classroom_count_by_user,
    classrooms_by_organization,
    classrooms_by_user,
)
from app.identity.repository import (
    member_count_by_organization,
    members_by_organization,
    memberships_by_user,
    organizations_by_id,
    sign_in_session_count_by_user,
    sign_in_sessions_by_user,
    users_by_id,
)
from app.jobs.repository import (
    job_count_by_creator,
    job_count_by_organization,
    jobs_by_creator,
    jobs_by_organization,
)
from app.learners.repository import (
    learner_count_by_organization,
    learners_by_id,
    learners_by_organization,
)
from schema.engine.declarations import Argument, connection, edge, graph_type, leaf
from schema.identity.members import Member
from schema.identity.roles import Role
from schema.identity.sign_in_sessions import SignInSession
from schema.node import Node, node_kind
from schema.operations.operation_cost import Pricing
from schema.orders import BY_DISPLAY_NAME, BY_NAME, NEWEST_FIRST
from schema.pagination import Connection

if TYPE_CHECKING:
    from schema.assessments.types import Assessment
    from schema.classrooms.types import Classroom
    from schema.jobs.types import Job
    from schema.learners.types import Learner

SEARCH = Argument("search", str | None, "Names that contain this, in any case.", None)


@graph_type(policy=with_object, id_prefix="usr", description="A person's account.")
class User(Node):
    display_name: str = leaf("The name that others see.", shared=True)
    email: str | None = leaf("The address; seen by oneself and by admins.", gate=own_user)


@graph_type(policy=with_object, id_prefix="org", description="A school or whoever hosts one.")
class Organization(Node):
    name: str = leaf("Its name.")
    time_zone: str = leaf("Its time zone, which leaderboard windows and days follow (IANA name).")
    learners_are_minors: bool = leaf("Whether learners whose year of birth is unknown are taken for minors.")
    classrooms: Connection[Annotated["Classroom", strawberry.lazy("schema.classrooms.types")]] = connection(
        classrooms_by_organization,
        key="id",
        order=BY_NAME,
        count=classroom_count_by_organization,
        policy=with_object,
        arguments=[SEARCH, Argument("archived", bool, "Whether archived ones are wanted too.", False)],
        description="Its classes, those one may see, by name.",
    )
    learners: Connection[Annotated["Learner", strawberry.lazy("schema.learners.types")]] = connection(
        learners_by_organization,
        key="id",
        order=BY_DISPLAY_NAME,
        count=learner_count_by_organization,
        policy=with_object,
        arguments=[SEARCH],
        description="Its learners, those one may see, by name.",
    )
    assessments: Connection[Annotated["Assessment", strawberry.lazy("schema.assessments.types")]] = (
        connection(
            assessments_by_organization,
            key="id",
            order=NEWEST_FIRST,
            count=assessment_count_by_organization,
            policy=with_object,
            gate=staff,
            first=20,
            description="Its assessments, the newest first; seen by staff.",
        )
    )
    members: Connection[Member] = connection(
        members_by_organization,
        key="id",
        order=BY_DISPLAY_NAME,
        count=member_count_by_organization,
        policy=with_object,
        gate=admin,
        arguments=[
            Argument("search", str | None, "Names and addresses that contain this, in any case.", None)
        ],
        description="Its members by name; seen by its admins.",
    )
    jobs: Connection[Annotated["Job", strawberry.lazy("schema.jobs.types")]] = connection(
        jobs_by_organization,
        key="id",
        order=NEWEST_FIRST,
        count=job_count_by_organization,
        policy=of_creator,
        gate=admin,
        first=20,
        description="Its jobs, whoever asked for them, the newest first; seen by its admins.",
    )


@graph_type(policy=with_object, description="What a user is in one organization.")
class Membership:
    organization: Organization = leaf("The organization.")
    roles: list[Role] = leaf("The roles there.", list_size=5)


@graph_type(policy=with_object, description="The person who is looking.")
class Viewer(Pricing):
    user: User = edge(users_by_id, key="user_id", policy=with_object, description="One's account.")
    organization: Organization = edge(
        organizations_by_id, key="organization_id", policy=with_object, description="Where one is signed in."
    )
    roles: list[Role] = leaf("One's roles there.", list_size=5)
    memberships: list[Membership] = edge(
        memberships_by_user,
        key="user_id",
        policy=with_object,
        many=True,
        list_size=20,
        description="All organizations one belongs to.",
    )
    learner: Annotated["Learner", strawberry.lazy("schema.learners.types")] | None = edge(
        learners_by_id,
        key="learner_id",
        policy=learner_itself,
        description="Oneself as a learner, if one is.",
    )
    classrooms: Connection[Annotated["Classroom", strawberry.lazy("schema.classrooms.types")]] = connection(
        classrooms_by_user,
        key="user_id",
        order=BY_NAME,
        count=classroom_count_by_user,
        policy=classroom_itself,
        first=20,
        description="The classes one teaches or attends, by name.",
    )
    sign_in_sessions: Connection[SignInSession] = connection(
        sign_in_sessions_by_user,
        key="user_id",
        order=NEWEST_FIRST,
        count=sign_in_session_count_by_user,
        policy=of_user,
        first=20,
        description="One's sign-ins that go on in this organization, the newest first.",
    )
    jobs: Connection[Annotated["Job", strawberry.lazy("schema.jobs.types")]] = connection(
        jobs_by_creator,
        key="user_id",
        order=NEWEST_FIRST,
        count=job_count_by_creator,
        policy=of_creator,
        first=20,
        description="The jobs that one asked for in this organization, the newest first.",
    )


node_kind("usr", "User", users_by_id, own_user)
node_kind("org", "Organization", organizations_by_id, with_object)
