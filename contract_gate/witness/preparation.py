"""A question made ready for trials: both sides bound and spelled for DuckDB, their tables made, values chosen."""

import zlib

from sqlglot import exp

from contract_gate.core.values import dataclass
from contract_gate.witness.binding import Base, BaseTable, Bound, bind
from contract_gate.witness.candidate_values import Candidates, fill
from contract_gate.witness.comparison import common, only
from contract_gate.witness.database import Database, TypeMismatch
from contract_gate.witness.experiment import Experiment, order_matters
from contract_gate.witness.inference import ASSIGNMENTS, Types, assign, gather
from contract_gate.witness.question import ResultShape, RowQuestion
from contract_gate.witness.refusal import Refusal
from contract_gate.witness.renaming import as_known
from contract_gate.witness.spelling import ELEMENTS, readable, spell
from contract_gate.witness.statement import hold_apart, limits, read_query
from contract_gate.witness.substitutes import stand_in


@dataclass(slots=True)
class Prepared:
    """A question ready for trials."""

    bound: Bound
    dialect: str
    types: Types
    candidates: Candidates
    inputs: tuple[ResultShape, ...]
    outputs: tuple[ResultShape, ResultShape]
    sqls: tuple[str, str]
    experiment: Experiment
    columns: dict[str, list[str]]
    seed: int
    assumes: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()


def prepare(question: RowQuestion, database: Database) -> Prepared:
    """Bind both sides and make their tables in a locked DuckDB. Raises `Refusal`."""
    before = _read(question.before, question.dialect, "base")
    after = _read(question.after, question.dialect, "head")
    hold_apart(question.dialect, before, after)
    after = as_known(after, question.renamed)
    foreign = stand_in((before, after), database.functions | ELEMENTS.keys())
    ready = settle(bind(before, after, question.tables), question.dialect, database, {})
    ready.assumes = tuple(
        f"{name} gives other values for other arguments; it was not run" for name in foreign
    )
    if question.columns:
        ready.experiment.shared = only(ready.experiment.shared, question.columns)
    sides = (question.before, question.after)
    ready.limits = tuple(dict.fromkeys(limit for sql in sides for limit in limits(sql, question.dialect)))
    return ready


def same_text(question: RowQuestion) -> bool:
    """Tell whether both sides are one statement, written alike but for comments and white space. Raises `Refusal`."""
    before = _read(question.before, question.dialect, "base")
    return not question.renamed and before == _read(question.after, question.dialect, "head")


def settle(bound: Bound, dialect: str, database: Database, pinned: dict[Base, str]) -> Prepared:
    """Choose types with which both sides bind (`pinned` ones are given) and make the tables. Raises `Refusal`."""
    evidence = gather(bound, dialect)
    problem = "nothing was tried"
    for how in ASSIGNMENTS:
        types = assign(evidence, how)
        types.of.update(pinned)
        try:
            return _with_types(bound, dialect, types, database)
        except TypeMismatch as mismatch:
            problem = problem if how != ASSIGNMENTS[0] else str(mismatch)
    raise Refusal(f"DuckDB can't bind it: {problem}")


def _read(sql: str, dialect: str, side: str) -> exp.Query:
    try:
        return read_query(sql, dialect)
    except Refusal as refusal:
        raise Refusal(f"of the {side}'s SQL: {refusal.reason}") from refusal


def _with_types(bound: Bound, dialect: str, types: Types, database: Database) -> Prepared:
    inputs = tuple(_shape(table, types) for table in bound.tables.values())
    database.create(inputs)
    sqls = (
        spell(bound.sides[0], inputs, dialect, database.reserved),
        spell(bound.sides[1], inputs, dialect, database.reserved),
    )
    outputs = (database.check(sqls[0]), database.check(sqls[1]))
    experiment = Experiment(
        database,
        readable(sqls[0], outputs[0]),
        readable(sqls[1], outputs[1]),
        common(*outputs),
        order_matters(bound.sides),
    )
    columns = {shape.name: [name for name, _ in shape.columns] for shape in inputs}
    seed = zlib.crc32("\0".join(sqls).encode())
    candidates = fill(bound, types, dialect)
    return Prepared(bound, dialect, types, candidates, inputs, outputs, sqls, experiment, columns, seed)


def _shape(table: BaseTable, types: Types) -> ResultShape:
    return ResultShape(
        name=table.local, columns=tuple((c, types.of[Base(table.local, c)]) for c in table.columns)
    )
