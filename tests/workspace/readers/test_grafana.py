"""Grafana: where SQL stands in a dashboard, and what its macros do to columns."""

import json

import pytest

from contract_gate.workspace.readers.grafana import in_sql
from contract_gate.workspace.readers.kinds import kind
from contract_gate.workspace.readers.values import UnreadableReaderError
from tests.workspace.readers.reading import names, queries, read


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("WHERE $__timeFilter(at)", "WHERE ((at) IS NOT NULL)"),
        ("WHERE $__timeFilter(date(at, 'x'))", "WHERE ((date(at, 'x')) IS NOT NULL)"),
        ("WHERE $__dateTimeFilter(d, t)", "WHERE ((d) IS NOT NULL AND (t) IS NOT NULL)"),
        ("SELECT $__timeGroup(at, '5m', 0)", "SELECT (at)"),
        ("SELECT $__timeGroupAlias(at, $__interval)", "SELECT at AS time"),
        ("SELECT $__time(at)", "SELECT at AS time"),
        ("at > $__timeFrom() AND $__unixEpochFilter(at)", "at > NULL AND ((at) IS NOT NULL)"),
        ("region IN ($region)", "region IN (${region})"),
        ("region IN (${region:sqlstring}, [[other]])", "region IN (${region}, ${other})"),
        ("WHERE $__timeFilter(at", "WHERE ((at) IS NOT NULL)"),
        ("WHERE id = $1", "WHERE id = $1"),
    ],
)
def test_macros(text: str, sql: str) -> None:
    """A macro reads the columns that it names; a variable is a placeholder."""
    assert in_sql(text) == sql


def dashboard(**more: object) -> str:
    return json.dumps({"title": "Shop", **more}, indent=1)


def panel(
    sql: str, title: str = "Revenue", key: str = "rawSql", source: object = "postgres"
) -> dict[str, object]:
    return {"title": title, "datasource": {"type": source}, "targets": [{key: sql, "rawQuery": True}]}


def test_panels_of_any_schema() -> None:
    """Panels in rows, in panels, in the newer elements and in an export of the API; two queries of a panel are one reader."""
    one = panel("select a from s.t")
    two = {
        **panel("select b from s.t", "Two"),
        "targets": [{"rawSql": "select b from s.t"}, {"rawSql": "select c from s.t"}],
    }
    new = {
        "kind": "Panel",
        "spec": {"title": "New", "data": {"kind": "QueryGroup", "spec": {"rawSql": "select d from s.t"}}},
    }
    text = json.dumps(
        {
            "dashboard": {
                "title": "Shop",
                "rows": [{"panels": [one]}],
                "panels": [{"panels": [two]}],
                "elements": {"p": new},
            }
        }
    )
    found = read(kind("grafana"), "d.json", {"d.json": text})
    assert names(found) == ["panel Shop › Revenue", "panel Shop › Two", "panel Shop › New"]
    assert queries(found) == [f"select {column} from s.t" for column in "abcd"]


def test_variables_and_annotations() -> None:
    """They are named as what they are."""
    text = dashboard(
        panels=[],
        templating={
            "list": [
                {"name": "region", "type": "query", "datasource": "postgres", "query": "select a from s.t"}
            ]
        },
        annotations={"list": [{"name": "Deploys", "rawQuery": "select b from s.t"}]},
    )
    found = read(kind("grafana"), "d.json", {"d.json": text})
    assert names(found) == ["variable Shop › region", "annotation Shop › Deploys"]


def test_the_dialect_of_the_data_source() -> None:
    """The type of the data source says it; an unknown one leaves the repository's."""
    sources = {
        "grafana-bigquery-datasource": "bigquery",
        "mssql": "tsql",
        "vertamedia-clickhouse-datasource": "clickhouse",
        "x": None,
    }
    for source, dialect in sources.items():
        text = dashboard(panels=[panel("select 1 from t", source=source)])
        assert read(kind("grafana"), "d.json", {"d.json": text})[0].dialect == dialect


@pytest.mark.parametrize(
    "text",
    [
        dashboard(panels=[panel("SELECT mean(x) FROM cpu", key="query", source="influxdb")]),
        dashboard(panels=[panel("up{job='x'}")]),
        json.dumps({"rawSql": "select a from s.t", "title": "no dashboard"}),
        json.dumps([{"rawSql": "select a from s.t"}]),
        '"rawSql"',
    ],
)
def test_what_is_no_dashboard_in_sql(text: str) -> None:
    """Other languages and other documents have no reader here."""
    assert read(kind("grafana"), "d.json", {"d.json": text}) == ()


@pytest.mark.parametrize("text", ['{"rawSql": ', "[" * 100_000, '{"title": "a", "panels": ' * 5_000])
def test_hostile_files(text: str) -> None:
    """A broken or deeply nested document is refused."""
    with pytest.raises(UnreadableReaderError):
        read(kind("grafana"), "d.json", {"d.json": text})


def test_lines() -> None:
    """A query stands where its text does, all of it on one line of the file."""
    text = dashboard(panels=[panel("select a\nfrom s.t")])
    (found,) = read(kind("grafana"), "d.json", {"d.json": text})
    line = next(at for at, row in enumerate(text.split("\n"), 1) if "rawSql" in row)
    assert found.queries[0].lines == (line, line)
