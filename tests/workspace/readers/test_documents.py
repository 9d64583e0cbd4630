"""SQL in YAML, JSON and pages: under which keys and in which blocks it counts, and where it stands."""

import json

import pytest

from contract_gate.workspace.readers.kinds import kind
from contract_gate.workspace.readers.values import FileReader, ReaderKind, UnreadableReaderError
from tests.memory import MemoryFiles


def read(kind: ReaderKind, path: str, text: str, *beside: str) -> tuple[FileReader, ...]:
    return kind.read(path, text, MemoryFiles({path: text, **dict.fromkeys(beside, "")}))


def told(readers: tuple[FileReader, ...]) -> list[tuple[str, tuple[int, ...]]]:
    return [(" ".join(query.sql.split()), query.lines) for reader in readers for query in reader.queries]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a:\n  sql: select a from s.t", (2,)),
        ("a:\n  sql: |\n    select a\n    from s.t", (3, 4)),
        ("a:\n  sql: >-\n    select a\n    from s.t", (3,)),
        ("a: [x, 'select a from s.t']", (1,)),
        ("---\nb: 1\n---\nq: select a from s.t", (4,)),
        ("steps:\n- run: |\n    set -e\n    bq query 'select a from s.t'", (4,)),
        ("a: &q select a from s.t\nb: *q", (1,)),
        ("version: 2\nmodels:\n- name: x\n  meta:\n    check: select a from s.t", (5,)),
    ],
)
def test_yaml(text: str, lines: tuple[int, ...]) -> None:
    """Any key that holds a query, and command lines; of dbt's declarations what is below `meta`. An alias is read once."""
    assert told(read(kind("keys"), "a.yml", text)) == [("select a from s.t", lines)]


@pytest.mark.parametrize(
    "text",
    [
        "description: select a from s.t",
        "a: select the best from these",
        "version: 2\nmodels:\n- name: x\n  tests:\n  - q: select a from s.t",
        "version: 2\nmodels:\n- name: x\n  tests:\n  - t: {query: \"select a from {{ ref('t') }}\"}",
        "run: echo 'select a from s.t'",
        "",
    ],
)
def test_what_is_no_query_in_yaml(text: str) -> None:
    """Prose, and what dbt reads itself; what only looks like a query names no relation of the repository."""
    readers = read(kind("keys"), "a.yml", text)
    assert all(not query.is_sql for reader in readers for query in reader.queries)


def test_hooks_of_a_project_are_dbts() -> None:
    """What a project's file runs is read with its models."""
    assert read(kind("keys"), "dbt_project.yml", "on-run-end: insert into log select a from s.t") == ()


def test_json() -> None:
    """A text in JSON is at the line of its string."""
    text = json.dumps({"a": {"description": "select a from s.t", "query": "select a\nfrom s.t"}}, indent=1)
    assert told(read(kind("keys"), "a.json", text)) == [("select a from s.t", (4, 4))]


@pytest.mark.parametrize(
    ("metadata", "readers"),
    [('"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json"', 0), ('"version": 12', 1)],
)
def test_what_dbt_writes_of_its_models(metadata: str, readers: int) -> None:
    """A manifest that is committed holds the models' own SQL, whose reader is the model."""
    text = f'{{"metadata": {{{metadata}}}, "nodes": {{"model.a": {{"compiled_code": "select a from s.t"}}}}}}'
    assert len(read(kind("keys"), "docs/manifest.json", text)) == readers


@pytest.mark.parametrize(("path", "text"), [("a.yml", "a: [\nb"), ("a.json", "{")])
def test_documents_that_are_none(path: str, text: str) -> None:
    """What can't be read is said."""
    with pytest.raises(UnreadableReaderError):
        read(kind("keys"), path, text)


SODA = """\
filter orders [daily]:
  where: day > 1
checks for shop.orders:
  - row_count > 0
  - missing_count(amount) = 0:
      name: no holes
  - duplicate_count(id, day) = 0
  - schema:
      fail:
        when required column missing: [id, day]
        when wrong column type:
          amount: int
  - values in (customer) must exist in customers (id)
  - failed rows:
      fail condition: amount < 0
  - failed rows:
      fail query: |
        select id
        from shop.orders
"""


def test_soda() -> None:
    """Each measure, reference, schema and condition reads its columns; the rest reads the dataset."""
    daily, orders = read(kind("soda"), "checks.yml", SODA)
    assert (daily.name, orders.noun, orders.line) == ("filter orders [daily] (checks.yml)", "check", 4)
    assert told((daily,)) == [
        ("SELECT 1 FROM ${schema}.orders", (2,)),
        ("SELECT 1 FROM ${schema}.orders WHERE day > 1", (2,)),
    ]
    assert told((orders,)) == [
        ("SELECT 1 FROM shop.orders", (4,)),
        ("SELECT amount FROM shop.orders", (5,)),
        ("SELECT id, day FROM shop.orders", (7,)),
        ("SELECT id, day FROM shop.orders", (10,)),
        ("SELECT amount FROM shop.orders", (12,)),
        ("SELECT customer FROM shop.orders", (13,)),
        ("SELECT id FROM ${schema}.customers", (13,)),
        ("SELECT 1 FROM shop.orders WHERE amount < 0", (15,)),
        ("select id from shop.orders", (18, 19)),
    ]


EVIDENCE = """\
---
title: Orders
---
```sql orders
select a -- all
from s.t
```
```top
select a from ${orders}
```
```js
select(a, from, x)
```
"""


def test_evidence() -> None:
    """A page of Evidence is read by its title; a query that reads another holds it."""
    (page,) = read(kind("pages"), "reports/pages/o.md", EVIDENCE, "reports/evidence.config.yaml")
    assert (page.noun, page.name) == ("page", "Orders (reports/pages/o.md)")
    assert told((page,)) == [
        ("select a -- all from s.t", (5, 6)),
        ("select a from (select a from s.t)", (9,)),
    ]


def test_markdown_that_is_prose() -> None:
    """Without Evidence a page is documentation."""
    assert read(kind("pages"), "docs/pages/o.md", EVIDENCE) == ()


PAGE = """\
```{r}
orders <- dbGetQuery(con, "select a from s.t")
```
```{sql, connection=con}
select a from s.t
```
```{python}
q = "select a from s.t"
```
```sql
select shown from s.t
```
"""


def test_r_markdown() -> None:
    """Chunks that run are read in their language; a block without braces is only shown."""
    assert told(read(kind("pages"), "a.Rmd", PAGE)) == [("select a from s.t", (line,)) for line in (2, 5, 8)]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["select a,", "  b", "from s.t"], ["select a, b from s.t"]),
        (["SELECT", "a", "FROM s.t\n", "WHERE c"], ["SELECT a FROM s.t WHERE c"]),
        (["select a from s.t", "where b", "order by c"], ["select a from s.t where b order by c"]),
        (["select a from s.t", "select b from s.u"], ["select a from s.t", "select b from s.u"]),
        (["select a from s.t", "vacuum s.t"], ["select a from s.t"]),
        (["select a from s.t"], ["select a from s.t"]),
        (["select one,", "and the other"], []),
    ],
)
@pytest.mark.parametrize("path", ["a.json", "a.yml"])
def test_a_list_of_lines(path: str, lines: list[str], expected: list[str]) -> None:
    """The lines of one query are one, each at its own line of the file; whole queries stay apart."""
    text = json.dumps({"sql": lines}, indent=1)
    found = read(kind("keys"), path, text)
    queries = [query for reader in found for query in reader.queries]
    assert [" ".join(query.sql.split()) for query in queries] == expected
    if len(expected) == 1:
        assert (
            queries[0].lines[: len(lines)]
            == tuple(range(3, 3 + queries[0].sql.count("\n") + 1))[: len(lines)]
        )
