"""From the values of a field to what is selected of them: lists are laid end to end, objects become frames.

What is no value is set aside as a hole: a null, or an error. An object that several places lead to is taken
once.
"""

from collections.abc import Sequence
from itertools import chain
from types import NoneType
from typing import Any

from graphql import GraphQLError, GraphQLObjectType, Undefined
from graphql.pyutils import inspect, is_async_iterable, is_iterable

from app.kit.columnar import Columnar, Repeated
from schema.engine.binding import name_of_type
from schema.engine.compiling import Core, selection_of
from schema.engine.emitting import (
    Anomaly,
    Completion,
    Frame,
    Hole,
    LeafCompletion,
    ListCompletion,
    MixedCompletion,
    ObjectCompletion,
)
from schema.engine.leaves import Column, Raised, is_ordinary, is_pending
from schema.engine.places import Chosen, Items, Places, Under
from schema.engine.plan import PlannedField, Shape

Holes = dict[int, Hole]
_LISTS = {list, tuple, Columnar}


def opened(core: Core, field: PlannedField, values: Column, places: Places, below: list[Frame]) -> Completion:
    """What completes a field's values; frames of what is selected of them are added to `below`."""
    shape = field.shape
    if len(values) == 1 and shape.is_object and is_ordinary(values[0].__class__):
        # As below, for what most fields of a small query lead to.
        concrete: Any = shape.type
        stand = Under(places, field.key, field.parent.name)
        frame = Frame(selection_of(core, field, concrete), values, stand)
        below.append(frame)
        return ObjectCompletion(field, shape, {}, stand, None, frame)
    return _opened(core, field, field.shape, values, Under(places, field.key, field.parent.name), below)


def _opened(
    core: Core, field: PlannedField, shape: Shape, values: Column, places: Places, below: list[Frame]
) -> Completion:
    if isinstance(values, Repeated):
        if shape.is_object and all(is_ordinary(kind) for kind in set(map(type, values.values))):
            return _those_once(core, field, shape, values, places, below)
        values = list(values)
    if shape.check is not None:
        return LeafCompletion(field, shape, values, places)
    values, holes = _without_holes(values)
    if shape.item is not None:
        return _lists(core, field, shape, values, holes, places, below)
    if shape.resolve_type is not None:
        return _mixed(core, field, shape, values, holes, places, below)
    if shape.is_type_of is not None:
        values, holes = _of_type(core, field, shape, values, holes, places)
    return _objects(core, field, shape, values, holes, places, below)


def _those_once(
    core: Core, field: PlannedField, shape: Shape, values: Repeated, places: Places, below: list[Frame]
) -> Completion:
    """Objects that come again and again, each of them once."""
    concrete: Any = shape.type
    frame = Frame(selection_of(core, field, concrete), list(values.values), Chosen(places, list(values.of)))
    below.append(frame)
    return ObjectCompletion(field, shape, {}, places, values.of, frame)


def _without_holes(values: Column) -> tuple[Column, Holes]:
    """The values that are there, and what stands in the places of the others."""
    if isinstance(values, Columnar):
        return values, {}
    kinds = set(map(type, values))
    if all(map(is_ordinary, kinds)):
        return values, {}
    if any(is_pending(kind) for kind in kinds):
        raise Anomaly("a value has to be awaited where none should")
    holes = {index: _hole(each) for index, each in enumerate(values) if not is_ordinary(each.__class__)}
    return [each for index, each in enumerate(values) if index not in holes], holes


def _hole(value: Any) -> Hole:
    if isinstance(value, Exception):
        return Raised(value)
    return value if isinstance(value, Raised) else None


def _present(count: int, holes: Holes) -> list[int]:
    """The indices, in the whole column, of the values that are there."""
    return [index for index in range(count + len(holes)) if index not in holes]


def _lists(
    core: Core,
    field: PlannedField,
    shape: Shape,
    values: Column,
    holes: Holes,
    places: Places,
    below: list[Frame],
) -> Completion:
    assert shape.item is not None
    kinds = set(map(type, values))
    if not kinds <= _LISTS:
        values, holes = _as_lists(field, values, holes)
    counts = list(map(len, values))
    whole = counts
    if holes:
        given = iter(counts)
        whole = [0 if index in holes else next(given) for index in range(len(counts) + len(holes))]
    items: Any = Columnar.joined(values) if Columnar in kinds else list(chain.from_iterable(values))
    inner = _opened(core, field, shape.item, items, Items(places, whole), below)
    return ListCompletion(field, shape, holes, places, counts, inner)


def _as_lists(field: PlannedField, values: Column, holes: Holes) -> tuple[Column, Holes]:
    """Whatever can be iterated over as a list; an error for the rest."""
    lists, failed = [], dict(holes)
    for index, each in zip(_present(len(values), holes), values, strict=True):
        if is_async_iterable(each):
            raise Anomaly("a list comes bit by bit")
        if not is_iterable(each):
            message = f"Expected Iterable, but did not find one for field '{field.parent}.{field.name}'."
            failed[index] = Raised(GraphQLError(message))
            continue
        try:
            lists.append(list(each))
        except Exception as error:
            failed[index] = Raised(error)
    return lists, failed


def _objects(
    core: Core,
    field: PlannedField,
    shape: Shape,
    values: Column,
    holes: Holes,
    places: Places,
    below: list[Frame],
) -> Completion:
    concrete: Any = shape.type
    where: Sequence[int] | None = None
    if values and field.source.shared and len(values) > 1:
        values, where = _each_once(values)
    stand = _chosen(places, len(values) if where is None else len(where), holes, where)
    frame = Frame(selection_of(core, field, concrete), values, stand)
    if values:
        below.append(frame)
    return ObjectCompletion(field, shape, holes, places, where, frame)


def _each_once(values: Column) -> tuple[Column, list[int] | None]:
    """Every object once, and the index of each value among them; None where all differ."""
    found: dict[int, int] = {}
    where = [found.setdefault(id(each), len(found)) for each in values]
    if len(found) == len(values):
        return values, None
    once: Column = [None] * len(found)
    for index, each in zip(where, values, strict=True):
        once[index] = each
    return once, where


def _chosen(places: Places, count: int, holes: Holes, where: Sequence[int] | None) -> Places:
    """The places of objects that are some of a column."""
    if not holes:
        return places if where is None else Chosen(places, list(where))
    chosen = iter(where if where is not None else range(count))
    return Chosen(places, [None if index in holes else next(chosen) for index in range(count + len(holes))])


def _of_type(
    core: Core, field: PlannedField, shape: Shape, values: Column, holes: Holes, places: Places
) -> tuple[Column, Holes]:
    """The values that an object type takes for its own; an error for the rest."""
    kept, failed = [], dict(holes)
    for index, each in zip(_present(len(values), holes), values, strict=True):
        try:
            _ensure_is(core, shape.type, each, field, _info(core, field, places, index))
        except Anomaly:
            raise
        except Exception as error:
            failed[index] = Raised(error)
        else:
            kept.append(each)
    return kept, failed


def _ensure_is(core: Core, concrete: Any, value: Any, field: PlannedField, info: Any) -> None:
    """Ask a type that looks at its values whether this is one."""
    is_one = concrete.is_type_of(value, info)
    if is_pending(is_one.__class__):
        raise _late(core, is_one)
    if not is_one:
        message = f"Expected value of type '{concrete}' but got: {inspect(value)}."
        raise GraphQLError(message, field.nodes)


def _late(core: Core, waiting: Any) -> Anomaly:
    """A type that has to be awaited: graphql-core asks for it again, and this one is let run out."""
    core.track_async_work([waiting])
    return Anomaly("a type has to be awaited")


def _mixed(
    core: Core,
    field: PlannedField,
    shape: Shape,
    values: Column,
    holes: Holes,
    places: Places,
    below: list[Frame],
) -> Completion:
    """Objects of several types: one frame for each type, and the order to put them back in."""
    groups: dict[str, list[int]] = {}
    types: dict[str, GraphQLObjectType] = {}
    present, failed = _present(len(values), holes), dict(holes)
    for index, each in zip(present, values, strict=True):
        try:
            concrete = _concrete(core, field, shape, each, places, index)
        except Anomaly:
            raise
        except Exception as error:
            failed[index] = Raised(error)
            continue
        types[concrete.name] = concrete
        groups.setdefault(concrete.name, []).append(index)
    by_index = dict(zip(present, values, strict=True))
    frames = []
    for name, indices in groups.items():
        frames.append(_frame_of(core, field, types[name], [by_index[i] for i in indices], indices, places))
    below.extend(frames)
    return MixedCompletion(
        field, shape, failed, places, list(groups.values()), frames, len(values) + len(holes)
    )


def _frame_of(
    core: Core,
    field: PlannedField,
    concrete: GraphQLObjectType,
    objects: Column,
    indices: list[int],
    places: Places,
) -> Frame:
    where: list[int | None] = [None] * (indices[-1] + 1)
    for row, index in enumerate(indices):
        where[index] = row
    return Frame(selection_of(core, field, concrete), objects, Chosen(places, where))


def _concrete(
    core: Core, field: PlannedField, shape: Shape, value: Any, places: Places, index: int
) -> GraphQLObjectType:
    resolve: Any = shape.resolve_type
    abstract: Any = shape.type
    info = None if resolve is name_of_type else _info(core, field, places, index)
    name = resolve(value, info, abstract)
    if is_pending(name.__class__):
        raise _late(core, name)
    if name is Undefined or type(name) is NoneType:
        name = None
    valid: Any = core.ensure_valid_runtime_type
    concrete: GraphQLObjectType = valid(name, abstract, field.details, info, value)
    if concrete.is_type_of is not None:
        _ensure_is(core, concrete, value, field, info or _info(core, field, places, index))
    return concrete


def _info(core: Core, field: PlannedField, places: Places, index: int) -> Any:
    """The field's `info`, which the items of its lists have in common."""
    path: Any = places.first(index)
    while isinstance(path.key, int):
        path = path.prev
    return core.build_resolve_info(field.definition, field.nodes, field.parent, path)
