"""The roles as the graph names them."""

from app.access.principal import Role as Role
from schema.enums import graph_enum

graph_enum(
    Role,
    "What a user is in an organization.",
    {
        Role.LEARNER: "Learns.",
        Role.TEACHER: "Teaches classes and sees their learners.",
        Role.GUARDIAN: "Looks after a learner.",
        Role.ORGANIZATION_ADMIN: "Administers the organization.",
        Role.PLATFORM_ADMIN: "Operates the server.",
    },
)
