"""The configuration's file: `contract-gate.toml`, or `[tool.contract-gate]` in `pyproject.toml`.

Pure: the caller reads the bytes, from the base revision for whatever decides the verdict, and says which file
they are of. A key that is not known is an error that names the nearest one, so a misspelt `fail-on` never
passes in silence.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from contract_gate.core.errors import UsageError
from contract_gate.core.people import HANDLE
from contract_gate.edge.config import CATALOGS, FILES, Config, ReadersConfig, SecodaConfig, TargetConfig
from contract_gate.edge.table import FileTable, Fragment, parsed
from contract_gate.policy.level import Level
from contract_gate.policy.settings import CatalogUnavailable, FailOn, Usage

if TYPE_CHECKING:
    from contract_gate.edge.deprecations import DeprecatedRelation
    from contract_gate.policy.policy_rule import PolicyRule

_TABLE = "tool.contract-gate"
_WHAT = "the configuration"
_USUAL = Config()
"""What holds of a key that nobody sets."""


def find_config(files: Mapping[str, str]) -> Config:
    """Take the configuration from the texts of `FILES` that exist (name → text), or the defaults.

    Raise UsageError where the chosen file can't be understood, and where both files have a configuration.
    """
    found = [name for name in FILES if name in files and _has_config(name, files[name])]
    if len(found) > 1:
        raise UsageError(
            f"the configuration was not read: both {FILES[0]} and [{_TABLE}] in {FILES[1]} have one",
            f"keep {FILES[0]} and remove [{_TABLE}]",
        )
    return parse_config(files[found[0]], found[0]) if found else Config()


def parse_config(text: str, name: str) -> Config:
    """Parse a file's text; `name` tells which of `FILES` it is like, and stands in messages.

    Raise UsageError for what is not TOML, an unknown key, and a value of the wrong type.
    """
    document = FileTable.parse(text, _WHAT, name)
    if name.rpartition("/")[2] == "pyproject.toml":
        document = document.table("tool", closed=False).table("contract-gate", closed=False)
    config = _config(document, name)
    document.close()
    return config


def config_schema() -> Fragment:
    """Give the JSON Schema of `contract-gate.toml`, made by the parser itself."""
    outline = FileTable.outline()
    _config(outline, "")
    return outline.schema()


def _config(table: FileTable, name: str) -> Config:
    return Config(
        dialect=table.text("dialect"),
        dialects=table.texts("dialects"),
        catalog=table.choice("catalog", CATALOGS, _USUAL.catalog),
        fail_on=FailOn(table.choice("fail-on", tuple(FailOn), _USUAL.fail_on)),
        strict=table.flag("strict", default=_USUAL.strict),
        catalog_unavailable=CatalogUnavailable(
            table.choice("catalog-unavailable", tuple(CatalogUnavailable), _USUAL.catalog_unavailable)
        ),
        catalog_drift=_level(table.choice("catalog-drift", (*Level, _OFF), _USUAL.catalog_drift or _OFF)),
        usage=_usage(table.table("usage")),
        policy=_rules(table),
        own_waivers=table.flag("own-waivers", default=_USUAL.own_waivers),
        comment_waivers=table.flag("comment-waivers", default=_USUAL.comment_waivers),
        label_waiver=table.text("label-waiver"),
        owners=table.texts_like("owners", HANDLE, "a name on the repository's host: @dana, @acme/finance"),
        mention_owners=table.flag("mention-owners", default=_USUAL.mention_owners),
        deprecated=_deprecated(table),
        paths=table.words("paths"),
        ignore=table.words("ignore"),
        vars=table.values("vars"),
        env=table.texts("env"),
        target=_target(table.table("target")),
        secoda=_secoda(table.table("secoda")),
        readers=_readers(table.table("readers")),
        snapshot=table.text("snapshot"),
        snapshot_max_age=table.number("snapshot-max-age", _USUAL.snapshot_max_age, lowest=1),
        max_hops=table.number("max-hops", _USUAL.max_hops, lowest=1),
        max_assets=table.number("max-assets", _USUAL.max_assets, lowest=1),
        deadline=table.number("deadline", _USUAL.deadline, lowest=1),
        catalog_names=table.texts("catalog-names"),
        time_limit=table.number("time-limit", _USUAL.time_limit, lowest=1),
        witness=table.flag("witness", default=_USUAL.witness),
        witness_seconds=table.number("witness-seconds", _USUAL.witness_seconds, lowest=1),
        source=name,
    )


def _usage(table: FileTable) -> Usage:
    unused, busy = (_level(table.choice(key, (*Level, _OFF), _OFF)) for key in ("unused", "busy"))
    usage = Usage(
        unused=unused, busy=busy, busy_views=table.number("busy-views", _USUAL.usage.busy_views, lowest=1)
    )
    table.close()
    return usage


def _target(table: FileTable) -> TargetConfig:
    target = TargetConfig(database=table.text("database"), schema=table.text("schema"))
    table.close()
    return target


def _secoda(table: FileTable) -> SecodaConfig:
    secoda = SecodaConfig(
        url=table.text("url"), integration=table.text("integration"), dialects=table.texts("dialects")
    )
    table.close()
    return secoda


def _readers(table: FileTable) -> ReadersConfig:
    readers = ReadersConfig(off=table.words("off"), paths=table.words("paths"), ignore=table.words("ignore"))
    table.close()
    return readers


def _rules(table: FileTable) -> "tuple[PolicyRule, ...]":
    if not (entries := table.tables("policy")):
        return ()
    # Imported here: a rule names kinds of changes, and most runs of a hook see no change.
    from contract_gate.edge.policy_rules import policy_rule

    return tuple(map(policy_rule, entries))


def _deprecated(table: FileTable) -> "tuple[DeprecatedRelation, ...]":
    if not (entries := table.tables("deprecated")):
        return ()
    from contract_gate.edge.deprecations import deprecated_relation

    return tuple(map(deprecated_relation, entries))


_OFF = "off"


def _level(chosen: str) -> Level | None:
    return None if chosen == _OFF else Level(chosen)


def _has_config(name: str, text: str) -> bool:
    if name != "pyproject.toml":
        return True
    if "contract-gate" not in text:
        return False
    tool = parsed(text, _WHAT, name).get("tool")
    return isinstance(tool, dict) and "contract-gate" in tool
