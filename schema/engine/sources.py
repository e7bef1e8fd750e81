"""How the values of one field are had for a whole column of objects: the batch form of what resolvers do.

Each source answers with one value for each object, in order; a value that could not be had is `Raised`. What
`schema/engine/binding.py` makes a resolver do for one object, the source here does for all, with the same
errors; `tests/schema/engine` holds the two together.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Protocol

from app.kit.columnar import Columnar, Repeated
from app.kit.errors import not_found
from schema.engine.binding import counted, in_words, is_fixed, page_of
from schema.engine.declarations import ConnectionTo, EdgeTo
from schema.engine.leaves import Column, Raised, is_pending
from schema.engine.pages import PageOfRows
from schema.engine.rows import puller

Objects = Sequence[Any]
Arguments = dict[str, Any]
LoaderName = tuple[Any, ...]


@dataclass(slots=True)
class Demand:
    """Keys that a loader is asked for, and what becomes of its answer.

    `name` is loader, page, columns and policy, as `Loaders.many` takes them. `finish` gets what is known by
    key, or the error that the loader ended with.
    """

    name: LoaderName
    keys: dict[Any, None]
    finish: "Callable[[dict[Any, Any] | Exception], Column]"


class Source(Protocol):
    """Where the values of a field come from."""

    @property
    def shared(self) -> bool:
        """Whether several objects may lead to the same value."""
        ...


class Attribute:
    """A column of the objects themselves."""

    shared = False

    def __init__(self, name: str) -> None:
        self.pull = puller(name)


attribute = cache(Attribute)
"""The source of a column: one serves every plan."""
_pulled_ids = puller("id")


@dataclass(frozen=True, slots=True)
class PublicId:
    """The public ids of the objects."""

    start: str
    shared: bool = False

    def pull(self, objects: Objects) -> Column:
        """The ids."""
        start = self.start
        if type(objects) is Columnar:
            return objects.prefixed("id", start)
        found = _pulled_ids(objects)
        try:
            return [start + each.hex for each in found]
        except AttributeError:
            return [each if isinstance(each, Raised) else _hex(start, each) for each in found]


def _hex(start: str, value: Any) -> Any:
    try:
        return start + value.hex
    except Exception as error:
        return Raised(error)


@dataclass(frozen=True, slots=True)
class TypeName:
    """`__typename`: known before there are objects."""

    name: str
    shared: bool = False

    def pull(self, objects: Objects) -> Column:
        """The name, for each."""
        return [self.name] * len(objects)


@dataclass(frozen=True, slots=True)
class OfPrincipal:
    """What follows from the principal alone."""

    give: Callable[[Any], Any]
    shared: bool = False

    def of(self, principal: Any, objects: Objects) -> Column:
        """The same for each object."""
        try:
            return [self.give(principal) for _ in objects]
        except Exception as error:
            return [Raised(error)] * len(objects)


class Loaded:
    """What edges, connections and counts share: keys of the objects, one loader call, one value for each."""

    shared = True

    def __init__(self, declaration: EdgeTo | ConnectionTo, field_name: str) -> None:
        self.declaration = declaration
        self.field_name = field_name
        self._key: Any = declaration.key if callable(declaration.key) else None
        self._pull = None if callable(declaration.key) else puller(declaration.key)

    def keys(self, objects: Objects, arguments: Arguments) -> Column:
        """The loader's key of each object."""
        if self._pull is not None:
            if isinstance(objects, Columnar):
                repeated: Column = objects.repeated(self._pull.name)
                return repeated
            return self._pull(objects)
        return [_keyed(self._key, each, arguments) for each in objects]

    def demand(self, objects: Objects, arguments: Arguments) -> Demand | Column:
        """What to ask of the loader; the values themselves where there is nothing to ask."""
        raise NotImplementedError


def _keyed(key: Callable[[Any, Arguments], Any], source: Any, arguments: Arguments) -> Any:
    try:
        return key(source, arguments)
    except Exception as error:
        return Raised(error)


class Edge(Loaded):
    """Leads to one object, or a bounded list, for each key."""

    declaration: EdgeTo

    def __init__(self, declaration: EdgeTo, field_name: str, *, required: bool) -> None:
        super().__init__(declaration, field_name)
        self._is_told = required or callable(declaration.key)
        self._fixed = is_fixed(declaration)
        self._columns: tuple[str, ...] | None = None
        self._name = _asked_for(declaration.loader, None, declaration.policy)

    def project(self, columns: tuple[str, ...] | None) -> None:
        """Ask for these columns alone, where the loader hears of columns at all; for all with None."""
        if self.declaration.projected:
            self._columns = columns
            self._name = _asked_for(self.declaration.loader, columns, self.declaration.policy)

    def demand(self, objects: Objects, arguments: Arguments) -> Demand | Column:
        """One call for all keys; where none is found an error tells so, or null does."""
        keys = self.keys(objects, arguments)
        if not isinstance(keys, Repeated):
            return self._demanded(keys, arguments)
        of = keys.of
        asked = self._demanded(list(keys.values), arguments)
        if not isinstance(asked, Demand):
            return [asked[place] for place in of]
        finish = asked.finish

        def spread(known: dict[Any, Any] | Exception) -> Column:
            found: Any = Repeated(finish(known), of)
            return found

        return Demand(asked.name, asked.keys, spread)

    def _demanded(self, keys: Column, arguments: Arguments) -> Demand | Column:
        declaration = self.declaration
        keys, wanted = _asked(keys, _those_wanted)
        if not wanted:
            return keys
        name: LoaderName = self._name
        if not self._fixed:
            try:
                page = page_of(declaration, arguments)
            except Exception as error:
                return [key if key is None or isinstance(key, Raised) else Raised(error) for key in keys]
            name = (declaration.loader, page, self._columns, declaration.policy)
        return Demand(name, wanted, lambda known: _values(keys, known, self._absent))

    def _absent(self) -> Raised | None:
        """What stands for one that was asked for and is not there."""
        return Raised(not_found(in_words(self.field_name), self.field_name)) if self._is_told else None


@lru_cache(maxsize=4_096)
def _asked_for(loader: Any, columns: tuple[str, ...] | None, policy: Any) -> LoaderName:
    """What a loader is asked for beside keys, where no argument changes that: one for all documents."""
    return (loader, None, columns, policy)


class Connection(Loaded):
    """Leads to a page of objects for each key."""

    declaration: ConnectionTo

    def demand(self, objects: Objects, arguments: Arguments) -> Demand | Column:
        """One call for the pages of all keys."""
        declaration = self.declaration
        keys, wanted = _asked(self.keys(objects, arguments), _wanted)
        if not wanted:
            return keys
        try:
            page = page_of(declaration, arguments)
        except Exception as error:
            return [key if isinstance(key, Raised) else Raised(error) for key in keys]

        def finish(known: dict[Any, Any] | Exception) -> Column:
            if isinstance(known, Exception):
                return _failed(keys, known)
            made: dict[Any, Any] = {
                key: known[key]
                if isinstance(known[key], Exception)
                else PageOfRows(known[key], declaration.order, page, key)
                for key in wanted
            }
            return [key if isinstance(key, Raised) else made[key] for key in keys]

        return Demand((declaration.loader, page, None, declaration.policy), wanted, finish)


class Count(Loaded):
    """How many rows there are behind each page."""

    declaration: ConnectionTo
    shared = False

    def demand(self, objects: Objects, arguments: Arguments) -> Demand | Column:
        """One call for the counts of all pages."""
        pages: Sequence[PageOfRows] = objects
        keys = [page.key for page in pages]
        name = (self.declaration.count, counted(pages[0].page), None, None)

        def finish(known: dict[Any, Any] | Exception) -> Column:
            return _failed(keys, known) if isinstance(known, Exception) else [known[key] for key in keys]

        return Demand(name, dict.fromkeys(keys), finish)


def _wanted(keys: Iterable[Any]) -> dict[Any, None]:
    """The distinct keys, in order."""
    found = dict.fromkeys(keys)
    if any(kind is Raised for kind in set(map(type, found))):
        return {key: None for key in found if not isinstance(key, Raised)}
    return found


def _those_wanted(keys: Column) -> dict[Any, None]:
    """The distinct keys of what is not null already."""
    return _wanted(key for key in keys if key is not None) if len(keys) != 1 else _one_wanted(keys[0])


def _one_wanted(key: Any) -> dict[Any, None]:
    return {} if key is None or type(key) is Raised else {key: None}


def _asked(keys: Column, wanted: Callable[[Column], dict[Any, None]]) -> tuple[Column, dict[Any, None]]:
    """The keys, and those wanted of them; an error stands for each that cannot be one."""
    try:
        return keys, wanted(keys)
    except TypeError:
        sound = [_hashed(key) for key in keys]
        return sound, wanted(sound)


def _hashed(key: Any) -> Any:
    try:
        hash(key)
    except TypeError as error:
        return Raised(error)
    return key


def _failed(keys: Column, error: Exception) -> Column:
    failed = Raised(error)
    return [key if isinstance(key, Raised) else failed for key in keys]


def _values(keys: Column, known: dict[Any, Any] | Exception, absent: Callable[[], Raised | None]) -> Column:
    """The value of each key."""
    if isinstance(known, Exception):
        return [
            None if key is None else failed for key, failed in zip(keys, _failed(keys, known), strict=True)
        ]
    try:
        values = [known[key] for key in keys]
    except KeyError:
        values = [key if key is None or isinstance(key, Raised) else known[key] for key in keys]
    if None not in values:
        return values
    missing = absent()
    return [
        missing if value is None and key is not None else value
        for key, value in zip(keys, values, strict=True)
    ]


class Call:
    """A resolver of the field's own, called for each object.

    What it gives follows from the principal alone where it is `of_principal`.
    """

    shared = False

    def __init__(self, resolve: Callable[..., Any], *, of_principal: bool = False) -> None:
        self._resolve = resolve
        self.of_principal = of_principal

    def begin(self, objects: Objects, info: Callable[[int], Any], arguments: Arguments) -> Column:
        """The results, which may have to be awaited."""
        return [self._called(each, info(index), arguments) for index, each in enumerate(objects)]

    def _called(self, source: Any, info: Any, arguments: Arguments) -> Any:
        try:
            return self._resolve(source, info, **arguments)
        except Exception as error:
            return Raised(error)


def is_waiting(values: Column) -> bool:
    """Whether something in a column has to be awaited."""
    return any(is_pending(kind) for kind in set(map(type, values)))


async def settled(value: Awaitable[Any]) -> Any:
    """What an awaitable gives, or the error it ends with."""
    try:
        return await value
    except Exception as error:
        return Raised(error)
