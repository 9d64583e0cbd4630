"""What the statements of a script do to relations, each by itself: read off the parser's trees, before anything is bound."""

import re
from collections.abc import Collection, Iterator
from enum import StrEnum

from sqlglot import exp

from contract_gate.core.relation import RelationName, standing
from contract_gate.core.values import dataclass
from contract_gate.sql.names import (
    is_script_local,
    looked_up,
    made_in,
    read_relation_name,
    relation_name,
    used,
)
from contract_gate.sql.parsing.alterations import may_lose
from contract_gate.sql.parsing.declaring import is_assignment
from contract_gate.sql.statement.creations import RELATION_KINDS
from contract_gate.sql.statement.routines import ROUTINE_KINDS, is_temporary
from contract_gate.sql.statement.routinesteps import routine_rename
from contract_gate.sql.statement.rowchanges import target_of_update
from contract_gate.sql.statement.schemasteps import schema_step
from contract_gate.sql.statement.steps import HOLDING
from contract_gate.sql.statement.typesteps import TypeAction, TypeStep, type_step


class StatementAction(StrEnum):
    """What a statement does to a relation. `FILL` brings rows of a query or a file, `ROWS` literal ones; `CHANGE`
    changes rows that are there; `CONTEXT` is what the statements after it need (USE, a temporary table, a variable).
    """

    CREATE = "create"
    CREATE_IF_MISSING = "create-if-missing"
    REPLACE = "replace"
    FILL = "fill"
    ROWS = "rows"
    CHANGE = "change"
    ALTER = "alter"
    RENAME = "rename"
    DROP = "drop"
    QUERY = "query"
    CONTEXT = "context"
    OTHER = "other"
    UNREAD = "unread"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One statement: what it does to `relation` and where it stands (offsets in the text). `renamed_to`: of a RENAME.

    `is_routine`: `relation` is the name of a function, which is none. `cascades`: what reads a dropped relation goes too.
    `arguments`: the types
    that it takes, None where a DROP means whatever is called so. `swaps`: each of the two of a RENAME gets the other's name. `of_schema`: both names are schemas, with all that is in them.
    `variables`: the names that the code around it declares; `index`: the name of the index that it makes or drops, in most engines
    without its table; `is_called`: it stands in a procedure, a trigger or a task, which is bound when it is called, `is_kept`: as what it was bound to when it was made; `head`: where the head of
    that procedure begins.
    """

    action: StatementAction
    relation: RelationName | None = None
    renamed_to: RelationName | None = None
    is_routine: bool = False
    cascades: bool = False
    arguments: tuple[str, ...] | None = None
    swaps: bool = False
    of_schema: bool = False
    start: int = 0
    end: int = 0
    variables: frozenset[str] = frozenset()
    index: str = ""
    is_called: bool = False
    is_kept: bool = False
    head: int | None = None


_CALLED_KINDS = ROUTINE_KINDS | {"PROCEDURE"}
_DROPPED_KINDS = RELATION_KINDS | _CALLED_KINDS | {"INDEX"}
NAME = r"(?P<name>(?:`[^`\n]+`|\"[^\"\n]+\"|[\w$-]+)(?:\.(?:`[^`\n]+`|\"[^\"\n]+\"|[\w$-]+)){0,2})"
"""A relation's name as it is written, quoted or not, as a group of a pattern."""
_ALTERED = re.compile(rf"alter\s+(?:ignore\s+)?table\s+(?:if\s+exists\s+)?(?:only\s+)?{NAME}", re.IGNORECASE)


class PieceReader:
    """Reads statements in order; knows what `USE` set and which tables are temporary."""

    def __init__(self, dialect: str) -> None:
        self._dialect = dialect
        self._database: str | None = None
        self._schema: str | None = None
        self._made_in: str | None = None
        self._temporary: set[RelationName] = set()
        self._made: dict[RelationName, None] = {}
        self._views: dict[RelationName, set[RelationName]] = {}
        self._indexes: dict[str, RelationName] = {}

    def pieces(self, node: exp.Expr, variables: Collection[str] = ()) -> list[Piece]:
        """Give what a statement does; a list, for it may do several things."""
        does = (
            (Piece(action=StatementAction.QUERY),)
            if is_assignment(node, self._dialect, variables)
            else self._pieces(node)
        )
        found = [self._checked(piece) for piece in does]
        for piece in found:
            self._remember(piece)
        return found or [Piece(action=StatementAction.OTHER)]

    def _remember(self, piece: Piece) -> None:
        if piece.relation is None or piece.is_routine or piece.of_schema:
            return
        match piece.action:
            case StatementAction.CREATE | StatementAction.CREATE_IF_MISSING | StatementAction.REPLACE:
                self._made[piece.relation] = None
            case StatementAction.DROP:
                self._made.pop(piece.relation, None)
            case StatementAction.RENAME if piece.renamed_to is not None and piece.relation in self._made:
                self._made.pop(piece.relation)
                self._made[piece.renamed_to] = None
            case _:
                pass

    def _checked(self, piece: Piece) -> Piece:
        """What is done to a temporary table is context for others. Once it is dropped, its name is free."""
        if piece.relation is not None and (
            piece.relation in self._temporary or is_script_local(piece.relation, self._dialect)
        ):
            if piece.action is StatementAction.DROP:
                self._temporary.discard(piece.relation)
            return Piece(action=StatementAction.CONTEXT)
        return piece

    def _pieces(self, node: exp.Expr) -> Iterator[Piece]:
        match node:
            case exp.Create() | exp.Drop() | exp.Command() if (
                step := type_step(node, self._dialect)
            ) is not None:
                yield self._of_type(step)
            case exp.Create() if isinstance(node.this, exp.Index):
                yield from self._indexed(node.this.args.get("table"), node.this.name)
            case exp.Create():
                yield from self._created(node)
            case exp.Copy() if not node.args.get("kind"):
                return
            case exp.Insert() | exp.Merge() | exp.Update() | exp.Delete() | exp.Copy() | exp.LoadData():
                yield from self._filled(node)
            case exp.MultitableInserts():
                for insert in node.find_all(exp.Insert):
                    yield from self._pieces(insert)
            case exp.Drop() if (kind := str(node.args.get("kind") or "").upper()) in _DROPPED_KINDS:
                yield from self._of_drop(node, kind)
            case exp.Command() if (named := routine_rename(node, self._dialect)) is not None:
                old, new = (each.qualified(self._database, self._schema) for each in named)
                yield Piece(action=StatementAction.RENAME, is_routine=True, relation=old, renamed_to=new)
            case exp.Drop() | exp.Command() if (moved := schema_step(node, self._dialect)) is not None:
                action = StatementAction.DROP if moved.renamed_to is None else StatementAction.RENAME
                yield Piece(action=action, relation=moved.schema, renamed_to=moved.renamed_to, of_schema=True)
            case exp.TruncateTable():
                for table in node.expressions:
                    yield Piece(action=StatementAction.CHANGE, relation=self._name(table))
            case exp.Alter() if isinstance(node.this, exp.Table):
                yield from self._altered(node, node.this)
            case exp.Command() if node.name.upper() == "ALTER" and may_lose(node.sql()):
                yield from self._altered_in_text(node.sql())
            case exp.Select() if isinstance(node.args.get("into"), exp.Into):
                yield from self._selected_into(node.args["into"])
            case exp.Query():
                yield Piece(action=StatementAction.QUERY)
            case exp.Use() | exp.Set():
                self._use(node)
                yield Piece(action=StatementAction.CONTEXT)
            case exp.Declare():
                yield Piece(action=StatementAction.CONTEXT)
            case exp.Command():
                self._use(node)
                if node.name.upper() == "SET":
                    yield Piece(action=StatementAction.CONTEXT)
            case _:
                return

    def _use(self, node: exp.Expr) -> None:
        self._database, self._schema = used(node, self._database, self._schema, self._dialect)
        self._made_in = made_in(node, self._made_in, self._dialect)

    def _filled(self, node: exp.Expr) -> Iterator[Piece]:
        table = node.this.this if isinstance(node.this, exp.Schema) else node.this
        if isinstance(node, exp.Update) and isinstance(table, exp.Table):
            table = target_of_update(table, node.args.get("from_"))
        if isinstance(table, exp.Table) and isinstance(table.this, exp.Identifier):
            yield Piece(action=_action_of(node), relation=self._name(table))

    def _altered_in_text(self, text: str) -> Iterator[Piece]:
        """sqlglot kept an ALTER as text: whoever binds it says that it is not understood."""
        found = _ALTERED.match(text)
        name = read_relation_name(found["name"], self._dialect) if found is not None else None
        if name is not None:
            relation = name.qualified(self._database, self._schema)
            yield Piece(action=StatementAction.ALTER, relation=relation)

    def _of_drop(self, node: exp.Drop, kind: str) -> Iterator[Piece]:
        named = node.args.get("tables") or ()
        tables = [each for each in named if isinstance(each, exp.Table)]
        if kind == "INDEX":
            on = node.args.get("cluster")
            for each in named:
                yield from self._indexed(on.this if isinstance(on, exp.OnProperty) else None, each.name)
        elif kind in _CALLED_KINDS:
            types = node.args.get("expressions")
            taken = tuple(map(self._spelled, types)) if types else None
            for each in tables:
                yield Piece(
                    action=StatementAction.DROP, is_routine=True, relation=self._name(each), arguments=taken
                )
        else:
            for each in tables:
                yield from self._dropped(self._existing(each), bool(node.args.get("cascade")))

    def _indexed(self, table: object, index: str) -> Iterator[Piece]:
        """An index is a part of its table, which only its CREATE names in most engines."""
        if isinstance(table, exp.Table):
            self._indexes[index.lower()] = self._existing(table)
        name = self._indexes.get(index.lower())
        yield Piece(
            action=StatementAction.ALTER if name is not None else StatementAction.OTHER,
            relation=name,
            index=index.lower(),
        )

    def _dropped(self, name: RelationName, cascades: bool) -> Iterator[Piece]:
        """CASCADE takes the views that read what is dropped, and those that read them."""
        yield Piece(action=StatementAction.DROP, relation=name, cascades=cascades)
        if cascades and self._dialect in HOLDING:
            self._views.pop(name, None)
            for view in [view for view, reads in self._views.items() if name in reads]:
                if view in self._views:
                    yield from self._dropped(view, cascades)

    def _created(self, node: exp.Create) -> Iterator[Piece]:
        table = node.this.this if isinstance(node.this, exp.Schema) else node.this
        kind = str(node.args.get("kind") or "").upper()
        if kind in _CALLED_KINDS:
            yield self._routine(node)
        if kind not in RELATION_KINDS or not isinstance(table, exp.Table):
            return
        name = self._name(table)
        if not is_temporary(node):
            name = name.qualified(self._database, self._made_in)
        if kind == "VIEW":
            self._views[name] = {self._existing(each) for each in node.find_all(exp.Table)}
        if is_temporary(node) or is_script_local(name, self._dialect):
            self._temporary.add(name)
            yield Piece(action=StatementAction.CONTEXT)
        elif node.args.get("exists"):
            yield Piece(action=StatementAction.CREATE_IF_MISSING, relation=name)
        else:
            action = StatementAction.REPLACE if node.args.get("replace") else StatementAction.CREATE
            yield Piece(action=action, relation=name)
        yield from self._moved_to(node)

    def _moved_to(self, node: exp.Create) -> Iterator[Piece]:
        """ClickHouse: a materialized view TO a table fills that table."""
        properties = node.args.get("properties")
        to = properties.find(exp.ToTableProperty) if isinstance(properties, exp.Properties) else None
        if to is not None and isinstance(to.this, exp.Table) and node.args.get("expression") is not None:
            yield Piece(action=StatementAction.FILL, relation=self._name(to.this))

    def _routine(self, node: exp.Create) -> Piece:
        named = isinstance(node.this, (exp.UserDefinedFunction, exp.StoredProcedure))
        table = node.this.this if named else node.this
        if is_temporary(node) or not isinstance(table, exp.Table):
            return Piece(action=StatementAction.CONTEXT)
        action = StatementAction.REPLACE if node.args.get("replace") else StatementAction.CREATE
        items = node.this.expressions if named else []
        taken = tuple(self._spelled(item.args.get("kind")) for item in items)
        return Piece(action=action, relation=self._name(table), is_routine=True, arguments=taken)

    def _spelled(self, kind: object) -> str:
        return kind.sql(dialect=self._dialect or None).upper() if isinstance(kind, exp.Expr) else ""

    def _of_type(self, step: TypeStep) -> Piece:
        name = step.name.qualified(self._database, self._schema)
        return Piece(
            action=_TYPE_ACTIONS[step.action], relation=name, renamed_to=step.renamed_to, is_routine=True,
            cascades=step.cascades,
        )  # fmt: skip

    def _selected_into(self, into: exp.Into) -> Iterator[Piece]:
        table = into.this
        if isinstance(table, exp.Table):
            if into.args.get("temporary") or is_script_local(self._name(table), self._dialect):
                self._temporary.add(self._name(table))
                yield Piece(action=StatementAction.CONTEXT)
            else:
                yield Piece(action=StatementAction.CREATE, relation=self._name(table))

    def _altered(self, node: exp.Alter, table: exp.Table) -> Iterator[Piece]:
        name = self._existing(table)
        for action in node.args.get("actions") or ():
            if isinstance(action, (exp.AlterRename, exp.SwapTable)) and isinstance(action.this, exp.Table):
                new = relation_name(action.this, self._dialect).beside(name)
                swaps = isinstance(action, exp.SwapTable)
                yield Piece(action=StatementAction.RENAME, relation=name, renamed_to=new, swaps=swaps)
                return
            if isinstance(action, exp.DropPartition):  # its rows go, as by DELETE
                yield Piece(action=StatementAction.CHANGE, relation=name)
                return
        yield Piece(action=StatementAction.ALTER, relation=name)

    def _name(self, table: exp.Table) -> RelationName:
        """Name a relation as the binder does, so that a statement and its relation are found together."""
        name = relation_name(table, self._dialect).qualified(self._database, self._schema)
        return looked_up(name, self._dialect, self._made_in, self._temporary, self._made)

    def _existing(self, table: exp.Table) -> RelationName:
        name = self._name(table)
        return name if name in self._temporary else standing(name, self._made)


_TYPE_ACTIONS = {
    TypeAction.CREATE: StatementAction.CREATE, TypeAction.ALTER: StatementAction.ALTER, TypeAction.LABEL: StatementAction.ALTER, TypeAction.RENAME: StatementAction.RENAME,
    TypeAction.DROP: StatementAction.DROP,
}  # fmt: skip


def _action_of(node: exp.Expr) -> StatementAction:
    match node:
        case exp.Insert() if isinstance(node.args.get("expression"), exp.Values) and not node.find(exp.Query):
            return StatementAction.ROWS
        case exp.Update() | exp.Delete():
            return StatementAction.CHANGE
        case _:
            return StatementAction.FILL


def relations_read(node: exp.Expr, dialect: str) -> set[RelationName]:
    ctes = {cte.alias.lower() for cte in node.find_all(exp.CTE)}
    found = set()
    for table in node.find_all(exp.Table):
        if isinstance(table.this, exp.Identifier) and (table.db or table.name.lower() not in ctes):
            found.add(relation_name(table, dialect))
    return found
