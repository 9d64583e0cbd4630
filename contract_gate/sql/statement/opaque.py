"""What of a text nobody follows: which words it holds, so that what it names is told and never passed over.

The binder has an account of queries, of rows that come and change and of relations that are made. All else that a text
says is held here by its words: statements that are not understood, that only name what they are about or that stand
around others, and what a bound statement hands to a function or an engine.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from sqlglot import exp

from contract_gate.core.relation import RelationName
from contract_gate.sql.comments import STRING, without_comments
from contract_gate.sql.families import MYSQL
from contract_gate.sql.parsing.declaring import Sight, in_sight
from contract_gate.sql.script import BoundStatement, Opaque
from contract_gate.sql.statement.creations import RELATION_KINDS
from contract_gate.sql.statement.routines import ROUTINE_KINDS

_WORD = re.compile(r"[\w$]*\w")
_OF_NAMES = re.compile(
    r"\s*(?:grant|revoke|deny|comment|analyze|vacuum|refresh|reindex|cluster|optimize|collect|lock|describe|desc|show|explain"
    r"|check|checksum|repair|msck|fsck|dbcc|help|undrop|purge|exists|detach|system|security|audit|noaudit|add|backup|list|flush"
    r"|alter\s+(?:\w+\s+)?(?:index|sequence|default|publication)|create\s+(?:or\s+replace\s+)?(?:\w+\s+){0,2}(?:index|statistics|publication|synonym|sequence)"
    r"|drop\s+(?!table|view|materialized)\w+|exec(?:ute)?\s+(?:sys\.)?sp_\w+)\b",
    re.IGNORECASE,
)
"""Statements that only name a relation or a column: its rows and values are nothing to them."""
_FOLLOWED = (
    exp.Query, exp.Pivot, exp.Values, exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.MultitableInserts, exp.Copy, exp.LoadData,
    exp.TruncateTable, exp.Declare,
    exp.Set, exp.Use, exp.Execute, exp.ExecuteSql, exp.Anonymous, exp.Dot, exp.Transaction, exp.Commit, exp.Rollback,
    exp.Semicolon, exp.Return, exp.Attach, exp.Detach,
)  # fmt: skip
"""Statements that the binder has a whole account of, where it reports no problem."""
_NAMING = (
    exp.Grant, exp.Revoke, exp.Comment, exp.Analyze, exp.Refresh, exp.Describe, exp.Summarize, exp.Show, exp.Pragma, exp.Kill, exp.Cache, exp.Uncache, exp.Alter, exp.Drop,
)  # fmt: skip
_STEPS = (
    exp.ColumnDef, exp.RenameColumn, exp.AlterColumn, exp.ReplaceColumns, exp.AddConstraint, exp.AlterRename, exp.SwapTable,
    exp.AlterSet, exp.DropPrimaryKey, exp.Drop, exp.ClusterProperty, exp.AlterSortKey, exp.AlterDistStyle, exp.Delete,
    exp.AlterModifySqlSecurity, exp.PartitionedByProperty, exp.PartitionByRangeProperty, exp.PartitionByListProperty,
)  # fmt: skip
"""Actions of an ALTER whose columns are bound."""


def opaque(
    text: str,
    line: int,
    *,
    only_names: bool = False,
    around: frozenset[str] | None = None,
    of_relations: bool = False,
    declared: Collection[str] = (),
) -> Opaque:
    """Note what is not followed by its words; `around`: those of the script that works out what it names.

    `declared`: what code gives values; where no table is read, nothing else can be meant (`SET event = events[ORDINAL(i)]`).
    """
    is_of_names = only_names or _OF_NAMES.match(without_comments(text)) is not None
    words = words_of(text)
    words = words if not words.isdisjoint(_BEFORE_TABLES) else words.difference(declared)
    return Opaque(
        words=words | (around or frozenset()), line=max(line, 1), only_names=is_of_names,
        is_dynamic=around is not None, of_relations=of_relations,
    )  # fmt: skip


_BEFORE_TABLES = frozenset({
    "from", "join", "into", "update", "table", "view", "using", "merge", "insert", "copy", "delete", "truncate", "select", "on", "describe", "analyze", "lock",
    "rowtype", "type",
})  # fmt: skip


def words_of(text: str) -> frozenset[str]:
    """Give the words of a text in lower case, without those of its comments and of strings that name nothing."""
    return frozenset(word.lower() for word in _WORD.findall(_without_prose(text)))


_PROSE = re.compile(
    rf"\b(?P<before>(?:comment|description|friendly_name|label)\s*(?:=|\bis\b|\bas\b)?\s*)(?:{STRING}|\"(?:[^\"\\\n]|\\.)*\")"
    rf"|(?P<text>{STRING})",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[a-z]\w* +\w+ +\w+", re.IGNORECASE)
_STATEMENT = re.compile(
    r"\b(?:select|insert|update|delete|merge|alter|drop|create|truncate|from|call|columns?)\b", re.IGNORECASE
)
_PATH = re.compile(
    r"[/\\]|\.(?:csv|tsv|json|jsonl|ndjson|parquet|orc|avro|txt|gz|sql|xml|xlsx?|db|sqlite|duckdb)'$",
    re.IGNORECASE,
)


def _without_prose(text: str) -> str:
    """Leave out comments and the strings that no name and no statement can be: remarks, sentences, paths of files."""
    return _PROSE.sub(_spoken, without_comments(text))


def _spoken(found: re.Match[str]) -> str:
    said = found["text"]
    if said is None:
        return found["before"]
    if _STATEMENT.search(said) is not None:
        return said
    return " " if _SENTENCE.search(said) is not None or _PATH.search(said) is not None else said


def unfollowed(
    node: exp.Expr,
    bound: Sequence[BoundStatement],
    temporary: Collection[str],
    text: str,
    line: int,
    around: frozenset[str] | None,
    declared: Collection[str],
) -> Iterator[Opaque]:
    """Give what a statement names and the binder has no account of.

    `temporary`: the names of tables that only the script itself knows; `around`: see `opaque`, where it is dynamic, and `declared`.
    """
    has_problem = any(p.kind == "unsupported" for each in bound for p in each.problems)
    is_remote = _OF_SERVER.match(text) is not None
    if has_problem or around is not None or is_remote or not _is_followed(node):
        told = opaque(
            text, line, only_names=_is_of_names(node) and not has_problem, around=around, declared=declared
        )
        made = (name.name.lower() for each in bound if each.kind == "function" for name in each.targets)
        yield replace(told, words=told.words.difference(temporary, made))
    found = list(node.find_all(*_TOLD))
    names = {name.name for each in bound for name in _accounted(each)}.union(temporary)
    names |= {cte.alias.lower() for cte in found if isinstance(cte, exp.CTE)}
    for table in node.find_all(exp.Table) if not node.args.get("exists") else ():
        if isinstance(table.this, exp.Identifier) and table.name.lower() not in names:
            named = ".".join(part.name for part in table.parts)
            yield opaque(named, line, only_names=True, of_relations=True)
    for given in _handed(node, found):
        # The columns of what a function gives are named elsewhere in the statement.
        handed = opaque(given, line)
        yield replace(handed, words=handed.words | (words_of(text) - names))


_OF_SERVER = re.compile(r"\s*create\s+foreign\s+table\b", re.IGNORECASE)
"""Its options name a table of another server, which may be this one. https://www.postgresql.org/docs/current/postgres-fdw.html"""
_TOLD = (
    exp.Table, exp.TableFromRows, exp.CTE, exp.Anonymous, exp.ObjectIdentifier, exp.IndexTableHint, exp.CopyParameter,
)  # fmt: skip


def _accounted(bound: BoundStatement) -> Iterator[RelationName]:
    yield from (read.relation for read in bound.reads)
    yield from bound.sources
    if bound.kind not in ("alter", "rename", "drop"):
        yield from bound.targets


def _is_followed(node: exp.Expr) -> bool:
    match node:
        case exp.Create():
            return _is_relation(node) or isinstance(node.this, exp.Index) or _is_free_sequence(node)
        case exp.Alter():
            steps = node.args.get("actions") or ()
            is_whole = bool(steps) and not node.args.get("options")
            return is_whole and all(isinstance(step, _STEPS) for step in steps) and not _sets_columns(node)
        case exp.Drop():
            return bool(node.args.get("exists")) or str(node.args.get("kind") or "").upper() in RELATION_KINDS
        case exp.Execute():
            return not node.this.name.lower().startswith(("sp_", "xp_"))
        case _:
            return isinstance(node, _FOLLOWED)


def _is_free_sequence(node: exp.Create) -> bool:
    """Tell whether a CREATE makes a sequence that belongs to no column."""
    options = node.find(exp.SequenceProperties)
    return str(node.args.get("kind") or "").upper() == "SEQUENCE" and not (
        options and options.args.get("owned")
    )


def _is_of_names(node: exp.Expr) -> bool:
    """Tell whether a statement only names what it is about: a grant, a comment, the type of a row."""
    if isinstance(node, exp.Create):
        return str(node.args.get("kind") or "").upper() in _OBJECTS
    return isinstance(node, _NAMING)


_OBJECTS = frozenset({"TYPE", "SCHEMA", "DATABASE", "STAGE", "SEQUENCE", "TAG", "WAREHOUSE"})


def _is_relation(node: exp.Create) -> bool:
    """Tell whether a CREATE makes a relation, or a routine whose body is read."""
    kind = str(node.args.get("kind") or "").upper()
    if kind in ROUTINE_KINDS:
        body = node.args.get("expression")
        return not isinstance(body, (exp.Heredoc, exp.RawString, exp.Literal, exp.Insert))
    return kind in RELATION_KINDS or kind == "PROCEDURE"


def _handed(node: exp.Expr, found: Iterable[exp.Expr]) -> Iterator[str]:
    """Give what a statement hands on to be read by others: to functions in FROM, to functions that run or look up a text.

    `SELECT cron.schedule('nightly', '0 3 * * *', $$INSERT INTO t SELECT a FROM u$$)`, `FROM crosstab('select a from t')`.
    """
    runs = isinstance(node, exp.Select) and node.args.get("from_") is None
    for part in found:
        match part:
            case exp.Anonymous() if runs or _LOOKS_UP.match(part.name) is not None:
                texts = part.find_all(exp.Literal, exp.Heredoc, exp.RawString)
                yield " ".join(text.sql() for text in texts if text.args.get("is_string", True))
            case exp.Table() | exp.TableFromRows() if isinstance(part.this, (exp.Func, exp.Dot)):
                called = part.this.expression if isinstance(part.this, exp.Dot) else part.this
                yield " ".join(given.sql(comments=False) for given in called.iter_expressions())
            case exp.IndexTableHint() if part.parent is not None:
                yield f"{part.parent.this.sql()} {part.sql()}"
            case exp.CopyParameter():
                yield " ".join([part.sql(), *(table.name for table in node.find_all(exp.Table))])
            case exp.ObjectIdentifier() if isinstance(part.parent, exp.Cast):
                yield part.parent.this.sql()
            case _:
                pass
    properties = node.args.get("properties")
    for engine in properties.find_all(exp.EngineProperty) if isinstance(properties, exp.Properties) else ():
        if not engine.this.name.lower().endswith("mergetree"):
            yield engine.this.sql(comments=False)


_LOOKS_UP = re.compile(r"(?:dictget|dicthas|joinget)", re.IGNORECASE)
"""https://clickhouse.com/docs/sql-reference/functions/ext-dict-functions"""
_OPTION_OF_COLUMNS = re.compile(r"(?:columns?|fields?|keys?|by)\b", re.IGNORECASE)


def _sets_columns(node: exp.Expr) -> bool:
    """Tell whether an ALTER sets an option whose text lists columns: `SET (timescaledb.compress_segmentby = 'a, b')`."""
    actions = node.args.get("actions") or () if isinstance(node, exp.Alter) else ()
    return any(
        _OPTION_OF_COLUMNS.search(option.this.sql()) is not None
        for action in actions
        if isinstance(action, exp.AlterSet)
        for option in action.find_all(exp.EQ, exp.Property)
        if isinstance(option.this, exp.Expr)
    )


_HASH = re.compile(r"#[^\n]*")


def between(
    text: str,
    spans: Iterable[tuple[int, int]],
    line_of: Callable[[int], int],
    dialect: str,
    sights: Sequence[Sight],
) -> Iterator[Opaque]:
    """Give what stands around the statements of a text: the heads and conditions of procedures, the clauses of a task."""
    position = 0
    for start, end in [*sorted(spans), (len(text), len(text))]:
        gap = text[position:start] if start > position else ""
        gap = _HASH.sub(" ", gap) if dialect == "bigquery" or dialect in MYSQL else gap
        if _WORD.search(gap) is not None:
            begins = position + len(gap) - len(gap.lstrip())
            yield opaque(gap, line_of(begins), only_names=True, declared=in_sight(sights, begins))
        position = max(position, end)


def naming(found: Iterable[Opaque], relation: RelationName, column: str | None, of_names: bool) -> int | None:
    """Give the line of a statement that names the relation, and the column where one is given; None: none does.

    A table whose name nobody knows may be any that lost a column which is named.
    `of_names`: statements count too that a change of rows and values is nothing to.
    """
    lost = words_of(column or "")
    wanted = words_of(relation.name) | lost
    return next(
        (
            each.line
            for each in found
            if wanted
            and (wanted <= each.words or (each.is_dynamic and lost and lost <= each.words))
            and (of_names or not each.only_names)
            and not (each.of_relations and lost)
        ),
        None,
    )
