"""The warehouse that a project is written for: adapter, dialect, quoting, and the target's names.

`profiles.yml` is used where the repository has one, its environment variables are not. Of several targets the one named
`prod` or `production` is taken, since the catalog knows production; then the profile's default; then the first.
Names that only the environment gives get a placeholder that is the same at base and head. Without a profile the
adapter is guessed from the settings and packages that only one adapter has, and from the configured dialect.
"""

import posixpath
import re
from collections.abc import Iterable, Mapping

from contract_gate.core.relation import RelationName
from contract_gate.core.values import dataclass
from contract_gate.core.world import MadeUp, NamePart
from contract_gate.sql.families import MYSQL, SPARK
from contract_gate.workspace.dbt.packages import PROFILES, Package, Packages
from contract_gate.workspace.dbt.reading import TextReader
from contract_gate.workspace.dbt.settings import as_text
from contract_gate.workspace.dialects import product_dialect
from contract_gate.workspace.documents import BadYamlError, Entry, Plain, read_yaml
from contract_gate.workspace.files import stem_of
from contract_gate.workspace.jinja.relation import Quoting

_ADAPTERS = {"tsql": "sqlserver", "spark2": "spark", "presto": "trino", "hive": "hive"}
_BACKTICK = SPARK | MYSQL | {"bigquery", "clickhouse"}
"""Dialects in which `"x"` is a text, or whose adapters write names in backticks."""
_UNQUOTED = (SPARK - {"databricks"}) | {"snowflake", "oracle", "exasol"}
_NO_DATABASE = (
    (SPARK - {"databricks"}) | (MYSQL - {"singlestore"}) | {"clickhouse", "oracle", "exasol", "teradata"}
)
_HINTS = (
    ("snowflake", re.compile(r"snowflake|copy_grants|query_tag|automatic_clustering")),
    ("bigquery", re.compile(r"bigquery|hours_to_expiration|maximum_bytes_billed|require_partition_filter")),
    ("databricks", re.compile(r"databricks|liquid_clustered_by|tblproperties")),
    ("redshift", re.compile(r"redshift|\bbind\b|\bdist\b|sort_type")),
    ("athena", re.compile(r"athena|s3_data_dir|s3_data_naming")),
    ("trino", re.compile(r"\btrino|starburst")),
    ("spark", re.compile(r"\bspark|file_format|location_root")),
    ("clickhouse", re.compile(r"clickhouse")),
    ("sqlserver", re.compile(r"sqlserver|synapse|fabric|as_columnstore")),
    ("duckdb", re.compile(r"duckdb|motherduck")),
    ("postgres", re.compile(r"postgres|\bunlogged\b")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where the project is deployed. `chosen` says how that is known, for people.

    `made_up` are its database and schema where nothing says them.
    """

    adapter: str
    dialect: str
    name: str
    profile: str
    database: str | None
    schema: str
    quoting: Quoting
    chosen: str
    fields: Mapping[str, Plain]
    has_profile: bool = False
    made_up: tuple[MadeUp, ...] = ()

    def marked(self, relation: RelationName) -> RelationName:
        """Put marks in the place of the target's own database and schema."""
        parts = list(relation.parts)
        if len(parts) > 2 and self.database and parts[0].lower() == self.database.lower():
            parts[0] = "{target.database}"
        if len(parts) > 1 and self.schema and parts[-2].lower().startswith(self.schema.lower()):
            parts[-2] = "{target.schema}" + parts[-2][len(self.schema) :]
        return RelationName(tuple(parts))

    @property
    def quotes_by_default(self) -> bool:
        """Tell whether the adapter quotes names that no `quoting` setting speaks of."""
        return _dialect(self.adapter) not in _UNQUOTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """The target's database and schema by the configuration: for what no profile says, or only in the environment's words."""

    database: str | None = None
    schema: str | None = None


def choose_target(
    reader: TextReader, packages: Packages, dialect: str | None, wanted: str | None, known: Mapping[str, str],
    compiled_for: str | None = None, spot: Spot | None = None,
) -> Target:  # fmt: skip
    """Choose the target. `dialect` and `wanted` (a target's name) are the configuration's and win; `spot` is for what is missing.

    `compiled_for` is the adapter that a manifest names: it goes before a guess.
    """
    spot = spot or Spot()
    root = packages.root
    profile = root.profile or root.name
    path, output, name = _output(reader, root, profile, wanted)
    fields = {key: _value(value, known) for key, value in (output or {}).items()}
    adapter = as_text(fields.get("type"))
    chosen = f"target {name} of profile {profile} in {path}" if output else "the project's settings"
    if dialect and _dialect(adapter or "") != dialect:
        adapter, chosen = _ADAPTERS.get(dialect, dialect), "the configured dialect"
    if not adapter and compiled_for:
        adapter, chosen = compiled_for, "dbt's manifest"
    if not adapter:
        adapter = _guess(packages)
        chosen = f"hints in the project's settings ({adapter})" if adapter else "nothing"
    assumed = _default_database(adapter, root)
    is_assumed = assumed is None or (output is not None and assumed != _placeholder(profile))
    stated = (
        _stated(output, _DATABASE_KEYS, known, spot.database)
        or _file_database(adapter, fields)
        or (None if is_assumed else spot.database)
    )
    schema = _stated(output, ("schema", "dataset"), known, spot.schema) or spot.schema
    return Target(
        adapter=adapter,
        dialect=dialect or _dialect(adapter),
        name=name,
        profile=profile,
        database=stated or assumed,
        schema=schema or _placeholder(profile),
        made_up=_made_up(
            None if stated or is_assumed else assumed,
            None if schema else _placeholder(profile),
        ),
        quoting=_quoting(adapter, root),
        chosen=chosen,
        fields={key: value for key, value in fields.items() if key in _SHOWN},
        has_profile=output is not None,
    )


def _made_up(database: str | None, schema: str | None) -> tuple[MadeUp, ...]:
    words = ((database, NamePart.DATABASE), (schema, NamePart.SCHEMA))
    return tuple(
        MadeUp(word=word.lower(), setting=f"target.{part}", part=part) for word, part in words if word
    )


_DATABASE_KEYS = ("database", "dbname", "project", "catalog", "initial_catalog")
# What templates may read of the target: nothing that could be a secret.
_SHOWN = frozenset({"type", "threads", "location", "region", "role", "warehouse", "user", "host", "port", "dataset",
                    "project", "catalog", "dbname", "database", "schema", "s3_data_dir", "s3_staging_dir", "account",
                    "execution_project", "priority", "gcs_bucket", "work_group", "cluster", "method", "path"})  # fmt: skip


def _output(
    reader: TextReader, root: Package, profile: str, wanted: str | None
) -> tuple[str, dict[str, Plain] | None, str]:
    for path in _profile_files(reader, root):
        entry = _profile(reader, path, profile)
        outputs = entry.get("outputs") if entry else None
        if entry is None or outputs is None:
            continue
        named = {name: value for name, value in outputs.entries() if value.is_mapping}
        default = entry.text("target")
        for name in (wanted, "prod", "production", default, *named):
            if name in named:
                try:
                    plain = named[name].plain()
                except BadYamlError:
                    continue
                return path, plain if isinstance(plain, dict) else None, name
    return "", None, wanted or "prod"


def _profile(reader: TextReader, path: str, profile: str) -> Entry | None:
    try:
        entry = read_yaml(reader.text(path) or "")
    except BadYamlError as error:
        reader.problems[path] = str(error)
        return None
    return entry.get(profile) if entry else None


def _profile_files(reader: TextReader, root: Package) -> list[str]:
    """Give the profiles of the repository: the project's own folder first, then the others inside it, then above."""
    inside = [path for path in reader.under(root.root) if posixpath.basename(path) in PROFILES]
    above = [path for path in reader.under("") if posixpath.basename(path) in PROFILES and path not in inside]
    return [*sorted(inside, key=_depth), *sorted(above, key=_depth)]


def _depth(path: str) -> tuple[int, bool, str]:
    return path.count("/"), "prod" not in path, path


_ENV = re.compile(r"env_var\(\s*['\"](\w+)['\"]\s*(?:,\s*['\"]([^'\"]*)['\"]\s*)?\)")


def _value(value: Plain, known: Mapping[str, str]) -> Plain:
    """Read a profile's value; an environment variable is what the configuration says, its default or a placeholder."""
    if not isinstance(value, str) or "{{" not in value:
        return value
    match = _ENV.search(value)
    if match is None:
        return None
    return known.get(match[1]) or match[2] or _placeholder("env_" + match[1])


def _stated(
    output: Mapping[str, Plain] | None, keys: Iterable[str], known: Mapping[str, str], instead: str | None
) -> str | None:
    """Give the first of these fields; `instead` stands for a word of the environment that nobody knows."""
    found = [raw for key in keys if _value(raw := (output or {}).get(key), known)]
    if not found:
        return None
    match = _ENV.search(found[0]) if isinstance(found[0], str) else None
    is_known = match is None or known.get(match[1]) or match[2]
    return as_text(_value(found[0], known)) if is_known or not instead else instead


def _placeholder(text: str) -> str:
    return re.sub(r"\W+", "_", text).lower()


def _dialect(adapter: str) -> str:
    return product_dialect(adapter) or ""


def _guess(packages: Packages) -> str:
    root = packages.root
    hints = [root.profile or "", *packages.absent, *_keys(root.settings)]
    text = " ".join(hints).lower()
    return next((adapter for adapter, pattern in _HINTS if pattern.search(text)), "")


def _keys(settings: Mapping[str, Plain]) -> Iterable[str]:
    for key, value in settings.items():
        yield key
        if isinstance(value, dict):
            yield from _keys(value)
        elif isinstance(value, list):
            yield from (str(item) for item in value if isinstance(item, str))


def _file_database(adapter: str, fields: Mapping[str, Plain]) -> str | None:
    """A DuckDB file's name without its ending is its database: https://github.com/duckdb/dbt-duckdb#duckdb-connection-management"""
    path = as_text(fields.get("path"))
    if adapter != "duckdb" or not path:
        return None
    return "memory" if path.startswith(":memory:") else stem_of(path)


def _default_database(adapter: str, root: Package) -> str | None:
    if _dialect(adapter) in _NO_DATABASE:
        return None
    return {"trino": "hive", "athena": "awsdatacatalog", "databricks": "hive_metastore"}.get(
        adapter, _placeholder(root.profile or root.name)
    )


def _quoting(adapter: str, root: Package) -> Quoting:
    dialect = _dialect(adapter)
    default = dialect not in _UNQUOTED
    flags = {part: root.setting("quoting").get(part) for part in ("database", "schema", "identifier")}
    chosen = {part: default if value is None else value is True for part, value in flags.items()}
    return Quoting(
        character="`" if dialect in _BACKTICK else '"',
        database=chosen["database"],
        schema=chosen["schema"],
        identifier=chosen["identifier"],
        has_database=dialect not in _NO_DATABASE,
    )
