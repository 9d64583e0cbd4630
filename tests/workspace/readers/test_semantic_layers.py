"""Lightdash, Cube and Rill: fields over a table, in three spellings."""

from contextlib import suppress

import pytest

from contract_gate.workspace.readers.kinds import kind
from contract_gate.workspace.readers.values import ReaderKind, UnreadableReaderError
from tests.workspace.readers.reading import names, queries, read

DBT = """\
    models:
      - name: orders
        config:
          meta:
            sql_filter: ${status} <> 'test'
            joins:
              - join: users
                sql_on: ${orders.user_id} = ${users.id}
            metrics:
              margin: {type: number, sql: "${revenue} / ${orders}"}
        columns:
          - name: amount
            meta:
              dimension: {type: number, sql: "${TABLE}.amount / 100"}
              metrics:
                revenue:
                  type: sum
                  filters:
                    - status: done
          - name: id
            config:
              meta:
                metrics:
                  orders: {type: count_distinct}
                additional_dimensions:
                  big: {type: boolean, sql: "${amount} > 10"}
          - name: note
            description: columns without meta are nobody's
    """


def test_lightdash() -> None:
    """Metrics, dimensions with SQL, joins and filters; a column is a dimension of its name, in dbt's old and new place of meta."""
    found = read(kind("lightdash"), "s.yml", {"s.yml": DBT})
    assert dict(zip(names(found), queries(found), strict=True)) == {
        "dimension orders.amount": "SELECT orders_.amount / 100 FROM __ph_schema__.orders AS orders_",
        "metric orders.revenue": "SELECT orders_.amount, orders_.status FROM __ph_schema__.orders AS orders_",
        "dimension orders.big": "SELECT (orders_.amount / 100) > 10 FROM __ph_schema__.orders AS orders_",
        "metric orders.orders": "SELECT orders_.id FROM __ph_schema__.orders AS orders_",
        "metric orders.margin": "SELECT (orders_.amount) / (orders_.id) FROM __ph_schema__.orders AS orders_",
        "join orders.users": (
            "SELECT (orders_.user_id = users_.id) FROM __ph_schema__.orders AS orders_ "
            "CROSS JOIN __ph_schema__.users AS users_"
        ),
        "filter orders.sql_filter": "SELECT (orders_.status <> 'test') FROM __ph_schema__.orders AS orders_",
    }
    assert {reader.name: reader.line for reader in found}["orders.revenue"] == 17


CUBE = """\
    cubes:
      - name: orders
        sql_table: shop.orders
        joins:
          - name: users
            sql: "{CUBE}.user_id = {users.id}"
        dimensions:
          - name: id
            sql: id
        measures:
          - name: count
            type: count
          - name: done
            sql: "{id}"
            filters:
              - sql: "{CUBE}.status = 'done'"
      - name: users
        sql: select id, name from shop.users
        dimensions:
          - {name: id, sql: "{CUBE.key}"}
          - {name: key, sql: id}
    """
SCRIPT = """\
    import { x } from './x';
    const later = () => x;
    cube(`Orders`, {
      sql: `SELECT * FROM shop.orders WHERE kind = \\`a\\``,
      joins: { Users: { sql: `${CUBE}.user_id = ${Users}.id`, relationship: `belongsTo` } },
      measures: { total: { sql: `amount`, type: `sum` } },
      dimensions: { at: { sql: later(), type: `time` } },
    });
    """


def test_cube_in_yaml() -> None:
    """Members read columns with and without the cube's name, other members and other cubes; a query is read once."""
    found = read(kind("cube"), "c.yml", {"c.yml": CUBE})
    assert names(found) == ["cube orders", "cube users"]
    assert queries(found) == [
        "SELECT id FROM shop.orders AS orders_",
        "SELECT (id), orders_.status = 'done' FROM shop.orders AS orders_",
        "SELECT orders_.user_id = ((id)) FROM shop.orders AS orders_",
        "SELECT users_.id FROM ( select id, name from shop.users ) AS users_",
    ]
    assert [query.lines[1] for query in found[0].queries] == [9, 14, 6]


def test_cube_with_jinja() -> None:
    """Where the YAML is none without Jinja, a loop's body is read once, with a placeholder for what it writes; else it is read as it is."""
    looped = "{% set names = ['a'] %}\ncubes:\n  - name: orders\n    sql_table: shop.orders\n    measures:\n      {%- for n in names %}\n      - name: n_{{ n }}\n        sql: amount\n      {%- endfor %}\n"
    found = read(kind("cube"), "c.yml", {"c.yml": looped})
    assert queries(found) == ["SELECT amount FROM shop.orders AS orders_"]
    assert found[0].queries[0].line == 7
    with pytest.raises(UnreadableReaderError):
        read(kind("cube"), "c.yml", {"c.yml": "cubes:\n  - {{ model.as_cube() }}\n    dimensions: []\n"})


def test_cube_in_javascript() -> None:
    """Literal cubes are read where other code stands beside them; a value that is computed is no expression."""
    found = read(kind("cube"), "c.js", {"c.js": SCRIPT})
    assert names(found) == ["cube Orders"]
    assert queries(found) == [
        "SELECT Orders_.amount, Orders_.user_id FROM ( SELECT * FROM shop.orders WHERE kind = `a` ) AS Orders_"
    ]


def test_rill() -> None:
    """Dimensions, measures and the time of a metrics view over its model; other YAML is not Rill's."""
    view = """\
        type: metrics_view
        display_name: Sales
        model: orders
        timeseries: day
        dimensions:
          - column: region
        measures:
          - expression: sum(amount)
        """
    found = read(kind("rill"), "m/sales.yaml", {"m/sales.yaml": view})
    assert names(found) == ["metrics view Sales"]
    assert queries(found) == [
        f"SELECT {each} FROM __ph_schema__.orders AS sales_" for each in ("region", "sum(amount)", "day")
    ]
    assert read(kind("rill"), "x.yaml", {"x.yaml": "about: metrics_view\nmodel: orders\n"}) == ()


RILL = """\
    type: metrics_view
    model: orders
    dimensions:
      - {name: region, column: region}
    measures:
      - {name: total, expression: sum(amount)}
    """


@pytest.mark.parametrize(
    ("text", "name", "columns"),
    [
        ("type: explore\ntitle: Sales\nmetrics_view: sales\ndimensions: '*'\nmeasures: '*'", "dashboard Sales", ["region", "sum(amount)"]),
        ("type: explore\nmetrics_view: sales", "dashboard x", ["region", "sum(amount)"]),
        ("type: explore\nmetrics_view: sales\ndimensions: [region]\nmeasures: [other]", "dashboard x", ["region"]),
        ("type: explore\nmetrics_view: sales\ndimensions: {exclude: [other]}\nmeasures: []", "dashboard x", ["region", "sum(amount)"]),
        ("type: canvas\nrows:\n- items:\n  - kpi_grid:\n      metrics_view: sales\n      measures:\n        - total", "dashboard x", ["sum(amount)"]),
    ],
)  # fmt: skip
def test_rill_dashboards(text: str, name: str, columns: list[str]) -> None:
    """What shows a metrics view reads the fields that it names, or all; another view's dashboards are left out."""
    files = {"m/sales.yaml": RILL, "m/x.yaml": text, "m/y.yaml": text.replace("sales", "sales_2")}
    found = read(kind("rill"), "m/sales.yaml", files)
    assert names(found) == ["metrics view sales", name]
    assert queries(found[1:]) == [f"SELECT {each} FROM __ph_schema__.orders AS sales_" for each in columns]
    assert {query.path for query in found[1].queries} == {"m/sales.yaml"}


def test_a_column_that_says_it_is_a_dimension() -> None:
    """Lightdash's explore needs it; a column without `meta` is only described."""
    text = "models:\n- name: orders\n  columns:\n  - name: a\n    meta: {dimension: {type: string}}\n  - name: b\n    meta: {owner: x}\n"
    found = read(kind("lightdash"), "a.yml", {"a.yml": text})
    assert names(found) == ["dimension orders.a"]
    assert queries(found) == ["SELECT orders_.a FROM __ph_schema__.orders AS orders_"]


@pytest.mark.parametrize(
    ("kind", "path", "text"),
    [
        (kind("lightdash"), "a.yml", "models: [1, {name: [x]}, {name: a, columns: {b: c}, meta: [d]}]"),
        (
            kind("lightdash"),
            "a.yml",
            "models:\n- name: a\n  columns:\n  - {name: b, meta: {metrics: [c], dimension: d}}",
        ),
        (kind("cube"), "a.yml", "cubes: {a: b}"),
        (kind("cube"), "a.yml", "cubes: [a, {name: b, dimensions: c, measures: [1]}]"),
        (kind("cube"), "a.js", "cube(`a`); cube(b, {}); rotate(cube)"),
        (kind("rill"), "a.yml", "type: metrics_view\nmodel: [a]\nmeasures: b"),
        (kind("rill"), "a.yml", ""),
    ],
)
def test_other_shapes(kind: ReaderKind, path: str, text: str) -> None:
    """Other files of the same suffix and words have no queries."""
    assert queries(read(kind, path, {path: text})) == []


@pytest.mark.parametrize(
    ("kind", "path", "text"),
    [
        (kind("lightdash"), "a.yml", "models: [" + "[" * 20_000),
        (kind("cube"), "a.yml", "cubes: {a"),
        (kind("cube"), "a.js", "cube(`a`, {" + "a: {" * 20_000),
        (kind("cube"), "a.js", "cube(`a"),
        (kind("rill"), "a.yml", "type: metrics_view\nx: *y"),
    ],
)
def test_hostile_files(kind: ReaderKind, path: str, text: str) -> None:
    """A broken or endless file is refused, or has no reader; it takes nothing else along."""
    with suppress(UnreadableReaderError):
        assert read(kind, path, {path: text}) == ()


def test_a_cube_that_doubles() -> None:
    """Members that name the one before twice end in a hole, and not in a text that doubles each time."""
    members = "".join(f"\n      - {{name: m{n + 1}, sql: '{{m{n}}} + {{m{n}}}'}}" for n in range(200))
    text = f"cubes:\n  - name: a\n    sql_table: s.t\n    measures:\n      - {{name: m0, sql: '{{CUBE}}.x'}}{members}"
    (found,) = read(kind("cube"), "a.yml", {"a.yml": text})
    assert max(len(query.sql) for query in found.queries) < 200_000
    assert found.queries[-1].holes
