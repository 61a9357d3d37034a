"""A hash of what an object in Python does: of nets, functions and arrays that have no card."""

from __future__ import annotations

import builtins
import dis
import hashlib
import inspect
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache, partial
from importlib.metadata import packages_distributions, version
from pathlib import Path
from types import CodeType, FunctionType, MethodType, ModuleType

import numpy as np
import torch
from torch import Tensor, nn

from xai_bench.stored_rows import StoredRows

__all__ = ["content_key"]

_WRITTEN_IN_C = 1 << 8  # Py_TPFLAGS_IMMUTABLETYPE: such objects keep state that is not seen here
_PLAIN = (type(None), bool, int, float, complex, str, bytes)


class _UnknownError(Exception):
    """Something whose content cannot be known."""


def content_key(content: object) -> str | None:
    """sha256 of what an object is made of, or None where that cannot be known.

    Arrays and plain values: their values. Nets: weights, settings and the source of every class.
    Functions: their source, what they enclose, and what they use of the module around them. What an
    installed package defines is known by its version. None: of objects that hold files, generators,
    or anything else whose state is not plain, and of code without a source.
    """
    try:
        return _Digest().of(content)
    except _UnknownError:
        return None


class _Digest:
    def __init__(self) -> None:
        self._open: dict[int, int] = {}
        """Objects that are being described, by id: functions may call each other."""

    def of(self, content: object) -> str:
        if id(content) in self._open:
            return f"again {self._open[id(content)]}"
        self._open[id(content)] = len(self._open)
        digest = hashlib.sha256()
        for part in self._parts(content):
            digest.update(hashlib.sha256(part).digest())
        del self._open[id(content)]
        return digest.hexdigest()

    def _parts(self, content: object) -> Iterator[bytes | memoryview]:
        kind = type(content)
        yield kind.__qualname__.encode()
        if isinstance(content, _PLAIN):
            yield repr(content).encode()
        elif isinstance(content, Path):
            yield str(content).encode()
        elif isinstance(content, Tensor):
            yield from _array(content.detach().cpu())
        elif isinstance(content, np.ndarray | np.generic):
            array = np.asarray(content)
            if array.dtype.hasobject:
                raise _UnknownError
            yield f"{array.dtype} {array.shape}".encode()
            yield np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
        elif isinstance(content, StoredRows):
            yield f"{content.dtype} {content.shape}".encode()
            for row in content:
                yield row.tobytes()
        elif isinstance(content, torch.dtype | torch.device):
            yield str(content).encode()
        elif isinstance(content, Mapping):
            for key, value in content.items():
                yield self.of(key).encode() + self.of(value).encode()
        elif isinstance(content, set | frozenset):
            yield "".join(sorted(map(self.of, content))).encode()
        elif isinstance(content, Sequence):
            for value in content:
                yield self.of(value).encode()
        elif isinstance(content, nn.Module):
            yield from self._module(content)
        elif isinstance(content, MethodType):
            yield self.of(content.__func__).encode() + self.of(content.__self__).encode()
        elif isinstance(content, partial):
            yield self.of([content.func, content.args, content.keywords]).encode()
        elif isinstance(content, ModuleType):
            yield _installed(content.__name__) or _unknown()
        elif callable(content) and hasattr(content, "__module__") and hasattr(content, "__name__"):
            yield from self._code(content)
        else:
            yield from self._instance(content)

    def _module(self, net: nn.Module) -> Iterator[bytes]:
        yield self.of(type(net)).encode()
        if any((net._forward_hooks, net._forward_pre_hooks, net._backward_hooks)):
            raise _UnknownError
        hidden = set(vars(nn.Module()))
        settings = {name: value for name, value in vars(net).items() if name not in hidden}
        yield self.of(settings).encode()
        for name, tensor in (*net._parameters.items(), *net._buffers.items()):
            yield name.encode() + self.of(tensor).encode()
        for name, child in net._modules.items():
            yield name.encode() + self.of(child).encode()

    def _instance(self, content: object) -> Iterator[bytes]:
        """An object of a class that is written in Python, whose state is then in its fields."""
        if any(base.__flags__ & _WRITTEN_IN_C for base in type(content).__mro__[:-1]):
            raise _UnknownError
        yield self.of(type(content)).encode()
        if is_dataclass(content):
            state = {one.name: getattr(content, one.name) for one in fields(content)}
        elif hasattr(content, "__dict__"):
            state = vars(content)
        else:
            raise _UnknownError
        yield self.of(state).encode()

    def _code(self, defined: object) -> Iterator[bytes]:
        """A function or a class: the source, and what it uses of the module around it."""
        module = str(getattr(defined, "__module__", ""))
        name = getattr(defined, "__qualname__", "")
        if module == "builtins" and "." not in name and not hasattr(builtins, name):
            raise _UnknownError  # code that was made without a module
        known = _installed(module)
        if known:
            yield known + name.encode()
            return
        try:
            yield inspect.getsource(defined).encode()  # type: ignore[arg-type]
        except (OSError, TypeError):
            raise _UnknownError from None
        if isinstance(defined, type):
            yield self.of(defined.__mro__[1:]).encode()
            yield self.of(_values_of(defined)).encode()
            held = [getattr(one, "__func__", one) for one in vars(defined).values()]
            functions = [one for one in held if isinstance(one, FunctionType)]
        elif isinstance(defined, FunctionType):
            functions = [defined]
            yield self.of([defined.__defaults__, defined.__kwdefaults__]).encode()
        else:
            raise _UnknownError
        for function in functions:
            enclosed = [cell.cell_contents for cell in function.__closure__ or ()]
            yield self.of([one for one in enclosed if one is not defined]).encode()
            around = function.__globals__
            used = sorted(_globals_of(function.__code__) & around.keys())
            yield self.of({name: around[name] for name in used}).encode()


def _array(values: Tensor) -> Iterator[bytes | memoryview]:
    if values.layout is not torch.strided or values.is_quantized:
        raise _UnknownError
    yield f"{values.dtype} {tuple(values.shape)}".encode()
    yield values.contiguous().reshape(-1).view(torch.uint8).numpy().data


def _values_of(kind: type) -> dict[str, object]:
    """What a class holds beside functions: its values may be others than its source says."""
    return {
        name: value
        for name, value in vars(kind).items()
        if not name.startswith("__")
        and not isinstance(value, FunctionType | classmethod | staticmethod | property)
        and not hasattr(value, "__set__")
        and not hasattr(value, "__set_name__")
        and name not in ("_abc_impl", "_is_protocol")
    }


def _globals_of(code: CodeType) -> set[str]:
    """Names that code, and code in it, looks up in the module around it."""
    found = {str(one.argval) for one in dis.get_instructions(code) if one.opname == "LOAD_GLOBAL"}
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= _globals_of(constant)
    return found


def _installed(module: str) -> bytes | None:
    """The version of the package that a module is of, or None for a user's own."""
    root = module.partition(".")[0]
    if root in sys.stdlib_module_names and root != "__main__":
        return f"python {sys.version_info.major}.{sys.version_info.minor}".encode()
    # Of an editable installation it is not known which modules are its own.
    name = "xai-bench" if root == "xai_bench" else next(iter(_distributions().get(root, ())), None)
    return f"{root} {version(name)}".encode() if name else None


@cache
def _distributions() -> Mapping[str, Sequence[str]]:
    return packages_distributions()


def _unknown() -> bytes:
    raise _UnknownError
