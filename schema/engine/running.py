"""Running a plan: breadth first, one level of the document after another.

A `Frame` is one selection on a column of objects. Running goes down: at each level every field that leads
on is had for the whole column at once (gates, then one call of each loader for all fields that want it,
then the resolvers of their own), and the objects found make the frames of the level below. Only when there
are no more frames is the answer made, upwards and without waiting (`schema/engine/emitting.py`).
"""

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from inspect import CORO_CREATED, getcoroutinestate, iscoroutine
from typing import Any

from graphql import ExecutionResult, get_argument_values
from graphql.pyutils import Path as CorePath

from app.kit.errors import not_found
from schema.engine.binding import in_words, refusal
from schema.engine.compiling import Core
from schema.engine.emitting import FAILED, Errors, Frame
from schema.engine.leaves import Column, Raised
from schema.engine.opening import opened
from schema.engine.places import Places, Root
from schema.engine.plan import Plan, PlannedField
from schema.engine.sources import Call, Demand, Loaded, LoaderName, OfPrincipal, is_waiting, settled

Asked = tuple[Frame, int, Demand]
Called = tuple[Frame, int, Column]


class Run:
    """One run of a plan, for one request or event."""

    def __init__(self, plan: Plan, core: Core) -> None:
        self.core = core
        self.errors = Errors()
        self._plan = plan
        self._context = core.context_value
        self._arguments: dict[int, dict[str, Any]] = {}
        self.had: dict[str, Any] = {}
        """What the fields of a mutation gave that have been run."""
        self.root = Frame(plan.selection, [core.root_value], Root())

    async def result(self) -> ExecutionResult:
        """The answer. Any exception is the engine's own: those of resolvers and loaders are errors of it."""
        root = self.root
        if self._plan.serial:
            for place in root.selection.ahead:
                await self._descend(root, [place])
                _, failed = root.finish_field(place, self.errors)
                if failed:
                    return ExecutionResult(None, self.errors.of(None, root.selection))
        else:
            await self._descend(root, root.selection.ahead)
        rows, _ = root.finish(self.errors)
        data = None if rows[0] is FAILED else rows[0]
        return ExecutionResult(data, self.errors.of(data, root.selection) or None)

    async def _descend(self, frame: Frame, places: Sequence[int]) -> None:
        level = [(frame, places)]
        while level:
            below: list[Frame] = []
            asked: list[Asked] = []
            called: list[Called] = []
            try:
                for frame, places in level:
                    for place in places:
                        field = frame.selection.fields[place]
                        objects = frame.objects if field.gate is None else await self._let_in(frame, place)
                        self._begin(frame, place, objects, asked, called, below)
                if asked or called:
                    await self._wait(asked, called, below)
            except BaseException:
                _close(called)
                raise
            level = [(frame, frame.selection.ahead) for frame in below if frame.selection.ahead]

    async def _let_in(self, frame: Frame, place: int) -> Column:
        """The objects whose field may be seen; all where its arguments do not hold, which is told first."""
        field = frame.selection.fields[place]
        if field.definition.args:
            try:
                self._arguments_of(field)
            except Exception:
                return frame.objects
        gated = await self._gated(field, frame.objects)
        if gated is None:
            return frame.objects
        frame.refused[place] = gated
        return [each for each, refused in zip(frame.objects, gated, strict=True) if refused is None]

    def _begin(
        self,
        frame: Frame,
        place: int,
        objects: Column,
        asked: list[Asked],
        called: list[Called],
        below: list[Frame],
    ) -> None:
        """Have what is at hand; note what has to be asked for."""
        field = frame.selection.fields[place]
        source: Any = field.source
        arguments: dict[str, Any] = {}
        if field.definition.args:
            try:
                arguments = self._arguments_of(field)
            except Exception as error:
                self._put(frame, place, [Raised(error)] * len(objects), below)
                return
        if isinstance(source, Call):
            if not source.of_principal:
                self._context.reads_elsewhere()
            values = source.begin(objects, Infos(self.core, field, frame.places), arguments)
            if is_waiting(values):
                called.append((frame, place, values))
            else:
                self._put(frame, place, values, below)
            return
        if isinstance(source, Loaded):
            wanted = source.demand(objects, arguments) if objects else []
            if isinstance(wanted, Demand):
                asked.append((frame, place, wanted))
                return
            values = wanted
        elif isinstance(source, OfPrincipal):
            values = source.of(self._context.principal, objects)
        else:
            values = source.pull(objects)
        self._put(frame, place, values, below)

    async def _gated(self, field: PlannedField, objects: Sequence[Any]) -> list[Raised | None] | None:
        """What stands for each object whose field is refused; None when none is."""
        policy: Any = field.gate
        try:
            mask = await policy(self._context.loaders.access, objects)
        except Exception as error:
            return [Raised(error)] * len(objects)
        if all(mask):
            return None
        if field.is_root:
            refused = Raised(refusal(self._context.principal, field.name))
        else:
            refused = Raised(not_found(in_words(field.name), field.name))
        return [None if allowed else refused for allowed in mask]

    async def _wait(self, asked: list[Asked], called: list[Called], below: list[Frame]) -> None:
        """Ask each loader once, for all the fields of the level that want it, and await the resolvers."""
        if len(asked) == 1 and not called:
            ((frame, place, demand),) = asked
            self._put(frame, place, demand.finish(await self._known(demand.name, demand.keys)), below)
            return
        groups: dict[LoaderName, dict[Any, None]] = {}
        for _, _, demand in asked:
            keys = groups.get(demand.name)
            groups[demand.name] = (
                {**keys, **dict.fromkeys(demand.keys)} if keys else dict.fromkeys(demand.keys)
            )
        waiting: list[Coroutine[Any, Any, Any]] = self._loads(groups)
        loads = len(waiting)
        waiting += [_all_settled(values) for _, _, values in called]
        found = [await waiting[0]] if len(waiting) == 1 else await _together(waiting)
        known: dict[LoaderName, Any] = {}
        for of_load in found[:loads]:
            known.update(of_load)
        for frame, place, demand in asked:
            self._put(frame, place, demand.finish(known[demand.name]), below)
        for (frame, place, _), values in zip(called, found[loads:], strict=True):
            self._put(frame, place, values, below)

    def _loads(self, groups: dict[LoaderName, dict[Any, None]]) -> list[Coroutine[Any, Any, Any]]:
        """The calls of loaders; each gives, by name, what is known by key or the error it ended with."""
        joint = self._context.loaders.joint(groups) if len(groups) > 1 else None
        if joint is None:
            return [self._load(name, keys) for name, keys in groups.items()]
        read, names = joint
        keys_of = {name: next(iter(groups[name])) for name in names}
        rest = [self._load(name, keys) for name, keys in groups.items() if name not in keys_of]
        return [self._load_jointly(read, keys_of), *rest]

    async def _load(self, name: LoaderName, keys: dict[Any, None]) -> dict[LoaderName, Any]:
        return {name: await self._known(name, keys)}

    async def _known(self, name: LoaderName, keys: dict[Any, None]) -> Any:
        """What is known by key, or the error the loader ended with."""
        try:
            return await self._context.loaders.many(keys, *name)
        except Exception as error:
            return error

    async def _load_jointly(self, read: Any, keys: dict[LoaderName, Any]) -> dict[LoaderName, Any]:
        try:
            found: dict[LoaderName, Any] = await self._context.loaders.many_jointly(read, keys)
            return found
        except Exception as error:
            return dict.fromkeys(keys, error)

    def _put(self, frame: Frame, place: int, values: Column, below: list[Frame]) -> None:
        """Take the values of a field, and open what they lead to."""
        refused = frame.refused.get(place)
        if refused is not None:
            given: Iterator[Any] = iter(values)
            values = [next(given) if each is None else each for each in refused]
        field = frame.selection.fields[place]
        if frame is self.root and self._plan.serial:
            self.had[field.key] = values[0]
        frame.completions[place] = opened(self.core, field, values, frame.places, below)

    def _arguments_of(self, field: PlannedField) -> dict[str, Any]:
        """The arguments of a field; a resolver gets its own copy, that it may keep or change."""
        if field.constant is not None and not isinstance(field.source, Call):
            return field.constant
        found = self._arguments.get(id(field))
        if found is None:
            found = self._arguments[id(field)] = self._filled_in(field) or self._coerced(field)
        return found

    def _filled_in(self, field: PlannedField) -> dict[str, Any] | None:
        """The arguments with variables put in, which are coerced already; None where that does not do."""
        template, coerced = field.template, self.core.variable_values.coerced
        if template is None or isinstance(field.source, Call):
            return None
        found = dict(template)
        for name, variable in field.variable:
            value = coerced.get(variable)
            if value is None:  # null, or left out: what becomes of it is the type's to say
                return None
            found[name] = value
        return found

    def _coerced(self, field: PlannedField) -> dict[str, Any]:
        """The arguments by graphql-core; what is the same for every request is kept for the next."""
        found = get_argument_values(
            field.definition, field.nodes[0], self.core.variable_values, None, self.core.hide_suggestions
        )
        if field.variable and field.template is None:
            names = {name for name, _ in field.variable}
            field.template = {name: value for name, value in found.items() if name not in names}
        return found


class Infos:
    """The `info` of a field for each object, as graphql-core makes them."""

    __slots__ = ("_core", "_field", "_places")

    def __init__(self, core: Core, field: PlannedField, places: Places) -> None:
        self._core = core
        self._field = field
        self._places = places

    def __call__(self, index: int) -> Any:
        field = self._field
        path = CorePath(self._places.first(index), field.key, field.parent.name)
        return self._core.build_resolve_info(field.definition, field.nodes, field.parent, path)


async def _together(waiting: Sequence[Coroutine[Any, Any, Any]]) -> list[Any]:
    """What all of them give. They raise nothing but when stopped; the first needs no task of its own."""
    tasks = [asyncio.ensure_future(each) for each in waiting[1:]]
    try:
        first = await waiting[0]
        return [first, *[await task for task in tasks]]
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


def _close(called: list[Called]) -> None:
    """End what nobody will await any more."""
    for _, _, values in called:
        for each in values:
            if iscoroutine(each) and getcoroutinestate(each) == CORO_CREATED:
                each.close()


async def _all_settled(values: Column) -> Column:
    """The column with what had to be awaited."""
    waiting = [(index, each) for index, each in enumerate(values) if hasattr(each, "__await__")]
    if len(waiting) == 1:
        done = [await settled(waiting[0][1])]
    else:
        done = await asyncio.gather(*(settled(each) for _, each in waiting))
    settled_values = list(values)
    for (index, _), value in zip(waiting, done, strict=True):
        settled_values[index] = value
    return settled_values
