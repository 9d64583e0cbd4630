"""Functions that hooks of the run create: https://docs.getdbt.com/reference/project-configs/on-run-start-on-run-end.

A project without `functions/` keeps its functions in macros that run before its models. They are what the hooks write.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from contract_gate.core.relation import RelationName
from contract_gate.core.values import dataclass
from contract_gate.core.world import Model, ModelKind
from contract_gate.sql.pieces import StatementAction
from contract_gate.sql.scan import scan_script
from contract_gate.workspace.dbt.hooks import Operation
from contract_gate.workspace.dbt.macros import MacroGraph
from contract_gate.workspace.dbt.references import scan

Written = Callable[[Operation], str]
"""Gives what an operation writes, "" where it can't be run."""
_CREATES = re.compile(r"\bcreate\b[^;]{0,60}\b(?:function|macro)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeFunction:
    """A function and the statements that make it."""

    model: Model
    sql: str


def routines(
    operations: Iterable[Operation], macros: MacroGraph, written: Written, dialect: str
) -> Iterator[MadeFunction]:
    """Give the functions that the hooks create, each once."""
    seen: set[RelationName] = set()
    for operation in operations:
        own = scan(operation.text)
        definitions = macros.definitions(macros.reached(own))
        if not any(_CREATES.search(text) for text in (operation.text, *(each.text for each in definitions))):
            continue
        sql = written(operation)
        found: dict[RelationName, list[str]] = {}
        for piece in scan_script(sql, dialect).pieces if sql else ():
            if piece.is_routine and piece.relation is not None and piece.action is not StatementAction.DROP:
                found.setdefault(piece.relation, []).append(sql[piece.start : piece.end])
        for name, statements in found.items():
            if name not in seen:
                seen.add(name)
                yield _made(operation, name, ";\n".join(statements), dialect)


def _made(operation: Operation, name: RelationName, sql: str, dialect: str) -> MadeFunction:
    owner = operation.model
    model = Model(
        key=f"function.{owner.key.split('.')[1]}.{name}", kind=ModelKind.FUNCTION, name=str(name), path=owner.path,
        line=owner.line, dialect=dialect, relation=name, materialization="function",
    )  # fmt: skip
    return MadeFunction(model=model, sql=sql)
