"""Which of the nodes that were found are on, and with which settings: those of Python, those that only Jinja gives."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from contract_gate.core.world import PLACEHOLDER
from contract_gate.workspace.dbt.collect import AGAIN
from contract_gate.workspace.dbt.deployments import switched
from contract_gate.workspace.dbt.macros import MacroGraph
from contract_gate.workspace.dbt.messages import described
from contract_gate.workspace.dbt.nodes import Node
from contract_gate.workspace.dbt.python_models import read_python
from contract_gate.workspace.dbt.references import scan, settings_alone
from contract_gate.workspace.dbt.resolve import REFERABLE
from contract_gate.workspace.dbt.settings import HOOKS, is_true, merge
from contract_gate.workspace.documents import Plain
from contract_gate.workspace.jinja.engine import Engine, problem_of
from contract_gate.workspace.jinja.wire import Json, Message, rows, table, text

_CHUNK = 200


def settled_nodes(
    found: Iterable[Node],
    needs_config: Collection[str],
    taken: Mapping[int, Node],
    macros: MacroGraph,
    engine: Engine,
    problems: dict[str, str],
) -> tuple[list[Node], dict[str, str], set[str]]:
    """Give the nodes that are on with all their settings, why others are off, and those that are on in another target alone.

    `taken`: what nodes settled to where nothing differs that this hangs on, by the id of the node that was found.
    """
    found = list(found)
    nodes = [_with_python(node) for node in found if id(node) not in taken]
    computed = {node.key for node in nodes if node.text and macros.configures(scan(node.text))}
    elsewhere: set[str] = set()
    nodes = _configured(nodes, needs_config, computed, engine, problems, elsewhere)
    fresh = iter(_rendered_settings(nodes, engine, elsewhere))
    listed = [taken[id(node)] if id(node) in taken else next(fresh) for node in found]
    on, disabled = _split(listed, problems, elsewhere)
    return on, disabled, elsewhere


def _with_python(node: Node) -> Node:
    if not node.is_python or node.text is None:
        return node
    read = read_python(node.text)
    config = merge(dict(node.config), dict(read.config))
    return replace(node, config={"materialized": "table", **config}, problem=node.problem or read.problem)


def _configured(
    nodes: list[Node],
    own: Collection[str],
    by_macros: Collection[str],
    engine: Engine,
    problems: dict[str, str],
    elsewhere: set[str],
) -> list[Node]:
    """Run the templates whose settings are computed, as dbt does when it parses; of those that set their own, these calls where they suffice.

    `elsewhere` gets the nodes that are off here and that another target or environment switches on.
    """
    settled = []
    for node in nodes:
        if node.key in own or node.key in by_macros:
            alone = settings_alone(node.text) if node.text and node.key not in by_macros else None
            asked: Message = {
                "op": "render", "node": described(node), "config": dict(node.config), "text": alone or node.text,
                "snapshot": node.snapshot, "execute": False,
            }  # fmt: skip
            reply = engine.request(asked)
            captured = table(reply, "config")
            if not _is_on(captured) and any(_is_on(table(each, "config")) for each in _asked(engine, asked)):
                elsewhere.add(node.key)
            if (problem := problem_of(reply)) and not captured:
                problems[node.path] = f"its settings are not known: {problem}"
            node = replace(node, config=merge(dict(node.config), captured))
        settled.append(node)
    return settled


def _is_on(config: Message) -> bool:
    return is_true(config.get("enabled", True))


def _asked(engine: Engine, request: Message) -> Iterable[Message]:
    return switched(
        lambda supposed: engine.request({**request, "suppose": supposed} if supposed else request)
    )


def _rendered_settings(nodes: list[Node], engine: Engine, elsewhere: set[str]) -> list[Node]:
    """Run the Jinja of settings in YAML; each text once a package. `elsewhere` as in `_configured`."""
    texts: dict[tuple[str, str], Json] = {}
    for node in nodes:
        for value in _templated(node):
            texts.setdefault((node.package, value), value)
    keys = list(texts)
    for start in range(0, len(keys), _CHUNK):
        part = keys[start : start + _CHUNK]
        items: list[Json] = [{"text": value, "node": {"package": package}} for package, value in part]
        reply = engine.request({"op": "texts", "items": items})
        for key, made in zip(part, rows(reply, "values"), strict=False):
            if "value" in made:
                texts[key] = made["value"]
    switches = {key for key in keys if not is_true(str(texts[key]))} & {_switch(node) for node in nodes}
    on = {key for key in switches if key is not None and _is_on_elsewhere(*key, engine)}
    elsewhere.update(node.key for node in nodes if _switch(node) in on)
    return [_with_texts(node, texts) for node in nodes] if keys else nodes


def _switch(node: Node) -> tuple[str, str] | None:
    enabled = node.config.get("enabled")
    return (node.package, enabled) if isinstance(enabled, str) else None


def _is_on_elsewhere(package: str, enabled: str, engine: Engine) -> bool:
    """Tell whether another target or environment makes a setting true."""

    def answer(supposed: Message) -> Message:
        item: Message = {"text": enabled, "node": {"package": package}, "suppose": supposed}
        return next(iter(rows(engine.request({"op": "texts", "items": [item]}), "values")), {})

    return any(is_true(text(each, "value")) for each in switched(answer))


def _templated(node: Node) -> Iterable[str]:
    values = [value for key, value in node.config.items() if key not in HOOKS]
    for value in (*values, node.database, node.schema, node.identifier):
        if isinstance(value, str) and "{{" in value:
            yield value


def _with_texts(node: Node, texts: Mapping[tuple[str, str], Json]) -> Node:
    if not any(True for _ in _templated(node)):
        return node

    def made(value: Plain) -> Plain:
        if not isinstance(value, str) or "{{" not in value:
            return value
        found = texts.get((node.package, value))
        return str(found) if found is not None else value

    def name(value: str | None) -> str | None:
        found = made(value)
        if isinstance(found, str) and "{{" in found:
            # It fails without what the command line gives: a word stands for it that SQL can be read with.
            return PLACEHOLDER + re.sub(r"\W+", "_", found).strip("_").lower()
        return None if found is None else str(found)

    config = {key: value if key in HOOKS else made(value) for key, value in node.config.items()}
    return replace(
        node,
        config=config,
        database=name(node.database),
        schema=name(node.schema),
        identifier=name(node.identifier),
    )


def _split(
    nodes: list[Node], problems: dict[str, str], elsewhere: set[str]
) -> tuple[list[Node], dict[str, str]]:
    """Give the nodes that are on, and why others are not. What is on elsewhere alone is read, where nothing here has its name."""
    on: dict[str, Node] = {}
    off: dict[str, str] = {}
    for node in sorted(nodes, key=lambda node: node.key in elsewhere):
        key = node.key.removesuffix(AGAIN)
        if node.key in elsewhere:
            on.setdefault(key, replace(node, key=key))
        elif not is_true(node.config.get("enabled", True)):
            off[key] = f"`enabled` is false for {node.path}"
        elif key in on:
            _refuse(on, key, node, problems)
        else:
            on[key] = node if node.key == key else replace(node, key=key)
    named: dict[tuple[str, str, str | None], str] = {}
    for key, node in list(on.items()):
        if node.kind in REFERABLE:
            first = named.setdefault((node.package, node.name, node.version), key)
            if first != key:
                _refuse(on, first, on[key], problems)
                on[key] = replace(on[key], refused=problems[on[key].path])
    return list(on.values()), {key: reason for key, reason in off.items() if key not in on}


def _refuse(on: dict[str, Node], key: str, twin: Node, problems: dict[str, str]) -> None:
    """Whichever of two of a name was met first says nothing of what is built: dbt builds nothing at all."""
    first = on[key]
    problems[twin.path] = f"{first.path} has the same name, and dbt refuses both"
    problems[first.path] = f"{twin.path} has the same name, and dbt refuses both"
    on[key] = replace(first, refused=problems[first.path])
