"""What the next run of an incremental model does to the table that is there: dbt's `on_schema_change`.

https://docs.getdbt.com/docs/build/incremental-models#what-if-the-columns-of-my-incremental-model-change
A full refresh builds the table anew, and is the way out of all that is told here.
"""

from collections.abc import Collection

from contract_gate.compare.bound import BoundModel
from contract_gate.compare.changes.change import Certainty, Change, Kind
from contract_gate.compare.changes.construction import place_in
from contract_gate.compare.changes.kinds import Trait, has
from contract_gate.compare.impact.breaking import place_of_read
from contract_gate.compare.impact.propagation import Arrival
from contract_gate.core.relation import Location, RelationName
from contract_gate.sql.algebra import Scan, Select
from contract_gate.sql.families import TRINO
from contract_gate.sql.query.rules import AGGREGATES_OF_TERMS
from contract_gate.sql.walk import children_first, own_terms, parts

_REFRESH = "a run with --full-refresh mends it"


def next_run(
    before: BoundModel, after: BoundModel, arrivals: Collection[Arrival]
) -> tuple[str, Location] | None:
    """Say why the next run fails, and where the reason is; None where nothing says so."""
    changes = [
        each.change
        for each in arrivals
        if not each.stopped and each.change.certainty is Certainty.PROVEN and not each.change.increment
    ]
    gone = {name: change for change in changes if (name := _gone(change))}
    new = {name: change for change in changes if (name := _added(change))}
    policy = after.model.on_schema_change
    for name, change in (*gone.items(), *new.items()):
        verb = "lacks" if name in new else "has"
        if "." in name and _refuses_struct(after.model.dialect, policy, is_new=name in new):
            text = f"the struct in the table that is there {verb} `{name}`, and one of other fields is not taken for it"
        elif "." not in name and (policy == "fail" or (policy == "ignore" and name not in new)):
            text = f"the table that is there {verb} `{name}`" + (
                "" if name in new else ", which the model gives no longer"
            )
        else:
            continue
        return _told(policy, text), change.location or place_in(after, 1, 1)
    retyped = [change for change in changes if has(change.kind, Trait.RETYPED)]
    lost = [*gone.items(), *((c.column, c) for c in retyped if c.kind is Kind.COLUMN_TYPE_CHANGED)]
    if policy == "refuse" and lost:
        name, change = lost[0]
        text = f"a plan is refused: the table of this forward-only model would lose what it has in `{name}` (`on_destructive_change` is error)"
        return text, change.location or place_in(after, 1, 1)
    if policy == "fail" and retyped:
        text = f"`{retyped[0].column}` has another type in the table that is there"
        return _told(policy, text), retyped[0].location or place_in(after, 1, 1)
    return _of_itself(before, after, gone, new)


def _refuses_struct(dialect: str, policy: str | None, *, is_new: bool) -> bool:
    """Tell whether rows whose struct has other fields than the table's are refused.

    BigQuery and Trino coerce a struct to one of as many fields alone. dbt's adapters leave the fields of a column that is there as
    they are, but for BigQuery's, which adds new ones where columns are appended, and for Trino's, which retypes where all are synced:
    https://github.com/dbt-labs/dbt-adapters/pull/1385.
    """
    if policy == "fail":
        return dialect not in _ONE_TYPE_OF_OBJECTS
    if dialect == "bigquery":
        return policy in ("ignore", "append_new_columns", "sync_all_columns") and (
            not is_new or policy == "ignore"
        )
    return dialect in TRINO and policy in ("ignore", "append_new_columns")


_ONE_TYPE_OF_OBJECTS = frozenset({"snowflake", "postgres", "redshift"})
"""Where dbt sees one type whatever the fields are."""


def _of_itself(
    before: BoundModel, after: BoundModel, gone: Collection[str], new: Collection[str]
) -> tuple[str, Location] | None:
    """An incremental run reads the table before dbt changes its columns: a new one is not there yet, an old one soon gone."""
    increment = after.increment
    if increment is None:
        return None
    own = {name for name in (before.model.relation, after.model.relation) if name is not None}
    read = [(r.column_name or "", r.line, r.column) for r in increment.reads if r.relation in own]
    meant = _aggregated(increment, own)
    read += [
        (loose.name, loose.line, loose.column)
        for loose in increment.loose
        if loose.outer and loose.name in meant
    ]
    for name, line, column in read:
        place = place_in(increment, line, column)
        if name in new:
            text = f"an incremental run reads `{name}` of the table that is there, which lacks it"
            return f"the next run fails: {text}; {_REFRESH}", place
        if name in gone:
            text = f"an incremental run reads `{name}` of its own table, which the model gives no longer"
            return text, place
    return None


def _aggregated(increment: BoundModel, own: Collection[RelationName]) -> set[str]:
    """Give the names without a qualifier that a query over the table itself aggregates and takes from the query around it:
    they mean the table's columns, and engines refuse an aggregate of the outer query there.
    """
    found: set[str] = set()
    for query in children_first(*increment.queries):
        if not isinstance(query, Select) or len(query.sources) != 1:
            continue
        only = query.sources[0]
        if isinstance(only.relation, Scan) and only.relation.name in own:
            inside = parts(term for term in parts(own_terms(query)) if term.op in AGGREGATES_OF_TERMS)
            found |= {term.value for term in inside if term.op == "column" and term.source != only.id}
    return found


def never_added(
    change: Change, relation: RelationName | None, reader: BoundModel
) -> tuple[str, Location] | None:
    """Say that a reader names a new column which the table that is there does not get; None where it names none."""
    name = _added(change)
    if name is None:
        return None
    read = next((r for r in reader.reads if r.relation == relation and r.column_name == name), None)
    if read is None:
        return None
    text = f"`{name}` is not added to `{relation}` by its next run, whose `on_schema_change` is ignore; {_REFRESH}"
    return text, place_of_read(change, reader) or place_in(reader, read.line, read.column)


def _told(policy: str | None, text: str) -> str:
    return f"the next run fails: {text} (`on_schema_change` is {policy}); {_REFRESH}"


def _gone(change: Change) -> str | None:
    return change.column_at_base if has(change.kind, Trait.GONE_COLUMN) else None


def _added(change: Change) -> str | None:
    if change.kind is Kind.COLUMN_RENAMED:
        return change.after
    return change.column if change.kind is Kind.COLUMN_ADDED else None
