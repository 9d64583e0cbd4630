"""Two texts of a file as lines: what is gone, what is new, and a little around both."""

from collections.abc import Collection, Iterator
from difflib import SequenceMatcher

from contract_gate.core.values import dataclass
from contract_gate.reports.basis import count

AROUND = 3
_LONGEST = 20_000
"""Lines of a file; comparing more would take seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line with its numbers at base and head. `sign`: `-`, `+`, a blank, or `…` for lines that are left out."""

    sign: str
    text: str = ""
    before: int | None = None
    after: int | None = None
    marked: bool = False


def lines(before: str, after: str, marks: Collection[int] = ()) -> Iterator[Line]:
    """Give the differing lines with those around them; lines of the head at `marks` are shown in any case."""
    old, new = before.splitlines(), after.splitlines()
    if max(len(old), len(new)) > _LONGEST:
        yield Line(sign="…", text=f"more than {_LONGEST:,} lines are not compared here")
        return
    told = list(_all(old, new, marks))
    near = [index for index, line in enumerate(told) if line.sign != " " or line.marked]
    shown = {index + step for index in near for step in range(-AROUND, AROUND + 1)}
    skipped = 0
    for index, line in enumerate(told):
        if index in shown:
            if skipped:
                yield Line(sign="…", text=count(skipped, "line"))
            skipped = 0
            yield line
        else:
            skipped += 1
    if skipped and near:
        yield Line(sign="…", text=count(skipped, "line"))


def _all(old: list[str], new: list[str], marks: Collection[int]) -> Iterator[Line]:
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            for i, j in zip(range(i1, i2), range(j1, j2), strict=True):
                yield Line(sign=" ", text=new[j], before=i + 1, after=j + 1, marked=j + 1 in marks)
            continue
        yield from (Line(sign="-", text=old[i], before=i + 1) for i in range(i1, i2))
        yield from (Line(sign="+", text=new[j], after=j + 1, marked=j + 1 in marks) for j in range(j1, j2))
