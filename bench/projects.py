"""Made-up SQL projects that run on DuckDB: sources, and three layers of models over them, from a seed.

A project's models are written against `schema.name`; `files` spells them as a dbt project (refs and sources in
Jinja, a YAML of sources) or as plain `CREATE` files. Every model has been run when it is taken in, so its columns
are DuckDB's own word.
"""

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import duckdb
import sqlglot
from instances import Literals, Outcome, fill, run

SOURCES: Mapping[str, Mapping[str, str]] = {
    "raw.orders": {
        "id": "INTEGER",
        "customer_id": "INTEGER",
        "product_id": "INTEGER",
        "amount": "DECIMAL(10,2)",
        "tax": "DECIMAL(10,2)",
        "status": "VARCHAR",
        "created_at": "TIMESTAMP",
    },
    "raw.customers": {
        "id": "INTEGER",
        "name": "VARCHAR",
        "country": "VARCHAR",
        "referrer_id": "INTEGER",
        "signed_up_at": "TIMESTAMP",
    },
    "raw.payments": {
        "id": "INTEGER",
        "order_id": "INTEGER",
        "method": "VARCHAR",
        "paid": "DECIMAL(10,2)",
        "paid_at": "TIMESTAMP",
    },
    "raw.products": {"id": "INTEGER", "category": "VARCHAR", "price": "DECIMAL(10,2)", "stock": "INTEGER"},
    "raw.events": {
        "id": "INTEGER",
        "customer_id": "INTEGER",
        "kind": "VARCHAR",
        "happened_at": "TIMESTAMP",
        "duration": "INTEGER",
    },
}
DATA_SETS = 5
ROWS = 14
MOST_ROWS = 400
KNOWN = Literals(words=("paid", "open", "de", "fr", "web", "view"), numbers=(1, 2, 3))
_REFERENCE = re.compile(r"\b(raw|staging|intermediate|marts)\.(\w+)")


class Layout(StrEnum):
    """How the project is written down."""

    DBT = "dbt"
    VIEWS = "views"


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A source or a model's output, as DuckDB describes it: `columns` are (name, type)."""

    name: str
    columns: tuple[tuple[str, str], ...]

    def of(self, *families: str) -> list[str]:
        """Give the columns of these families: int, number, text, time, flag."""
        return [name for name, kind in self.columns if family(kind) in families]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A model: `name` is `schema.name`, `sql` a SELECT in DuckDB's dialect."""

    name: str
    sql: str

    @property
    def reads(self) -> frozenset[str]:
        return frozenset(match.group(0) for match in _REFERENCE.finditer(self.sql))


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Models in the order in which they can be built, with what each gave on each data set at the base."""

    seed: int
    layout: Layout
    models: tuple[Made, ...]
    relations: Mapping[str, Relation]
    base: tuple[Mapping[str, Outcome], ...]

    def files(self) -> dict[str, str]:
        """Spell the whole project: path → text."""
        spelled = {self.path(model.name): self.text(model.name, model.sql) for model in self.models}
        return spelled | (_dbt_files() if self.layout is Layout.DBT else _view_files())

    def path(self, name: str) -> str:
        schema, short = name.split(".")
        return f"models/{schema}/{short}.sql" if self.layout is Layout.DBT else f"sql/{schema}/{short}.sql"

    def text(self, name: str, sql: str) -> str:
        """Spell one model's SQL as the layout has it."""
        if self.layout is Layout.VIEWS:
            return f"CREATE VIEW {name} AS\n{sql};\n"
        return _REFERENCE.sub(_jinja, sql) + "\n"

    def downstream(self, name: str) -> frozenset[str]:
        """Give the models that read this one, and those that read them."""
        found = {name}
        for model in self.models:
            if model.reads & found:
                found.add(model.name)
        return frozenset(found - {name})


def family(kind: str) -> str:
    """Sort DuckDB's types into families."""
    if kind in {"INTEGER", "BIGINT", "HUGEINT", "SMALLINT"}:
        return "int"
    if kind.startswith("DECIMAL") or kind in {"DOUBLE", "FLOAT"}:
        return "number"
    return {"VARCHAR": "text", "TIMESTAMP": "time", "DATE": "time", "BOOLEAN": "flag"}.get(kind, "other")


class Warehouse:
    """A project's base, built on every data set and kept: an edit rebuilds only what it touches."""

    def __init__(self, project: Project) -> None:
        self._models = project.models
        self._databases = [_database(data_set) for data_set in range(DATA_SETS)]
        for database in self._databases:
            for model in self._models:
                database.execute(f"CREATE TABLE {model.name} AS {model.sql}")

    def rebuild(self, models: Sequence[Made], touched: frozenset[str]) -> Iterator[dict[str, Outcome]]:
        """Build these of the touched models in order, one data set after the other; give what each holds."""
        for database in self._databases:
            for model in self._models:
                if model.name in touched:
                    database.execute(f"DROP TABLE {model.name}")
            outcomes = {}
            for model in models:
                if model.name in touched:
                    made = run(database, f"CREATE TABLE {model.name} AS {model.sql}")
                    outcomes[model.name] = (
                        made if made.error else run(database, f"SELECT * FROM {model.name}")
                    )
            for model in self._models:
                if model.name in touched:
                    database.execute(f"CREATE OR REPLACE TABLE {model.name} AS {model.sql}")
            yield outcomes


def generate(seed: int) -> Project:
    """Make a project of 10 to 25 models from a seed."""
    rng = random.Random(seed)
    relations = {
        name: Relation(name=name, columns=tuple(columns.items())) for name, columns in SOURCES.items()
    }
    databases = [_database(data_set) for data_set in range(DATA_SETS)]
    models: list[Made] = []
    outcomes: list[dict[str, Outcome]] = [{} for _ in databases]
    wanted = rng.randint(10, 25)
    plan = [("staging", source) for source in SOURCES]
    plan += [("intermediate", "") for _ in range((wanted - len(plan)) // 2)]
    plan += [("marts", "") for _ in range(wanted - len(plan))]
    for number, (layer, source) in enumerate(plan):
        short = f"stg_{source.split('.')[1]}" if source else f"{layer[:3]}_{_word(rng)}_{number}"
        name = f"{layer}.{short}"
        for _ in range(30):
            made = Made(name=name, sql=_pretty(_write(rng, layer, source, relations)))
            given = [_take_in(database, made) for database in databases]
            if all(one is not None for one in given):
                break
        else:
            continue
        models.append(made)
        for kept, one in zip(outcomes, given, strict=True):
            kept[name] = one
        relations[name] = Relation(name=name, columns=given[0].columns)
    layout = rng.choice((Layout.DBT, Layout.VIEWS))
    return Project(
        seed=seed, layout=layout, models=tuple(models), relations=relations, base=tuple(map(dict, outcomes))
    )


def _database(data_set: int) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": "1"})
    for schema in ("raw", "staging", "intermediate", "marts"):
        connection.execute(f"CREATE SCHEMA {schema}")
    fill(connection, SOURCES, 1000 + data_set, KNOWN, rows=ROWS)
    return connection


def _take_in(database: duckdb.DuckDBPyConnection, made: Made) -> Outcome | None:
    """Build a model; None where it does not run, names a column twice, or holds too much to be compared often."""
    database.execute(f"DROP TABLE IF EXISTS {made.name}")
    outcome = run(database, made.sql)
    if outcome.error or len(outcome.rows) > MOST_ROWS or len(set(outcome.names)) < len(outcome.names):
        return None
    database.execute(f"CREATE TABLE {made.name} AS {made.sql}")
    return outcome


def _pretty(sql: str) -> str:
    return sqlglot.parse_one(sql, read="duckdb").sql(dialect="duckdb", pretty=True)


def _word(rng: random.Random) -> str:
    return rng.choice(("daily", "paid", "late", "loyal", "open", "best", "first", "lost"))


def _write(rng: random.Random, layer: str, source: str, relations: Mapping[str, Relation]) -> str:
    if source:
        return _wrap(rng, _staging(rng, relations[source]))
    above = {
        "intermediate": ("staging", "intermediate"),
        "marts": ("staging", "intermediate", "intermediate", "marts"),
    }[layer]
    wanted = rng.choice(above)
    pool = [r for n, r in relations.items() if n.startswith(wanted)] or [
        r for n, r in relations.items() if n.startswith("staging")
    ]
    other = rng.choice([r for n, r in relations.items() if n.startswith(("staging", "intermediate"))])
    body = rng.choice(BODIES)(rng, rng.choice(pool), other)
    return _wrap(rng, body)


def _wrap(rng: random.Random, body: str) -> str:
    """Write the same query as people do: bare, with import CTEs, or through a final CTE."""
    style = rng.choice(("bare", "bare", "imports", "imports", "final"))
    if body.startswith("with "):
        return body
    if style == "final":
        return f"with final as ({body}) select * from final"
    names = sorted({match.group(0) for match in _REFERENCE.finditer(body)})
    if style == "imports":
        ctes = ", ".join(f"src_{name.split('.')[1]} as (select * from {name})" for name in names)
        for name in names:
            body = re.sub(rf"\b{re.escape(name)}\b", f"src_{name.split('.')[1]}", body)
        return f"with {ctes} {body}"
    return body


def _staging(rng: random.Random, source: Relation) -> str:
    short = source.name.split(".")[1][:-1]
    shown = []
    for column, kind in source.columns:
        if column == "id":
            shown.append(f"s.id as {short}_id")
        elif family(kind) == "number" and rng.random() < 0.4:
            shown.append(f"coalesce(s.{column}, 0) as {column}")
        elif family(kind) == "text" and rng.random() < 0.4:
            shown.append(f"lower(s.{column}) as {column}")
        elif family(kind) == "time" and rng.random() < 0.4:
            shown.append(f"cast(s.{column} as date) as {column.removesuffix('_at')}_on")
        elif rng.random() < 0.93:
            shown.append(f"s.{column}")
    filters = rng.choice(("", "", " where s.id is not null", " where s.id > 0"))
    dedupe = ""
    if rng.random() < 0.2:
        order = ", ".join(f"s.{column}" for column, _ in source.columns)
        dedupe = f" qualify row_number() over (partition by s.id order by {order}) = 1"
    return f"select {', '.join(shown)} from {source.name} as s{filters}{dedupe}"


def _key(rng: random.Random, relation: Relation) -> str:
    keys = [c for c in relation.of("int") if c.endswith("_id")] or relation.of("int")
    return rng.choice(keys or [name for name, _ in relation.columns])


def _some(rng: random.Random, names: Sequence[str], least: int, most: int) -> list[str]:
    count = min(len(names), rng.randint(least, most))
    return [name for name in names if name in set(rng.sample(list(names), count))]


def _condition(rng: random.Random, alias: str, relation: Relation) -> str:
    tests = [f"{alias}.{c} > {rng.randint(0, 2)}" for c in relation.of("int", "number")]
    tests += [f"{alias}.{c} in ('paid', 'open', 'a')" for c in relation.of("text")]
    tests += [f"{alias}.{c} <> 'x'" for c in relation.of("text")]
    tests += [f"{alias}.{c} >= date '2024-01-02'" for c in relation.of("time")]
    tests += [f"{alias}.{c} is not null" for c, _ in relation.columns]
    return " and ".join(rng.sample(tests, min(len(tests), rng.choice((1, 1, 2)))))


def _expression(rng: random.Random, alias: str, relation: Relation) -> str:
    numbers = relation.of("int", "number") or ["null"]
    one, two = rng.choice(numbers), rng.choice(numbers)
    options = [
        f"{alias}.{one} + {alias}.{two}" if one != "null" else "1",
        f"case when {_condition(rng, alias, relation)} then 'yes' else 'no' end",
        f"coalesce({alias}.{one}, 0) * 2" if one != "null" else "2",
    ]
    options += [f"upper({alias}.{c})" for c in relation.of("text")]
    options += [f"date_trunc('month', {alias}.{c})" for c in relation.of("time")]
    options += [f"extract(year from {alias}.{c})" for c in relation.of("time")]
    return rng.choice(options)


def _pick(rng: random.Random, one: Relation, _: Relation) -> str:
    shown = [f"a.{c}" for c in _some(rng, [n for n, _ in one.columns], 2, 6)]
    shown += [f"{_expression(rng, 'a', one)} as extra_{i}" for i in range(rng.randint(0, 2))]
    where = f" where {_condition(rng, 'a', one)}" if rng.random() < 0.6 else ""
    return f"select {', '.join(shown)} from {one.name} as a{where}"


def _star(rng: random.Random, one: Relation, _: Relation) -> str:
    extra = f", {_expression(rng, 'a', one)} as star_{rng.randint(0, 99)}" if rng.random() < 0.6 else ""
    where = f" where {_condition(rng, 'a', one)}" if rng.random() < 0.4 else ""
    if rng.random() < 0.3 and len(one.columns) > 2:
        return f"select a.* exclude ({rng.choice(one.columns)[0]}){extra} from {one.name} as a{where}"
    return f"select a.*{extra} from {one.name} as a{where}"


def _join(rng: random.Random, one: Relation, two: Relation) -> str:
    left, right = [n for n, _ in one.columns], [n for n, _ in two.columns]
    shared = [c for c in one.of("int") if c in two.of("int")]
    key = rng.choice(shared) if shared and rng.random() < 0.8 else None
    on = f"a.{key} = b.{key}" if key else f"a.{_key(rng, one)} = b.{_key(rng, two)}"
    if rng.random() < 0.2:
        on += f" and {_condition(rng, 'b', two)}"
    shown = [f"a.{c}" for c in _some(rng, left, 1, 5)]
    shown += [
        f"b.{c}" if c not in left else f"b.{c} as other_{c}" for c in _some(rng, right, 1, 4) if c != key
    ]
    where = f" where {_condition(rng, 'a', one)}" if rng.random() < 0.35 else ""
    kind = rng.choice(("join", "left join"))
    return f"select {', '.join(shown)} from {one.name} as a {kind} {two.name} as b on {on}{where}"


def _group(rng: random.Random, one: Relation, _: Relation) -> str:
    keys = _some(rng, one.of("text", "int", "time"), 1, 2)
    if not keys:
        return _pick(rng, one, one)
    shown = [f"a.{c}" for c in keys] + ["count(*) as n"]
    for column in _some(rng, [c for c in one.of("int", "number") if c not in keys], 0, 2):
        function = rng.choice(("sum", "min", "max", "avg", "count"))
        shown.append(f"{function}(a.{column}) as {function}_{column}")
    where = f" where {_condition(rng, 'a', one)}" if rng.random() < 0.5 else ""
    having = " having count(*) > 1" if rng.random() < 0.2 else ""
    grouped = ", ".join(f"a.{c}" for c in keys)
    return f"select {', '.join(shown)} from {one.name} as a{where} group by {grouped}{having}"


def _window(rng: random.Random, one: Relation, _: Relation) -> str:
    part, order = rng.choice(one.columns)[0], rng.choice(one.columns)[0]
    numbers = one.of("int", "number")
    functions = [f"rank() over (partition by a.{part} order by a.{order})"]
    if numbers:
        functions.append(f"sum(a.{rng.choice(numbers)}) over (partition by a.{part})")
        functions.append(f"max(a.{rng.choice(numbers)}) over (partition by a.{part} order by a.{order})")
    shown = [f"a.{c}" for c in _some(rng, [n for n, _ in one.columns], 2, 4)]
    shown.append(f"{rng.choice(functions)} as w_{rng.randint(0, 99)}")
    return f"select {', '.join(shown)} from {one.name} as a"


def _unite(rng: random.Random, one: Relation, two: Relation) -> str:
    pairs = [(c, d) for c, k in one.columns for d, m in two.columns if k == m]
    rng.shuffle(pairs)
    chosen: list[tuple[str, str]] = []
    for c, d in pairs:
        if c not in [x for x, _ in chosen] and d not in [y for _, y in chosen] and len(chosen) < 3:
            chosen.append((c, d))
    if not chosen:
        return _pick(rng, one, one)
    kind = rng.choice(("union all", "union all", "union all", "union", "except", "intersect"))
    first = ", ".join(f"a.{c}" for c, _ in chosen)
    second = ", ".join(f"b.{d}" if c == d else f"b.{d} as {c}" for c, d in chosen)
    where = f" where {_condition(rng, 'b', two)}" if rng.random() < 0.3 else ""
    return f"select {first} from {one.name} as a {kind} select {second} from {two.name} as b{where}"


def _distinct(rng: random.Random, one: Relation, _: Relation) -> str:
    return f"select distinct {', '.join('a.' + c for c in _some(rng, [n for n, _ in one.columns], 1, 3))} from {one.name} as a"


def _semi(rng: random.Random, one: Relation, two: Relation) -> str:
    shown = ", ".join(f"a.{c}" for c in _some(rng, [n for n, _ in one.columns], 2, 5))
    key, other = _key(rng, one), _key(rng, two)
    if rng.random() < 0.5:
        return f"select {shown} from {one.name} as a where a.{key} in (select b.{other} from {two.name} as b)"
    exists = f"exists (select 1 from {two.name} as b where b.{other} = a.{key})"
    return f"select {shown} from {one.name} as a where {rng.choice(('', 'not '))}{exists}"


def _staged_group(rng: random.Random, one: Relation, two: Relation) -> str:
    """Aggregate in a CTE, join the totals back: the usual mart."""
    key, other = _key(rng, one), _key(rng, two)
    numbers = one.of("int", "number") or [key]
    measure = rng.choice(numbers)
    shown = ", ".join(f"b.{c}" for c in _some(rng, [n for n, _ in two.columns], 1, 4))
    return (
        f"with totals as (select a.{key} as k, count(*) as cnt, sum(a.{measure}) as total from {one.name} as a"
        f" group by a.{key}) select {shown}, t.cnt as n_rows, coalesce(t.total, 0) as total"
        f" from {two.name} as b left join totals as t on t.k = b.{other}"
    )


BODIES: tuple[Callable[[random.Random, Relation, Relation], str], ...] = (
    _pick,
    _pick,
    _star,
    _star,
    _join,
    _join,
    _join,
    _group,
    _group,
    _window,
    _unite,
    _unite,
    _distinct,
    _semi,
    _staged_group,
)


def _jinja(match: re.Match[str]) -> str:
    schema, name = match.groups()
    return f"{{{{ source('raw', '{name}') }}}}" if schema == "raw" else f"{{{{ ref('{name}') }}}}"


def _dbt_files() -> dict[str, str]:
    lines = ["version: 2", "sources:", "  - name: raw", "    tables:"]
    for name, columns in SOURCES.items():
        lines += [f"      - name: {name.split('.')[1]}", "        columns:"]
        for column, kind in columns.items():
            lines += [f"          - name: {column}", f"            data_type: {kind.lower()}"]
    project = 'name: shop\nversion: "1.0"\nconfig-version: 2\nprofile: shop\nmodel-paths: ["models"]\n'
    return {
        "dbt_project.yml": project,
        "models/sources.yml": "\n".join(lines) + "\n",
        "contract-gate.toml": 'dialect = "duckdb"\n',
    }


def _view_files() -> dict[str, str]:
    files = {"contract-gate.toml": 'dialect = "duckdb"\n'}
    for name, columns in SOURCES.items():
        body = ",\n".join(f"  {column} {kind}" for column, kind in columns.items())
        files[f"sql/raw/{name.split('.')[1]}.sql"] = f"CREATE TABLE {name} (\n{body}\n);\n"
    return files
