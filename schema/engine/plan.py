"""Plans: what is left of a document once everything that does not depend on data has been decided.

A plan is a tree. A `Selection` is one selection set on one concrete type; its fields have been collected,
merged and put in order. A `PlannedField` knows how its values are had for a whole column of objects
(`source`), what they must be like (`shape`), and what is selected of them. Plans hold nothing of a request.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graphql import FieldNode, GraphQLField, GraphQLObjectType, GraphQLOutputType

from app.access.policies import Policy
from schema.engine.leaves import Check
from schema.engine.rows import row_maker
from schema.engine.single import WIDEST, WORTH_IT, Single, single_maker

if TYPE_CHECKING:
    from schema.engine.sources import Source


@dataclass(frozen=True, slots=True)
class Shape:
    """What a value of a type is like.

    `type` is the type without its non-null mark. `check` is there for leaves, `item` for lists,
    `resolve_type` for interfaces and unions, `is_type_of` for the few object types that look at their values;
    `is_object` says that it is an object of one type that does not.
    """

    type: GraphQLOutputType
    nullable: bool
    check: Check | None = None
    item: "Shape | None" = None
    resolve_type: Callable[..., Any] | None = None
    is_type_of: Callable[..., Any] | None = None
    is_object: bool = False


@dataclass(slots=True, eq=False)
class Tally:
    """How many fields have been planned of one document."""

    fields: int = 0


@dataclass(slots=True, eq=False)
class PlannedField:
    """One field of a selection.

    `details` is what graphql-core collected for the field, `constant` its arguments when no variable is among
    them; `variable` names the arguments that are variables and nothing else, where no other holds one, and
    `template` has the others once they are known. `selections` has what is selected of each concrete type
    that was met.
    """

    key: str
    name: str
    parent: GraphQLObjectType
    definition: GraphQLField
    details: list[Any]
    nodes: list[FieldNode]
    shape: Shape
    source: "Source"
    gate: Policy | None
    is_root: bool
    constant: dict[str, Any] | None
    variable: tuple[tuple[str, str], ...]
    tally: Tally
    template: dict[str, Any] | None = None
    selections: "dict[str, Selection]" = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Selection:
    """One selection set on one concrete type, ready to be run on a column of objects.

    `ahead` are the places of the
    fields that are had before the answer is made: all but ungated attributes that lead to leaves.
    """

    type: GraphQLObjectType
    fields: Sequence[PlannedField]
    ahead: Sequence[int]
    _make: Callable[..., list[dict[str, Any]]] | None = None
    _runs: int = 0
    _of_row: Single | None = None
    _of_other: Single | None = None

    @property
    def make(self) -> Callable[..., list[dict[str, Any]]]:
        """What turns one column for each field into the objects of the answer; made when first wanted."""
        if self._make is None:
            self._make = row_maker(tuple(field.key for field in self.fields))
        return self._make

    def single(self, is_row: bool) -> Single | None:
        """What makes the answer's object of one object, a row of the database or not; None if seldom run."""
        found = self._of_row if is_row else self._of_other
        if found is not None:
            return found
        self._runs += 1
        if self._runs <= WORTH_IT or len(self.fields) > WIDEST:
            return None
        made = single_maker(self.fields, self.ahead, is_row)
        if is_row:
            self._of_row = made
        else:
            self._of_other = made
        return made


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The plan of one operation, for one choice of what `@skip` and `@include` leave."""

    selection: Selection
    serial: bool
