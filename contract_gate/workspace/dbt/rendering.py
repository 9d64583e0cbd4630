"""The SQL of a dbt project's nodes, each rendered once, and what its template told on the way: names, settings, queries."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from contract_gate.core.relation import RelationName
from contract_gate.core.world import ModelKind, Rendered
from contract_gate.workspace.content import template_digest
from contract_gate.workspace.dbt import wording
from contract_gate.workspace.dbt.adapters import Target
from contract_gate.workspace.dbt.asking import asks
from contract_gate.workspace.dbt.assembly import Assembly
from contract_gate.workspace.dbt.contracts import refused_reference
from contract_gate.workspace.dbt.declarations import snapshot_columns
from contract_gate.workspace.dbt.functions import creation
from contract_gate.workspace.dbt.keys import place_of
from contract_gate.workspace.dbt.names import written
from contract_gate.workspace.dbt.nodes import Node
from contract_gate.workspace.dbt.python_models import read_python
from contract_gate.workspace.dbt.reach import missing
from contract_gate.workspace.dbt.references import scan
from contract_gate.workspace.dbt.settings import merge
from contract_gate.workspace.dbt.writing import makes_names
from contract_gate.workspace.documents import Plain
from contract_gate.workspace.jinja.engine import Engine, holes_of, problem_of
from contract_gate.workspace.jinja.wire import UNPARSED, Message, numbers, rows, table, text, texts

TEMPLATED = (ModelKind.MODEL, ModelKind.SNAPSHOT)


class Renderings:
    """Renders nodes when they are first asked for. `reached_texts` gives the texts of the macros that a model's template reaches."""

    def __init__(
        self,
        name: str,
        assembly: Assembly,
        engine: Engine,
        target: Target,
        reached_texts: Callable[[str], Collection[str]],
    ) -> None:
        self._name, self._assembly, self._engine, self._target = name, assembly, engine, target
        self._reached_texts = reached_texts
        self._rendered: dict[tuple[str, bool], Rendered] = {}
        self._read_keys: dict[tuple[str, bool], frozenset[str]] = {}
        self._parsed: dict[str, frozenset[str] | None] = {}
        self._asked: dict[str, bool] = {}
        self._captured: dict[str, Mapping[str, Plain]] = {}
        self._queries: dict[str, dict[str, None]] = {}

    def forget(self) -> None:
        """Render anew what is asked for from now on."""
        self._rendered.clear()

    def done(self, keys: Iterable[str]) -> Iterator[Rendered]:
        """Give what was rendered of these already."""
        return (self._rendered[key, False] for key in keys if (key, False) in self._rendered)

    def has_template(self, key: str) -> bool:
        """Tell whether a key is of a model or snapshot with a template."""
        node = self._assembly.nodes.get(key)
        return node is not None and node.kind in TEMPLATED and wording.without_sql(node) is None

    def incremental(self, key: str) -> Rendered | None:
        """Give the SQL of an incremental run, None where it is the same text as a full build's."""
        self.render(key, incremental=False)
        return self.render(key, incremental=True) if self._asked.get(key) else None

    def read_keys(self, key: str) -> frozenset[str]:
        """Give the keys that the template of a full build named, as far as it was rendered."""
        return self._read_keys.get((key, False), frozenset())

    def render(self, key: str, *, incremental: bool) -> Rendered:
        """Give a node's SQL, of a full build or of an incremental run."""
        if (key, incremental) not in self._rendered:
            self._rendered[key, incremental] = self._made(key, incremental)
        return self._rendered[key, incremental]

    def _made(self, key: str, incremental: bool) -> Rendered:
        node = self._assembly.nodes.get(key)
        made = self._assembly.routines.get(key)
        if made is not None:
            return Rendered(sql=made.sql, lines=(made.model.line,) * (made.sql.count("\n") + 1))
        if node is None:
            return Rendered(sql=None, problem=f"{key} is not a model of the project {self._name}")
        if reason := wording.without_sql(node):
            refused = ((key, node.refused),) if node.refused else ()
            return Rendered(sql=None, problem=reason, refused=refused, missing=tuple(self._missing(node)))
        reply = self._engine.request(self._assembly.render_request(node, incremental))
        keys = texts(reply, "reads")
        self._read_keys[key, incremental] = _named(reply)
        self._assembly.keep_printed(key, reply.get("printed"), self._target)
        self._captured[key] = table(reply, "config")
        self._queries.setdefault(key, {}).update(dict.fromkeys(texts(reply, "queries")))
        self._asked[key] = self._asked.get(key, False) or reply.get("asked_incremental") is True
        rendered = self._with_header(node, _rendered(reply, node, self._relations(keys)))
        if node.kind is ModelKind.FUNCTION and rendered.sql is not None:
            name = written(node, self._target) or node.name
            rendered = replace(rendered, sql=creation(node, name, rendered.sql, self._target.dialect))
        problem = rendered.problem or ""
        unparsed = ((key, problem),) if UNPARSED in problem else ()
        read = (node.text or "", *sorted(self._reached_texts(key))) if rendered.sql is None else ()
        unread = " ".join(map(template_digest, read))
        asked = asks(node.text or "", self._reached_texts(key) if rendered.holes else (), rendered.holes)
        return replace(rendered, refused=(*self._refused(node, keys), *unparsed), unread=unread, asks=asked)

    def _with_header(self, node: Node, rendered: Rendered) -> Rendered:
        """Put the statements before a query that dbt puts there: https://docs.getdbt.com/reference/resource-configs/sql_header"""
        given = self._captured.get(node.key, {}).get("sql_header") or node.config.get("sql_header")
        if rendered.sql is None or not isinstance(given, str) or not makes_names(given):
            return rendered
        header, holes = given, rendered.holes
        if "{{" in given or "{%" in given:
            reply = self._engine.request(self._assembly.text_request(node, node.config, [given]))
            answer = next(iter(rows(reply, "values")), {})
            header, holes = text(answer, "value"), (*holes, *holes_of(answer))
        header = header.strip().rstrip(";") + ";\n"
        above = (place_of(node, "sql_header")[1],) * header.count("\n")
        return replace(rendered, sql=header + rendered.sql, lines=above + rendered.lines, holes=holes)

    def _missing(self, node: Node) -> Iterator[str]:
        """Give the models that a model in Python refers to and the project does not have."""
        for reference in read_python(node.text or "").references if node.is_python else ():
            if (
                reference.function == "ref"
                and self._assembly.resolver.resolve(reference, node.package) is None
            ):
                yield ".".join(reference.args)

    def _refused(self, reader: Node, keys: Iterable[str]) -> tuple[tuple[str, str], ...]:
        """Give the models that dbt does not let the reader refer to."""
        nodes = self._assembly.nodes
        group = reader.config.get("group")
        reasons = ((key, refused_reference(group, nodes[key])) for key in keys if key in nodes)
        return tuple((key, reason) for key, reason in reasons if reason is not None)

    def settings(self, node: Node) -> Mapping[str, Plain]:
        """Give all settings of a node, those that only its template computes too."""
        if self.has_template(node.key):
            self.render(node.key, incremental=False)
        own = dict(scan(node.text or "").config) if not node.is_python else {}
        computed = {
            name: value for name, value in self._captured.get(node.key, {}).items() if name not in own
        }
        return merge(dict(node.config), computed)

    def queries_of(self, key: str) -> Iterable[str]:
        """Give what a node's template runs in the warehouse while it renders."""
        if self.has_template(key):
            self.render(key, incremental=False)
        return self._queries.get(key, {})

    def _relations(self, keys: Iterable[str]) -> list[RelationName]:
        models = self._assembly.models
        found = (models[key].relation for key in keys if key in models)
        return [relation for relation in found if relation is not None]

    def reads(self, key: str) -> frozenset[str] | None:
        """Give the keys that a model names when it runs; None where it does not render."""
        rendered = self.render(key, incremental=False)
        if rendered.problem:
            return None
        more = self._asked.get(key) and self.render(key, incremental=True)
        keys = self.read_keys(key)
        return keys | self._read_keys.get((key, True), frozenset()) if more else keys

    def parsed_reads(self, key: str) -> frozenset[str] | None:
        """Give the keys that a model names when dbt parses it; None where that fails, or nothing is rendered of it."""
        if key not in self._parsed:
            self._parsed[key] = self._named_when_parsed(self._assembly.nodes[key])
        return self._parsed[key]

    def _named_when_parsed(self, node: Node) -> frozenset[str] | None:
        if wording.without_sql(node) is not None:
            return None
        found: frozenset[str] = frozenset()
        for incremental in (False, True):
            reply = self._engine.request(self._assembly.render_request(node, incremental, execute=False))
            if problem_of(reply):
                return None
            found |= _named(reply)
            if reply.get("asked_incremental") is not True:
                break
        return found


def _named(reply: Message) -> frozenset[str]:
    """Give what a template named: keys, and words for what names nothing."""
    lost = (missing(name.rpartition(".")[2]) for name in texts(reply, "missing"))
    return frozenset((*texts(reply, "reads"), *lost))


def _rendered(reply: Message, node: Node, reads: list[RelationName]) -> Rendered:
    holes = (*node.holes, *holes_of(reply))
    lost = tuple(texts(reply, "missing"))
    sql, problem = text(reply, "sql"), problem_of(reply)
    if problem is None and not wording.has_code(sql):
        problem = wording.empty(holes)
    if problem:
        return Rendered(sql=None, holes=holes, problem=problem, reads=tuple(reads), missing=lost)
    if node.kind is ModelKind.SNAPSHOT:
        sql = wording.with_snapshot_columns(sql, snapshot_columns(node.config))
    return Rendered(sql=sql, lines=numbers(reply, "lines"), holes=holes, reads=tuple(reads), missing=lost)
