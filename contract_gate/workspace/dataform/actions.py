"""Actions: Dataform's own unit: what one `.sqlx` file or one call of `publish` says, before it is a `Model`."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from contract_gate.core.values import dataclass, field
from contract_gate.workspace.dataform.evaluate import evaluate
from contract_gate.workspace.dataform.settings import DataformSettings
from contract_gate.workspace.dataform.sqlx import Sqlx, SqlxBlock
from contract_gate.workspace.dataform.syntax import SyntaxNode, parse_expression
from contract_gate.workspace.dataform.tokens import NotRead
from contract_gate.workspace.dataform.values import (
    UNDEFINED,
    Function,
    Moment,
    Native,
    ScriptScope,
    Undefined,
    Unknown,
    Value,
    to_text,
)
from contract_gate.workspace.plain.placeholders import MARK

Target = tuple[str, ...]
"""Database, schema and name, without those that nobody says."""


_OPERATIONS: Mapping[str, tuple[str, ...]] = {
    "pre_operations": ("preOps", "preOperations"), "post_operations": ("postOps", "postOperations"),
}  # fmt: skip
"""The blocks of statements before and after a query, and the settings that say the same in JavaScript and in YAML."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """Statements that run before or after an action's query: a `block` of its file, else the `value` of a setting."""

    name: str
    line: int
    block: SqlxBlock | None = None
    value: Value = UNDEFINED


@dataclass(slots=True, kw_only=True)
class Action:
    """One action. `config` are its settings as far as they are known; `query` is a script's (SQL or a function).

    `sqlx` is its file's; `notes` say what of its settings is not known.
    """

    path: str
    line: int
    name: str
    type: str
    config: dict[str, Value] = field(default_factory=dict)
    query: Value = UNDEFINED
    sqlx: Sqlx | None = None
    text: str | None = None
    scope: ScriptScope | None = None
    notes: list[str] = field(default_factory=list)

    def setting(self, *names: str) -> str | None:
        """Give the first of these settings that is there, as text."""
        for name in names:
            value = self.config.get(name, UNDEFINED)
            if isinstance(value, str):
                return value
        return None

    def operations(self, words: Collection[str] = _OPERATIONS) -> Iterator[Statements]:
        """Give the statements beside the query, wherever they are written. `words`: those of one of the blocks."""
        for word in words:
            blocks = self.sqlx.others.get(word, ()) if self.sqlx is not None else ()
            for number, block in enumerate(blocks, 1):
                name = word.replace("_", " ") + (f" ({number})" if number > 1 else "")
                yield Statements(name=name, line=block.line, block=block)
            for setting in _OPERATIONS[word]:
                if given := self.config.get(setting):
                    yield Statements(name=setting, line=self.line, value=given)

    def target(self, settings: DataformSettings) -> Target:
        """Give the full name of what the action makes."""
        database = self.setting("database", "project") or settings.database
        default = settings.assertion_schema if self.type == "assertion" else settings.schema
        schema = self.setting("schema", "dataset") or default or settings.schema
        if self.type == "declaration":
            return tuple(part for part in (database, schema, self.name) if part)
        database = (
            f"{database}_{settings.database_suffix}" if database and settings.database_suffix else database
        )
        schema = f"{schema}_{settings.schema_suffix}" if schema and settings.schema_suffix else schema
        name = f"{settings.name_prefix}_{self.name}" if settings.name_prefix else self.name
        return tuple(part for part in (database, schema, name) if part)


def action_of_file(path: str, sqlx: Sqlx, scope: ScriptScope) -> Action:
    """Read a file's `config` block; a setting that is not known is a placeholder, and noted."""
    stem = path.rpartition("/")[2].removesuffix(".sqlx").removesuffix(".sql")
    action = Action(
        path=path, line=sqlx.config.line if sqlx.config else 1, name=stem, type="", sqlx=sqlx, scope=scope
    )
    if sqlx.config is not None:
        _read_config(action, "{" + sqlx.config.text + "}", sqlx.config.line, scope)
    action.name = action.setting("name") or stem
    action.type = action.setting("type") or "operations"
    return action


def _read_config(action: Action, text: str, line: int, scope: ScriptScope) -> None:
    try:
        tree = parse_expression(text, line)
    except NotRead as error:
        action.notes.append(f"its config block is not read: {error}")
        return
    for pair in tree.parts if tree.kind == "object" else ():
        _read_setting(action, pair, scope)


_PARTS = (("database", "project"), ("schema", "dataset"), ("name",))
"""How an object says the parts of an action's name, by the old words and by those of core 3."""
_NAMING = frozenset(word for words in _PARTS for word in words) | {"type"}


def named_parts(given: Mapping[str, Value]) -> list[str]:
    """Give the parts of a name that an object writes, as many as it has."""
    return [part for words in _PARTS for word in words if isinstance(part := given.get(word), str)]


def _read_setting(action: Action, pair: SyntaxNode, scope: ScriptScope) -> None:
    key = str(pair.value)
    try:
        value = evaluate(pair.parts[0], scope)
    except NotRead as error:
        if pair.kind == "spread":
            action.notes.append(f"its settings are not all known: {error}")
        value = UNDEFINED if pair.kind == "spread" else Unknown(str(error))
    if pair.kind == "spread" and isinstance(value, dict):
        action.config |= value
    elif not isinstance(value, (Undefined, Function, Native)):
        action.config[key] = value
    _mark_unknown_names(action)


def _mark_unknown_names(action: Action) -> None:
    """Put a placeholder where what decides an action's name is not known, and note why. Of other settings nothing is kept."""
    for key, value in tuple(action.config.items()):
        if not isinstance(value, (Unknown, Moment)):
            continue
        del action.config[key]
        if key in _NAMING:
            action.config[key] = f"{MARK}ph_{key}{MARK}"
            action.notes.append(f"its {key} is not known: {value.reason}")


MOST_ACTIONS = 2_000
"""So many actions of one script are read."""


class Collector:
    """The functions that a definition's script calls: `publish`, `declare`, `operate`, `assert`."""

    def __init__(self, path: str) -> None:
        self.actions: list[Action] = []
        self._path = path

    def names(self) -> dict[str, Value]:
        """Give the functions by name."""
        return {
            "publish": Native(lambda arguments, line: self._add("table", arguments, line)),
            "operate": Native(lambda arguments, line: self._add("operations", arguments, line)),
            "assert": Native(lambda arguments, line: self._add("assertion", arguments, line)),
            "declare": Native(self._declare),
            "test": Native(lambda arguments, line: self._add("test", arguments, line)),
            "notebook": Native(lambda arguments, line: self._add("test", arguments, line)),
        }

    def _declare(self, arguments: Sequence[Value], line: int) -> Value:
        config = arguments[0] if arguments and isinstance(arguments[0], dict) else {}
        return self._add("declaration", [to_text(config.get("name", "")), config], line)

    def _add(self, kind: str, arguments: Sequence[Value], line: int) -> Value:
        if not arguments or not isinstance(arguments[0], (str, dict)):
            raise NotRead("an action without a name")
        if len(self.actions) >= MOST_ACTIONS:
            raise NotRead(f"it makes more than {MOST_ACTIONS:,} actions; the others are not read")
        first = arguments[0]
        given: dict[str, Value] = dict(first) if isinstance(first, dict) else {}
        action = Action(path=self._path, line=line, name="", type=kind, config=given)
        if isinstance(first, str):
            action.name = first
        for argument in arguments[1:]:
            if isinstance(argument, dict):
                action.config |= argument
            else:
                action.query = argument
        _mark_unknown_names(action)
        action.name = action.name or action.setting("name") or ""
        action.type = (action.setting("type") or kind) if kind == "table" else kind
        self.actions.append(action)
        return self._chain(action)

    def _chain(self, action: Action) -> Value:
        """Give what `publish(…)` gives: an object whose methods set more of the action, and give itself."""
        chain: dict[str, Value] = {}

        def query(arguments: Sequence[Value], line: int) -> Value:
            action.query = arguments[0] if arguments else UNDEFINED
            action.line = min(action.line, line)
            return chain

        def configure(arguments: Sequence[Value], _line: int) -> Value:
            if arguments and isinstance(arguments[0], dict):
                action.config |= arguments[0]
                _mark_unknown_names(action)
                action.type = action.setting("type") or action.type
            return chain

        def set_one(name: str) -> Native:
            def run(arguments: Sequence[Value], _line: int) -> Value:
                if arguments:
                    action.config[name] = arguments[0]
                    action.type = (action.setting("type") if name == "type" else None) or action.type
                return chain

            return Native(run)

        chain |= {"query": Native(query), "queries": Native(query), "config": Native(configure)}
        for name in _SETTERS:
            chain[name] = set_one(name)
        return chain


_SETTERS = (
    "type", "schema", "database", "columns", "description", "disabled", "dependencies", "tags", "uniqueKey", "hasOutput",
    "preOps", "postOps", "where", "hermetic", "bigquery", "materialized", "dataset", "input", "expect", "protected", "rows",
)  # fmt: skip


def texts_of(value: Value) -> tuple[str, ...]:
    """Give the texts of a setting: one, or a list of them."""
    listed = value if isinstance(value, list) else [value]
    return tuple(item for item in listed if isinstance(item, str) and item.strip())
