"""Orders of lists: the columns that a cursor holds, with their types."""

import uuid

BY_NAME = (("name", str), ("id", uuid.UUID))
BY_DISPLAY_NAME = (("display_name", str), ("id", uuid.UUID))
BY_SKILL_NAME = (("skill_name", str), ("id", uuid.UUID))
BY_SUBJECT = (("name", str),)
BY_POSITION = (("position", int),)
NEWEST_FIRST = (("id", uuid.UUID),)
OLDEST_FIRST = (("id", uuid.UUID),)
NEWEST_VERSION_FIRST = (("version", int),)
