"""Two results compared as bags of rows, columns by name."""

from collections import Counter

from contract_gate.core.values import dataclass
from contract_gate.witness.question import ResultShape
from contract_gate.witness.values import comparable

Result = list[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Common:
    """The columns that both results have: their names, and their places on each side."""

    names: tuple[str, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ResultDifference:
    """How two results differ: in the number of rows, and in the values of these columns."""

    rows_differ: bool
    columns: tuple[str, ...]

    def __bool__(self) -> bool:
        return self.rows_differ or bool(self.columns)


def common(before: ResultShape, after: ResultShape) -> Common:
    """Pair the columns by name, in the order of `before`; a name that repeats on a side pairs in its order."""
    left, right = _named(before), _named(after)
    names = [key for key in left if key in right]
    return Common(
        tuple(name for name, _ in names), tuple(left[k] for k in names), tuple(right[k] for k in names)
    )


def only(shared: Common, names: tuple[str, ...]) -> Common:
    """Keep the columns of these names."""
    kept = [index for index, name in enumerate(shared.names) if name in names]
    places = (shared.names, shared.before, shared.after)
    return Common(
        tuple(places[0][i] for i in kept),
        tuple(places[1][i] for i in kept),
        tuple(places[2][i] for i in kept),
    )


def compare(before: Result, after: Result, shared: Common) -> ResultDifference:
    """Tell whether the two bags of rows differ over the shared columns."""
    left, right = bag(before, shared.before), bag(after, shared.after)
    if left == right:
        return ResultDifference(False, ())
    columns = tuple(
        name
        for name, one, other in zip(shared.names, shared.before, shared.after, strict=True)
        if bag(before, (one,)) != bag(after, (other,))
    )
    rows_differ = len(before) != len(after)
    return ResultDifference(rows_differ, columns if columns or rows_differ else shared.names)


def bag(rows: Result, places: tuple[int, ...]) -> Counter[tuple[object, ...]]:
    """Count each row, seen through these places alone."""
    return Counter(tuple(comparable(row[place]) for place in places) for row in rows)


def _named(shape: ResultShape) -> dict[tuple[str, int], int]:
    seen: Counter[str] = Counter()
    places: dict[tuple[str, int], int] = {}
    for place, (name, _) in enumerate(shape.columns):
        low = name.lower()
        places[(low, seen[low])] = place
        seen[low] += 1
    return places
