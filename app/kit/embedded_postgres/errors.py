"""What can go wrong with an embedded PostgreSQL.

EmbeddedPostgresError
└── FolderInUseError    another live process serves the folder
"""


class EmbeddedPostgresError(RuntimeError):
    """The embedded PostgreSQL cannot be made, started or asked."""


class FolderInUseError(EmbeddedPostgresError):
    """Another live process serves this folder."""
