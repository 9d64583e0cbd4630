"""Which SQL dialect a file is written in: as configured, as its folder says, or as its words betray.

Gives sqlglot's names; `""` is sqlglot's own, most tolerant grammar. What a dbt profile or a project's own settings
say is read by that kind of project.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from types import MappingProxyType

from contract_gate.core.errors import UsageError
from contract_gate.core.nearest import nearest
from contract_gate.core.remembering import remembered
from contract_gate.sql.comments import without_noise

DIALECTS = frozenset({
    "", "athena", "bigquery", "clickhouse", "databricks", "dax", "doris", "dremio", "drill", "druid", "duckdb", "dune",
    "exasol", "fabric", "hive", "materialize", "mysql", "oracle", "postgres", "presto", "prql", "redshift",
    "risingwave", "singlestore", "snowflake", "solr", "spark", "spark2", "sqlite", "starrocks", "tableau", "teradata",
    "trino", "tsql",
})  # fmt: skip
"""The names that sqlglot knows; a test holds them equal to its own list."""

_ALIASES: Mapping[str, str] = {
    "alloydb": "postgres", "ansi": "", "aurora": "postgres", "awsathena": "athena", "azuresql": "tsql",
    "bigquerycloudsdk": "bigquery", "bq": "bigquery", "ch": "clickhouse", "clickhousedb": "clickhouse",
    "cockroach": "postgres", "cockroachdb": "postgres", "cratedb": "postgres", "edb": "postgres", "extrica": "trino",
    "fabricspark": "spark", "firebolt": "postgres", "gcppostgres": "postgres", "generic": "", "glue": "spark", "googlesql": "bigquery",
    "greenplum": "postgres", "hana": "", "impala": "hive", "layerbigquery": "bigquery", "mariadb": "mysql",
    "memsql": "singlestore", "microsoftsql": "tsql", "motherduck": "duckdb", "mssql": "tsql", "mysql5": "mysql",
    "netezza": "postgres", "pdw": "tsql", "pg": "postgres", "pgsql": "postgres", "postgresql": "postgres",
    "prestodb": "presto", "prestojdbc": "presto", "selectdb": "doris", "spark3": "spark", "sparksql": "spark", "sql": "", "singlestoredb": "singlestore", "sqldatawarehouse": "tsql", "sqlglot": "",
    "sqlite3": "sqlite", "sqlserver": "tsql", "standardsql": "bigquery", "starburst": "trino", "synapse": "tsql",
    "timescale": "postgres", "timescaledb": "postgres", "transactsql": "tsql", "trinodb": "trino",
    "vertica": "postgres", "watsonxpresto": "presto", "yugabyte": "postgres", "yugabytedb": "postgres",
    "zetasql": "bigquery",
}  # fmt: skip
"""What products, adapters and other tools call them, without dashes and the like."""
_NO_SQL = frozenset({"dax", "prql", "solr", "tableau"})


def product_dialect(name: str) -> str | None:
    """Give the dialect of a product as a tool calls it (`postgresql`, `awsathena`, `bigquery-cloud-sdk`); None for an unknown one."""
    plain = _plain(name)
    return plain if plain in DIALECTS - _NO_SQL - {""} else _ALIASES.get(plain)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def sqlglot_dialect(name: str) -> str:
    """Give sqlglot's name of a dialect or an adapter (`postgresql`, `SQL Server`); raise UsageError for an unknown one."""
    plain = _plain(name)
    found = plain if plain in DIALECTS else _ALIASES.get(plain)
    if found is None:
        near = nearest(plain, [*DIALECTS, *_ALIASES])
        known = ", ".join(sorted(DIALECTS - {""}))
        raise UsageError(
            f"the dialect `{name[:80]}` is not known",
            f"did you mean `{near[0]}`? the dialects are: {known}" if near else f"the dialects are: {known}",
        )
    return found


def dialect_of_path(path: str) -> str | None:
    """Give the dialect that a folder or the file is named after (`concepts_duckdb/`, `x.postgres.sql`), the innermost.

    A table may be named after a product too (`snowflake_costs/query.sql`), so that a word counts only alone, with
    words that name no subject, or at the end of a folder that is not a table's.
    """
    *folders, file = path.split("/")
    stems = file.split(".")
    for stem in reversed(stems[1:-1]):
        if (found := _whole(stem)) is not None:
            return found
    if _TABLE_FILES.match(file):
        folders = folders[:-2]
    elif (said := _word_in(stems[0], alone=True)) is not None:
        return said
    return next((found for folder in reversed(folders) if (found := _word_in(folder)) is not None), None)


def guess_dialect(texts: Iterable[str]) -> str:
    """Guess the dialect that most of these texts are written in; `""` where their words do not tell."""
    votes: Counter[str] = Counter()
    own: Counter[str] = Counter()
    for text in texts:
        for weights in _seen(text):
            votes.update(weights)
            own.update(weights if len(weights) == 1 else {})
    # `::` and the like speak for a family: the plainest member wins unless another has words of its own.
    votes["postgres"] += 1 if votes["postgres"] else 0
    ranked = votes.most_common(2)
    if not ranked or ranked[0][1] < _ENOUGH or (len(ranked) > 1 and ranked[1][1] == ranked[0][1]):
        return ""
    best = ranked[0][0]
    return best if own[best] >= _MAJORITY * own.total() else ""


Folders = tuple[tuple[str, str], ...]
"""Folders with the dialects of what is below them, the longest first."""


def dialects_by_folder(configured: Mapping[str, str]) -> Folders:
    """Read the configuration's dialects of folders. Raise UsageError for a name that is no dialect."""
    pairs = ((folder.strip("/"), sqlglot_dialect(name)) for folder, name in configured.items())
    return tuple(sorted(pairs, key=lambda pair: len(pair[0]), reverse=True))


def dialect_below(path: str, folders: Folders) -> str | None:
    """Give what the configuration says of a file or a project's folder."""
    return next((one for folder, one in folders if not folder or f"{path}/".startswith(f"{folder}/")), None)


def chooser(
    config_dialect: str | None,
    per_folder: Mapping[str, str],
    sample_texts: Callable[[], Iterable[str]],
    of_projects: Mapping[str, str] = MappingProxyType({}),
) -> Callable[[str], str]:
    """Give the function path → dialect.

    A folder of `per_folder` wins (the longest), then `config_dialect`, then the path's own words, then the project in whose folder
    (`of_projects`) it lies, then the guess over `sample_texts()`, which is called only when a path needs it. Raise UsageError for a
    name that is no dialect.
    """
    folders, around = dialects_by_folder(per_folder), dialects_by_folder(of_projects)
    configured = sqlglot_dialect(config_dialect) if config_dialect is not None else None

    @cache
    def guessed() -> str:
        texts = tuple(sample_texts())
        return remembered("dialect", texts, str, lambda: (guess_dialect(texts),))[0]

    @cache
    def choose(path: str) -> str:
        below = dialect_below(path, folders)
        given = configured if below is None else below
        if given is not None:
            return given
        said = dialect_of_path(path)
        said = dialect_below(path, around) if said is None else said
        if said is not None:
            return said
        # Where nothing else tells, a file's first word may: `postgres_tables_by_size.sql`.
        return guessed() or _WORDS.get(re.split(r"[^a-z0-9]+", path.rpartition("/")[2].lower())[0], "")

    return choose


_TABLE_FILES = re.compile(
    r"(query|view|script|init|materialized_view|part\d+|metadata|schema)\.", re.IGNORECASE
)
_WORDS: Mapping[str, str] = {
    **{name: name for name in DIALECTS - _NO_SQL - {"", "drill", "druid", "dune", "fabric"}},
    **{
        name: _ALIASES[name]
        for name in (
            "bq", "cockroachdb", "mariadb", "motherduck", "mssql", "pgsql", "postgresql", "prestodb",
            "sparksql", "sqlite3", "sqlserver", "synapse", "pdw", "timescaledb", "googlesql", "impala", "greenplum",
        )
    },
}  # fmt: skip
_COMPANIONS = frozenset({
    "sql", "ddl", "dml", "schema", "schemas", "migration", "migrations", "script", "scripts", "model", "models", "db",
    "query", "queries", "dialect", "database", "src", "create", "build", "init", "setup", "view", "views", "table",
    "tables", "concepts", "server", "test", "tests", "extended", "data", "warehouse", "dw", "dwh", "etl", "elt", "benchmark",
    "code", "definitions", "procedures", "functions", "transform", "transforms", "upgrade", "install",
})  # fmt: skip


def _whole(word: str) -> str | None:
    return _WORDS.get(re.sub(r"[\s_-]", "", word.lower()))


def _word_in(folder: str, alone: bool = False) -> str | None:
    """`alone`: no other word but companions; a file is more often named after a subject than a folder is."""
    if (whole := _whole(folder)) is not None:
        return None if alone else whole
    words = re.split(r"[^a-z0-9]+", folder.lower())
    for index, word in enumerate(words):
        found = _WORDS.get(word)
        others = {*words[:index], *words[index + 1 :]}
        if found is None:
            continue
        if all(other in _COMPANIONS or not other.strip("v0123456789") for other in others):
            return found
        if index == len(words) - 1 and not alone:
            return found
    return None


_ENOUGH = 2
_MAJORITY = 0.6
"""The least share of the words that only one dialect has: a repository of several dialects has no dialect."""
_FEATURES: tuple[tuple[re.Pattern[str], Mapping[str, int]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.MULTILINE), votes)
    for pattern, votes in (
        # A part of a name may be a template's: `{{ project }}.shop.orders`.
        (r"`(?:[\w-]|\$?\{\{?[^{}`\n]*\}\}?)+(?:\.(?:[\w*$-]|\$?\{\{?[^{}`\n]*\}\}?)+){1,2}`", {"bigquery": 6}),
        (r"\bsafe_cast\s*\(|\bsafe_divide\s*\(|\bunnest\s*\([^)]*\)\s+(as\s+)?\w+\s+with\s+offset", {"bigquery": 4}),
        (r"\bstruct\s*<|\barray\s*<\s*struct|\bfarm_fingerprint\b|\bcountif\s*\(|\bsafe\.\w+\(", {"bigquery": 3}),
        (r"\b(int64|float64|bignumeric)\b", {"bigquery": 4}),
        (r"\bdate_trunc\s*\(\s*[\w.]+\s*,\s*(day|week|month|year|quarter)\b", {"bigquery": 2}),
        (r"\blateral\s+flatten\s*\(|\btable\s*\(\s*flatten|\biff\s*\(|\bobject_construct|\bto_variant|"
         r"\bcreate\s+(or\s+replace\s+)?(stage|file\s+format|warehouse|pipe|stream|task)\b|\bsysadmin\b",
         {"snowflake": 5}),
        (r"\bvariant\b|\btimestamp_(ntz|ltz|tz)\b|\$\$|\bnumber\s*\(\s*38|\bcopy\s+grants\b", {"snowflake": 2}),
        (r"(?<![\w$])\$\d+\s*:\s*\w+|\bfrom\s+@[\w.]+\s*[/(]|\bparse_json\s*\(", {"snowflake": 3}),
        (r"\bqualify\b", {"snowflake": 1, "bigquery": 1, "databricks": 1, "duckdb": 1}),
        (r"\blateral\s+view\b", {"spark": 5}),
        (r"\busing\s+(delta|parquet|iceberg)\b|\btblproperties\b|\bsort_array\s*\(|\bcluster\s+by\s*\(", {"spark": 4}),
        (r"\busing\s+delta\b|\bcreate\s+or\s+refresh\b|\bstreaming\s+live\b|\blive\.\w+", {"databricks": 6}),
        (r"\brow\s+format\s+(serde|delimited)\b|\bstored\s+as\s+\w+|\bmsck\s+repair\b|\$\{hiveconf", {"hive": 4}),
        (r"\[\w+\]\.\[[\w ]+\]|\bdbo\.", {"tsql": 6}),
        (r"^[ \t]*go[ \t]*;?[ \t]*\r?$|\bnvarchar\b|\bset\s+nocount\b|\bwith\s*\(\s*nolock\s*\)|\bidentity\s*\(\s*\d|"
         r"\bgetdate\s*\(|\bselect\s+top\s*\(?\d|\b(from|join|into|table)\s+#\w+|\b(outer|cross)\s+apply\b", {"tsql": 4}),
        (r"::\s*\w+", {"postgres": 2, "snowflake": 2, "redshift": 2, "duckdb": 2, "databricks": 1}),
        (r"\b(big)?serial\b|\bjsonb\b|\bplpgsql\b|\bto_tsvector\b|\bon\s+conflict\b|\bcreate\s+extension\b|"
         r"\btimestamptz\b|\bwith\s+time\s+zone\b|\bilike\b|\bgenerate_series\b", {"postgres": 3}),
        (r"\bcharacter\s+varying\b|\bdistinct\s+on\s*\(|\bsetof\b|\bbytea\b|\bowner\s+to\b", {"postgres": 4}),
        (r"\bdistkey\b|\bsortkey\b|\bdiststyle\b|\bencode\s+(zstd|lzo|az64|raw)\b|\bunload\s*\(", {"redshift": 8}),
        (r"\bread_(csv|parquet|json)(_auto)?\s*\(|\blist_\w+\s*\(|\bexclude\s*\(|\bstrptime\s*\(|\bhugeint\b",
         {"duckdb": 4}),
        (r"\bauto_increment\b|\bengine\s*=\s*(innodb|myisam)\b|\bunsigned\b|\bdefault\s+charset\b", {"mysql": 5}),
        (r"`\w+`\.`\w+`|`\w+`\s+(int|varchar|text|datetime)\b", {"mysql": 3}),
        (r"\bengine\s*=\s*\w*mergetree\b|\blowcardinality\s*\(|\bnullable\s*\(|\bto(date|datetime|string)\s*\(",
         {"clickhouse": 5}),
        (r"\bvarchar2\b|\bnvl2?\s*\(|\bsysdate\b|\bfrom\s+dual\b|\brownum\b", {"oracle": 3}),
        (r"\bautoincrement\b|\bpragma\s+\w+", {"sqlite": 3}),
        (r"\bapprox_distinct\s*\(|\bfrom_unixtime\s*\(|\bcross\s+join\s+unnest\b|\bwith\s*\(\s*format\s*=|\btry\s*\(",
         {"trino": 2}),
        (r"\bmultiset\b|\bvolatile\s+table\b|\bcollect\s+stat(istic)?s\b|\bprimary\s+index\b", {"teradata": 4}),
    )
)  # fmt: skip


def _seen(text: str) -> Iterator[Mapping[str, int]]:
    """Yield the votes of each feature that the text has, once a text."""
    bare = without_noise(text)
    return (weights for pattern, weights in _FEATURES if pattern.search(bare))
