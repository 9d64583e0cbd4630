"""The kinds of files that readers are looked for in: what tells by path and words that a file may be of one. The module of each is imported when it reads a file."""

from contract_gate.workspace.files import YAML
from contract_gate.workspace.readers.literals import COMMANDS, MARKS
from contract_gate.workspace.readers.values import ReaderKind, ending

CONSUMERS = "consumers:"
"""Begins the path by which a manifest that was handed over is known here: no file of the repository is called so."""
_RUN = (*MARKS, *COMMANDS)
_IN_PYTHON = (
    *_RUN,
    b"table(",
    b"table=",
    b"table =",
    b'"table"',
    b"'table'",
    b"dbtable",
    b"jdbc(",
    b"table_id",
    b"table_name",
    b"__tablename__",
    b"db_table",
    b"column_mapping",
    b"check_statement",
    b"dataset_table",
    b"pypika",
    b"alembic",
    b"connector.class",
)

_CODE = (
    ".c", ".cc", ".cjs", ".cpp", ".cs", ".cts", ".ex", ".exs", ".go", ".groovy", ".hcl", ".java", ".jl", ".js", ".jsx", ".kt", ".kts", ".mjs", ".mk",
    ".mts", ".php", ".pl", ".ps1", ".psm1", ".rb", ".rs", ".scala", ".svelte", ".tf", ".toml", ".ts", ".tsx", ".vb", ".vue", "Makefile", "makefile",
)  # fmt: skip


_SQL = (
    ".hql", ".hive", ".ddl", ".dml", ".pks", ".pkb", ".pck", ".pls", ".plb", ".prc", ".proc", ".fnc", ".trg", ".vw", ".psql", ".pgsql", ".mysql",
    ".bq", ".bqsql", ".snowsql",
)  # fmt: skip
_TEMPLATES = tuple(
    f".sql.{each}"
    for each in ("j2", "jinja", "jinja2", "tmpl", "tpl", "tftpl", "template", "erb", "mustache", "in")
)


def _is_page(path: str) -> bool:
    lowered = path.lower()
    return lowered.endswith((".rmd", ".qmd", ".rmarkdown")) or ending(".md", within="pages")(lowered)


KINDS: tuple[ReaderKind, ...] = (
    ReaderKind(name="consumers", module="consumers", claims=lambda path: path.startswith(CONSUMERS)),
    ReaderKind(
        name="datacontract", module="datacontract", claims=ending(*YAML),
        marks=(b"kind: datacontract", b"datacontractspecification"),
    ),
    ReaderKind(
        name="great-expectations", module="expectations", claims=ending(".json", *YAML),
        # Not any word with `expectation`: dbt's YAML has those of the package `dbt_expectations`.
        marks=(b"expectation_suite", b"expectation_type", b'"expectations"', b"expectations_store", b"batch_definition"),
        looks_beside=True,
    ),
    ReaderKind(name="notebook", module="notebook", claims=ending(".ipynb", ".py"), marks=_IN_PYTHON, imports=True),
    ReaderKind(name="python", module="python", claims=ending(".py"), marks=_IN_PYTHON, imports=True),
    ReaderKind(
        name="r", module="r", claims=ending(".r", ".R"), marks=(*MARKS, b"tbl(", b"dbreadtable", b"in_schema", b"in_catalog", b"id("),
    ),
    ReaderKind(name="pages", module="pages", claims=_is_page, marks=(*_RUN, b"tbl(", b".sql"), looks_beside=True),
    ReaderKind(name="shell", module="shell", claims=ending(".sh", ".bash", ".zsh", ".ksh"), marks=(*_RUN, b"connector.class")),
    ReaderKind(name="sql", module="sql_files", claims=lambda path: path.lower().endswith((*_SQL, *_TEMPLATES)), marks=MARKS),
    ReaderKind(name="soda", module="soda", claims=ending(*YAML), marks=(b"checks for", b"columns for", b"filter ")),
    ReaderKind(name="lookml", module="lookml.kind", claims=ending(".lkml"), marks=(b"view", b"sql_trigger"), looks_beside=True),
    ReaderKind(name="lightdash", module="lightdash", claims=ending(*YAML), marks=(b"meta:", b"metricquery:")),
    ReaderKind(
        name="cube", module="cube", claims=ending(*YAML, ".js"), marks=(b"cubes:", b"cube("), looks_beside=True,
    ),
    ReaderKind(
        name="metabase", module="metabase", claims=ending(*YAML), looks_beside=True,
        marks=(b"dataset_query", b"dashcards", b"model: transform", b"model: segment", b"model: measure"),
    ),
    ReaderKind(
        name="superset", module="superset", claims=ending(*YAML, within="datasets"), marks=(b"table_name",), looks_beside=True,
    ),
    ReaderKind(
        name="grafana", module="grafana", claims=ending(".json"), marks=(b'"rawsql', b'"rawquerytext"', b'"querytext"', b'"rawquery"', b'"query"', b'"definition"'),
    ),
    ReaderKind(
        name="tableau", module="tableau", claims=ending(".twb", ".tds", ".twbx", ".tdsx"), marks=(b"<relation", b"...relation"),
        is_packed=True,
    ),
    ReaderKind(
        name="power-bi", module="power_bi.kind", claims=ending(".tmdl", ".bim"), marks=(b"partition", b"expression"), looks_beside=True,
    ),
    ReaderKind(name="rill", module="rill", claims=ending(*YAML), marks=(b"metrics_view", b"timeseries:"), looks_beside=True),
    ReaderKind(name="meltano", module="meltano", claims=ending(*YAML), marks=(b"extractors:",)),
    ReaderKind(
        name="kafka", module="kafka", claims=ending(".json", ".properties", *YAML),
        marks=(b"connector.class", b"table.whitelist", b"table.include.list"),
    ),
    ReaderKind(name="keys", module="keys", claims=ending(*YAML, ".json"), marks=_RUN),
    ReaderKind(name="code", module="code", claims=ending(*_CODE), marks=(*MARKS, b"connector.class")),
)  # fmt: skip
"""Of those that claim a file, the first that finds a reader in it reads it: what holds for any YAML or JSON is the last."""


def kind(name: str) -> ReaderKind:
    """Give the kind of this name. KeyError where there is none."""
    return {each.name: each for each in KINDS}[name]
