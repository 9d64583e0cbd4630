"""A quick look at a text: which relations it makes and names, before anything is bound."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from sqlglot import exp

from contract_gate.relation import RelationName
from contract_gate.sql.algebra import Problem
from contract_gate.sql.names import relation_name
from contract_gate.sql.parse import deep_stack, parse

_MADE_KINDS = frozenset({"TABLE", "VIEW", "DYNAMIC TABLE", "STREAMING TABLE"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """`makes`: relations created or filled for good, creations first. `reads`: all others that are named.

    `bare_select`: the text is one query that names no target. `declares_only`: every target is only altered or
    dropped. `problems`: parts that can't be parsed.
    """

    makes: tuple[RelationName, ...] = ()
    created: frozenset[RelationName] = frozenset()
    dropped: frozenset[RelationName] = frozenset()
    reads: frozenset[RelationName] = frozenset()
    bare_select: bool = False
    problems: tuple[Problem, ...] = ()


@lru_cache(maxsize=20_000)
def glance(sql: str, dialect: str) -> Glance:
    """Read a text without binding it. Kept by content: base and head share most of their files."""
    return deep_stack(lambda: _glance(sql, dialect))


def _glance(sql: str, dialect: str) -> Glance:
    parsed = parse(sql, dialect)
    created: dict[RelationName, None] = {}
    filled: dict[RelationName, None] = {}
    dropped: set[RelationName] = set()
    reads: set[RelationName] = set()
    queries = 0
    for node in parsed.statements:
        for kind, name in _targets(node, dialect):
            match kind:
                case "create":
                    created.setdefault(name)
                    dropped.discard(name)
                case "drop":
                    dropped.add(name)
                    created.pop(name, None)
                    filled.pop(name, None)
                case _:
                    filled.setdefault(name)
        reads |= _reads(node, dialect)
        queries += isinstance(node, exp.Query)
    makes = tuple(dict.fromkeys([*created, *filled]))
    return Glance(
        makes=makes,
        created=frozenset(created),
        dropped=frozenset(dropped),
        reads=frozenset(reads),
        bare_select=queries >= 1 and not makes,
        problems=parsed.problems,
    )


def _targets(node: exp.Expr, dialect: str) -> Iterator[tuple[str, RelationName]]:
    match node:
        case exp.Create() if str(node.args.get("kind") or "").upper() in _MADE_KINDS:
            table = node.find(exp.Table) if not isinstance(node.this, exp.Table) else node.this
            if isinstance(table, exp.Table) and not _temporary(node, table):
                yield "create", relation_name(table, dialect)
        case exp.Insert() | exp.Merge() | exp.Update() | exp.Delete() | exp.Copy():
            table = node.this.this if isinstance(node.this, exp.Schema) else node.this
            if isinstance(table, exp.Table) and not table.name.startswith("#"):
                yield "fill", relation_name(table, dialect)
        case exp.Drop() if str(node.args.get("kind") or "").upper() in _MADE_KINDS:
            for table in node.args.get("tables") or ():
                if isinstance(table, exp.Table):
                    yield "drop", relation_name(table, dialect)
        case exp.Alter() if isinstance(node.this, exp.Table):
            renamed = next(
                (a for a in node.args.get("actions") or () if isinstance(a, exp.AlterRename)), None
            )
            if renamed is not None and isinstance(renamed.this, exp.Table):
                yield "create", relation_name(renamed.this, dialect)
            else:
                yield "fill", relation_name(node.this, dialect)
        case exp.Select() if isinstance(node.args.get("into"), exp.Into):
            table = node.args["into"].this
            if isinstance(table, exp.Table) and not table.name.startswith("#"):
                yield "create", relation_name(table, dialect)
        case _:
            return


def _temporary(node: exp.Create, table: exp.Table) -> bool:
    properties = node.args.get("properties")
    flagged = isinstance(properties, exp.Properties) and properties.find(exp.TemporaryProperty) is not None
    return flagged or table.name.startswith("#")


def _reads(node: exp.Expr, dialect: str) -> set[RelationName]:
    ctes = {cte.alias.lower() for cte in node.find_all(exp.CTE)}
    found = set()
    for table in node.find_all(exp.Table):
        if isinstance(table.this, exp.Identifier) and (table.db or table.name.lower() not in ctes):
            found.add(relation_name(table, dialect))
    return found
