"""The SQL of an action: its template strings evaluated, `ref` and `self` written as names, every line traced back."""

import re
import zlib
from collections.abc import Callable, Sequence

from contract_gate.core.relation import RelationName
from contract_gate.core.values import dataclass, field, replace
from contract_gate.core.world import Hole, HoleKind, Rendered
from contract_gate.workspace.dataform.actions import Action, Statements, Target, named_parts
from contract_gate.workspace.dataform.evaluate import call, evaluate
from contract_gate.workspace.dataform.syntax import SyntaxNode, template_parts
from contract_gate.workspace.dataform.tokens import NotRead
from contract_gate.workspace.dataform.values import (
    UNDEFINED,
    Function,
    Moment,
    Native,
    ScriptScope,
    Value,
    to_text,
)
from contract_gate.workspace.plain.placeholders import fill

Resolve = Callable[[Sequence[str]], Target | None]
"""Finds the target that `ref("a")` or `ref("schema", "a")` means; None: the project declares no such action."""


@dataclass(slots=True, kw_only=True)
class Context:
    """What `ref`, `self`, `when` and `incremental` answer to one action, and what was asked.

    `knows_all`: every action of the project is known, so that Dataform refuses a `ref` of any other name. `resolve` may
    name what the project does not have.
    """

    target: Target
    resolve: Resolve
    dialect: str
    knows_all: bool = True
    incremental: bool = False
    asked_incremental: bool = False
    reads: dict[Target, None] = field(default_factory=dict)
    missing: dict[str, None] = field(default_factory=dict)
    holes: dict[Hole, None] = field(default_factory=dict)

    def lack(self, kind: HoleKind, told: str, name: str = "") -> None:
        """Keep what could not be known."""
        self.holes.setdefault(Hole(kind=kind, told=told, name=name))

    def names(self) -> dict[str, Value]:
        """Give the functions by the names that SQL and scripts call them by."""
        return {
            "ref": Native(lambda arguments, _: self._ref(arguments, reads=True)),
            "resolve": Native(lambda arguments, _: self._ref(arguments, reads=False)),
            "self": Native(lambda _arguments, _line: self.written(self.target)),
            "name": Native(lambda _arguments, _line: self.target[-1]),
            "schema": Native(lambda _arguments, _line: self.target[-2] if len(self.target) > 1 else ""),
            "database": Native(lambda _arguments, _line: self.target[-3] if len(self.target) > 2 else ""),
            "incremental": Native(self._is_incremental),
        }

    def written(self, target: Target) -> str:
        """Write a name in the dialect's quotes."""
        if self.dialect == "bigquery":
            return "`" + ".".join(target) + "`"
        return ".".join(f'"{part}"' for part in target)

    def _ref(self, arguments: Sequence[Value], reads: bool) -> Value:
        parts: list[str] = []
        if len(arguments) == 1 and isinstance(arguments[0], dict):
            parts = named_parts(arguments[0])
        elif len(arguments) == 1 and isinstance(arguments[0], list):
            parts = [to_text(part) for part in arguments[0]]
        else:
            parts = [to_text(part) for part in arguments]
        if not parts:
            raise NotRead("ref() of nothing")
        found = self.resolve(parts)
        if found is None:
            name = ".".join(parts)
            if reads and self.knows_all:
                self.missing.setdefault(name)
            else:
                self.lack(HoleKind.REF, f"ref({', '.join(parts)}) is not declared in the project", name)
            found = tuple(parts)
        if reads:
            self.reads.setdefault(found)
        return self.written(found)

    def _is_incremental(self, _arguments: Sequence[Value], _line: int) -> Value:
        self.asked_incremental = True
        return self.incremental


@dataclass(slots=True)
class _Lines:
    """Text as it grows, with the source line of each of its lines."""

    text: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)

    def add(self, text: str, line: int, follows: bool) -> None:
        """Add a text from `line` on; `follows`: its lines are those after each other in the source."""
        if not self.lines:
            self.lines.append(line)
        elif self.text and self.text[-1].endswith("\n"):
            self.lines[-1] = line
        count = text.count("\n")
        self.lines.extend(line + index + 1 if follows else line for index in range(count))
        if text:
            self.text.append(text)


def render(action: Action, context: Context) -> Rendered:
    """Give an action's SQL; `Rendered.problem` where it has none that can be known."""
    try:
        lines = (
            _sqlx(action, context)
            if action.sqlx is not None or action.text is not None
            else _scripted(action.query, action.line, context)
        )
    except NotRead as error:
        return Rendered(sql=None, problem=f"its JavaScript is not read: {error}")
    filled = fill("".join(lines.text))
    notes = (*action.notes, *(note for note in filled.notes if "${unknown" not in note))
    holes = (*(Hole(kind=HoleKind.CODE, told=note) for note in notes), *context.holes)
    if filled.reads_any:
        holes = tuple(replace(hole, reads_any=True) for hole in holes)
    if filled.problem is not None:
        reason = next((hole.told for hole in context.holes), filled.problem)
        return Rendered(
            sql=None, holes=holes, problem=f"its columns or clauses are made by JavaScript: {reason}"
        )
    reads = tuple(RelationName(target) for target in context.reads)
    return Rendered(
        sql=_separated(filled.text), lines=tuple(lines.lines), holes=holes, reads=reads,
        missing=tuple(context.missing), variables=_declared_before(action, context),
    )  # fmt: skip


def _declared_before(action: Action, context: Context) -> tuple[tuple[int, frozenset[str]], ...]:
    """Give the variables that the operations before a query declare, which it may name:
    https://cloud.google.com/dataform/docs/table-settings#execute_pre-operations
    """
    apart = replace(context, reads={}, missing={}, holes={})
    texts = (operation_text(each, action, apart) for each in action.operations(("pre_operations",)))
    listed = (found for text in texts for found in _DECLARED.findall(text))
    names = frozenset(name.strip().lower() for names in listed for name in names.split(","))
    return ((0, names),) if names else ()


_DECLARED = re.compile(r"\bdeclare\s+(\w+(?:\s*,\s*\w+)*)", re.IGNORECASE)


def render_operation(operation: Statements, action: Action, context: Context) -> str:
    """Give the SQL of an operation beside the query."""
    block = operation.block
    try:
        if block is None:
            lines = _scripted(operation.value, operation.line, context)
        else:
            lines = _filled(block.text, action.scope or ScriptScope({}), context)
    except NotRead as error:
        context.lack(HoleKind.CODE, f"an operation is not read: {error}")
        return block.text if block is not None else ""
    return _separated(fill("".join(lines.text)).text)


def operation_text(operation: Statements, action: Action, context: Context) -> str:
    """Give an operation as its file writes it, else its SQL."""
    return render_operation(operation, action, context) if operation.block is None else operation.block.text


def _sqlx(action: Action, context: Context) -> _Lines:
    if action.sqlx is not None and action.scope is not None:
        return _filled(action.sqlx.sql, action.scope, context)
    lines = _Lines()
    lines.add(action.text or "", 1, follows=True)
    return lines


def _filled(text: str, scope: ScriptScope, context: Context) -> _Lines:
    lines = _Lines()
    inner = scope.inner(context.names())
    for part in template_parts(text):
        _add(part, inner, context, lines)
    return lines


def _add(part: SyntaxNode, scope: ScriptScope, context: Context, lines: _Lines) -> None:
    if part.kind == "text":
        lines.add(str(part.value), part.line, follows=True)
        return
    code = str(part.value)
    try:
        if not part.parts:
            raise NotRead("it is not read")
        found = evaluate(part.parts[0], scope)
        code = found.made if isinstance(found, Moment) else code
        value = to_text(found)
    except NotRead as error:
        written = " ".join(str(part.value).split())
        lost = _lost_function(written, scope)
        kind = HoleKind.CODE if lost is None else HoleKind.MACRO
        context.lack(kind, f"${{{written[:60]}}} is not known: {error}", lost or written)
        # By its text, or how it is made: what another script makes is something else, though neither is known.
        value = f"${{unknown_{zlib.crc32(code.encode()):08x}}}"
    lines.add(value, part.line, follows=False)


def _lost_function(text: str, scope: ScriptScope) -> str | None:
    """Give the function of a script that is called and that the script does not have."""
    called = _CALLED.match(text)
    holder = scope.get(called[1]) if called is not None and scope.has(called[1]) else None
    if called is None or not isinstance(holder, dict) or called[2] in holder:
        return None
    return f"{called[1]}.{called[2]}"


_CALLED = re.compile(r"\s*(\w+)\.(\w+)\s*\(")


def _scripted(query: Value, line: int, context: Context) -> _Lines:
    lines = _Lines()
    if isinstance(query, Function):
        template = _template_of(query.node)
        scope = query.scope
        if template is not None:
            parameter = query.node.parts[0].parts
            names = {str(parameter[0].parts[0].value): context.names()} if parameter else {}
            inner = scope.inner(dict(names))
            for part in template.parts:
                _add(part, inner, context, lines)
            return lines
        query = call(query, [context.names()])
    if isinstance(query, list):
        query = ";\n".join(to_text(part) for part in query)
    if query == UNDEFINED or not isinstance(query, str):
        raise NotRead("its query is no text")
    lines.add(query, line, follows=False)
    return lines


def _template_of(node: SyntaxNode) -> SyntaxNode | None:
    """Give the template string that a function does nothing but return."""
    body = node.parts[1]
    if body.kind == "block" and len(body.parts) == 1:
        body = body.parts[0]
    value = body.parts[0] if body.kind == "return" and body.parts else None
    return value if value is not None and value.kind == "template" else None


def _separated(sql: str) -> str:
    """`---` on a line of its own separates statements."""
    return re.sub(
        r"^[ \t]*---[ \t]*$", lambda found: ";" + " " * (len(found[0]) - 1), sql, flags=re.MULTILINE
    )
