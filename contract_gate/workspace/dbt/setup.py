"""What the child process is told of a project before it renders anything, and the options that this hangs on."""

from collections.abc import Mapping

from contract_gate.core.facts import written
from contract_gate.core.values import dataclass, field
from contract_gate.workspace.dbt import wording
from contract_gate.workspace.dbt.adapters import Spot, Target
from contract_gate.workspace.dbt.artifacts import Manifest
from contract_gate.workspace.dbt.collect import Collection as Found
from contract_gate.workspace.dbt.packages import Packages
from contract_gate.workspace.dbt.places import Places
from contract_gate.workspace.dbt.spelling import texts_of
from contract_gate.workspace.jinja.engine import Engine
from contract_gate.workspace.jinja.replies import Replies
from contract_gate.workspace.jinja.wire import Json, Message, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the configuration says of a dbt project.

    `dialect`: sqlglot's name, wins over the profile's adapter. `target`: the profile's output to take, `spot`: its names. `variables`:
    as dbt's `--vars`. `environment`: values of `env_var`, declared, never the process's own. `moment`: when everything
    is rendered (ISO 8601), the same at base and head. `seconds`: the time for one template. `adapter`: what is taken where
    no profile and no dialect names one; `places`: where relations really are where no profile says so, or the manifest that
    it is learned from. `replies`: what templates gave on another side. `elders`: the folders of the base's projects with their names: they keep those of their keys.
    `edited`: the files that differ between the sides: a project that has one of them is opened anyway.
    """

    dialect: str | None = None
    target: str | None = None
    spot: Spot = field(default_factory=Spot)
    variables: Mapping[str, object] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    moment: str = "2024-01-01T00:00:00+00:00"
    seconds: float = 10.0
    megabytes: int = 1024
    adapter: str | None = None
    places: Places | Manifest | None = None
    elders: Mapping[str, str | None] = field(default_factory=dict)
    edited: frozenset[str] = frozenset()
    replies: Replies = field(default_factory=Replies)


class SettingsRenderer:
    """Runs the Jinja of `dbt_project.yml`, in a child of its own that knows the variables alone."""

    def __init__(self, options: Options) -> None:
        self._options = options

    def render(self, value: str) -> str:
        """Run a setting's Jinja; a text without any is itself."""
        if "{{" not in value and "{%" not in value:
            return value
        options = self._options
        engine = Engine(
            {
                "op": "setup",
                "variables": {"": _json(options.variables)},
                "environment": dict(options.environment),
                "moment": options.moment,
                "target": {"name": options.target or "prod"},
            },
            lambda _question: {},
            seconds=options.seconds,
            replies=options.replies,
        )
        try:
            reply = engine.request({"op": "texts", "items": [{"text": value}]})
        finally:
            engine.close()
        values = reply.get("values")
        first = values[0] if isinstance(values, list) and values else None
        return text(first, "value") if isinstance(first, dict) else ""


def setup_message(packages: Packages, target: Target, found: Found, options: Options) -> Message:
    """Give the message that tells a child the project: target, variables, dispatch, macros."""
    root = packages.root
    variables: Message = {package.name: _json(package.setting("vars")) for package in packages.all}
    variables[""] = {**_mapping(_json(root.setting("vars"))), **_mapping(_json(options.variables))}
    return {
        "op": "setup",
        "name": root.name,
        "adapter": target.adapter,
        "target": {
            **_mapping(_json(target.fields)),
            "name": target.name,
            "target_name": target.name,
            "profile_name": target.profile,
            "type": target.adapter,
            "schema": target.schema,
            "dataset": target.schema,
            "database": target.database,
            "project": target.database,
            "catalog": target.database,
            "dbname": target.database,
            "threads": 1,
        },
        "variables": variables,
        "environment": dict(options.environment),
        "dispatch": _dispatch(packages),
        "quoting": written(target.quoting),
        "moment": options.moment,
        "absent": [name for name in (*packages.absent, *packages.projects) if packages.may_bring(name)],
        "is_open": packages.may_bring(""),
        "may_lack_models": packages.may_bring(None),
        "packages": [*(package.name for package in packages.all)],
        "macros": [
            {"package": package, "path": path, "text": body, "names": [*wording.macro_names(body)]}
            for package, path, body in found.macros
        ],
    }


def variable_texts(packages: Packages) -> set[str]:
    """Give every text among the variables' values."""
    return {text for package in packages.all for text in texts_of(dict(package.setting("vars")))}


def _dispatch(packages: Packages) -> Message:
    listed = packages.root.settings.get("dispatch")
    found: Message = {}
    for item in listed if isinstance(listed, list) else ():
        order = item.get("search_order") if isinstance(item, dict) else None
        if isinstance(item, dict) and isinstance(order, list):
            found[str(item.get("macro_namespace"))] = [str(name) for name in order]
    return found


def _json(value: object) -> Json:
    if isinstance(value, Mapping):
        return {str(key): _json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _mapping(value: Json) -> Message:
    return value if isinstance(value, dict) else {}
