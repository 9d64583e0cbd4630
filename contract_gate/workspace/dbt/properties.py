"""Properties YAML: what a project declares about its models, sources, seeds, snapshots, tests and exposures.

https://docs.getdbt.com/reference/define-properties. Only reads; names are resolved and settings merged by others.
"""

from collections.abc import Iterator
from functools import partial

from contract_gate.core.facts import read, written
from contract_gate.core.values import dataclass, replace
from contract_gate.workspace.dbt.embedded import SECTION, is_embedded
from contract_gate.workspace.dbt.settings import Settings, merge
from contract_gate.workspace.documents import BadYamlError, Entry, Plain, read_yaml
from contract_gate.workspace.jinja.wire import Json
from contract_gate.workspace.memo import Memo


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredTest:
    """A generic test: `column` is None for one on the whole model. `args` hold its other words."""

    name: str
    line: int
    column: str | None
    args: tuple[tuple[str, Plain], ...]
    config: tuple[tuple[str, Plain], ...] = ()
    label: str | None = None

    def arg(self, key: str) -> Plain:
        return dict(self.args).get(key)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredConstraint:
    """A contract's constraint, on a column or on the model."""

    type: str
    columns: tuple[str, ...]
    line: int
    expression: str | None = None
    to: str | None = None
    to_columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredColumn:
    name: str
    type: str | None
    line: int
    is_quoted: bool = False
    deprecated: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredVersion:
    """A version of a model; `columns` are its own, beside those of the model that are `included` (None: all of them)."""

    v: str
    defined_in: str | None
    config: tuple[tuple[str, Plain], ...]
    columns: tuple[DeclaredColumn, ...]
    included: tuple[str, ...] | None
    excluded: tuple[str, ...]
    tests: tuple[DeclaredTest, ...] | None
    line: int
    deprecated: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A model, seed, snapshot or source table and all that YAML says of it."""

    name: str
    line: int
    config: tuple[tuple[str, Plain], ...] = ()
    columns: tuple[DeclaredColumn, ...] = ()
    tests: tuple[DeclaredTest, ...] = ()
    constraints: tuple[DeclaredConstraint, ...] = ()
    versions: tuple[DeclaredVersion, ...] = ()
    latest: str | None = None
    relation: str | None = None
    fields: tuple[tuple[str, Plain], ...] = ()

    def field(self, key: str) -> Plain:
        return _field(self.fields, key)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredSource:
    """A source: its `tables` take `fields` (database, schema, …) and `config` from it."""

    name: str
    line: int
    tables: tuple[Declared, ...]
    config: tuple[tuple[str, Plain], ...] = ()
    fields: tuple[tuple[str, Plain], ...] = ()

    def field(self, key: str) -> Plain:
        return _field(self.fields, key)


def _field(fields: tuple[tuple[str, Plain], ...], key: str) -> Plain:
    # Asked of each table of ten thousand, most of which have none: no dict is made for it.
    return next((value for name, value in fields if name == key), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyFile:
    """All that one YAML file declares. `other`: section → entries that `semantics` reads."""

    models: tuple[Declared, ...] = ()
    seeds: tuple[Declared, ...] = ()
    snapshots: tuple[Declared, ...] = ()
    functions: tuple[Declared, ...] = ()
    sources: tuple[DeclaredSource, ...] = ()
    other: tuple[tuple[str, Entry], ...] = ()
    problem: str | None = None


FRESHNESS = "dbt.freshness"
"""The name of what dbt itself asks of a source."""
_EMPTY = PropertyFile()
_OTHER = ("exposures", "semantic_models", "metrics", "saved_queries", "unit_tests", "groups")


def read_properties(text: str) -> PropertyFile:
    """Read a properties file; a broken one has a `problem` and declares nothing."""
    return PROPERTIES(text)


def _properties(text: str) -> PropertyFile:
    try:
        entry = read_yaml(text)
        return _file(entry) if entry is not None else _EMPTY
    except BadYamlError as error:
        return PropertyFile(problem=str(error))


def _written(file: PropertyFile) -> Json:
    """Entries that others read stand in their document, which is read again."""
    return None if file.other else written(file)


PROPERTIES = Memo("what YAML declares", _properties, _written, partial(read, PropertyFile), 16384)


def _file(entry: Entry) -> PropertyFile:
    return PropertyFile(
        models=tuple(_declared(item) for item in entry.list_of("models") if item.text("name")),
        seeds=tuple(_declared(item) for item in entry.list_of("seeds") if item.text("name")),
        snapshots=tuple(_declared(item) for item in entry.list_of("snapshots") if item.text("name")),
        functions=tuple(_declared(item) for item in entry.list_of("functions") if item.text("name")),
        sources=tuple(_source(item) for item in entry.list_of("sources") if item.text("name")),
        other=(
            *((section, item) for section in _OTHER for item in entry.list_of(section) if item.text("name")),
            *((SECTION, item) for item in entry.list_of("models") if item.text("name") and is_embedded(item)),
        ),
    )


def _source(item: Entry) -> DeclaredSource:
    return DeclaredSource(
        name=item.text("name") or "",
        line=item.line,
        tables=tuple(
            replace(declared, tests=(*declared.tests, *_freshness(table, item)))
            for table in item.list_of("tables")
            if table.text("name")
            for declared in [_declared(table)]
        ),
        config=_config(item),
        fields=_fields(item, ("database", "catalog", "schema", "quoting", "overrides", "meta", "loader")),
    )


def _freshness(table: Entry, source: Entry) -> Iterator[DeclaredTest]:
    """Give what `dbt source freshness` asks of a table as a test: by what it is loaded, and of which rows.

    https://docs.getdbt.com/reference/resource-properties/freshness. A query without a template is one among other keys of YAML.
    """
    holders = [each for item in (table, source) for each in (item.get("config"), item) if each is not None]
    # A table may have none, and says so: `freshness: null`.
    limits = next((value for each in holders for key, value in each.entries() if key == "freshness"), None)
    if limits is None or limits.is_null:
        return
    query = next((found for each in holders if (found := each.get("loaded_at_query")) is not None), None)
    loaded = next((found for each in holders if (found := each.get("loaded_at_field")) is not None), None)
    asked = query if query is not None and "{{" in (query.scalar or "") else None
    read = (
        ("query", asked),
        ("loaded_at", loaded if query is None else None),
        ("filter", limits.get("filter")),
    )
    args = [(key, entry.scalar, entry.line) for key, entry in read if entry is not None and entry.scalar]
    if args:
        column = _bare_column(next((text for key, text, _ in args if key == "loaded_at"), None))
        yield DeclaredTest(
            name=FRESHNESS, line=args[0][2], column=column, args=tuple((key, text) for key, text, _ in args)
        )


def _declared(item: Entry) -> Declared:
    columns = [column for column in item.list_of("columns") if column.text("name")]
    return Declared(
        name=item.text("name") or "",
        line=item.line,
        config=_config(item),
        columns=tuple(_column(column) for column in columns),
        tests=(*_tests(item, None), *_column_tests(columns)),
        constraints=tuple(_constraints(item, columns)),
        versions=tuple(_version(version) for version in item.list_of("versions") if version.text("v")),
        latest=item.text("latest_version"),
        relation=item.text("relation"),
        fields=_fields(
            item,
            (
                "identifier",
                "quoting",
                "meta",
                "external",
                "deprecation_date",
                "time_spine",
                "arguments",
                "returns",
                "overloads",
            ),
        ),
    )


def _column(item: Entry) -> DeclaredColumn:
    kind = item.text("data_type")
    return DeclaredColumn(
        name=item.text("name") or "",
        type=kind.upper() if kind else None,
        line=item.line,
        is_quoted=item.text("quote") == "true",
        deprecated=_deprecated(item),
    )


def _deprecated(column: Entry) -> str | None:
    """dbt dates models alone; of a column its `meta` is the place (https://docs.getdbt.com/reference/resource-configs/meta)."""
    return column.text("meta", "deprecation_date") or column.text("config", "meta", "deprecation_date")


def _column_tests(columns: list[Entry]) -> Iterator[DeclaredTest]:
    for column in columns:
        yield from _tests(column, column.text("name"))


def _tests(item: Entry, column: str | None) -> Iterator[DeclaredTest]:
    for key in ("tests", "data_tests"):
        for test in item.list_of(key):
            if found := _test(test, column):
                yield found


def _test(entry: Entry, column: str | None) -> DeclaredTest | None:
    if entry.scalar is not None:
        return DeclaredTest(name=entry.scalar, line=entry.line, column=column, args=())
    fields = dict(entry.entries())
    name = entry.text("test_name")
    body = entry
    if name is None:
        name = next((key for key in fields if key not in ("name", "description", "config")), None)
        if name is None:
            return None
        body = fields[name]
    args: dict[str, Plain] = {}
    for key, value in body.entries():
        if key not in ("config", "test_name", "description"):
            args[key] = value.plain()
    nested = args.pop("arguments", None)
    if isinstance(nested, dict):
        args |= nested
    config = dict(_config(body) or _config(entry))
    for key in ("where", "severity", "enabled"):
        if key in args:
            config[key] = args.pop(key)
    label = args.pop("name", None) or entry.text("name")
    return DeclaredTest(
        name=name,
        line=entry.line,
        column=column if column is not None else _bare_column(args.get("column_name")),
        args=tuple(args.items()),
        config=tuple(config.items()),
        label=str(label) if label else None,
    )


def _bare_column(value: Plain) -> str | None:
    return value if isinstance(value, str) and value.replace("_", "a").isalnum() else None


def _constraints(item: Entry, columns: list[Entry]) -> Iterator[DeclaredConstraint]:
    for constraint in item.list_of("constraints"):
        named = tuple(column.scalar or "" for column in constraint.list_of("columns"))
        yield from _constraint(constraint, named)
    for column in columns:
        for constraint in column.list_of("constraints"):
            yield from _constraint(constraint, (column.text("name") or "",))


def _constraint(constraint: Entry, columns: tuple[str, ...]) -> Iterator[DeclaredConstraint]:
    if kind := constraint.text("type"):
        yield DeclaredConstraint(
            type=kind, columns=columns, line=constraint.line, expression=constraint.text("expression"),
            to=constraint.text("to"),
            to_columns=tuple(column.scalar or "" for column in constraint.list_of("to_columns")),
        )  # fmt: skip


def _version(item: Entry) -> DeclaredVersion:
    columns = item.get("columns")
    entries = columns.items() if columns else []
    own = [column for column in entries if column.text("name")]
    included = [part for column in entries if (part := column.get("include")) is not None]
    every = columns is None or any(part.scalar in ("all", "*") for part in included)
    excluded = [part.scalar or "" for column in entries for part in column.list_of("exclude")]
    has_tests = item.get("tests") is not None or item.get("data_tests") is not None
    return DeclaredVersion(
        v=item.text("v") or "",
        defined_in=item.text("defined_in"),
        config=_config(item),
        columns=tuple(_column(column) for column in own),
        included=None if every else tuple(item.scalar or "" for part in included for item in part.items()),
        excluded=tuple(excluded),
        tests=(*_tests(item, None), *_column_tests(own)) if has_tests else None,
        line=item.line,
        deprecated=item.text("deprecation_date"),
    )


def _config(item: Entry) -> tuple[tuple[str, Plain], ...]:
    """Read `config:` and the settings that dbt also takes beside it."""
    settings: Settings = {}
    for key in ("enabled", "meta", "tags", "group", "access", "docs"):
        if value := item.get(key):
            merge(settings, {key: value.plain()})
    config = item.get("config")
    plain = config.plain() if config else None
    if isinstance(plain, dict):
        merge(settings, plain)
    return tuple(settings.items())


def _fields(item: Entry, keys: tuple[str, ...]) -> tuple[tuple[str, Plain], ...]:
    found = ((key, item.get(key)) for key in keys)
    return tuple((key, value.plain()) for key, value in found if value is not None)
