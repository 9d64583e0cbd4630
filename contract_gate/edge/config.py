"""Configuration: `contract-gate.toml`, or `[tool.contract-gate]` in `pyproject.toml`, as frozen values.

Pure: the caller reads the bytes, from the base revision for whatever decides the verdict, and says which file
they are of. A key that is not known is an error that names the nearest one, so a misspelt `fail-on` never
passes in silence. Secrets have no key here: the catalog's key comes from the environment alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType

from contract_gate.core.errors import UsageError
from contract_gate.edge.deprecations import DeprecatedRelation, deprecated_relations
from contract_gate.edge.owners import HANDLE
from contract_gate.edge.policy_rules import policy_rules
from contract_gate.edge.table import FileTable, Fragment, parsed
from contract_gate.policy.level import Level
from contract_gate.policy.policy_rule import PolicyRule
from contract_gate.policy.settings import CatalogUnavailable, FailOn, Settings, Usage

FILES = ("contract-gate.toml", "pyproject.toml")
"""Where the configuration may stand, at the repository's top; the first that has one wins."""
CATALOGS = ("secoda", "none")

_TABLE = "tool.contract-gate"
_WHAT = "the configuration"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecodaConfig:
    """Which Secoda workspace to ask. The environment's SECODA_API_URL goes before `url`.

    `dialects` maps sqlglot's name of a dialect to Secoda's, where the built-in map is wrong for a workspace.
    """

    url: str | None = None
    integration: str | None = None
    dialects: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetConfig:
    """What a name without a database or schema is completed with."""

    database: str | None = None
    schema: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadersConfig:
    """Where readers are looked for beside the models: `paths` and not `ignore` (globs or folders); `off`: kinds of files that are not read."""

    off: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything that a project can set; docs/configuration.md says what each key does.

    `dialects` maps a folder to the dialect of the files below it. `source` is the file that the values came
    from, None where nothing is configured. `proposed_url` is an address of Secoda that nobody vouches for: the key is sent
    nowhere while the environment names no other.
    """

    dialect: str | None = None
    dialects: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    catalog: str = CATALOGS[0]
    fail_on: FailOn = FailOn.BREAKING
    strict: bool = False
    catalog_unavailable: CatalogUnavailable = CatalogUnavailable.UNDECIDED
    catalog_drift: Level | None = Level.NOTE
    usage: Usage = field(default_factory=Usage)
    policy: tuple[PolicyRule, ...] = ()
    own_waivers: bool = False
    comment_waivers: bool = False
    label_waiver: str | None = None
    owners: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    mention_owners: bool = False
    deprecated: tuple[DeprecatedRelation, ...] = ()
    paths: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    vars: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    env: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    target: TargetConfig = TargetConfig()
    secoda: SecodaConfig = SecodaConfig()
    readers: ReadersConfig = ReadersConfig()
    snapshot: str | None = None
    snapshot_max_age: int = 30
    max_hops: int = 10
    max_assets: int = 2_000
    deadline: int = 60
    catalog_names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    time_limit: int = 300
    witness: bool = True
    source: str | None = None
    proposed_url: str | None = None

    @property
    def settings(self) -> Settings:
        """Give the part that the policy judges by."""
        return Settings(
            fail_on=self.fail_on,
            strict=self.strict,
            catalog_unavailable=self.catalog_unavailable,
            catalog_drift=self.catalog_drift,
            usage=self.usage,
            policy=self.policy,
        )


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


def proposal(config: Config) -> tuple[Config, tuple[str, ...]]:
    """Keep of a configuration that is not merged what can't loosen the verdict, and name the keys that are left out.

    It may say how the files are written, complete their names, and be stricter, also by rules that make errors. It can't take files away, give values to
    templates, choose whom the catalog asks and how far, or send the key anywhere.
    """
    kept = Config(
        dialect=config.dialect,
        dialects=config.dialects,
        fail_on=FailOn.IMPACT if config.fail_on is FailOn.IMPACT else FailOn.BREAKING,
        strict=config.strict,
        policy=tuple(rule for rule in config.policy if rule.level is Level.ERROR),
        target=config.target,
        source=config.source,
        proposed_url=config.secoda.url,
    )
    left = [
        each.name.replace("_", "-")
        for each in fields(Config)
        if each.name not in ("secoda", "proposed_url")
        and getattr(kept, each.name) != getattr(config, each.name)
    ]
    secoda = config.secoda
    given = {"url": secoda.url, "integration": secoda.integration, "dialects": secoda.dialects}
    return kept, (*left, *(f"secoda.{name}" for name, value in given.items() if value))


def _config(table: FileTable, name: str) -> Config:
    secoda, target, usage = table.table("secoda"), table.table("target"), table.table("usage")
    readers = table.table("readers")
    config = Config(
        dialect=table.text("dialect"),
        dialects=table.texts("dialects"),
        catalog=table.choice("catalog", CATALOGS, CATALOGS[0]),
        fail_on=FailOn(table.choice("fail-on", tuple(FailOn), FailOn.BREAKING)),
        strict=table.flag("strict", default=False),
        catalog_unavailable=CatalogUnavailable(
            table.choice("catalog-unavailable", tuple(CatalogUnavailable), CatalogUnavailable.UNDECIDED)
        ),
        catalog_drift=_level(table.choice("catalog-drift", (*Level, _OFF), Level.NOTE)),
        usage=Usage(
            unused=_level(usage.choice("unused", (*Level, _OFF), _OFF)),
            busy=_level(usage.choice("busy", (*Level, _OFF), _OFF)),
            busy_views=usage.number("busy-views", 100, lowest=1),
        ),
        policy=policy_rules(table),
        own_waivers=table.flag("own-waivers", default=False),
        comment_waivers=table.flag("comment-waivers", default=False),
        label_waiver=table.text("label-waiver"),
        owners=table.texts_like("owners", HANDLE, "a name on the repository's host: @dana, @acme/finance"),
        mention_owners=table.flag("mention-owners", default=False),
        deprecated=deprecated_relations(table),
        paths=table.words("paths"),
        ignore=table.words("ignore"),
        vars=table.values("vars"),
        env=table.texts("env"),
        target=TargetConfig(database=target.text("database"), schema=target.text("schema")),
        secoda=SecodaConfig(
            url=secoda.text("url"), integration=secoda.text("integration"), dialects=secoda.texts("dialects")
        ),
        readers=ReadersConfig(
            off=readers.words("off"), paths=readers.words("paths"), ignore=readers.words("ignore")
        ),
        snapshot=table.text("snapshot"),
        snapshot_max_age=table.number("snapshot-max-age", 30, lowest=1),
        max_hops=table.number("max-hops", 10, lowest=1),
        max_assets=table.number("max-assets", 2_000, lowest=1),
        deadline=table.number("deadline", 60, lowest=1),
        catalog_names=table.texts("catalog-names"),
        time_limit=table.number("time-limit", 300, lowest=1),
        witness=table.flag("witness", default=True),
        source=name,
    )
    secoda.close()
    readers.close()
    usage.close()
    target.close()
    return config


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
