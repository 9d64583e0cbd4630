"""One answer of a catalog, as lines and as JSON."""

import json

import pytest

from contract_gate.catalogs.catalog import (
    Ambiguous,
    Answer,
    Asset,
    Downstream,
    NotInCatalog,
    Reached,
    Unavailable,
    Way,
)
from contract_gate.catalogs.presentation import answer_to_json, answer_to_text, of_column
from contract_gate.core.coverage import CatalogState, CatalogStatus
from contract_gate.core.relation import RelationName

ORDERS = RelationName(("shop", "orders"))
TABLE = Asset(id="t1", kind="table", name="orders", title_full="shop.orders")
BOARD = Asset(
    id="d1", kind="dashboard", name="Revenue", owners=("dana@example.com", "sam@example.com"), usage=1200,
    url="https://bi.example.com/1", inside="Finance",
)  # fmt: skip
BARE = Asset(id="Plain", kind="chart", name="Plain")
STATE = CatalogState(name="secoda", status=CatalogStatus.PARTIAL, note="cut", as_of="2026-11-20")


def reached(asset: Asset = BOARD, column: str | None = "amount", **more: object) -> Reached:
    return Reached(asset=asset, **{"column": column, "table_level": False, **more})  # type: ignore[arg-type]


def known(*found: Reached, **more: object) -> Downstream:
    return Downstream(relation=ORDERS, as_asset=TABLE, reached=found, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("answer", "way", "lines"),
    [
        (
            known(
                reached(distance=2, via=("mart", "cube")),
                reached(column="id", distance=3),
                reached(column="id", distance=4, table_level=True),
                reached(column="day", distance=4, table_level=True),
                reached(column="other", distance=4, table_level=True, other_columns=True),
            ),
            Way.DOWNSTREAM,
            [
                "dashboard Revenue in Finance  reads amount, id  may read day  via mart, cube"
                "  owned by dana@example.com, sam@example.com  1,200 views  d1  https://bi.example.com/1"
            ],
        ),
        (
            known(reached(BARE), truncated="2 more", note="old"),
            Way.UPSTREAM,
            ["chart Plain  makes amount", "2 more", "old"],
        ),
        (known(reached(BARE, None, table_level=True)), Way.DOWNSTREAM, ["chart Plain"]),
        (
            known(unknown_columns=("a", "b")),
            Way.DOWNSTREAM,
            [
                "there is nobody who reads shop.orders, as far as is known",
                "unknown column: a",
                "unknown column: b",
            ],
        ),
        (known(), Way.UPSTREAM, ["there is nothing that is read by shop.orders, as far as is known"]),
        (NotInCatalog(relation=ORDERS, reason="not there"), Way.DOWNSTREAM, ["shop.orders: not there"]),
        (
            Ambiguous(relation=ORDERS, candidates=(TABLE, BARE), reason="two"),
            Way.DOWNSTREAM,
            ["shop.orders: two", "  shop.orders    t1", "  Plain    Plain"],
        ),
        (Unavailable(relation=ORDERS, reason="no answer"), Way.DOWNSTREAM, [""]),
    ],
)
def test_lines(answer: Answer, way: Way, lines: list[str]) -> None:
    """Each asset is a line, by its nearest way, with what surely and what perhaps leads to it, and what is not known."""
    assert answer_to_text(answer, way) == "\n".join(lines) + "\n"


def test_json() -> None:
    """Programs get each way to an asset, and the catalog's state."""
    found = json.loads(
        answer_to_json(known(reached(via=("mart",), distance=2, into=("x",)), truncated="cut"), STATE)
    )
    assert found["catalog"] == {"name": "secoda", "status": "partial", "as_of": "2026-11-20", "note": "cut"}
    assert (found["schema_version"], found["relation"], found["status"]) == (1, "shop.orders", "known")
    assert (found["asset"]["id"], found["truncated"], found["note"], found["unknown_columns"]) == (
        "t1",
        "cut",
        None,
        [],
    )
    assert found["reached"] == [
        {
            "asset": {
                "id": "d1", "kind": "dashboard", "name": "Revenue", "inside": "Finance", "url": BOARD.url,
                "owners": ["dana@example.com", "sam@example.com"], "usage": 1200, "integration": None,
            },
            "column": "amount", "table_level": False, "via": ["mart"], "distance": 2, "into": ["x"],
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (NotInCatalog(relation=ORDERS), "not-in-catalog"),
        (Ambiguous(relation=ORDERS, candidates=(TABLE,)), "ambiguous"),
        (Unavailable(relation=ORDERS, reason="no answer"), "unavailable"),
    ],
)
def test_json_of_what_is_not_known(answer: Answer, status: str) -> None:
    """What the catalog does not know has a status of its own, and a reason."""
    found = json.loads(answer_to_json(answer, STATE))
    assert (found["status"], "reached" in found) == (status, False)
    assert found["reason"]


def test_one_column() -> None:
    """Who surely reads the column and who may are left; who is known to read others is not."""
    of_other, of_rows = Asset(id="o", kind="chart", name="o"), Asset(id="r", kind="chart", name="r")
    answer = known(
        reached(),
        reached(of_other, "id"),
        reached(of_rows, None, table_level=True),
    )
    assert [one.asset.id for one in of_column(answer, "AMOUNT").reached] == ["d1", "r"]
