"""Questions and answers as JSON lines between the process that asks and the child that searches.

Both ends are this program, but what the child writes comes after it has read hostile SQL: an answer that doesn't fit
raises `ValueError`, and becomes `NotPossible`.
"""

from typing import Any

from contract_gate.compare.changes.change import Witness
from contract_gate.core.relation import Column, RelationName
from contract_gate.core.world import Constraint, ConstraintKind
from contract_gate.witness.question import (
    Answer,
    Budget,
    Found,
    NoDifference,
    NotPossible,
    Reader,
    Renamed,
    Replayed,
    ResultShape,
    RowQuestion,
    TableShape,
    WitnessEffect,
)

Wire = dict[str, Any]


def pack_question(question: RowQuestion) -> Wire:
    """Turn a question into JSON."""
    return {
        "before": question.before,
        "after": question.after,
        "dialect": question.dialect,
        "tables": [_pack_table(table) for table in question.tables],
        "relation": list(question.relation.parts) if question.relation else None,
        "renamed": [_pack_renamed(renamed) for renamed in question.renamed],
        "columns": list(question.columns),
    }


def unpack_question(wire: Wire) -> RowQuestion:
    """Read a question."""
    return RowQuestion(
        before=wire["before"],
        after=wire["after"],
        dialect=wire["dialect"],
        tables=tuple(_unpack_table(table) for table in wire["tables"]),
        relation=_relation(wire["relation"]),
        renamed=tuple(_unpack_renamed(renamed) for renamed in wire["renamed"]),
        columns=tuple(wire["columns"]),
    )


def pack_budget(budget: Budget) -> Wire:
    """Turn a budget into JSON."""
    return {"seconds": budget.seconds, "trials": budget.trials, "memory_mb": budget.memory_mb}


def unpack_budget(wire: Wire) -> Budget:
    """Read a budget."""
    return Budget(seconds=wire["seconds"], trials=wire["trials"], memory_mb=wire["memory_mb"])


def pack_answer(answer: Answer) -> Wire:
    """Turn an answer into JSON; `Found` goes without its question, which the asker has."""
    match answer:
        case NotPossible():
            return {"answer": "not-possible", "reason": answer.reason}
        case NoDifference():
            return {
                "answer": "no-difference",
                "trials": answer.trials,
                "seconds": answer.seconds,
                "columns": list(answer.columns),
                "notes": list(answer.notes),
            }
        case Found():
            return pack_found(answer)


def unpack_answer(wire: Wire, question: RowQuestion) -> Answer:
    """Read an answer to the question."""
    match wire["answer"]:
        case "not-possible":
            return NotPossible(reason=str(wire["reason"]))
        case "no-difference":
            return NoDifference(
                trials=int(wire["trials"]),
                seconds=float(wire["seconds"]),
                columns=tuple(wire["columns"]),
                notes=tuple(wire["notes"]),
            )
        case "found":
            return unpack_found(wire, question)
        case other:
            raise ValueError(f"unknown answer {other!r}")


def pack_found(found: Found) -> Wire:
    """Turn what was found into JSON, without its question."""
    return {
        "answer": "found",
        "witness": _pack_witness(found.witness),
        "columns": list(found.columns),
        "rows_differ": found.rows_differ,
        "before_sql": found.before_sql,
        "after_sql": found.after_sql,
        "inputs": [_pack_shape(shape) for shape in found.inputs],
        "outputs": [_pack_shape(shape) for shape in found.outputs],
        "relations": [[name, list(relation.parts)] for name, relation in found.relations],
        "trials": found.trials,
        "seconds": found.seconds,
        "notes": list(found.notes),
    }


def unpack_found(wire: Wire, question: RowQuestion) -> Found:
    """Read what was found for the question."""
    before, after = (_unpack_shape(shape) for shape in wire["outputs"])
    return Found(
        question=question,
        witness=_unpack_witness(wire["witness"]),
        columns=tuple(wire["columns"]),
        rows_differ=bool(wire["rows_differ"]),
        before_sql=wire["before_sql"],
        after_sql=wire["after_sql"],
        inputs=tuple(_unpack_shape(shape) for shape in wire["inputs"]),
        outputs=(before, after),
        relations=tuple((name, RelationName(tuple(parts))) for name, parts in wire["relations"]),
        trials=int(wire["trials"]),
        seconds=float(wire["seconds"]),
        notes=tuple(wire["notes"]),
    )


def pack_reader(reader: Reader) -> Wire:
    """Turn a reader into JSON."""
    return {
        "name": reader.name,
        "sql": reader.sql,
        "dialect": reader.dialect,
        "relation": list(reader.relation.parts) if reader.relation else None,
        "tables": [_pack_table(table) for table in reader.tables],
    }


def unpack_reader(wire: Wire) -> Reader:
    """Read a reader."""
    return Reader(
        name=wire["name"],
        sql=wire["sql"],
        dialect=wire["dialect"],
        relation=_relation(wire["relation"]),
        tables=tuple(_unpack_table(table) for table in wire["tables"]),
    )


def pack_replayed(replayed: Replayed) -> Wire:
    """Turn the result of a replay into JSON."""
    return {
        "name": replayed.name,
        "reach": replayed.reach.value,
        "reason": replayed.reason,
        "columns": list(replayed.columns),
        "witness": _pack_witness(replayed.witness) if replayed.witness else None,
    }


def unpack_replayed(wire: Wire) -> Replayed:
    """Read the result of a replay."""
    return Replayed(
        name=wire["name"],
        reach=WitnessEffect(wire["reach"]),
        reason=wire["reason"],
        columns=tuple(wire["columns"]),
        witness=_unpack_witness(wire["witness"]) if wire["witness"] else None,
    )


def _pack_witness(witness: Witness) -> Wire:
    return {
        "tables": [[name, list(rows)] for name, rows in witness.tables],
        "before": list(witness.before),
        "after": list(witness.after),
        "assumes": list(witness.assumes),
    }


def _unpack_witness(wire: Wire) -> Witness:
    return Witness(
        tables=tuple((name, tuple(rows)) for name, rows in wire["tables"]),
        before=tuple(wire["before"]),
        after=tuple(wire["after"]),
        assumes=tuple(wire["assumes"]),
    )


def _pack_shape(shape: ResultShape) -> Wire:
    return {"name": shape.name, "columns": [list(column) for column in shape.columns]}


def _unpack_shape(wire: Wire) -> ResultShape:
    return ResultShape(name=wire["name"], columns=tuple((name, kind) for name, kind in wire["columns"]))


def _pack_table(table: TableShape) -> Wire:
    return {
        "name": list(table.name.parts),
        "columns": [[c.name, c.type, c.nullable] for c in table.columns],
        "closed": table.closed,
        "constraints": [_pack_constraint(constraint) for constraint in table.constraints],
    }


def _unpack_table(wire: Wire) -> TableShape:
    return TableShape(
        name=RelationName(tuple(wire["name"])),
        columns=tuple(Column(name=n, type=t, nullable=nullable) for n, t, nullable in wire["columns"]),
        closed=wire["closed"],
        constraints=tuple(_unpack_constraint(constraint) for constraint in wire["constraints"]),
    )


def _pack_renamed(renamed: Renamed) -> Wire:
    return {
        "name": list(renamed.name.parts),
        "known_as": list(renamed.known_as.parts),
        "columns": [list(pair) for pair in renamed.columns],
    }


def _unpack_renamed(wire: Wire) -> Renamed:
    return Renamed(
        name=RelationName(tuple(wire["name"])),
        known_as=RelationName(tuple(wire["known_as"])),
        columns=tuple((now, then) for now, then in wire["columns"]),
    )


def _pack_constraint(constraint: Constraint) -> Wire:
    return {
        "kind": constraint.kind.value,
        "columns": list(constraint.columns),
        "values": list(constraint.values),
        "to": [list(constraint.to[0].parts), constraint.to[1]] if constraint.to else None,
    }


def _unpack_constraint(wire: Wire) -> Constraint:
    to = wire["to"]
    return Constraint(
        kind=ConstraintKind(wire["kind"]),
        columns=tuple(wire["columns"]),
        values=tuple(wire["values"]),
        to=(RelationName(tuple(to[0])), to[1]) if to else None,
    )


def _relation(parts: list[str] | None) -> RelationName | None:
    return RelationName(tuple(parts)) if parts else None
