"""The names that a dbt template may use: `ref`, `source`, `var`, `config`, `target` and the others.

https://docs.getdbt.com/reference/dbt-jinja-functions. What needs a warehouse is a hole (`holes`). The adapter's
methods are in `adapter`, dbt's own macros in `crossdb` and `packages`.
"""

# ruff: noqa: ARG001, ARG005 - the signatures are dbt's

import hashlib
import itertools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache

import yaml

from contract_gate.models.jinja import clock
from contract_gate.models.jinja.adapter import Adapter, column, relation_class
from contract_gate.models.jinja.configuration import Configuration, plain
from contract_gate.models.jinja.holes import Hole
from contract_gate.models.jinja.lookup import Macros
from contract_gate.models.jinja.macros import MacroReturn, Names
from contract_gate.models.jinja.relation import TemplateRelation
from contract_gate.models.jinja.rendering import Rendering, RenderingError, compile_template, run
from contract_gate.models.jinja.wire import Message, text

DBT_VERSION = "1.11.0"
UNRESOLVED = "unresolved_ref"
"""The schema that a ref is printed with where it names nothing: no relation of the repository can be meant."""
_ABSENT = object()


class Bag(Mapping[str, object]):
    """A read-only record whose fields templates read as attributes or items."""

    def __init__(self, fields: Mapping[str, object]) -> None:
        self._fields = dict(fields)

    def __getitem__(self, key: str) -> object:
        return self._fields[key]

    def __iter__(self) -> "itertools.chain[str]":
        return itertools.chain(self._fields)

    def __len__(self) -> int:
        return len(self._fields)


def names_of(rendering: Rendering) -> Names:
    """Build the names of one rendering; macros are found when first used."""
    macros = Macros(rendering)
    own = {
        **rendering.project.environment.globals,
        **_environment_functions(rendering),
        **_facts(rendering),
        **_references(rendering),
        **_effects(rendering),
        **_conversions(),
    }
    adapter = Adapter(rendering, macros)
    own |= {
        "adapter": adapter,
        "api": Bag({"Relation": relation_class(rendering), "Column": Bag({"create": column})}),
        "config": Configuration(rendering),
        "builtins": Bag(
            {name: own[name] for name in ("ref", "source")} | {"config": Configuration(rendering)}
        ),
    }
    root = rendering.project.name
    for name in [name for name in own if rendering.project.library.has(root, name)]:
        del own[name]
    names = Names(own, macros.find)
    macros.names = names
    names["context"] = names
    names["var"] = Variables(rendering, names)
    names["render"] = lambda template: _nested(rendering, names, str(template))
    return names


class Variables:
    """dbt's `var`: the root project's value for the package, then its general one, then the package's own."""

    def __init__(self, rendering: Rendering, names: dict[str, object]) -> None:
        self._rendering, self._names = rendering, names

    def __call__(self, name: str, default: object = _ABSENT) -> object:
        value = self._find(name)
        if value is _ABSENT:
            if default is not _ABSENT:
                return default
            self._rendering.holes.note(f"the variable {name} has no value in the repository")
            return Hole(self._rendering.holes, f"variable_{name}")
        if isinstance(value, str) and ("{{" in value or "{%" in value):
            return _nested(self._rendering, self._names, value)
        return value

    def has_var(self, name: str) -> bool:
        return self._find(name) is not _ABSENT

    def _find(self, name: str) -> object:
        variables = self._rendering.project.variables
        root, package = variables.get("", {}), self._rendering.package
        own = root.get(package)
        for scope in (own if isinstance(own, dict) else {}, root, variables.get(package, {})):
            if name in scope:
                return scope[name]
        return _ABSENT


def _nested(rendering: Rendering, names: dict[str, object], source: str) -> str:
    return run(compile_template(rendering.project, source, None, False), names)


def _environment_functions(rendering: Rendering) -> dict[str, object]:
    def env_var(name: str, default: object = None) -> object:
        known = rendering.project.environment_variables
        if name in known:
            return known[name]
        if default is not None:
            return default
        rendering.holes.note(f"the environment variable {name} is not known here")
        return f"env_{str(name).lower()}"

    return {"env_var": env_var}


def _facts(rendering: Rendering) -> dict[str, object]:
    project, node = rendering.project, rendering.node
    target = Bag(dict(project.target))
    model = {key: value for key, value in node.items() if key != "text"}
    model["config"] = rendering.config
    return {
        "this": rendering.relation(node, text(node, "key")),
        "target": target,
        "model": Bag(model | {"config": Configuration(rendering)}),
        "database": project.target.get("database"),
        "schema": project.target.get("schema"),
        "project_name": project.name,
        "execute": rendering.execute,
        "dbt_version": DBT_VERSION,
        "invocation_id": "00000000-0000-0000-0000-000000000000",
        "thread_id": "Thread-1",
        "run_started_at": clock.moment(project.moment),
        "flags": Bag({"FULL_REFRESH": False, "STORE_FAILURES": False, "WHICH": "compile", "EMPTY": False}),
        "invocation_args_dict": {"which": "compile", "full_refresh": False, "vars": {}},
        "dbt_metadata_envs": {},
        "selected_resources": [],
        "pre_hooks": [],
        "post_hooks": [],
        "graph": LazyGraph(rendering),
        "modules": Bag({"datetime": clock.module(project.moment), "re": _regex(), "itertools": _itertools(),
                        "pytz": clock.zones()}),
    }  # fmt: skip


class LazyGraph(Mapping[str, object]):
    """dbt's `graph`: made when a template first looks into it, since most never do."""

    def __init__(self, rendering: Rendering) -> None:
        self._rendering = rendering

    def __getitem__(self, part: str) -> object:
        if part not in ("nodes", "sources"):
            return {}
        self._rendering.holes.note("the template looks through the project's graph: what it finds may differ")
        nodes = self._rendering.project.nodes
        return {
            key: _in_graph(key, node)
            for key, node in nodes.items()
            if key.startswith("source.") == (part == "sources")
        }

    def __iter__(self) -> Iterator[str]:
        return iter(("nodes", "sources", "exposures", "metrics", "groups"))

    def __len__(self) -> int:
        return 5


def _in_graph(key: str, node: Message) -> Bag:
    fields: dict[str, object] = {
        "name": node.get("name"),
        "unique_id": key,
        "package_name": node.get("package"),
        "resource_type": key.partition(".")[0],
        "database": node.get("database"),
        "schema": node.get("schema"),
        "alias": node.get("identifier"),
        "identifier": node.get("identifier"),
        "config": Bag({"materialized": node.get("materialized"), "enabled": True}),
        "depends_on": Bag({"nodes": [], "macros": []}),
    }
    return Bag({**fields, "tags": [], "meta": {}, "columns": {}})


def _references(rendering: Rendering) -> dict[str, object]:
    project = rendering.project

    def ref(*args: object, version: object = None, v: object = None) -> object:
        names = [str(arg) for arg in args]
        if not names or any(isinstance(arg, Hole) for arg in args):
            rendering.holes.note("a ref's model is only known when it runs")
            return Hole(rendering.holes, "ref", is_value=False)
        package, name = (names[0] if len(names) > 1 else None), names[-1]
        wanted = version if version is not None else v
        key = _resolve(rendering, name, package, None if wanted is None else str(wanted))
        if key is None:
            return _unresolved(rendering, name, package)
        rendering.record(key)
        return rendering.relation(project.nodes[key], key)

    def source(*args: object) -> object:
        if len(args) != 2:
            raise RenderingError(f"source() takes two names, this one has {len(args)}")
        if any(isinstance(arg, Hole) for arg in args):
            rendering.holes.note("a source's table is only known when it runs")
            return Hole(rendering.holes, "source", is_value=False)
        schema, table = str(args[0]), str(args[1])
        keys = project.sources.get(f"{schema}.{table}", [])
        if not keys:
            rendering.holes.note(f"the source {schema}.{table} is not declared")
            return TemplateRelation(None, schema, table, project.quoting)
        key = _of_package(keys, rendering, None) or keys[0]
        rendering.record(key)
        return rendering.relation(project.nodes[key], key)

    return {"ref": ref, "source": source, "metric": lambda *args: Hole(rendering.holes, "metric")}


def _resolve(rendering: Rendering, name: str, package: str | None, version: str | None) -> str | None:
    keys = rendering.project.refs.get(name, [])
    nodes = rendering.project.nodes
    if version is not None:
        keys = [key for key in keys if str(nodes[key].get("version")) == version]
    else:
        latest = [key for key in keys if nodes[key].get("version") in (None, nodes[key].get("latest"))]
        keys = latest or keys
    return _of_package(keys, rendering, package)


def _of_package(keys: list[str], rendering: Rendering, package: str | None) -> str | None:
    nodes = rendering.project.nodes
    order = (package,) if package else (rendering.package, rendering.project.name)
    for wanted in order:
        for key in keys:
            if nodes[key].get("package") == wanted:
                return key
    return None if package else (keys[0] if keys else None)


def _unresolved(rendering: Rendering, name: str, package: str | None) -> object:
    full = f"{package}.{name}" if package else name
    if full not in rendering.missing:
        rendering.missing.append(full)
    return TemplateRelation(None, UNRESOLVED, name, rendering.project.quoting)


def _effects(rendering: Rendering) -> dict[str, object]:
    holes = rendering.holes
    results: dict[str, Hole] = {}

    def is_incremental() -> bool:
        rendering.asked_incremental = True
        is_kind = (
            rendering.captured.get("materialized") or rendering.config.get("materialized")
        ) == "incremental"
        return rendering.incremental and is_kind

    def run_query(sql: object = "", *_args: object, **_kwargs: object) -> object:
        if not rendering.execute:
            return None
        holes.note("a query is run while the template renders: its answer is not known")
        return Hole(holes, "query_result")

    def statement(
        name: str | None = None, *_args: object, caller: Callable[[], str] | None = None, **_kw: object
    ) -> str:
        if caller:
            caller()
        if name:
            results[str(name)] = Hole(holes, "query_result")
        return ""

    def load_result(name: str) -> object:
        if not rendering.execute:
            return None
        holes.note("a query is run while the template renders: its answer is not known")
        return results.get(str(name), Hole(holes, "query_result"))

    def raise_error(message: object = "", *_args: object, **_kwargs: object) -> None:
        raise RenderingError(f"the template refuses: {message}")

    return {
        "is_incremental": is_incremental,
        "run_query": run_query,
        "statement": statement,
        "load_result": load_result,
        "store_result": lambda *args, **kwargs: "",
        "store_raw_result": lambda *args, **kwargs: "",
        "should_full_refresh": lambda: False,
        "should_store_failures": lambda: False,
        "load_relation": lambda relation: relation,
        "load_cached_relation": lambda relation: relation,
        "log": lambda *args, **kwargs: "",
        "print": lambda *args, **kwargs: "",
        "write": lambda *args, **kwargs: "",
        "debug": lambda *args: "",
        "doc": lambda *args: "",
        "return": _return,
        "exceptions": Bag({
            "raise_compiler_error": raise_error, "raise_not_implemented": raise_error, "raise_fail_fast_error": raise_error,
            "raise_contract_error": raise_error, "column_type_missing": raise_error, "warn": lambda *args: "",
        }),
    }  # fmt: skip


def _return(value: object = None) -> None:
    raise MacroReturn(value)


@cache
def _conversions() -> dict[str, object]:
    return {
        "tojson": _tojson,
        "fromjson": _fromjson,
        "toyaml": lambda value, default=None, sort_keys=False: yaml.safe_dump(
            plain(value), sort_keys=bool(sort_keys)
        ),
        "fromyaml": _fromyaml,
        "set": lambda value, default=None: (
            set(value) if isinstance(value, list | tuple | set | dict | str) else default
        ),
        "set_strict": set,
        "zip": lambda *parts, default=None: list(zip(*parts, strict=False)),
        "zip_strict": lambda *parts: list(zip(*parts, strict=False)),
        "local_md5": lambda value: hashlib.md5(str(value).encode(), usedforsecurity=False).hexdigest(),
        "diff_of_two_dicts": lambda a, b: {key: value for key, value in a.items() if key not in b},
        "range": _range,
        "dict": dict,
    }


def _range(*args: int) -> range:
    made = range(*args)
    if len(made) > 100_000:
        raise RenderingError("the template loops more than 100000 times over a range")
    return made


def _tojson(value: object, default: object = None, sort_keys: bool = False) -> object:
    try:
        return json.dumps(plain(value), sort_keys=bool(sort_keys))
    except (TypeError, ValueError):
        return default


def _fromjson(value: object, default: object = None) -> object:
    try:
        return json.loads(str(value))
    except ValueError:
        return default


def _fromyaml(value: object, default: object = None) -> object:
    try:
        return yaml.safe_load(str(value))
    except yaml.YAMLError:
        return default


@cache
def _regex() -> Bag:
    public = (
        "match",
        "search",
        "sub",
        "subn",
        "findall",
        "finditer",
        "split",
        "fullmatch",
        "compile",
        "escape",
    )
    flags = ("IGNORECASE", "I", "MULTILINE", "M", "DOTALL", "S", "VERBOSE", "X")
    return Bag({name: getattr(re, name) for name in (*public, *flags)})


@cache
def _itertools() -> Bag:
    public = ("chain", "combinations", "permutations", "product", "islice", "zip_longest", "groupby", "accumulate",
              "combinations_with_replacement", "compress", "dropwhile", "takewhile", "filterfalse", "starmap")  # fmt: skip
    return Bag({name: getattr(itertools, name) for name in public})
