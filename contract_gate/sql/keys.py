"""What a table holds beside its columns (keys, checks, indexes, how it is partitioned), and what statements ask of that."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import permutations

from contract_gate.core.relation import RelationName
from contract_gate.core.values import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class TableConstraint:
    """A key, a check, a foreign key, an index or a partitioning that a table declares, as text in one spelling; `columns` are its own.

    `refers`, `keys`: the table that a foreign key names, and the columns of it that it lists; of an index its table, and the columns by
    which it finds a row. `of`: the column in whose definition it stands.
    """

    text: str
    columns: frozenset[str] = frozenset()
    name: str | None = None
    refers: RelationName | None = None
    keys: tuple[str, ...] = ()
    of: str | None = field(default=None, compare=False)


PRIMARY = "PRIMARY KEY"
UNIQUE = "UNIQUE"
INDEX = "INDEX"
PARTITION = "PARTITION BY"
"""How the texts begin. One of a unique index with an expression or a condition goes on with `INDEX`."""


def is_key(constraint: TableConstraint) -> bool:
    """Tell whether others can refer to it: a unique index with a condition or of expressions is no such key."""
    return constraint.text.startswith((f"{PRIMARY} (", f"{UNIQUE} ("))


def primary_key(constraints: Iterable[TableConstraint]) -> frozenset[str] | None:
    """Give the columns of the primary key, None where there is none."""
    return next((each.columns for each in constraints if each.text.startswith(PRIMARY)), None)


class NeedKind(StrEnum):
    """What a statement asks of a table: a key that ON CONFLICT names, one that is grouped by with its other columns beside, an
    index that a hint names, to be partitioned.
    """

    CONFLICT = "conflict"
    GROUP = "group"
    INDEX = "index"
    PARTITION = "partition"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A place that asks for more of a table than its columns. `met`: the table is known to have it; unmet, others may declare it.

    `columns` or `name`: of the key or index; the name of a partitioning is its strategy.
    """

    kind: NeedKind
    relation: RelationName
    columns: frozenset[str] = frozenset()
    name: str = ""
    met: bool = field(default=False, compare=False)
    line: int = field(default=1, compare=False)
    column: int = field(default=1, compare=False)

    def __str__(self) -> str:
        what = f"`{self.name}`" if self.name else f"`{', '.join(sorted(self.columns))}`"
        match self.kind:
            case NeedKind.CONFLICT:
                return f"ON CONFLICT names {what}, and `{self.relation}` has no such key any more"
            case NeedKind.GROUP:
                return f"{what} is grouped by, and is no key of `{self.relation}` any more: its other columns can't stand beside"
            case NeedKind.INDEX:
                return f"a hint names {what}, and `{self.relation}` has no such index any more"
            case NeedKind.PARTITION:
                how = f" by {self.name}" if self.name else ""
                return f"this is a partition of `{self.relation}`, which is not partitioned{how} any more"


def is_held(need: Need, held: Iterable[TableConstraint]) -> bool:
    """Tell whether what a table declares is what a statement asks for."""
    match need.kind:
        case NeedKind.CONFLICT if need.name:
            return any(is_called(each, (need.name,), need.relation.name) for each in held)
        case NeedKind.CONFLICT:
            keys = (each for each in held if each.text.startswith((PRIMARY, UNIQUE)))
            return any((frozenset(each.keys) or each.columns) == need.columns for each in keys)
        case NeedKind.GROUP:
            return any(each.columns <= need.columns for each in held if each.text.startswith(PRIMARY))
        case NeedKind.INDEX:
            named = (each for each in held if each.text.startswith((PRIMARY, UNIQUE, INDEX)))
            return any(
                each.name == need.name or (need.name == "primary" and each.text.startswith(PRIMARY))
                for each in named
            )
        case NeedKind.PARTITION:
            return any(each.text.startswith(f"{PARTITION} {need.name}") for each in held)


def is_called(constraint: TableConstraint, names: tuple[str, ...], table: str) -> bool:
    """Tell whether one of the names is a constraint's, or the one that PostgreSQL gives to one without."""
    is_key = "primary key" in names and constraint.text.startswith(PRIMARY)
    if constraint.name is not None:
        return is_key or constraint.name in names
    return is_key or any(implied in names for implied in _implied_names(constraint, table))


def _implied_names(constraint: TableConstraint, table: str) -> Iterator[str]:
    """Give what PostgreSQL calls a constraint that has no name of its own; a domain's check is called like a table's."""
    kind = constraint.text.partition(" (")[0]
    if kind == PRIMARY:
        yield f"{table}_pkey"
        return
    suffix = {UNIQUE: "key", "FOREIGN KEY": "fkey"}.get(kind, "check")
    if suffix == "check":
        yield f"{table}_check"
    # The text lists them in the order of the alphabet, the name as they were written.
    orders = permutations(sorted(constraint.columns)) if len(constraint.columns) <= _MOST_IN_A_NAME else ()
    yield from (f"{table}_{'_'.join(columns)}_{suffix}" for columns in orders)


_MOST_IN_A_NAME = 4
"""PostgreSQL cuts a name at 63 letters; more columns have seldom room."""
