"""`contract_gate.lineage` and `contract-gate lineage`: targets, sources and column lineage of SQL texts."""

from collections.abc import Iterable, Iterator

from contract_gate.core.relation import RelationName
from contract_gate.core.values import dataclass
from contract_gate.sql.algebra import Lookup, Problem
from contract_gate.sql.bind import bind_script
from contract_gate.sql.declared import Schema, lookup_of, shapes_of
from contract_gate.sql.lineage import trace, trace_term
from contract_gate.sql.names import is_script_local
from contract_gate.sql.script import BoundStatement, Script
from contract_gate.sql.stack import deep_stack
from contract_gate.sql.walk import children_first, own_terms, parts


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnEdge:
    """A column that a statement writes (`target` None: the result of a bare query) and what its value comes from."""

    target: RelationName | None
    column: str
    upstream: tuple[tuple[RelationName, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLineage:
    kind: str
    targets: tuple[RelationName, ...]
    sources: tuple[RelationName, ...]
    columns: tuple[ColumnEdge, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLineage:
    """One text. `targets` hold for good (no temporary tables); `sources` are read from storage."""

    path: str | None
    targets: tuple[RelationName, ...]
    sources: tuple[RelationName, ...]
    statements: tuple[StatementLineage, ...]
    problems: tuple[Problem, ...]

    def to_dict(self) -> dict[str, object]:
        """Give the JSON object of one file."""
        return {
            "path": self.path,
            "targets": [str(name) for name in self.targets],
            "sources": [str(name) for name in self.sources],
            "statements": [_statement(statement) for statement in self.statements],
            "problems": [{"line": problem.line, "message": problem.message} for problem in self.problems],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """The lineage of one or more texts."""

    files: tuple[FileLineage, ...]

    def to_dict(self) -> dict[str, object]:
        """Give the JSON of `lineage --format json`."""
        return {"schema_version": 1, "files": [file.to_dict() for file in self.files]}


def lineage_of(
    sql: str,
    dialect: str = "",
    schema: Schema | None = None,
    default_database: str | None = None,
    default_schema: str | None = None,
    path: str | None = None,
) -> FileLineage:
    """Bind a text and tell what it makes from what; see `contract_gate.lineage`."""
    lookup = lookup_of(shapes_of(schema or {}, dialect, default_database, default_schema))
    script = bind_script(sql, dialect, lookup, default_database, default_schema)
    return deep_stack(lambda: _file(script, lookup, path))


def lineage_of_script(script: Script, lookup: Lookup) -> FileLineage:
    """Tell what a bound script makes from what. `lookup` gives the columns that an INSERT writes to by position."""
    return deep_stack(lambda: _file(script, lookup, None))


def _file(script: Script, lookup: Lookup, path: str | None) -> FileLineage:
    local = {name for s in script.statements if s.temporary for name in s.targets}
    found = tuple(_lineage(statement, lookup) for statement in script.statements)
    problems = [*script.problems, *(p for statement in script.statements for p in statement.problems)]
    problems.extend(problem for s in script.statements if (problem := _unsure(s)) is not None)
    return FileLineage(
        path=path,
        targets=_lasting((name for s in found for name in s.targets), local, script.dialect),
        sources=_lasting((name for s in found for name in s.sources), local, script.dialect),
        statements=found,
        problems=tuple(sorted(problems, key=lambda problem: problem.line)),
    )


def _lineage(statement: BoundStatement, lookup: Lookup) -> StatementLineage:
    sources = set(statement.sources)
    if statement.query is not None and statement.assigns is None:
        sources |= trace(statement.query).sources
    sources -= {call.name for call in statement.calls}
    if statement.kind == "update":
        # What an UPDATE computes or chooses from the target's own columns is read from storage like any other.
        sources |= {read.relation for read in statement.reads if read.relation in statement.targets}
    targets = statement.targets + ((statement.renamed_to,) if statement.renamed_to is not None else ())
    if statement.kind == "function":
        return StatementLineage(kind="other", targets=(), sources=tuple(sorted(sources)), columns=())
    return StatementLineage(
        kind=statement.kind,
        targets=targets,
        sources=tuple(sorted(sources)),
        columns=tuple(_edges(statement, lookup)),
    )


def _edges(statement: BoundStatement, lookup: Lookup) -> Iterator[ColumnEdge]:
    target = statement.targets[0] if statement.targets else None
    if statement.query is None or statement.kind in ("alter", "delete"):
        return
    if statement.assigns is not None:
        merged: dict[str, set[tuple[RelationName, str]]] = {}
        for output in statement.assigns:
            upstream = trace_term(output.term, statement.query)
            merged.setdefault(output.name, set()).update(upstream)
        for name, found in merged.items():
            yield ColumnEdge(target=target, column=name, upstream=tuple(sorted(found)))
        return
    names = _target_columns(statement, lookup)
    for position, column in enumerate(trace(statement.query, guess=False).columns):
        name = names[position] if position < len(names) else column.name
        yield ColumnEdge(target=target, column=name, upstream=tuple(sorted(column.upstream)))


def _target_columns(statement: BoundStatement, lookup: Lookup) -> tuple[str, ...]:
    """INSERT without a column list writes by position: the names are the target's, where they are known."""
    if statement.kind != "insert" or statement.by_name or not statement.targets:
        return ()
    if statement.columns:
        return tuple(column.name for column in statement.columns)
    shape = lookup(statement.targets[0])
    return tuple(column.name for column in shape.columns) if shape is not None and shape.closed else ()


def _unsure(statement: BoundStatement) -> Problem | None:
    """Say which names could come from several relations whose columns nobody declares."""
    if statement.query is None:
        return None
    terms = (term for query in children_first(statement.query) for term in parts(own_terms(query)))
    names = sorted({term.value for term in terms if term.op == "any_column" and len(term.args) > 1})
    if not names:
        return None
    shown = ", ".join(f"`{name}`" for name in names[:5]) + (" …" if len(names) > 5 else "")
    message = f"it is not known which relation {shown} comes from: several may have it"
    return Problem(kind="unsure", message=message, line=statement.line, column=statement.column)


def _lasting(
    names: Iterable[RelationName], local: set[RelationName], dialect: str
) -> tuple[RelationName, ...]:
    """Give the names, each once, without what lives in the script alone."""
    return tuple(dict.fromkeys(n for n in names if n not in local and not is_script_local(n, dialect)))


def _statement(statement: StatementLineage) -> dict[str, object]:
    return {
        "kind": statement.kind,
        "targets": [str(name) for name in statement.targets],
        "sources": [str(name) for name in statement.sources],
        "columns": [
            {
                "target": str(edge.target) if edge.target is not None else None,
                "column": edge.column,
                "upstream": [{"relation": str(name), "column": column} for name, column in edge.upstream],
            }
            for edge in statement.columns
        ],
    }
