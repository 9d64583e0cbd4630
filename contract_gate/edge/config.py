"""Configuration: `contract-gate.toml`, or `[tool.contract-gate]` in `pyproject.toml`, as frozen values.

Pure: the caller reads the bytes, from the base revision for whatever decides the verdict, and says which file
they are of. A key that is not known is an error that names the nearest one, so a misspelt `fail-on` never
passes in silence. Secrets have no key here: the catalog's key comes from the environment alone.
"""

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import TypeAlias

from contract_gate.core.errors import UsageError
from contract_gate.policy import CatalogUnavailable, FailOn, Level, Settings, Usage

FILES = ("contract-gate.toml", "pyproject.toml")
"""Where the configuration may stand, at the repository's top; the first that has one wins."""
CATALOGS = ("secoda", "none")

TomlValue: TypeAlias = object
_TABLE = "tool.contract-gate"


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
    paths: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    vars: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    env: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    target: TargetConfig = TargetConfig()
    secoda: SecodaConfig = SecodaConfig()
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
    document = _Table(_toml(text, name), name, "")
    if name.rpartition("/")[2] == "pyproject.toml":
        document = document.table("tool", closed=False).table("contract-gate", closed=False)
    config = _config(document, name)
    document.close()
    return config


def proposal(config: Config) -> tuple[Config, tuple[str, ...]]:
    """Keep of a configuration that is not merged what can't loosen the verdict, and name the keys that are left out.

    It may say how the files are written, complete their names, and be stricter. It can't take files away, give values to
    templates, choose whom the catalog asks and how far, or send the key anywhere.
    """
    kept = Config(
        dialect=config.dialect,
        dialects=config.dialects,
        fail_on=FailOn.IMPACT if config.fail_on is FailOn.IMPACT else FailOn.BREAKING,
        strict=config.strict,
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


def _config(table: "_Table", name: str) -> Config:
    secoda, target, usage = table.table("secoda"), table.table("target"), table.table("usage")
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
        paths=table.words("paths"),
        ignore=table.words("ignore"),
        vars=table.values("vars"),
        env=table.texts("env"),
        target=TargetConfig(database=target.text("database"), schema=target.text("schema")),
        secoda=SecodaConfig(
            url=secoda.text("url"), integration=secoda.text("integration"), dialects=secoda.texts("dialects")
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
    tool = _toml(text, name).get("tool")
    return isinstance(tool, dict) and "contract-gate" in tool


def _toml(text: str, name: str) -> Mapping[str, TomlValue]:
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except ValueError as error:  # beyond what is no TOML: a number of more digits than Python reads
        raise UsageError(
            f"the configuration was not read: {name} is not TOML: {error}", "mend the line that is named"
        ) from error
    except RecursionError as error:
        raise UsageError(f"the configuration was not read: {name} is nested too deep") from error


class _Table:
    """A TOML table that remembers which keys were asked for, so that `close` can refuse the others."""

    def __init__(self, values: Mapping[str, TomlValue], name: str, prefix: str) -> None:
        self._values = values
        self._name = name
        self._prefix = prefix
        self._known: list[str] = []

    def text(self, key: str) -> str | None:
        value = self._get(key)
        return None if value is None else self._text(key, value)

    def choice(self, key: str, choices: tuple[str, ...], default: str) -> str:
        value = self._get(key)
        if value is None:
            return default
        if not isinstance(value, str) or value not in choices:
            raise self._wrong(key, f"one of {', '.join(choices)}", value)
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        value = self._get(key)
        if value is not None and not isinstance(value, bool):
            raise self._wrong(key, "true or false", value)
        return default if value is None else value

    def number(self, key: str, default: int, *, lowest: int) -> int:
        value = self._get(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or value < lowest:
            raise self._wrong(key, f"a whole number of at least {lowest}", value)
        return value

    def words(self, key: str) -> tuple[str, ...]:
        value = self._get(key)
        if value is None:
            return ()
        if not isinstance(value, list):
            raise self._wrong(key, "a list of texts", value)
        return tuple(self._text(key, item) for item in value)

    def texts(self, key: str) -> Mapping[str, str]:
        values = self.values(key)
        return MappingProxyType({name: self._text(f"{key}.{name}", value) for name, value in values.items()})

    def values(self, key: str) -> Mapping[str, object]:
        value = self._get(key)
        if value is not None and not isinstance(value, dict):
            raise self._wrong(key, "a table", value)
        return MappingProxyType(dict(value or {}))

    def table(self, key: str, *, closed: bool = True) -> "_Table":
        prefix = f"{self._prefix}{key}." if closed else ""
        return _Table(self.values(key), self._name, prefix)

    def close(self) -> None:
        """Refuse the keys that nothing asked for."""
        for key in self._values:
            if key not in self._known:
                near = difflib.get_close_matches(key.replace("_", "-").lower(), self._known, n=1, cutoff=0.5)
                known = ", ".join(f"{self._prefix}{name}" for name in sorted(self._known))
                raise UsageError(
                    f"the configuration was not read: {self._name} has a key that is not known: {self._prefix}{key}",
                    f"did you mean {self._prefix}{near[0]}?" if near else f"the keys are {known}",
                )

    def _get(self, key: str) -> TomlValue:
        self._known.append(key)
        return self._values.get(key)

    def _text(self, key: str, value: TomlValue) -> str:
        if not isinstance(value, str) or not value:
            raise self._wrong(key, "a text that is not empty", value)
        return value

    def _wrong(self, key: str, wanted: str, value: TomlValue) -> UsageError:
        return UsageError(
            f"the configuration was not read: {self._prefix}{key} in {self._name} is {value!r}",
            f"{self._prefix}{key} takes {wanted}",
        )
