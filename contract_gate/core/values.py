"""Dataclasses whose methods are written when one of them is first called.

The standard library writes and compiles six methods of each class while its module is loaded: a third of what loading this program
costs, for classes that most runs never make a value of, or never compare. Here a class is declared at once, its `__init__` is written for the first value,
and its `__eq__` and `__hash__`, by the same standard library, when they are needed.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import field, fields, replace
from functools import partial
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(kind: type | None = None, /, **options: bool) -> Any:
        """Declare a dataclass, as `dataclasses.dataclass` does; one that is `order`ed is written at once."""
        declare = partial(_declared, options)
        return declare if kind is None else declare(kind)


__all__ = ["dataclass", "field", "fields", "replace"]
_Method = Callable[..., object]
_MISSING = dataclasses.MISSING


def _declared(options: dict[str, bool], kind: type) -> type:
    if options.get("order"):
        return dataclasses.dataclass(**options)(kind)
    is_frozen, is_compared = options.get("frozen", False), options.get("eq", True)
    own = {name: method for name, method in vars(kind).items() if method is not None}
    late = dict.fromkeys(("frozen", "init", "repr", "eq"), False)
    made: type = dataclasses.dataclass(**{**options, **late})(kind)
    methods: dict[str, _Method] = {
        "__init__": _first(made, _initialised),
        "__repr__": _shown,
        "__eq__": _first(made, _compared),
        "__hash__": _first(made, _hashed),
    }
    if not is_compared:
        del methods["__eq__"], methods["__hash__"]
    elif not is_frozen:
        methods["__hash__"] = None  # type: ignore[assignment]
    if is_frozen:
        methods |= {"__setattr__": _refuse, "__delattr__": _refuse}
    for name, method in methods.items():
        if name not in own:
            setattr(made, name, method)
    return made


def _first(made: type, write: Callable[[type], _Method]) -> _Method:
    """Give a method that writes the real one, puts it in its place and calls it."""

    def method(self: object, *args: object, **named: object) -> object:
        real = write(made)
        setattr(made, real.__name__, real)
        return real(self, *args, **named)

    return method


def _initialised(made: type) -> _Method:
    # No field is called like these, which the text of the method uses.
    names: dict[str, object] = {"__put": object.__setattr__, "__missing": _MISSING}
    given: list[str] = []
    named: list[str] = []
    lines: list[str] = []
    for one in fields(made):
        default, make = f"__default_{one.name}", f"__make_{one.name}"
        names |= {default: one.default, make: one.default_factory}
        value = one.name
        if one.default_factory is not _MISSING:
            value = f"{make}() if {one.name} is __missing else {one.name}" if one.init else f"{make}()"
            default = "__missing"
        elif not one.init:
            value = default
        has_default = one.default is not _MISSING or one.default_factory is not _MISSING
        if one.init:
            (named if one.kw_only else given).append(one.name + (f"={default}" if has_default else ""))
        if one.init or has_default:
            lines.append(f" __put(self, {one.name!r}, {value})")
    if hasattr(made, "__post_init__"):
        lines.append(" self.__post_init__()")
    listed = ", ".join(("self", *given, *(("*", *named) if named else ())))
    text = f"def __init__({listed}):\n" + "\n".join(lines or [" pass"])
    exec(text, names)  # noqa: S102 - of the names of the class's own fields
    written: _Method = names["__init__"]  # type: ignore[assignment]
    written.__qualname__ = f"{made.__qualname__}.__init__"
    return written


def _compared(made: type) -> _Method:
    return _twin(made, "__eq__")


def _hashed(made: type) -> _Method:
    return _twin(made, "__hash__")


def _twin(made: type, name: str) -> _Method:
    """Take a method over from a class of the same fields."""
    alike = [(one.name, one.type, field(compare=one.compare, hash=one.hash)) for one in fields(made)]
    wanted = name == "__hash__"
    twin = dataclasses.make_dataclass(
        made.__name__, alike, init=False, repr=False, eq=not wanted, unsafe_hash=wanted
    )
    method: _Method = vars(twin)[name]
    return method


@recursive_repr()
def _shown(self: object) -> str:
    shown = (
        f"{one.name}={getattr(self, one.name)!r}"
        for one in fields(self)  # type: ignore[arg-type]
        if one.repr
    )
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _refuse(self: object, name: str, *_value: object) -> None:  # noqa: ARG001 - of the interface
    raise dataclasses.FrozenInstanceError(f"cannot assign to or delete the field {name!r}")
