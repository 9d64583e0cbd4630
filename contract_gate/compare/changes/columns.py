"""Changes of the columns themselves: gone, new, renamed, in another order, of another type."""

from collections.abc import Iterator

from contract_gate.compare.changes.change import Certainty, Change, Kind
from contract_gate.compare.changes.kinds import bounded, class_of, describe
from contract_gate.core.deadline import checkpoint
from contract_gate.core.relation import Column, Fields, Location, RelationName
from contract_gate.core.values import dataclass
from contract_gate.sql.algebra import Output
from contract_gate.sql.types import is_integer, is_of_one_kind, is_same_type, is_wider

Place = int | str
"""A column's position, or its name where it comes through an open star."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A column on both sides: where it stands before and after, and its names."""

    before: Place
    after: Place
    old_name: str
    new_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """The columns of one side, with what names each value (`texts`), so that a renamed one is known again.

    `declared`: those whose type the relation itself declares.
    """

    outputs: tuple[Output, ...]
    texts: tuple[str, ...]
    declared: frozenset[str] = frozenset()

    @property
    def star(self) -> Output | None:
        """Give the open star, if there is one: then there may be columns of any name."""
        return next((output for output in self.outputs if output.term.op == "star"), None)


def pair_columns(before: Side, after: Side) -> tuple[tuple[Pair, ...], tuple[int, ...], tuple[int, ...]]:
    """Pair the columns: by name, then those left over by value and position. Gives pairs, removed and added."""
    left, right = _by_name(before), _by_name(after)
    pairs = [
        Pair(before=index, after=right[key], old_name=key[0], new_name=key[0])
        for key, index in left.items()
        if key in right
    ]
    removed = [index for key, index in left.items() if key not in right]
    added = [index for key, index in right.items() if key not in left]
    for gone in tuple(removed):
        same = [new for new in added if after.texts[new] and after.texts[new] == before.texts[gone]]
        if same:
            new = min(same, key=lambda position: (position != gone, position))
            names = before.outputs[gone].name, after.outputs[new].name
            pairs.append(Pair(before=gone, after=new, old_name=names[0], new_name=names[1]))
            removed.remove(gone)
            added.remove(new)
    pairs.sort(key=lambda pair: pair.after)
    return tuple(pairs), tuple(removed), tuple(added)


def _by_name(side: Side) -> dict[tuple[str, int], int]:
    """Number columns of one name, as a query may have two (`SELECT o.id, c.id`)."""
    found: dict[tuple[str, int], int] = {}
    for index, output in enumerate(side.outputs):
        if output.term.op == "star":
            continue
        occurrence = sum(1 for name, _ in found if name == output.name)
        found[output.name, occurrence] = index
    return found


class ColumnChanges:
    """Makes the changes of columns; `relation` is named in the messages where it is known."""

    def __init__(self, before: Side, after: Side, relation: RelationName | None, dialect: str) -> None:
        self._before = before
        self._after = after
        self._relation = relation
        self._dialect = dialect

    def removed(self, index: int, text: str) -> Change:
        """A column is gone."""
        output = self._before.outputs[index]
        return self.change(Kind.COLUMN_REMOVED, output, before=text, certainty=Certainty.PROVEN)

    def added(self, index: int, text: str) -> Change:
        """A column is new."""
        output = self._after.outputs[index]
        return self.change(Kind.COLUMN_ADDED, output, after=text, certainty=Certainty.PROVEN)

    def of_pair(self, pair: Pair) -> Iterator[Change]:
        """A column on both sides has another name or type."""
        if not isinstance(pair.before, int) or not isinstance(pair.after, int):
            return
        old, new = self._before.outputs[pair.before], self._after.outputs[pair.after]
        if pair.old_name != pair.new_name:
            yield self.change(
                Kind.COLUMN_RENAMED, new, name=pair.old_name, before=pair.old_name, after=pair.new_name,
                certainty=Certainty.PROVEN,
            )  # fmt: skip
        is_inferred = pair.old_name not in self._before.declared or pair.new_name not in self._after.declared
        is_one_value = is_inferred and self._is_one_value(pair.before, pair.after)
        if is_one_value and _is_guess(old) and _is_guess(new):
            return  # `YEAR(x)` and `EXTRACT(YEAR FROM x)` are one value; the sizes inferred of them differ
        nested = tuple(self._of_fields(pair.new_name, old.fields, new.fields, new))
        yield from nested
        if nested or (is_inferred and _may_be_one_type(old, new)):
            return
        if (kind := retyped(old.type, new.type, self._dialect)) is not None:
            yield self.change(kind, new, before=old.type, after=new.type, certainty=Certainty.PROVEN)

    def _of_fields(
        self, path: str, before: Fields | None, after: Fields | None, output: Output
    ) -> Iterator[Change]:
        """Fields are columns of the column, called by their path. Where one side's are not known nothing is."""
        checkpoint()
        if before is None or after is None or before.repeated != after.repeated:
            return
        old = {column.name: column for column in before.columns}
        new = {column.name: column for column in after.columns}
        for name in [*old, *(name for name in new if name not in old)]:
            was, now = old.get(name), new.get(name)
            yield from self._of_field(f"{path}.{name}", was, now, output)

    def _of_field(
        self, path: str, was: Column | None, now: Column | None, output: Output
    ) -> Iterator[Change]:
        before, after = (side.type or path if side is not None else None for side in (was, now))
        if was is None or now is None:
            kind = Kind.COLUMN_ADDED if was is None else Kind.COLUMN_REMOVED
            yield self._of_path(kind, output, path, before, after)
            return
        inner = tuple(self._of_fields(path, was.fields, now.fields, output))
        yield from inner
        if not inner and (retype := retyped(was.type, now.type, self._dialect)) is not None:
            yield self._of_path(retype, output, path, before, after)

    def _of_path(
        self, kind: Kind, output: Output, path: str, before: str | None, after: str | None
    ) -> Change:
        return self.change(kind, output, name=path, before=before, after=after, certainty=Certainty.PROVEN)

    def _is_one_value(self, before: int, after: int) -> bool:
        text = self._before.texts[before]
        return bool(text) and text == self._after.texts[after]

    def reordered(self, pairs: tuple[Pair, ...]) -> Iterator[Change]:
        """The columns that both sides have stand in another order."""
        placed = [pair for pair in pairs if isinstance(pair.before, int) and isinstance(pair.after, int)]
        before = sorted(placed, key=lambda pair: int(pair.before))
        after = sorted(placed, key=lambda pair: int(pair.after))
        moved = next((new for old, new in zip(before, after, strict=True) if old is not new), None)
        if moved is not None:
            output = self._after.outputs[int(moved.after)]
            yield self.change(
                Kind.COLUMN_REORDERED, output, name=moved.new_name,
                before=", ".join(pair.old_name for pair in before),
                after=", ".join(pair.new_name for pair in after), certainty=Certainty.PROVEN,
            )  # fmt: skip

    def change(
        self,
        kind: Kind,
        output: Output,
        *,
        name: str | None = None,
        before: str | None = None,
        after: str | None = None,
        certainty: Certainty = Certainty.POSSIBLE,
        reason: str | None = None,
    ) -> Change:
        """Make a change of one column."""
        column = name or output.name
        return Change(
            kind=kind,
            change_class=class_of(kind),
            certainty=certainty,
            message=describe(
                kind, relation=self._relation, column=column, before=before, after=after, reason=reason
            ),
            relation=self._relation,
            column=column,
            before=bounded(before),
            after=bounded(after),
            location=Location(line=output.line, column=max(output.column, 1)) if output.line else None,
        )


def retyped(before: str | None, after: str | None, dialect: str) -> Kind | None:
    """Give the kind of a change of type; None where both are one type, or one is not known."""
    if not before or not after or is_same_type(before, after, dialect):
        return None
    return Kind.COLUMN_TYPE_WIDENED if is_wider(before, after, dialect) else Kind.COLUMN_TYPE_CHANGED


def _may_be_one_type(old: Output, new: Output) -> bool:
    """Tell whether a size or precision was inferred of an expression, which is the engine's affair: its values are told.

    `SUM(x)` and `AVG(x)`, `x` and `x / 100`, `s` and `LEFT(s, 3)`. A cast says its type, and so does a declaration.
    """
    ops = {old.term.op, new.term.op}
    if (
        ops & {"cast", "trycast", "declared"}
        or ops <= {"column", "star"}
        or old.type is None
        or new.type is None
    ):
        return False
    return is_of_one_kind(old.type, new.type)


def _is_guess(output: Output) -> bool:
    """Tell whether the type is an integer's, inferred of a function: its size is the engine's affair."""
    return output.term.op not in ("column", "cast", "star", "declared") and is_integer(output.type or "")
