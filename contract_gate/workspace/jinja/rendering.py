"""One rendering: a template, the node it belongs to, and what the template did while it ran."""

from collections.abc import Callable, Mapping
from functools import lru_cache

from jinja2 import Template, TemplateSyntaxError, nodes

from contract_gate.core.values import dataclass, field
from contract_gate.workspace.jinja import lines
from contract_gate.workspace.jinja.deployment import AssumedValues
from contract_gate.workspace.jinja.environment import SNAPSHOT, Environment
from contract_gate.workspace.jinja.holes import Holes
from contract_gate.workspace.jinja.relation import TemplateRelation
from contract_gate.workspace.jinja.state import JinjaProject
from contract_gate.workspace.jinja.wire import UNPARSED, Json, Message, text

MAX_OUTPUT = 8_000_000

Ask = Callable[[Message], Message]


class RenderingError(Exception):
    """Say why a template gives no text: the words of its problem."""


@dataclass(kw_only=True)
class Rendering:
    """The state of one rendering. `execute` and `incremental` choose dbt's branches."""

    project: JinjaProject
    ask: Ask
    node: Message
    config: dict[str, Json] = field(default_factory=dict)
    execute: bool = True
    incremental: bool = False
    reads: list[str] = field(default_factory=list)
    printed: list[list[Json]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)
    """What the template runs in the warehouse while it renders, as it writes it."""
    holes: Holes = field(default_factory=Holes)
    assumed: AssumedValues = field(default_factory=AssumedValues)
    asked_incremental: bool = False
    captured: dict[str, Json] = field(default_factory=dict)

    @property
    def package(self) -> str:
        return text(self.node, "package") or self.project.name

    def relation(self, node: Mapping[str, Json], key: str | None = None) -> TemplateRelation:
        """Give the relation of a node that the parent described."""
        quoting = self.project.quoting
        own = node.get("quoting")
        relation = TemplateRelation(
            _text(node, "database"),
            _text(node, "schema"),
            _text(node, "identifier"),
            quoting,
            _kind(_text(node, "materialized")),
            key=key,
            on_print=self.print_relation,
        )
        if not isinstance(own, dict):
            return relation
        flags = {
            part: bool(value) for part, value in own.items() if part in ("database", "schema", "identifier")
        }
        return relation.quote(**flags)

    def print_relation(self, key: str, parts: list[tuple[str, bool]]) -> None:
        """Keep how a node's relation was written: a project's macros may write it otherwise than it is named."""
        printed: list[Json] = [[value, is_quoted] for value, is_quoted in parts]
        entry: list[Json] = [key, printed]
        if entry not in self.printed:
            self.printed.append(entry)

    def asks(self, sql: object) -> None:
        """Keep a query that the template runs: what it names has to be there, whatever becomes of the answer."""
        query = str(sql)
        if self.execute and query.strip() and query not in self.queries:
            self.queries.append(query)

    def record(self, key: str) -> None:
        if key not in self.reads:
            self.reads.append(key)


@lru_cache(maxsize=256)
def compile_template(
    environment: Environment, source: str, snapshot: str | None, is_mapped: bool
) -> Template:
    """Compile a file, once for all that have its text. Raises RenderingError with the line where it can't be."""
    try:
        tree = environment.parse(lines.clean(source))
        if snapshot:
            tree.body = [node for node in tree.body if isinstance(node, nodes.If)]
        if is_mapped:
            lines.mark(tree)
        code = environment.compile(tree, filename="<template>")
    except TemplateSyntaxError as error:
        raise RenderingError(f"line {error.lineno}: {UNPARSED}: {error.message}") from error
    except RecursionError as error:
        raise RenderingError("the template is nested too deeply") from error
    return Template.from_code(environment, code, environment.make_globals(None))


def run(template: Template, names: dict[str, object], snapshot: str | None = None) -> str:
    """Run a compiled template. Raises RenderingError where it writes more than `MAX_OUTPUT` characters."""
    if snapshot:
        names[SNAPSHOT] = snapshot
    context = template.new_context(names, shared=True)
    parts: list[str] = []
    size = 0
    for part in template.root_render_func(context):
        size += len(part)
        if size > MAX_OUTPUT:
            raise RenderingError(f"the template writes more than {MAX_OUTPUT} characters")
        parts.append(part)
    return "".join(parts)


def _text(node: Mapping[str, Json], key: str) -> str | None:
    value = node.get(key)
    return value if isinstance(value, str) else None


def _kind(materialized: str | None) -> str:
    return materialized if materialized in ("view", "ephemeral") else "table"
