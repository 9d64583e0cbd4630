"""LookML: which columns views, explores and dashboards read, in which file and line, and what a hostile file costs."""

from pathlib import Path

import pytest

from contract_gate.workspace.readers.kinds import kind
from contract_gate.workspace.readers.lookml.blocks import blocks
from contract_gate.workspace.readers.values import UnreadableReaderError
from tests.e2e.project import Project
from tests.workspace.readers.reading import names, queries, read

ORDERS = """\
    view: orders {
      sql_table_name: shop.orders ;;
      dimension: id { primary_key: yes }
      dimension_group: created { type: time timeframes: [date, raw] sql: ${TABLE}.created_at ;; }
      dimension: state { sql: CASE WHEN ${TABLE}.status = 'x' THEN ${id} END ;; }
      measure: total { type: sum sql: ${TABLE}.amount ;; filters: [state: "x"] }
      measure: count { type: count }
    }
    """
EXPLORE = """\
    explore: orders {
      label: "Orders"
      sql_always_where: ${orders.created_date} > '2020-01-01' ;;
      join: buyers { from: users sql_on: ${orders.user_id} = ${buyers.id} ;; }
    }
    """
USERS = (
    "view: users { sql_table_name: shop.users ;; dimension: id {} dimension: name { sql: ${TABLE}.name ;; } }"
)


def test_fields_of_a_view() -> None:
    """A dimension without SQL is the column of its name, a group stands for its column, a filter reads its field."""
    found = read(kind("lookml"), "o.lkml", {"o.lkml": ORDERS})
    assert names(found) == ["view orders"]
    assert queries(found) == [
        "SELECT orders_.id FROM shop.orders AS orders_",
        "SELECT orders_.created_at FROM shop.orders AS orders_",
        "SELECT CASE WHEN orders_.status = 'x' THEN (orders_.id) END FROM shop.orders AS orders_",
        "SELECT orders_.amount, (CASE WHEN orders_.status = 'x' THEN (orders_.id) END) FROM shop.orders AS orders_",
    ]
    assert [query.lines[1] for query in found[0].queries] == [3, 4, 5, 6]


def test_an_explore_in_another_file() -> None:
    """It reads its views by the names that it gives them, and its conditions; its views are told as it and no more."""
    found = read(kind("lookml"), "o.lkml", {"o.lkml": ORDERS, "u.lkml": USERS, "m.lkml": EXPLORE})
    assert names(found) == ["explore Orders"]
    assert (found[0].path, found[0].line) == ("m.lkml", 1)
    where, join, view = found[0].queries
    assert where.sql.split("\n")[1] == "((orders_.created_at) > '2020-01-01')"
    assert (where.path, where.lines[1]) == ("m.lkml", 3)
    assert " ".join(join.sql.split()) == (
        "SELECT (unknown_orders_user_id = (buyers_.id)) FROM shop.users AS buyers_"
    )
    assert [hole.name for hole in join.holes] == ["orders.user_id"]
    assert view.path == "o.lkml"
    assert view.sql.split("\n")[1:4] == ["orders_.id,", "orders_.created_at,", "orders_.status,"]
    assert view.lines[1:4] == (3, 4, 5)


def test_a_join_that_is_a_clause() -> None:
    """What Looker puts in as it is names fields of views, and relations of its own."""
    explore = """\
        explore: orders {
          join: lines { sql: LEFT JOIN UNNEST(${orders.state}) as lines ;; }
          join: rates { sql: left join fx.rates as r on r.day = ${orders.created_date} ;; }
        }
        """
    found = read(kind("lookml"), "o.lkml", {"o.lkml": ORDERS, "m.lkml": explore})
    lines, rates, table, _ = [" ".join(query.sql.split()) for query in found[0].queries]
    assert (
        lines == "SELECT (CASE WHEN orders_.status = 'x' THEN (orders_.id) END) FROM shop.orders AS orders_"
    )
    assert rates == "SELECT (orders_.created_at) FROM shop.orders AS orders_"
    assert table == "SELECT 1 FROM fx.rates AS read_"
    assert [query.lines[0] for query in found[0].queries[:3]] == [2, 3, 3]


def test_extensions_and_refinements() -> None:
    """A view that extends another reads its relation; a refinement in another file adds to it and keeps what it does not say."""
    files = {
        "o.lkml": ORDERS,
        "more.lkml": 'view: +orders { dimension: id { label: "Key" } dimension: tax { sql: ${TABLE}.tax ;; } }',
        "big.lkml": "view: big_orders { extends: [orders] dimension: size { sql: ${TABLE}.size ;; } }",
    }
    found = read(kind("lookml"), "o.lkml", files)
    assert names(found) == ["view orders", "view big_orders"]
    assert "SELECT orders_.tax FROM shop.orders AS orders_" in queries(found)
    assert "SELECT orders_.id FROM shop.orders AS orders_" in queries(found)
    assert "SELECT big_orders_.size FROM shop.orders AS big_orders_" in queries(found)
    assert {query.path for query in found[1].queries} == {"o.lkml", "more.lkml", "big.lkml"}


def test_derived_tables() -> None:
    """The query of a derived table is read once, with the columns that fields take of it; it may name another view's table."""
    files = {
        "o.lkml": ORDERS,
        "d.lkml": """\
            view: days {
              derived_table: {
                sql:
                  SELECT day, sum(amount) AS total
                  FROM ${orders.SQL_TABLE_NAME}
                  WHERE {% condition day %} day {% endcondition %} ;;
              }
              dimension: day {}
              measure: total { sql: round(${TABLE}.total) ;; }
            }
            """,
    }
    (days,) = [reader for reader in read(kind("lookml"), "o.lkml", files) if reader.name == "days"]
    (query,) = days.queries
    assert " ".join(query.sql.split()) == (
        "SELECT days_.day, days_.total FROM ( SELECT day, sum(amount) AS total FROM shop.orders "
        "WHERE (( day ) IS NOT NULL) ) AS days_"
    )
    where = next(at for at, line in enumerate(query.sql.split("\n")) if "WHERE" in line)
    assert query.lines[where] == 6


def test_a_dashboard_in_lookml() -> None:
    """A tile reads the fields that it shows and filters by, at its own lines."""
    dashboard = """\
        - dashboard: sales
          title: Sales
          elements:
          - title: Revenue
            explore: orders
            fields: [orders.created_date,
              orders.total]
            filters:
              orders.state: x
          - title: Other
            explore: others
            fields: [others.x]
        """
    found = read(
        kind("lookml"),
        "o.lkml",
        {"o.lkml": ORDERS, "m.lkml": "explore: orders {}", "s.dashboard.lookml": dashboard},
    )
    assert names(found) == ["explore orders", "tile Sales › Revenue"]
    (query,) = found[1].queries
    assert found[1].path == "s.dashboard.lookml"
    assert query.sql.split("\n")[1:3] == ["(orders_.created_at),", "(orders_.amount),"]
    assert query.lines[1:3] == (6, 7)


def test_names_with_unknown_parts() -> None:
    """A constant of the manifest is put in; a schema that nobody knows agrees with any; a name that is all unknown reads nothing."""
    files = {
        "manifest.lkml": 'constant: schema { value: "shop" }',
        "a.lkml": "view: a { sql_table_name: @{schema}.orders ;; dimension: x {} }",
        "b.lkml": "view: b { sql_table_name: `{{ _user_attributes['d'] }}.orders` ;; dimension: x {} }",
        "c.lkml": "view: c { sql_table_name: {% parameter t %} ;; dimension: x {} }",
    }
    assert queries(read(kind("lookml"), "a.lkml", files)) == ["SELECT a_.x FROM shop.orders AS a_"]
    assert queries(read(kind("lookml"), "b.lkml", files)) == ["SELECT b_.x FROM __ph_schema__.orders AS b_"]
    assert queries(read(kind("lookml"), "c.lkml", files)) == []


def test_a_field_that_is_in_a_circle() -> None:
    """Fields that mean each other end in a hole."""
    view = "view: a { sql_table_name: s.t ;; dimension: x { sql: ${y} + ${TABLE}.z ;; } dimension: y { sql: ${x} ;; } }"
    found = read(kind("lookml"), "a.lkml", {"a.lkml": view})
    assert all(query.holes for query in found[0].queries)
    assert len(found[0].queries[0].sql) < 200


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("view: a { dimension: b { sql: ${TABLE}.c", "not closed"),
        ('view: a { label: "b', "not closed"),
        ("view: a {}\n}\nview: b {}", "what follows line 2"),
        ("view: a { dimension: }", "Unable to find"),
        ("view: a { label: 1 label: 2 }", "already exists"),
        ("a: {" * 60_000, "nested too deeply"),
        ("# x\n" * 500_000, "longer than"),
    ],
)
def test_what_is_no_lookml(text: str, reason: str) -> None:
    """It is refused with a reason, whatever its size and depth."""
    with pytest.raises(UnreadableReaderError, match=reason):
        blocks(text)


@pytest.mark.parametrize(
    "text", ["view: a { ; }", "view: a { sql: 1 ;;; }", "view: a { html: <p style='x: y;'> ;; }"]
)
def test_a_semicolon_alone(text: str) -> None:
    """It does not keep the parser for ever."""
    assert [block.name for block in blocks(text)] == ["a"]


def test_from_the_change_to_the_report(tmp_path: Path) -> None:
    """An explore breaks at the line of the field in the view's file; the one that the pull request mends is silent."""
    repository = Project(tmp_path / "repository").start()
    sql = "create view shop.{} as select id, {} created_at, status from shop.raw;\n"
    base = {
        "contract-gate.toml": 'dialect = "postgres"\n',
        "orders.sql": sql.format("orders", "amount,"),
        "users.sql": "create view shop.users as select id, name from shop.raw_users;\n",
        "looker/o.view.lkml": ORDERS, "looker/m.model.lkml": EXPLORE, "looker/u.view.lkml": USERS,
        "looker/p.view.lkml": ORDERS.replace("view: orders", "view: peace"),
    }  # fmt: skip
    mended = ORDERS.replace("view: orders", "view: peace").replace("${TABLE}.amount", "0")
    repository.commit(base)
    repository.pull_request({"orders.sql": sql.format("orders", ""), "looker/p.view.lkml": mended})
    (impact,) = repository.check("--offline", "--no-witness").report["impacts"]
    assert (impact["consumer"]["kind"], impact["consumer"]["name"]) == ("explore", "Orders")
    assert (impact["effect"], impact["certainty"]) == ("breaks", "proven")
    assert impact["location"] == impact["location"] | {"path": "looker/o.view.lkml", "line": 6}
