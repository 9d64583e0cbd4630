"""The SQL of a SQLMesh model: its query with macros replaced, at the lines where it is written."""

import re

from contract_gate.core.world import ModelKind, Rendered
from contract_gate.sql.comments import on_one_line
from contract_gate.sql.parsing.parse import variables_in
from contract_gate.workspace.content import may_write
from contract_gate.workspace.plain.placeholders import fill
from contract_gate.workspace.sqlmesh.blocks import FileStatement, uncommented
from contract_gate.workspace.sqlmesh.declared import DeclaredModel
from contract_gate.workspace.sqlmesh.macros import Macros, TooMuchError

_QUERY = re.compile(r"\s*(?:\(\s*)*(select|with|from|values|@union)\b", re.IGNORECASE)
_JINJA_TIME = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def write(declared: DeclaredModel, text: str, macros: Macros) -> Rendered:
    """Give the model's query; `Rendered.problem` where it has none that can be read."""
    if declared.kind is ModelKind.SEED:
        return Rendered(sql=None, problem="a seed: its rows are in a file")
    query = None
    for part in declared.statements:
        body = text[part.start : part.end]
        bare = uncommented(body)
        if part.is_jinja or (not part.jinja and _QUERY.match(bare)):
            query = part if query is None else query
        elif query is None:
            macros.define(bare)
    if query is None:
        return Rendered(sql=None, problem="it has no query that can be read")
    try:
        return _written(declared, text, query, macros)
    except TooMuchError as error:
        return Rendered(sql=None, problem=str(error))


def hooks(declared: DeclaredModel, text: str) -> tuple[str, ...]:
    """Give the statements beside the query that may change rows, as they are written."""
    parts = (uncommented(text[part.start : part.end]) for part in declared.statements if not part.is_jinja)
    return tuple(on_one_line(each) for each in parts if not _QUERY.match(each) and may_write(each))


def is_query(statement: str) -> bool:
    """Tell whether a statement without comments is the model's query."""
    return _QUERY.match(statement) is not None


def _written(declared: DeclaredModel, text: str, query: FileStatement, macros: Macros) -> Rendered:
    body = text[query.start : query.end]
    problem = None
    if query.is_jinja:
        body, problem = from_jinja(body, macros)
    sql = macros.expand(body)
    if declared.adds:
        more = ", ".join(f"CAST(NULL AS TIMESTAMP) AS {name}" for name in declared.adds)
        sql = _wrapped(sql, more)
    before = text[: query.start].count("\n")
    whole = "\n" * before + sql
    lines = tuple(range(1, whole.count("\n") + 2))
    return Rendered(
        sql=whole if problem is None else None, lines=lines if sql != body else (), holes=tuple(macros.holes),
        problem=problem, variables=((0, declares(declared, text)),),
    )  # fmt: skip


def declares(declared: DeclaredModel, text: str) -> frozenset[str]:
    """Give the names that the statements of a model's file declare: its query and the others are one script."""
    return (
        variables_in(text[declared.statements[0].start :], declared.dialect)
        if declared.statements
        else frozenset()
    )


def _wrapped(sql: str, more: str) -> str:
    return f"SELECT __model.*, {more} FROM ({sql}\n) AS __model"  # noqa: S608 - parsed, never run


def from_jinja(body: str, macros: Macros) -> tuple[str, str | None]:
    """Give a text with the variables that Jinja writes as SQLMesh's own, and what is not known of it."""
    plain = _JINJA_TIME.sub(
        lambda found: f"@{{{found[1]}}}" if found[1] in macros.variables else found[0], body
    )
    plain = re.sub(r"'\{\{\s*(?:start|end|execution|latest)_\w+\s*\}\}'", "'1970-01-01'", plain)
    filled = fill(plain)
    if filled.problem is not None:
        return body, f"in Jinja: {filled.problem}"
    if filled.notes:
        return body, f"its Jinja is not rendered: {filled.notes[0]}"
    return filled.text, None
