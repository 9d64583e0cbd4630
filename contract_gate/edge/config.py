"""Configuration as frozen values; `contract_gate.edge.config_file` reads them from a file's text.

Secrets have no key here: the catalog's key comes from the environment alone.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from contract_gate.core.values import dataclass, field, fields
from contract_gate.policy.level import Level
from contract_gate.policy.settings import CatalogUnavailable, FailOn, Settings, Usage

if TYPE_CHECKING:
    from contract_gate.edge.deprecations import DeprecatedRelation
    from contract_gate.policy.policy_rule import PolicyRule

FILES = ("contract-gate.toml", "pyproject.toml")
"""Where the configuration may stand, at the repository's top; the first that has one wins."""
CATALOGS = ("secoda", "none")


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
    policy: "tuple[PolicyRule, ...]" = ()
    own_waivers: bool = False
    comment_waivers: bool = False
    label_waiver: str | None = None
    owners: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    mention_owners: bool = False
    deprecated: "tuple[DeprecatedRelation, ...]" = ()
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
    witness_seconds: int = 3
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
