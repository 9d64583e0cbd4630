"""A witness pushed through the consumers: their SQL over the model's rows before and after, in the child process.

Tables that the witness doesn't have are generated, the same for both sides, so that a consumer's joins find partners.
What a reader makes is kept for the readers after it.
"""

import time
from contextlib import closing

from contract_gate.core.relation import Column, RelationName
from contract_gate.core.values import dataclass
from contract_gate.sql.families import IGNORES_CASE
from contract_gate.witness.binding import Base, Bound, bind
from contract_gate.witness.comparison import Result, ResultDifference
from contract_gate.witness.database import Database, DataError
from contract_gate.witness.display import shown, shown_witness
from contract_gate.witness.preparation import Prepared, settle
from contract_gate.witness.question import (
    Budget,
    Found,
    Reader,
    Replayed,
    ResultShape,
    TableShape,
    WitnessEffect,
)
from contract_gate.witness.refusal import Refusal
from contract_gate.witness.rules import Row, Rows, declared, expected
from contract_gate.witness.statement import hold_apart, read_query
from contract_gate.witness.trials import Search, clock
from contract_gate.witness.values import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a relation holds on each side; `types` are those of the base's side, `plain` values in the rows."""

    relation: RelationName
    types: tuple[tuple[str, str], ...]
    before: tuple[dict[str, object], ...]
    after: tuple[dict[str, object], ...]


def play(found: Found, readers: tuple[Reader, ...], budget: Budget) -> tuple[Replayed, ...]:
    """Run each reader over what the model held before and after; nearest readers first."""
    known = _known(found)
    answers = []
    for reader in readers:
        try:
            if found.question.relation is None:
                raise Refusal("the changed model has no relation's name")
            with closing(Database(budget.memory_mb, ignores_case=reader.dialect in IGNORES_CASE)) as database:
                answer, made = _play_one(reader, known, budget, database)
        except Refusal as refusal:
            answer, made = _not_run(reader, refusal.reason), None
        answers.append(answer)
        if made is not None:
            known.append(made)
    return tuple(answers)


def _known(found: Found) -> list[Held]:
    relations = dict(found.relations)
    types = {shape.name: shape.columns for shape in found.inputs}
    known = [
        Held(relation=relations[name], types=types[name], before=rows, after=rows)
        for name, rows in found.witness.tables
    ]
    if found.question.relation is not None:
        made, gone = found.outputs[0].columns, {name for name, _ in found.outputs[1].columns}
        shared = tuple((name, kind) for name, kind in made if name in gone)
        known.append(
            Held(
                relation=found.question.relation,
                types=shared,
                before=found.witness.before,
                after=found.witness.after,
            )
        )
    return known


def _play_one(
    reader: Reader, known: list[Held], budget: Budget, database: Database
) -> tuple[Replayed, Held | None]:
    query = read_query(reader.sql, reader.dialect)
    hold_apart(reader.dialect, query)
    shapes = tuple(s for s in reader.tables if not any(s.name.matches(h.relation) for h in known))
    bound = bind(query, query.copy(), (*shapes, *map(_shape_of, known)))
    homes = {name: _holder(table.relation, known) for name, table in bound.tables.items()}
    fixed = {name: held for name, held in homes.items() if held is not None and _covers(held, bound, name)}
    if not fixed:
        raise Refusal("it reads nothing that the witness has rows of")
    kinds = {name: dict(held.types) for name, held in fixed.items()}
    pinned = {Base(name, c): kinds[name][c] for name in fixed for c in bound.tables[name].columns}
    ready = settle(bound, reader.dialect, database, pinned)
    _fix(ready, fixed)
    rows, difference = _search(ready, set(fixed), budget)
    return _told(reader, ready, rows, difference)


def _shape_of(held: Held) -> TableShape:
    columns = tuple(Column(name=name, type=kind) for name, kind in held.types)
    return TableShape(name=held.relation, columns=columns)


def _holder(relation: RelationName, known: list[Held]) -> Held | None:
    return next((held for held in reversed(known) if held.relation.matches(relation)), None)


def _covers(held: Held, bound: Bound, name: str) -> bool:
    """Tell whether the rows have every column that the reader wants. Raises `Refusal` for the changed model's."""
    missing = [column for column in bound.tables[name].columns if column not in dict(held.types)]
    if missing and held.before != held.after:
        raise Refusal(f"it reads {', '.join(missing)}, which {held.relation} does not have on both sides")
    return not missing


def _fix(ready: Prepared, fixed: dict[str, Held]) -> None:
    """Hold the known rows still, and let generated rows meet their values."""
    sides: tuple[Rows, Rows] = ({}, {})
    for name, held in fixed.items():
        columns = ready.columns[name]
        for side, rows in zip(sides, (held.before, held.after), strict=True):
            side[name] = [tuple(_value(row[column]) for column in columns) for row in rows]
            for row in side[name]:
                _let_meet(ready, name, row)
    ready.experiment.fixed = sides


def _value(value: object) -> Value:
    if value is None or isinstance(value, bool | int | float | str | list | dict):
        return value
    raise Refusal("the witness holds a value that can't be given to a reader")


def _let_meet(ready: Prepared, table: str, row: Row) -> None:
    for column, value in zip(ready.columns[table], row, strict=True):
        group = ready.types.group[Base(table, column)]
        for base, other in ready.types.group.items():
            if other == group and value is not None and value not in ready.candidates.of[base]:
                ready.candidates.of[base].insert(0, value)
                ready.candidates.direct[base] += 1


def _search(ready: Prepared, fixed: set[str], budget: Budget) -> tuple[Rows, ResultDifference]:
    """Look for rows of the other tables that let the difference through: the rows, and what then differs."""
    rules = tuple(r for r in declared(ready.bound, ready.dialect) if r.table not in fixed)
    tidy = (*rules, *(r for r in expected(ready.bound, rules) if r.table not in fixed))
    free = {name: columns for name, columns in ready.columns.items() if name not in fixed}
    search = Search(ready, clock(budget.seconds, time.monotonic()))
    if not free:
        return {}, ready.experiment.confirm({})
    before, after = ready.experiment.fixed
    search.maker.given = {name: before[name] + after[name] for name in fixed}
    if before == after:
        return search.maker.make(tidy), ResultDifference(False, ())
    rows, _ = search.alternate(tidy, rules, budget.trials)
    if rows is None:
        return search.maker.make(tidy), ResultDifference(False, ())
    return rows, ready.experiment.confirm(rows)


def _told(
    reader: Reader, ready: Prepared, rows: Rows, difference: ResultDifference
) -> tuple[Replayed, Held | None]:
    try:
        results = ready.experiment.run(rows)
    except DataError as error:
        raise Refusal(f"it fails on the witness's rows: {error}") from error
    made = None
    if reader.relation is not None:
        before, after = map(_rows, results, ready.outputs)
        made = Held(relation=reader.relation, types=ready.outputs[0].columns, before=before, after=after)
    if not difference:
        return Replayed(name=reader.name, reach=WitnessEffect.NOT_AFFECTED), made
    held = {**rows, **ready.experiment.fixed[0]}
    witness = shown_witness(held, ready.inputs, results, ready.outputs)
    return (
        Replayed(name=reader.name, reach=WitnessEffect.AFFECTED, columns=difference.columns, witness=witness),
        made,
    )


def _rows(rows: Result, shape: ResultShape) -> tuple[dict[str, object], ...]:
    return tuple(shown(row, shape) for row in rows)


def _not_run(reader: Reader, reason: str) -> Replayed:
    return Replayed(name=reader.name, reach=WitnessEffect.NOT_RUNNABLE, reason=reason)
