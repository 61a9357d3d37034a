"""What a pickle holds, without being unpickled: nothing it names is imported, looked up or called.

A pickle is a program for a stack machine whose instructions can call any function of any module.
Here the machine is run with those instructions left as what they say: `GLOBAL os system` is a
`Name`, and calling it is a `Call` of that name with these arguments. Whoever reads the result
decides which calls mean data.
"""

from __future__ import annotations

import io
import pickletools
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, final

__all__ = ["Call", "Name", "Reference", "UnreadablePickleError", "read_pickle"]

_MOST_OPERATIONS = 5_000_000
_LARGEST_KEY = 2**31
"""Of whole numbers: a table of larger ones can be made so that it takes hours to fill."""


class UnreadablePickleError(ValueError):
    """No pickle, a damaged one, or one with more in it than a checkpoint has."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Name:
    """A function or class that a pickle refers to, as text."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


@final
@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """What a pickle would have got by calling something; nothing was called."""

    function: Any
    arguments: Any


@final
@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """Something that is stored beside the pickle, such as the numbers of a tensor."""

    identity: Any


def read_pickle(content: bytes | io.BytesIO, references: list[Reference] | None = None) -> Any:
    """The content of a pickle: dicts, lists, tuples, sets as lists, plain values; `Name`, `Call`
    and `Reference` for all else.

    A stream is read up to the end of the pickle. references: takes every Reference that is met.
    Of a dict those entries are kept whose key is a string or a small whole number. What an object
    is given after it was made (its state, its items) is dropped. Values may be shared or hold
    themselves, so do not walk through all of them. Raises UnreadablePickleError.
    """
    try:
        with warnings.catch_warnings():  # of texts with escapes that mean nothing
            warnings.simplefilter("ignore", DeprecationWarning)
            return _Machine(references).run(pickletools.genops(content))
    except UnreadablePickleError:
        raise
    except (ValueError, LookupError, TypeError, UnicodeError, OverflowError) as error:
        raise UnreadablePickleError(f"{type(error).__name__}") from error


_MARK = object()


@final
class _Machine:
    """The stack machine of pickle, protocols 0 to 5."""

    def __init__(self, references: list[Reference] | None = None) -> None:
        self._references = [] if references is None else references
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}

    def run(self, operations: Iterator[tuple[Any, Any, Any]]) -> Any:
        for count, (operation, argument, _) in enumerate(operations):
            if count == _MOST_OPERATIONS:
                raise UnreadablePickleError(f"more than {_MOST_OPERATIONS:,} operations")
            if operation.name == "STOP":
                return self._values(1)[0]
            if operation.name in _IGNORED:
                continue
            if operation.name in _CONSTANTS:
                self._stack.append(argument)
            elif operation.name in _MEMORISED:
                self._memorise(argument)
            elif operation.name in _RECALLED:
                self._stack.append(self._memo[int(argument)])
            elif operation.name in _OPERATIONS:
                _OPERATIONS[operation.name](self, argument)
            else:
                raise UnreadablePickleError(f"the operation {operation.name}")
        raise UnreadablePickleError("no end")

    def _memorise(self, place: Any) -> None:
        """`MEMOIZE` takes the next place; the others name one."""
        if self._stack[-1] is _MARK:
            raise UnreadablePickleError("a mark in the memo")
        self._memo[len(self._memo) if place is None else int(place)] = self._stack[-1]

    def _since_mark(self) -> list[Any]:
        place = len(self._stack) - 1
        while self._stack[place] is not _MARK:
            place -= 1
            if place < 0:
                raise UnreadablePickleError("no mark")
        values = self._stack[place + 1 :]
        del self._stack[place:]
        return values

    def _values(self, count: int) -> list[Any]:
        """The last `count` values, oldest first."""
        if len(self._stack) < count or any(one is _MARK for one in self._stack[-count:]):
            raise UnreadablePickleError("an empty stack")
        values = self._stack[-count:]
        del self._stack[-count:]
        return values

    def mark(self, _: Any) -> None:
        self._stack.append(_MARK)

    def pop(self, _: Any) -> None:
        self._stack.pop()

    def pop_mark(self, _: Any) -> None:
        self._since_mark()

    def duplicate(self, _: Any) -> None:
        [value] = self._values(1)
        self._stack += [value, value]

    def tuple_since_mark(self, _: Any) -> None:
        self._stack.append(tuple(self._since_mark()))

    def list_since_mark(self, _: Any) -> None:
        self._stack.append(self._since_mark())

    def table_since_mark(self, _: Any) -> None:
        items = self._since_mark()
        self._stack.append({})
        self._set_items(items)

    def append(self, _: Any) -> None:
        self._append(self._values(1))

    def append_since_mark(self, _: Any) -> None:
        self._append(self._since_mark())

    def set_item(self, _: Any) -> None:
        self._set_items(self._values(2))

    def set_items_since_mark(self, _: Any) -> None:
        self._set_items(self._since_mark())

    def _append(self, values: list[Any]) -> None:
        """To a list; an object keeps its items to itself."""
        if isinstance(self._stack[-1], list):
            self._stack[-1].extend(values)

    def _set_items(self, items: list[Any]) -> None:
        table = self._stack[-1]
        if isinstance(table, dict):
            for key, value in zip(items[::2], items[1::2], strict=True):
                if _is_key(key):
                    table[key] = value

    def name(self, argument: str) -> None:
        module, _, name = argument.partition(" ")
        self._stack.append(Name(module, name))

    def name_from_stack(self, _: Any) -> None:
        module, name = self._values(2)
        if not isinstance(module, str) or not isinstance(name, str):
            raise UnreadablePickleError("a name that is no text")
        self._stack.append(Name(module, name))

    def call(self, _: Any) -> None:
        function, arguments = self._values(2)
        is_table = isinstance(function, Name) and str(function) == "collections.OrderedDict"
        self._stack.append({} if is_table and arguments == () else Call(function, arguments))

    def call_with_keywords(self, _: Any) -> None:
        function, arguments, _keywords = self._values(3)
        self._stack.append(Call(function, arguments))

    def call_since_mark(self, argument: str | None) -> None:
        """`INST` names the class, `OBJ` has it on the stack."""
        values = self._since_mark()
        function = values.pop(0) if argument is None else Name(*argument.split(" ", 1))
        self._stack.append(Call(function, tuple(values)))

    def drop_state(self, _: Any) -> None:
        self._values(1)

    def refer(self, argument: str | None) -> None:
        identity = self._values(1)[0] if argument is None else argument
        self._references.append(Reference(identity))
        self._stack.append(self._references[-1])


def _is_key(key: Any) -> bool:
    return type(key) is str or (type(key) is int and abs(key) < _LARGEST_KEY)


_IGNORED = {"PROTO", "FRAME"}
_CONSTANTS = {
    *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
    *("STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE"),
    *("BINUNICODE8", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"),
}
_MEMORISED = {"PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"}
_RECALLED = {"GET", "BINGET", "LONG_BINGET"}


def _pushing(make: Callable[[], Any]) -> Callable[[_Machine, Any], None]:
    return lambda machine, _: machine._stack.append(make())


def _tuple_of(count: int) -> Callable[[_Machine, Any], None]:
    return lambda machine, _: machine._stack.append(tuple(machine._values(count)))


_OPERATIONS: dict[str, Callable[[_Machine, Any], None]] = {
    "NONE": _pushing(lambda: None),
    "NEWTRUE": _pushing(lambda: True),
    "NEWFALSE": _pushing(lambda: False),
    "EMPTY_TUPLE": _pushing(tuple),
    "EMPTY_LIST": _pushing(list),
    "EMPTY_SET": _pushing(list),
    "EMPTY_DICT": _pushing(dict),
    "TUPLE1": _tuple_of(1),
    "TUPLE2": _tuple_of(2),
    "TUPLE3": _tuple_of(3),
    "MARK": _Machine.mark,
    "POP": _Machine.pop,
    "POP_MARK": _Machine.pop_mark,
    "DUP": _Machine.duplicate,
    "TUPLE": _Machine.tuple_since_mark,
    "LIST": _Machine.list_since_mark,
    "FROZENSET": _Machine.list_since_mark,
    "DICT": _Machine.table_since_mark,
    "APPEND": _Machine.append,
    "APPENDS": _Machine.append_since_mark,
    "ADDITEMS": _Machine.append_since_mark,
    "SETITEM": _Machine.set_item,
    "SETITEMS": _Machine.set_items_since_mark,
    "GLOBAL": _Machine.name,
    "STACK_GLOBAL": _Machine.name_from_stack,
    "REDUCE": _Machine.call,
    "NEWOBJ": _Machine.call,
    "NEWOBJ_EX": _Machine.call_with_keywords,
    "INST": _Machine.call_since_mark,
    "OBJ": _Machine.call_since_mark,
    "BUILD": _Machine.drop_state,
    "PERSID": _Machine.refer,
    "BINPERSID": _Machine.refer,
}
