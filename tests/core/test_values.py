"""A dataclass whose methods are written late is the standard library's in all that can be asked of it."""

import dataclasses
from functools import cached_property
from pathlib import Path

import pytest

import contract_gate
from contract_gate.core import values


def _declare(dataclass):
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Point:
        x: int
        y: int = 2
        tags: tuple[str, ...] = dataclasses.field(default_factory=tuple)
        note: str = dataclasses.field(default="", compare=False, repr=False)
        missing: list[int] = dataclasses.field(default_factory=list, compare=False)

    @dataclass(frozen=True)
    class Named:
        name: str
        length: int = dataclasses.field(init=False, default=0)

        def __post_init__(self):
            object.__setattr__(self, "length", len(self.name))

        @cached_property
        def upper(self):
            return self.name.upper()

        def __repr__(self):
            return f"<{self.name}>"

    @dataclass(slots=True)
    class Counter:
        count: int = 0

    @dataclass(frozen=True, eq=False)
    class Own:
        name: str

        def __eq__(self, other):
            return isinstance(other, Own)

        def __hash__(self):
            return 7

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Deep(Point):
        z: int

    @dataclass(frozen=True, order=True)
    class Ranked:
        rank: int

    return Point, Named, Counter, Own, Deep, Ranked


def _told(make):
    """Give what comes of it, or which error it is."""
    try:
        return repr(make())
    except Exception as error:  # noqa: BLE001 - its kind is what is compared
        return type(error)


ASKED = {
    "values": lambda p, n, c, o, d, r: (p(x=1), n("ab"), c(3), d(x=1, z=2), r(1)),
    "by place": lambda p, *_: p(1),
    "a field too many": lambda p, *_: p(x=1, w=2),
    "a field too few": lambda p, *_: p(),
    "equal": lambda p, n, c, o, d, r: (
        p(x=1) == p(x=1, note="other"), p(x=1) == p(x=2), p(x=1, y=2) == d(x=1, z=2), n("a") == n("a"), c() == c(), o("a") == o("b"),
    ),
    "hashes": lambda p, n, c, o, d, r: (hash(p(x=1)) == hash(p(x=1, note="n")), len({p(x=1), p(x=1)}), hash(o("a"))),
    "a hash of what changes": lambda p, n, c, *_: hash(c()),
    "replaced": lambda p, n, c, o, d, r: (dataclasses.replace(p(x=1), y=5), dataclasses.replace(d(x=1, z=2), x=3)),
    "fields": lambda *kinds: [[each.name for each in dataclasses.fields(kind)] for kind in kinds],
    "set": lambda p, *_: setattr(p(x=1), "x", 2),
    "deleted": lambda p, *_: delattr(p(x=1), "x"),
    "another attribute": lambda p, n, *_: setattr(n("a"), "other", 2),
    "changed": lambda p, n, c, *_: (setattr(one := c(), "count", 4), one),
    "worked out once": lambda p, n, *_: n("ab").upper,
    "matched": lambda *kinds: [kind.__match_args__ for kind in kinds],
    "after it is made": lambda p, n, *_: n("abc").length,
    "sorted": lambda p, n, c, o, d, r: sorted([r(2), r(1)]),
    "documented": lambda *kinds: [bool(kind.__doc__) for kind in kinds],
}  # fmt: skip


@pytest.mark.parametrize("ask", ASKED.values(), ids=list(ASKED))
def test_it_is_the_standard_librarys_in_all_that_is_asked(ask):
    """Each question to classes that were never asked before has the answer that the standard library's give."""
    late, plain = (_declare(each) for each in (values.dataclass, dataclasses.dataclass))
    told = _told(lambda: ask(*plain))
    assert _told(lambda: ask(*late)) == told
    assert _told(lambda: ask(*late)) == told


def test_methods_are_written_when_one_is_called(monkeypatch):
    """Declaring classes writes nothing, what compares two values of one writes that, and the next comparison nothing more."""
    written = []
    make = dataclasses.make_dataclass
    monkeypatch.setattr(
        dataclasses, "make_dataclass", lambda name, *more, **named: written.append(name) or make(name, *more, **named)
    )  # fmt: skip
    point, named, *_ = _declare(values.dataclass)
    unwritten = vars(point)["__init__"]
    assert (point(x=1), written) == (point(x=1), ["Point"])
    assert vars(point)["__init__"] is not unwritten
    assert repr(named("a")) == "<a>"
    assert point(x=1) != point(x=2)
    assert written == ["Point"]


def test_the_program_declares_its_values_so():
    """No module takes the standard library's decorator: but for the emulator's, which share nothing with the gate."""
    root = Path(contract_gate.__file__).parent
    others = [
        path
        for path in root.rglob("*.py")
        if "emulator" not in path.parts and path != root / "core" / "values.py"
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("from dataclasses import") and "dataclass" in line.partition(" import ")[2].split(", ")
    ]  # fmt: skip
    assert others == []
