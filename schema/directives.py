"""Directives that state what a field costs."""

import strawberry
from strawberry.schema_directive import Location


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION], name="cost", description="What one object of this field costs."
)
class Cost:
    """What one object of a field costs, in objects."""

    weight: int


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION], name="listSize", description="How long this list can be."
)
class ListSize:
    """How long a list is taken to be: fixed, or what an argument asks for.

    With `sized_fields` the argument sizes these lists of the object that the field leads to.
    """

    assumed_size: int | None = strawberry.UNSET
    slicing_arguments: list[str] | None = strawberry.UNSET
    sized_fields: list[str] | None = strawberry.UNSET
