"""What follows from a change upstream in the output of a reader that still binds, and which change it follows from."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from contract_gate.compare.bound import BoundModel
from contract_gate.compare.changes.change import Change, ChangeClass, Kind
from contract_gate.compare.changes.construction import change_of
from contract_gate.compare.changes.kinds import Trait, describe, has
from contract_gate.compare.impact.propagation import Arrival, lost_names
from contract_gate.core.relation import Location, RelationName
from contract_gate.sql.given import lacking_columns
from contract_gate.sql.lineage import QueryLineage
from contract_gate.sql.walk import children_first, own_terms, parts


def derived(
    change: Change, after: BoundModel, lineage: QueryLineage | None, taken: Collection[str] = ()
) -> Iterator[Change]:
    """Follow changed rows or values of one relation into the output of a reader whose columns stay; `taken`: see `Ledger.taken`."""
    relation = change.relation
    if relation is None:
        return
    if change.kind is Kind.UNDECIDED:
        if _may_read(relation, change.column, after, lineage):
            yield _following(change, after, Kind.UNDECIDED)
        return
    if taken and change.change_class is ChangeClass.ROWS:
        yield from _through_keys(change, relation, after, taken)
    if lineage is None:
        return
    if change.change_class is ChangeClass.ROWS:
        if relation in lineage.sources:
            yield _following(change, after, Kind.ROWS_SOURCE_CHANGED)
        return
    if change.column is None:
        return
    changed, _, path = change.column.partition(".")
    is_spelled = bool(path) and _has_other_fields(change) and _is_spelled_whole(after, changed)
    if not (is_spelled or has(change.kind, Trait.FLOWS_BY_VALUE) or _is_null_now(change, after)):
        return
    if path and not _may_read_field(after, changed, path):
        return
    keeps_rows = path and has(change.kind, Trait.GONE_COLUMN)
    if not keeps_rows and any(read == (relation, changed) for read in lineage.rows):
        yield _following(change, after, Kind.ROWS_SOURCE_CHANGED)
    for column in lineage.columns:
        if (relation, changed) in column.upstream or (relation, "*") in column.upstream:
            yield _following(change, after, Kind.COLUMN_VALUES_CHANGED, column.name)


def _through_keys(
    change: Change, relation: RelationName, after: BoundModel, taken: Collection[str]
) -> Iterator[Change]:
    """Rows that go take those along, or their values, that refer to them by a foreign key that says so."""
    for each in after.definition.constraints if after.definition is not None else ():
        if each.refers != relation:
            continue
        if "truncate" in taken or ("delete" in taken and "ON DELETE CASCADE" in each.text):
            yield _following(change, after, Kind.ROWS_SOURCE_CHANGED)
        elif "delete" in taken and "ON DELETE SET" in each.text:
            for column in sorted(each.columns):
                yield _following(change, after, Kind.COLUMN_VALUES_CHANGED, column)


def _may_read(
    relation: RelationName, column: str | None, after: BoundModel, lineage: QueryLineage | None
) -> bool:
    """Tell whether a reader reads what is undecided: of a column, by its lineage, or as a name that nobody knows the relation of."""
    if column is None:
        return lineage is not None
    name = column.partition(".")[0]
    if any(problem.name == name for problem in after.problems):
        return True
    reads = [lineage.rows, *(each.upstream for each in lineage.columns)] if lineage is not None else []
    return any((relation, one) in read for read in reads for one in (name, "*"))


def _has_other_fields(change: Change) -> bool:
    return has(change.kind, Trait.GONE_COLUMN) or change.kind is Kind.COLUMN_ADDED


def _is_spelled_whole(after: BoundModel, column: str) -> bool:
    """Tell whether a text makes a value of all fields of a column, known or not: `to_json_string(s)`, a hash, a cast."""
    for query in children_first(*after.queries):
        for term in parts(own_terms(query)):
            if term.op in _SPELLING and any(arg.op == "column" and arg.value == column for arg in term.args):
                return True
    return False


def _is_null_now(change: Change, after: BoundModel) -> bool:
    """Tell whether reading the field that went gives NULL: Snowflake's objects have no fields that must be there."""
    return (
        has(change.kind, Trait.GONE_COLUMN)
        and "." in (change.column or "")
        and after.model.dialect == "snowflake"
    )


def _may_read_field(after: BoundModel, column: str, path: str) -> bool:
    """Tell whether a text reads a nested field, or all of the column that it is in. Fields are known by their own name."""
    field = path.rpartition(".")[2]
    for query in children_first(*after.queries):
        terms = list(parts(own_terms(query)))
        whole = [*(output.term for output in query.outputs)]
        whole += [arg for term in terms if term.op not in _INTO_FIELDS for arg in term.args]
        if any(term.op in _NAMING_FIELDS and term.value in (field, f"this={field}") for term in terms):
            return True
        if any(term.op == "column" and term.value == column for term in whole):
            return True
    return False


_SPELLING = frozenset({
    "jsonformat", "tojson", "to_json", "to_jsonb", "to_json_string", "tojsonstring", "to_variant", "format", "md5", "md5digest", "sha",
    "sha2", "farmfingerprint", "farm_fingerprint", "hash", "xxhash64", "cityhash64", "siphash64", "cast", "trycast", "concat", "tostring",
})  # fmt: skip
"""What makes one value of all fields of a struct."""
_NAMING_FIELDS = frozenset({"column", "field", "string", "word", "jsonpathkey"})
_INTO_FIELDS = frozenset({
    "field", "bracket", "unnest", "explode", "explodeouter", "posexplode", "elementat", "jsonextract", "named", "getextract", "get",
})  # fmt: skip


def _following(cause: Change, after: BoundModel, kind: Kind, column: str | None = None) -> Change:
    what = {
        Kind.ROWS_SOURCE_CHANGED: "its rows differ",
        Kind.COLUMN_VALUES_CHANGED: f"the values of `{column}` differ",
        Kind.UNDECIDED: "it can't be told whether it differs",
    }[kind]
    source = f"`{cause.relation}.{cause.column}`" if cause.column else f"`{cause.relation}`"
    return change_of(after.model, kind, f"{what}, because {source} does", column=column)


def through_star(change: Change, before: BoundModel, after: BoundModel) -> Change | None:
    """Follow a lost column through `*` of a relation whose other columns nobody lists; None where it stays or never came."""
    if not has(change.kind, Trait.GONE_COLUMN) or after.definition is None or before.definition is None:
        return None
    name = change.column_at_base
    came = any(read.star and read.relation == change.relation for read in before.reads)
    if not came or name in lacking_columns(before.definition.query):
        return None
    if name not in lacking_columns(after.definition.query):
        return None
    text = describe(
        change.kind,
        relation=after.model.relation,
        column=change.column,
        before=change.before,
        after=change.after,
    )
    place = Location(path=after.model.path, line=after.model.line)
    return replace(change, relation=after.model.relation, message=text, location=place, origins=())


def is_from_upstream(change: Change, before: BoundModel, after: BoundModel) -> bool:
    """Tell whether a model whose SQL is the same gives other columns or rows: then what it reads is another thing."""
    same = before.rendered.sql is not None and before.rendered.sql == after.rendered.sql
    return same and not has(change.kind, Trait.NOT_OF_THE_SQL) and before.model.columns == after.model.columns


def explains(
    change: Change, after: QueryLineage | None, before: QueryLineage | None, arriving: list[Arrival]
) -> Arrival:
    """Choose the change upstream that a reader's change follows from: by its column, else the first in shape."""
    read = _read_by(change, after, before, arriving)
    alike = [arrival for arrival in read if arrival.change.kind == change.kind]
    shape = [arrival for arrival in arriving if has(arrival.change.kind, Trait.RESHAPES)] or arriving
    named = [arrival for arrival in shape if arrival.change.column == change.column]
    return (alike or read or named or shape)[0]


def exact_cause(
    change: Change, after: QueryLineage | None, before: QueryLineage | None, arriving: list[Arrival]
) -> Arrival | None:
    """Find the change of the same kind upstream, of a column that this column's value comes from."""
    read = _read_by(change, after, before, arriving)
    return next((arrival for arrival in read if arrival.change.kind == change.kind), None)


def _read_by(
    change: Change, after: QueryLineage | None, before: QueryLineage | None, arriving: list[Arrival]
) -> list[Arrival]:
    """Give the changes upstream of columns that this column's value comes from."""
    upstream: set[tuple[RelationName, str]] = set()
    for lineage in (before, after):
        for column in lineage.columns if lineage is not None else ():
            if column.name in lost_names(change):
                upstream |= column.upstream
    return [
        arrival
        for arrival in arriving
        if arrival.change.relation is not None
        and any((arrival.change.relation, name) in upstream for name in lost_names(arrival.change))
    ]
