"""Making the answer from the columns, upwards; errors, and how far up their nulls go.

A completion gives the values of one field, or of the items of its lists, as they leave. One that may not be
null and is nevertheless becomes FAILED, and so does what holds it, up to the next value that may be null.
"""

from collections.abc import Sequence
from itertools import islice
from typing import Any, Final, Protocol

from graphql import GraphQLError, Undefined, located_error
from graphql.execution import Executor as CoreExecutor

from app.kit.database import Row
from schema.engine.leaves import Column, Raised, is_pending
from schema.engine.places import Path, Places, Under
from schema.engine.plan import PlannedField, Selection, Shape

Hole = Raised | None
Null = tuple[str | int, ...]
"""The place of a null."""
Done = tuple[Column, bool]
"""Values as they leave, and whether some of them are FAILED."""


class _Failed:
    """Not an enum: it must never pass for a value."""

    __slots__ = ()


FAILED: Final = _Failed()


class Anomaly(Exception):
    """Something that plans do not know how to do; graphql-core does."""


class Errors:
    """The errors of an answer, each with the place of its value."""

    def __init__(self) -> None:
        self._found: list[tuple[Path, GraphQLError]] = []

    def add(self, error: Exception, field: PlannedField, places: Places, index: int) -> None:
        """An error at every place where the value stands."""
        for path in places.paths(index):
            self._found.append((path, located_error(error, field.nodes, path)))

    def of(self, data: Any, selection: Selection) -> list[GraphQLError]:
        """The errors that belong to the answer: for each null the first that made it, none it took along."""
        by_null: dict[Null, list[tuple[Path, GraphQLError]]] = {}
        for path, error in self._found:
            by_null.setdefault(_null_of(data, path), []).append((path, error))
        return [
            next((error for path, error in found if _null_by(selection, path) == null), found[0][1])
            if len(found) > 1
            else found[0][1]
            for null, found in by_null.items()
        ]


def _null_of(data: Any, path: Path) -> Null:
    """The place of the null that an error at that path has left."""
    for depth, step in enumerate(path):
        if data is None:
            return tuple(path[:depth])
        data = data[step]
    return tuple(path)


def _null_by(selection: Selection, path: Path) -> Null:
    """The place of the null that an error at that path makes by itself: the innermost that may be null.

    Where types differ, fields of one key do not differ in what of them may be null; validation sees to that.
    """
    depth, shape, selections = 0, None, [selection]
    for at, step in enumerate(path, 1):
        if isinstance(step, str):
            fields = [field for each in selections for field in each.fields if field.key == step]
            shape = fields[0].shape
            selections = [each for field in fields for each in field.selections.values()]
        elif shape is not None:
            shape = shape.item
        if shape is not None and shape.nullable:
            depth = at
    return tuple(path[:depth])


class Completion(Protocol):
    """Values on their way out."""

    def finish(self, errors: Errors) -> Done:
        """The values as they leave."""
        ...


class Frame:
    """A selection on a column of objects, and what became of its fields.

    `refused` has, for a gated field, what stands for each object whose field may not be seen.
    """

    __slots__ = ("_done", "completions", "objects", "places", "refused", "selection")

    def __init__(self, selection: Selection, objects: Column, places: Places) -> None:
        self.selection = selection
        self.objects = objects
        self.places = places
        self.completions: dict[int, Completion] = {}
        self.refused: dict[int, Sequence[Hole]] = {}
        self._done: dict[int, Done] = {}

    def finish(self, errors: Errors) -> Done:
        """The objects of the answer."""
        fields = self.selection.fields
        if not fields or not self.objects:
            return [{} for _ in self.objects], False
        if len(self.objects) == 1:
            made = self._single(errors)
            if made is not None:
                return [made], False
        done = [self.finish_field(place, errors) for place in range(len(fields))]
        rows: Column = self.selection.make(*(values for values, _ in done))
        failed = [values for values, some_failed in done if some_failed]
        for values in failed:
            for index, value in enumerate(values):
                if value is FAILED:
                    rows[index] = FAILED
        return rows, bool(failed)

    def _single(self, errors: Errors) -> dict[str, Any] | None:
        """The only object; None where something about it is out of the ordinary."""
        only = self.objects[0]
        make = self.selection.single(type(only) is Row)
        if make is None:
            return None
        given = []
        for place in self.selection.ahead:
            values, failed = self.finish_field(place, errors)
            if failed:
                return None
            given.append(values[0])
        try:
            return make(only, *given)
        except Exception:
            return None

    def finish_field(self, place: int, errors: Errors) -> Done:
        """One field of all objects; once."""
        done = self._done.get(place)
        if done is None:
            field = self.selection.fields[place]
            completion = self.completions.get(place)
            if completion is not None:
                done = completion.finish(errors)
            else:
                done = self._at_hand(field, errors)
            self._done[place] = done
        return done

    def _at_hand(self, field: PlannedField, errors: Errors) -> Done:
        source: Any = field.source
        values = source.pull(self.objects)
        check = field.shape.check
        checked = check(values) if check is not None else None
        if checked is not None:
            return checked, False
        return LeafCompletion(
            field, field.shape, values, Under(self.places, field.key, field.parent.name)
        ).finish(errors)


def _filled(
    field: PlannedField, shape: Shape, places: Places, holes: dict[int, Hole], values: Done, errors: Errors
) -> Done:
    """Put nulls and errors back in their places, and stop the failed at what may be null."""
    column, failed = values
    if holes:
        given = iter(column)
        column = [
            _gone(field, shape, places, index, holes[index], errors) if index in holes else next(given)
            for index in range(len(column) + len(holes))
        ]
        failed = True
    if failed and shape.nullable:
        return [None if value is FAILED else value for value in column], False
    return column, failed


def _gone(field: PlannedField, shape: Shape, places: Places, index: int, hole: Hole, errors: Errors) -> Any:
    """What leaves in place of a value that is not there."""
    if hole is not None:
        errors.add(hole.error, field, places, index)
    elif shape.nullable:
        return None
    else:
        message = f"Cannot return null for non-nullable field {field.parent}.{field.name}."
        errors.add(TypeError(message), field, places, index)
    return FAILED


class LeafCompletion:
    """Leaves: checked as a column, or one by one where that finds something."""

    __slots__ = ("_field", "_places", "_shape", "_values")

    def __init__(self, field: PlannedField, shape: Shape, values: Column, places: Places) -> None:
        self._field = field
        self._shape = shape
        self._values = values
        self._places = places

    def finish(self, errors: Errors) -> Done:
        """The leaves."""
        assert self._shape.check is not None
        checked = self._shape.check(self._values)
        if checked is not None:
            return checked, False
        done = [self._one(index, value, errors) for index, value in enumerate(self._values)]
        failed = FAILED in done
        if failed and self._shape.nullable:
            return [None if value is FAILED else value for value in done], False
        return done, failed

    def _one(self, index: int, value: Any, errors: Errors) -> Any:
        field, shape = self._field, self._shape
        leaf: Any = shape.type
        if is_pending(value.__class__):
            raise Anomaly("a leaf has to be awaited")
        hole: Hole = None
        if isinstance(value, Raised):
            hole = value
        elif isinstance(value, Exception):
            hole = Raised(value)
        elif value is not None and value is not Undefined:
            try:
                return CoreExecutor.complete_leaf_value(leaf, value)
            except Exception as error:
                hole = Raised(error)
        return _gone(field, shape, self._places, index, hole, errors)


class ListCompletion:
    """Lists: the items of all of them in one column, dealt out again."""

    __slots__ = ("_counts", "_field", "_holes", "_inner", "_places", "_shape")

    def __init__(
        self,
        field: PlannedField,
        shape: Shape,
        holes: dict[int, Hole],
        places: Places,
        counts: Sequence[int],
        inner: Completion,
    ) -> None:
        self._field = field
        self._shape = shape
        self._holes = holes
        self._places = places
        self._counts = counts
        self._inner = inner

    def finish(self, errors: Errors) -> Done:
        """The lists."""
        items, failed = self._inner.finish(errors)
        given = iter(items)
        lists: Column = [list(islice(given, count)) for count in self._counts]
        if failed:
            lists = [FAILED if FAILED in each else each for each in lists]
        return _filled(self._field, self._shape, self._places, self._holes, (lists, failed), errors)


class ObjectCompletion:
    """Objects of one type. `where` has the row of each value, where several values share one."""

    __slots__ = ("_field", "_frame", "_holes", "_places", "_shape", "_where")

    def __init__(
        self,
        field: PlannedField,
        shape: Shape,
        holes: dict[int, Hole],
        places: Places,
        where: Sequence[int] | None,
        frame: Frame,
    ) -> None:
        self._field = field
        self._shape = shape
        self._holes = holes
        self._places = places
        self._where = where
        self._frame = frame

    def finish(self, errors: Errors) -> Done:
        """The objects."""
        rows, failed = self._frame.finish(errors)
        if self._where is not None:
            rows = [rows[index] for index in self._where]
        if not failed and not self._holes:
            return rows, False
        return _filled(self._field, self._shape, self._places, self._holes, (rows, failed), errors)


class MixedCompletion:
    """Objects of several types, in the order in which they were found."""

    __slots__ = ("_count", "_field", "_frames", "_holes", "_indices", "_places", "_shape")

    def __init__(
        self,
        field: PlannedField,
        shape: Shape,
        holes: dict[int, Hole],
        places: Places,
        indices: Sequence[Sequence[int]],
        frames: Sequence[Frame],
        count: int,
    ) -> None:
        self._field = field
        self._shape = shape
        self._holes = holes
        self._places = places
        self._indices = indices
        self._frames = frames
        self._count = count

    def finish(self, errors: Errors) -> Done:
        """The objects."""
        by_index: dict[int, Any] = {}
        failed = False
        for indices, frame in zip(self._indices, self._frames, strict=True):
            rows, some_failed = frame.finish(errors)
            failed = failed or some_failed
            by_index.update(zip(indices, rows, strict=True))
        column = [by_index[index] for index in range(self._count) if index not in self._holes]
        return _filled(self._field, self._shape, self._places, self._holes, (column, failed), errors)
