"""Cache values as bytes: `zlib(pickle(value))`, the only place that pickles or unpickles.

Equal values with their keys in the same order give the same bytes, so that comparing bytes tells
whether a value has changed. (isal and zlib compress differently: install it everywhere or nowhere.)

What is read may have been written by anyone who reaches the database, so reading builds plain
values and times, and refuses to look up, and thereby to call, anything else.
"""

from __future__ import annotations

import io
import pickle
from datetime import date, datetime, timedelta, timezone
from typing import Any, TypeAlias

try:
    from isal import isal_zlib as zlib
except ImportError:  # isal is not made for every machine
    import zlib  # type: ignore[no-redef]

Plain: TypeAlias = Any
"""dict, list, str, int, float, bool, None and times, nested at will.

An alias, as a type checker takes no TypedDict for a `dict[str, …]`.
"""

INFLATED_MAX = 64 * 1024 * 1024
"""Bytes a value may have before compression: a hundred times the largest album."""

_PROTOCOL = 5
_NOT_ZLIB: Any = zlib.error  # isal's type hints call the class an instance
_TIMES = {cls.__name__: cls for cls in (date, datetime, timedelta, timezone)}

# Whatever the unpickler and the constructors of times have been seen to raise on bad input.
_REFUSALS = (
    pickle.UnpicklingError,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    TypeError,
    ValueError,
)


class Undecodable(Exception):
    """Bytes that `encode` did not write: torn, foreign, too large, or planted. Take it for absent.

    The message says what is wrong with them.
    """


def encode(value: Plain) -> bytes:
    """Return the bytes of a value.

    Raises TypeError for what `decode` would refuse, ValueError for more than `INFLATED_MAX` bytes,
    hundreds of levels, or a value that contains itself.
    """
    buffer = _Bounded()
    writer = _Writer(buffer, protocol=_PROTOCOL)
    # A memo refers back to what is the same object, not the same text: equal values would differ.
    writer.fast = True
    try:
        writer.dump(value)
    except RecursionError as error:
        raise ValueError("a cache value is nested too deeply") from error
    return zlib.compress(buffer.getbuffer())


def decode(data: bytes) -> Plain:
    """Return the value that `encode` made bytes of. Raises Undecodable, and runs no code of theirs.

    A planted value can still waste memory (a pickle may ask for a large table of references).
    """
    try:
        return _Reader(io.BytesIO(_inflate(data)), fix_imports=False).load()
    except _REFUSALS as error:
        raise Undecodable(f"no value of ours: {str(error) or type(error).__name__}") from error


def _inflate(data: bytes) -> bytes:
    stream = zlib.decompressobj()
    try:
        inflated: bytes = stream.decompress(data, INFLATED_MAX)
    except _NOT_ZLIB as error:
        raise Undecodable(f"not zlib: {error}") from error
    if not stream.eof and len(inflated) == INFLATED_MAX:
        raise Undecodable(f"more than {INFLATED_MAX} bytes when inflated")
    if not stream.eof:
        raise Undecodable("torn: the end is missing")
    if stream.unused_data:
        raise Undecodable("there is something behind the end")
    return inflated


class _Bounded(io.BytesIO):
    def write(self, data: Any) -> int:  # noqa: ANN401 - BytesIO's own signature
        """Refuse too much while it is written: what is shared is written as often as it occurs."""
        written = super().write(data)
        if self.tell() > INFLATED_MAX:
            raise ValueError(f"a cache value is larger than the {INFLATED_MAX} bytes allowed")
        return written


class _Writer(pickle.Pickler):
    def reducer_override(self, value: object) -> Any:  # noqa: ANN401 - pickle's own signature
        """Called for all that is not built in: refuses here what could never be read again."""
        kind = value if isinstance(value, type) else type(value)
        if kind in _TIMES.values():
            return NotImplemented
        raise TypeError(f"a cache value holds a {kind.__qualname__}, which is not plain")


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> type:
        """Called for all that a pickle names."""
        if module == "datetime" and name in _TIMES:
            return _TIMES[name]
        raise pickle.UnpicklingError(f"it names {module}.{name}")
