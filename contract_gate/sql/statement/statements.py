"""Statements: what each one makes or changes (its targets) and the query that gives the rows."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from sqlglot import exp

from contract_gate.core.relation import RelationName
from contract_gate.sql.algebra import Parameter, Signature
from contract_gate.sql.comments import on_one_line
from contract_gate.sql.families import TRINO
from contract_gate.sql.names import fold_table, is_script_local, made_in, used
from contract_gate.sql.parsing.declaring import is_assignment
from contract_gate.sql.query.binding import Binding
from contract_gate.sql.query.place import Place
from contract_gate.sql.query.rules import report_doubled
from contract_gate.sql.query.scope import Scope
from contract_gate.sql.query.terms import to_term
from contract_gate.sql.query.typenames import spelled_type
from contract_gate.sql.script import ROW_CHANGES, BoundStatement
from contract_gate.sql.statement.altertable import bind_alter
from contract_gate.sql.statement.attaching import attached_partition
from contract_gate.sql.statement.copying import bind_copy, bind_insert_of, bind_load
from contract_gate.sql.statement.creations import RELATION_KINDS, bind_create, declared_columns
from contract_gate.sql.statement.made import remember
from contract_gate.sql.statement.merges import bind_merge
from contract_gate.sql.statement.opaque import words_of
from contract_gate.sql.statement.procedures import bind_call
from contract_gate.sql.statement.routines import ROUTINE_KINDS, bind_routine
from contract_gate.sql.statement.routinesteps import routine_rename
from contract_gate.sql.statement.rowchanges import bind_delete, bind_multitable, bind_update
from contract_gate.sql.statement.schemasteps import SchemaStep, schema_step
from contract_gate.sql.statement.typesteps import is_of_type, type_step
from contract_gate.sql.statement.usertypes import bind_type
from contract_gate.sql.statement.widths import check_columns, partition_names, shape_of_target

_IDLE_COMMANDS = frozenset({
    "EXPLAIN", "SHOW", "DESCRIBE", "DESC", "REFRESH", "VACUUM", "ANALYZE", "OPTIMIZE", "LIST", "LS", "PUT", "GET",
    "REMOVE", "RM", "LOCK", "UNLOCK", "CLUSTER", "REINDEX", "CHECKPOINT", "DISCARD", "LISTEN", "NOTIFY", "GRANT",
    "REVOKE", "DENY", "COMMENT", "SET", "RESET", "UNSET", "PRINT", "KILL", "FLUSH", "CACHE", "UNCACHE", "CLEAR",
    "DBCC", "INSTALL", "SECURITY", "ADD", "DEALLOCATE", "CLOSE", "COMMIT", "ROLLBACK", "BEGIN", "START", "PRAGMA",
    "ATTACH", "DETACH", "SUSPEND", "RESUME", "ABORT", "ASSERT", "RAISE", "SAVEPOINT", "RELEASE", "COLLECT", "SYSTEM",
})  # fmt: skip
"""Statements that sqlglot keeps as text and that neither read nor write the rows of a relation."""
_IDLE_OBJECTS = frozenset({
    "ROLE", "USER", "WAREHOUSE", "DATABASE", "SCHEMA", "SEQUENCE", "EXTENSION", "INDEX", "TYPE", "DOMAIN", "LOGIN",
    "POLICY", "TAG", "STAGE", "FILE", "INTEGRATION", "SECRET", "CONNECTION", "SERVER", "PUBLICATION", "SUBSCRIPTION",
    "DEFAULT", "SESSION", "SYSTEM", "ACCOUNT", "RESOURCE", "NETWORK", "MASKING", "ROW", "CATALOG", "OPERATOR",
    "COLLATION", "CAST", "STATISTICS", "TABLESPACE", "GROUP", "SHARE", "UNIQUE", "NONCLUSTERED", "CLUSTERED",
    "STORAGE", "NOTIFICATION", "SECURITY", "API", "EXTERNAL", "PROFILE", "SYNONYM", "PUBLIC", "LARGE", "DIRECTORY",
    "CREDENTIAL", "CERTIFICATE", "ASSEMBLY", "FULLTEXT", "PARTITION", "RESERVATION", "CAPACITY", "SEARCH", "VECTOR", "PACKAGE",
})  # fmt: skip
"""What CREATE, ALTER and DROP may name without touching a relation."""


def bind_statement(binding: Binding, node: exp.Expr) -> Iterator[BoundStatement]:
    """Bind one statement; gives several where it does several things (`DROP VIEW a, b`)."""
    binding.forget()
    _bind_inline_functions(binding, node)
    line, column = binding.position(node)
    for bound in _bound(binding, node):
        statement = replace(bound, line=max(bound.line, line, 1), column=max(column, 1))
        if statement.kind == "create" and statement.query is not None:
            report_doubled(binding, statement.query, node)
        statement = _with_findings(binding, _in_session(binding, statement))
        remember(binding, statement)
        yield statement
        binding.forget()


def _bind_inline_functions(binding: Binding, node: exp.Expr) -> None:
    """Trino: `WITH FUNCTION f(x) … SELECT f(a)`, a function of this statement alone."""
    for found in node.find_all(exp.FunctionSpecification) if binding.dialect in TRINO else ():
        create = exp.Create(
            this=found.this.copy(), kind="FUNCTION", properties=found.args["characteristics"].copy(),
            expression=found.expression.copy(),
        )  # fmt: skip
        for bound in bind_routine(binding, create):
            remember(binding, bound)


def _in_session(binding: Binding, statement: BoundStatement) -> BoundStatement:
    """Say with what brings rows under which settings of the session it runs."""
    if not binding.session or statement.query is None or statement.kind not in {"create", *ROW_CHANGES}:
        return statement
    under = ", ".join(f"{name} = {value}" for name, value in sorted(binding.session.items()))
    return replace(statement, mode=f"{statement.mode} under {under}".strip())


def _bound(binding: Binding, node: exp.Expr) -> Iterator[BoundStatement]:
    # What the names in the statements after it mean.
    binding.default_database, binding.default_schema = used(
        node, binding.default_database, binding.default_schema, binding.dialect
    )
    binding.made_in = made_in(node, binding.made_in, binding.dialect)
    handler = _HANDLERS.get(type(node)) if not is_of_type(node) else None
    if handler is not None:
        yield from handler(binding, node)
    elif isinstance(node, (exp.Query, exp.Pivot)):
        yield from _query(binding, node)
    elif isinstance(node, exp.Summarize) and isinstance(node.this, exp.Query):
        yield from _query(binding, node.this)
    elif (step := type_step(node, binding.dialect)) is not None:
        yield from bind_type(binding, step)
    elif (named := routine_rename(node, binding.dialect)) is not None:
        old, new = (each.qualified(binding.default_database, binding.default_schema) for each in named)
        yield BoundStatement(kind="rename-function", targets=(old,), renamed_to=new)
    elif isinstance(node, exp.Command) and (moved := schema_step(node, binding.dialect)) is not None:
        yield from _schema(binding, moved)
    elif (attached := attached_partition(binding, node)) is not None:
        yield attached
    elif isinstance(node, exp.Command):
        _note_command(binding, node)
        if not _is_idle(node):
            binding.report("unsupported", f"`{node.name.upper()} …` is not understood", node)
            _doubt(binding, words_of(node.sql()))
        yield BoundStatement(kind="other")
    else:
        binding.read_subqueries(node)
        if not isinstance(node, _IDLE_STATEMENTS):
            binding.report("unsupported", f"`{node.key.upper()} …` is not understood", node)
        yield BoundStatement(kind="other")


def _doubt(binding: Binding, words: frozenset[str]) -> None:
    """What a statement that is not understood does to the tables that it names, nobody knows."""
    for shapes in (binding.made, binding.altered):
        for name, shape in shapes.items():
            if words_of(name.name) <= words:
                shapes[name] = replace(shape, closed=False)


_IDLE_STATEMENTS = (
    exp.Set, exp.Use, exp.Transaction, exp.Commit, exp.Rollback, exp.Grant, exp.Revoke, exp.Comment, exp.Describe, exp.Show,
    exp.Analyze, exp.Kill, exp.Pragma, exp.Cache, exp.Uncache, exp.Refresh, exp.Attach, exp.Detach, exp.Semicolon,
    exp.Summarize, exp.Return, exp.Export,
)  # fmt: skip


def _is_idle(node: exp.Command) -> bool:
    word = node.name.upper()
    if word in ("CREATE", "ALTER", "DROP"):
        rest = node.args.get("expression")
        words = str(rest.name if isinstance(rest, exp.Expr) else rest or "").upper().split()
        skipped = [w for w in words if w not in ("OR", "REPLACE", "IF", "NOT", "EXISTS")]
        return bool(skipped) and skipped[0] in _IDLE_OBJECTS and "TABLE" not in skipped[1:2]
    return word in _IDLE_COMMANDS


def _with_findings(binding: Binding, statement: BoundStatement) -> BoundStatement:
    explicit = {read.relation for read in binding.reads}
    sources = tuple(name for name in binding.scanned if name in explicit and name not in binding.temporary)
    return replace(
        statement,
        sources=statement.sources or sources,
        reads=tuple(binding.reads),
        calls=tuple(binding.calls),
        needs=tuple(binding.needs),
        loose=tuple(binding.loose),
        problems=tuple(binding.problems),
    )


def _query(binding: Binding, node: exp.Expr) -> Iterator[BoundStatement]:
    query = binding.subquery(node, {}, None)
    into = node.args.get("into")
    if (
        isinstance(into, exp.Into)
        and isinstance(into.this, exp.Table)
        and not is_assignment(node, binding.dialect, binding.variables)
    ):
        target = binding.relation(into.this)
        temporary = bool(into.args.get("temporary")) or is_script_local(target, binding.dialect)
        yield BoundStatement(
            kind="create", targets=(target,), query=query, temporary=temporary, materialization="table"
        )
    else:
        yield BoundStatement(kind="select", query=query)


def _truncate(binding: Binding, node: exp.TruncateTable) -> Iterator[BoundStatement]:
    for table in node.expressions:
        target = binding.relation(table)
        check_columns(binding, partition_names(binding, node), target, node)
        cascades = str(node.args.get("option")).lower() == "cascade"
        yield BoundStatement(kind="truncate", targets=(target,), cascades=cascades)


def _drop(binding: Binding, node: exp.Drop) -> Iterator[BoundStatement]:
    if (step := schema_step(node, binding.dialect)) is not None:
        yield from _schema(binding, step)
        return
    kind, tables = str(node.args.get("kind") or "").upper(), node.args.get("tables") or ()
    if kind == "INDEX":
        named = tuple(binding.name(table.this) for table in tables if isinstance(table.this, exp.Identifier))
        yield BoundStatement(
            kind="drop-index", dropped_constraints=named, if_exists=bool(node.args.get("exists"))
        )
        return
    if kind in ROUTINE_KINDS:
        names = tuple(binding.relation(table) for table in tables if isinstance(table, exp.Table))
        types = node.args.get("expressions")
        taken = tuple(
            Parameter(type=spelled_type(binding, t)) for t in types or () if isinstance(t, exp.DataType)
        )
        yield BoundStatement(
            kind="drop-function", targets=names, materialization="function", cascades=bool(node.args.get("cascade")),
            signature=Signature(parameters=taken) if types is not None else None,
        )  # fmt: skip
        return
    if kind not in RELATION_KINDS:
        yield BoundStatement(kind="other")
        return
    for table in tables:
        yield BoundStatement(
            kind="drop", targets=(binding.existing(table),), if_exists=bool(node.args.get("exists")),
            cascades=bool(node.args.get("cascade")),
        )  # fmt: skip


def _schema(binding: Binding, step: SchemaStep) -> Iterator[BoundStatement]:
    """All that the script made in a schema goes with it, or is called otherwise from there on."""
    for name in [name for name in binding.made if step.holds(name)]:
        if step.renamed_to is not None:
            yield BoundStatement(kind="rename", targets=(name,), renamed_to=step.moved(name))
        else:
            yield BoundStatement(kind="drop", targets=(name,), cascades=step.cascades, of_schema=step.schema)
    yield BoundStatement(kind="other", of_schema=step.schema)


def _declare(binding: Binding, node: exp.Declare) -> Iterator[BoundStatement]:
    """DECLARE makes variables, and in T-SQL tables."""
    place = Place(binding, {}, Scope(binding.dialect))
    for item in node.expressions:
        names = item.this if isinstance(item.this, list) else [item.this]
        kind = item.args.get("kind")
        default = item.args.get("default")
        if isinstance(default, exp.Expr):
            to_term(default, place)
        for name in names:
            if isinstance(default, exp.Expr) and isinstance(name, exp.Expr):
                binding.settings[name.name.lower()] = default.sql(dialect=binding.dialect or None)
            if isinstance(kind, exp.Schema):
                target = RelationName((f"@{fold_table(name.name, False, binding.dialect)}",))
                yield BoundStatement(
                    kind="create", targets=(target,), columns=declared_columns(binding, kind), temporary=True,
                    materialization="table",
                )  # fmt: skip
            elif isinstance(name, exp.Identifier):
                binding.variables.add(binding.name(name))
    yield BoundStatement(kind="other")


def _set(binding: Binding, node: exp.Set) -> Iterator[BoundStatement]:
    """SET gives a variable the value that what follows reads."""
    for item in node.expressions:
        assigned = item.this if isinstance(item, exp.SetItem) else None
        if isinstance(assigned, exp.EQ):
            value = assigned.expression.sql(dialect=binding.dialect or None)
            binding.settings[assigned.this.name.lower()] = value
            _note_session(binding, assigned.this.name, value)
            if binding.dialect == "bigquery":
                # Without a DECLARE it is a parameter of the procedure whose body this is.
                names = assigned.this.find_all(exp.Identifier) if isinstance(assigned.this, _NAMES) else ()
                binding.variables.update(binding.name(name) for name in names)
    binding.read_subqueries(node)
    yield BoundStatement(kind="other")


_NAMES = (exp.Column, exp.Tuple, exp.Identifier)
_DECIDING = frozenset({
    "timezone", "timezone_name", "weekstart", "weekofyearpolicy", "datefirst", "datestyle", "intervalstyle", "dateformat",
    "sqlmode", "lctime", "language", "nlsdateformat", "nlsterritory", "nlsnumericcharacters", "timestamptypemapping", "ansienabled",
    "quotedidentifiersignorecase", "binaryinputformat", "twodigitcenturystart", "defaultnullorder", "nullorder",
    "defaultcollation", "collationconnection", "caseinsensitiveidentifiers", "integerdivision", "joinusenulls",
})  # fmt: skip
"""Settings of a session that decide what a query gives, without `_` and their prefix."""
_SESSION = re.compile(
    r"\s*(?:session\s+|local\s+)?(?:set\s+)?(time\s+zone|\w+)\s*(?:=|\bto\b)?\s*(.+)",
    re.IGNORECASE | re.DOTALL,
)


def _note_session(binding: Binding, name: str, value: str) -> None:
    key = re.sub(r"[\s_]", "", name.lower())
    if key in _DECIDING:
        binding.session[key] = on_one_line(value)


def _alter_session(binding: Binding, node: exp.Alter) -> Iterator[BoundStatement]:
    """ALTER SESSION SET sets what the statements after it run under; any other ALTER is a relation's."""
    if str(node.args.get("kind") or "").upper() != "SESSION":
        yield from bind_alter(binding, node)
        return
    for assigned in node.find_all(exp.EQ):
        _note_session(binding, assigned.this.name, assigned.expression.sql(dialect=binding.dialect or None))
    yield BoundStatement(kind="other")


def _note_command(binding: Binding, node: exp.Command) -> None:
    rest = node.args.get("expression")
    text = str(rest.name if isinstance(rest, exp.Expr) else rest or "")
    if node.name.upper() in ("SET", "ALTER") and (found := _SESSION.fullmatch(text)) is not None:
        _note_session(binding, found[1], found[2])


def _called(binding: Binding, node: exp.Expr) -> Iterator[BoundStatement]:
    """In a block of Oracle a name with its arguments is a call."""
    yield from bind_call(binding, exp.Execute(this=node))


def _comment(binding: Binding, node: exp.Comment) -> Iterator[BoundStatement]:
    """COMMENT ON COLUMN fails where the column is not there; it reads nothing."""
    column = node.this
    if isinstance(column, exp.Column) and column.table and not node.args.get("exists"):
        parts = dict(zip(("this", "db", "catalog"), reversed(column.parts[:-1]), strict=False))
        shape = shape_of_target(binding, binding.existing(exp.Table(**parts)))
        name = binding.name(column.this)
        if shape is not None and shape.closed and name not in {each.name for each in shape.columns}:
            message = f"`{name}` is not a column of `{shape.name}`"
            binding.report("unknown-column", message, column, True, name, (shape.name,))
    yield BoundStatement(kind="other")


_HANDLERS: dict[type[exp.Expr], Callable[..., Iterator[BoundStatement]]] = {
    exp.Create: bind_create,
    exp.Insert: bind_insert_of,
    exp.MultitableInserts: bind_multitable,
    exp.Update: bind_update,
    exp.Merge: bind_merge,
    exp.Delete: bind_delete,
    exp.TruncateTable: _truncate,
    exp.Copy: bind_copy,
    exp.LoadData: bind_load,
    exp.Alter: _alter_session,
    exp.Drop: _drop,
    exp.Declare: _declare,
    exp.Execute: bind_call,
    exp.ExecuteSql: bind_call,
    exp.Anonymous: _called,
    exp.Dot: _called,
    exp.Set: _set,
    exp.Comment: _comment,
    exp.Values: _query,
}
