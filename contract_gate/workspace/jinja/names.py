"""The names that a dbt template may use: `ref`, `source`, `var`, `config`, `target` and the others.

https://docs.getdbt.com/reference/dbt-jinja-functions. What needs a warehouse is a hole (`holes`). The adapter's
methods are in `adapter`, dbt's own macros in `crossdb` and `packages`.
"""

from collections.abc import Mapping

from contract_gate.core.world import HoleKind
from contract_gate.workspace.jinja import clock
from contract_gate.workspace.jinja.adapter import Adapter, column, relation_class
from contract_gate.workspace.jinja.configuration import Configuration
from contract_gate.workspace.jinja.conversions import conversions, iteration, ranges, regex
from contract_gate.workspace.jinja.deployment import ANOTHER
from contract_gate.workspace.jinja.effects import effects
from contract_gate.workspace.jinja.graph import LazyGraph
from contract_gate.workspace.jinja.holes import UnknownValue
from contract_gate.workspace.jinja.lookup import MacroLookup
from contract_gate.workspace.jinja.macros import RenderingNames
from contract_gate.workspace.jinja.record import ReadOnlyRecord
from contract_gate.workspace.jinja.references import references
from contract_gate.workspace.jinja.rendering import Rendering, compile_template, run
from contract_gate.workspace.jinja.wire import text

DBT_VERSION = "1.11.0"
_ABSENT = object()
_FLAGS = {"FULL_REFRESH": False, "STORE_FAILURES": False, "WHICH": "build", "EMPTY": False}
_ARGUMENTS = {"which": "build", "full_refresh": False, "vars": {}}
_OF_A_NODE = frozenset(
    [
        "access",
        "build_path",
        "checksum",
        "compiled",
        "compiled_code",
        "config_call_dict",
        "constraints",
        "contract",
        "created_at",
        "defer_relation",
        "deferred",
        "docs",
        "extra_ctes",
        "group",
        "injected_sql",
        "latest_version",
        "metrics",
        "patch_path",
        "primary_key",
        "raw_code",
        "refs",
        "relation_name",
        "sources",
        "unrendered_config",
    ]
)
"""What dbt keeps of a model besides, and nobody knows here."""
_OF_THE_ADAPTER = frozenset({"type", "threads"})
"""The fields of a target that decide the dialect or no rows: a project is read for one adapter."""


def names_of(rendering: Rendering) -> RenderingNames:
    """Build the names of one rendering; macros are found when first used."""
    macros = MacroLookup(rendering)
    own = {
        **rendering.project.environment.globals,
        **_environment_functions(rendering),
        **_facts(rendering),
        **references(rendering),
        **effects(rendering),
        **conversions(),
        "range": ranges(rendering.holes),
    }
    adapter = Adapter(rendering, macros)
    own |= {
        "adapter": adapter,
        "adapter_macro": adapter.run_variant,
        "api": ReadOnlyRecord(
            {"Relation": relation_class(rendering), "Column": ReadOnlyRecord({"create": column})}
        ),
        "config": Configuration(rendering),
        "builtins": ReadOnlyRecord(
            {name: own[name] for name in ("ref", "source")} | {"config": Configuration(rendering)}
        ),
    }
    root = rendering.project.name
    for name in [name for name in own if rendering.project.library.has(root, name)]:
        # A project's own is_incremental looks for the table in the warehouse; which branch is wanted is known here.
        if name != "is_incremental":
            del own[name]
    names = RenderingNames(own, macros.find)
    macros.names = names
    names["context"] = names
    if not rendering.project.library.has(root, "var"):
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
            told = f"var('{name}')"
            if default is not _ABSENT:
                return self._rendering.assumed.value(told, default)
            self._rendering.holes.note(
                HoleKind.VARIABLE, f"the variable {name} has no value in the repository", str(name)
            )
            return self._rendering.assumed.unknown(told, self._rendering.holes, f"variable_{name}")
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


class NodeRecord(ReadOnlyRecord):
    """dbt's `model`: what dbt keeps of it and is not known here is a hole, not nothing."""

    def __init__(self, rendering: Rendering, fields: Mapping[str, object]) -> None:
        super().__init__(fields)
        self._holes = rendering.holes

    def __getitem__(self, key: str) -> object:
        if key not in _OF_A_NODE or key in self._fields:
            return super().__getitem__(key)
        self._holes.note(HoleKind.CODE, f"what dbt keeps of a model as {key} is not known", f"model.{key}")
        return UnknownValue(self._holes, f"model_{key}")


def _nested(rendering: Rendering, names: dict[str, object], source: str) -> str:
    return run(compile_template(rendering.project.environment, source, None, False), names)


def _environment_functions(rendering: Rendering) -> dict[str, object]:
    def env_var(name: str, default: object = None) -> object:
        known = rendering.project.environment_variables
        if name in known:
            return known[name]
        told = f"env_var('{name}')"
        if default is not None:
            return rendering.assumed.value(told, default)
        rendering.holes.note(
            HoleKind.VARIABLE, f"the environment variable {name} is not known here", str(name)
        )
        return rendering.assumed.value(told, f"env_{str(name).lower()}")

    return {"env_var": env_var}


def _facts(rendering: Rendering) -> dict[str, object]:
    project, node = rendering.project, rendering.node
    supposed = rendering.assumed
    target = supposed.record("target", project.target, _OF_THE_ADAPTER)
    model = {key: value for key, value in node.items() if key != "text"}
    model["config"] = rendering.config
    return {
        "this": rendering.relation(node, text(node, "key")),
        "target": target,
        "model": NodeRecord(rendering, {**model, "language": "sql", "config": Configuration(rendering)}),
        "database": target.get("database"),
        "schema": target.get("schema"),
        "project_name": project.name,
        "execute": rendering.execute,
        "dbt_version": DBT_VERSION,
        "invocation_id": "00000000-0000-0000-0000-000000000000",
        "thread_id": "Thread-1",
        "run_started_at": clock.moment(project.moment),
        "flags": supposed.record("flags", _FLAGS, frozenset()),
        "invocation_args_dict": supposed.record("invocation_args_dict", _ARGUMENTS, frozenset()),
        "dbt_metadata_envs": supposed.record("dbt_metadata_envs", {}, frozenset()),
        "selected_resources": supposed.value("selected_resources", ANOTHER),
        "pre_hooks": [],
        "post_hooks": [],
        "graph": LazyGraph(rendering),
        "modules": ReadOnlyRecord({"datetime": clock.module(project.moment), "re": regex(), "itertools": iteration(),
                        "pytz": clock.zones()}),
    }  # fmt: skip
