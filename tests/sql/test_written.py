"""Queries that are written alike: which have one number, and with it one digest."""

import pytest

from contract_gate.core.relation import Column, RelationName
from contract_gate.sql.algebra import Query, Shape
from contract_gate.sql.bind import bind_script
from contract_gate.sql.canonical.naming import Digest, SourceDetail
from contract_gate.sql.canonical.substitute import References
from contract_gate.sql.canonical.written import KnownDigests, Writings

QUERY = "select x.a, (select max(y.b) from t y where y.a = x.a) as m from (select a, b from t where b > 1) x"


def _queries(*texts: str, type_of_b: str = "INT") -> list[Query]:
    columns = Column(name="a", type="INT"), Column(name="b", type=type_of_b)

    def lookup(name: RelationName) -> Shape:
        return Shape(name=name, columns=columns, closed=True)

    found = [s.query for s in bind_script(";\n".join(texts), "duckdb", lookup).statements]
    assert None not in found
    return [query for query in found if query is not None]


def _numbers(known: KnownDigests, *queries: Query) -> list[int]:
    return [Writings(known, References()).of(query) for query in queries]


def test_numbers_of_sources_and_names_of_subqueries_do_not_matter() -> None:
    """Two statements of one text number their sources differently, and are written alike."""
    one, other = _numbers(KnownDigests(), *_queries(QUERY, QUERY.replace(" x", " q").replace("= x.", "= q.")))
    assert one == other


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("b > 1", "b > 2"),
        ("b > 1", "b >= 1"),
        ("b > 1", "a > 1"),
        ("as m", "as n"),
        ("y.a = x.a", "y.a = y.a"),
        ("max", "min"),
        ("from t y", "from u y"),
        ("select x.a", "select distinct x.a"),
        ("where b > 1", "where b > 1 limit 3"),
        ("from t where b > 1", "from t left join t z on t.a = z.b where t.b > 1"),
        ("from t where b > 1", "from t where b > 1 union all select a, b from t"),
        ("from t where b > 1", "from t where b > 1 union select a, b from t"),
    ],
)
def test_what_else_differs_is_told(text: str, instead: str) -> None:
    """Any other operator, column, name, table or join is another number."""
    qualified = "select t.a, t.b" if " z " in instead else "select a, b"
    edited = QUERY.replace(text, instead).replace("select a, b", qualified, 1)
    one, other = _numbers(KnownDigests(), *_queries(QUERY, edited))
    assert one != other


def test_what_is_known_of_a_table_is_told() -> None:
    """Whole numbers are compared otherwise than others, so the types of columns belong to how a query is written."""
    known = KnownDigests()
    one, other = _numbers(known, *_queries(QUERY), *_queries(QUERY, type_of_b="DOUBLE"))
    assert one != other


@pytest.mark.parametrize("volatile", ["random()", "(select max(random()) from t)"])
def test_a_draw_is_like_no_other(volatile: str) -> None:
    """Two queries that draw values draw two, however alike they are written."""
    text = f"select a, {volatile} as r from t"
    one, other = _numbers(KnownDigests(), *_queries(text, text))
    assert one != other


def test_recursion_is_like_no_other() -> None:
    """What reads itself is named by how deep it stands, so it is never taken for another."""
    text = "with recursive r as (select 1 as n union all select n + 1 from r where n < 9) select n from r"
    one, other = _numbers(KnownDigests(), *_queries(text, text))
    assert one != other


def test_a_digest_is_kept_by_dialect_and_detail() -> None:
    """What is one query in two engines has two digests."""
    known = KnownDigests()
    digest = Digest("rows", ("a",))
    known.keep(1, "duckdb", SourceDetail.EXACT, digest)
    assert known.get(1, "duckdb", SourceDetail.EXACT) == digest
    assert known.get(1, "sqlite", SourceDetail.EXACT) is None
    assert known.get(1, "duckdb", SourceDetail.BLIND) is None
    assert known.get(2, "duckdb", SourceDetail.EXACT) is None


def test_what_was_forgotten_is_never_met_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers are not given twice: a digest that is kept late is no other query's."""
    monkeypatch.setattr("contract_gate.sql.canonical.written._MOST", 1)
    known = KnownDigests()
    first, second = _numbers(known, *_queries(QUERY, QUERY.replace("b > 1", "b > 2")))
    known.keep(first, "duckdb", SourceDetail.EXACT, Digest("rows", ()))
    again, new = _numbers(known, *_queries(QUERY, QUERY.replace("b > 1", "b > 3")))
    assert len({first, second, again, new}) == 4
