"""Paging, and the ways in which it goes wrong."""

import pytest


def test_pages_hold_every_row_once(call, shop):
    """Walking over meta.next_page gives every entity exactly once."""
    opened, page, ids = call("page_size=7"), 1, []
    while page is not None:
        answer = opened.get("resource/catalog/", page=page).json()
        assert answer["meta"]["page"] == page
        assert answer["meta"]["previous_page"] == (page - 1 or None)
        ids += [row["id"] for row in answer["results"]]
        page = answer["meta"]["next_page"]
    assert sorted(ids) == sorted(shop.entities)
    assert answer["count"] == answer["meta"]["count"] == len(ids)
    assert answer["total_pages"] == -(-len(ids) // 7)


def test_the_page_size_parameter(call):
    """`page_size` is obeyed, unless the switch says that it is not."""
    assert len(call().rows("resource/catalog/", page_size=3)) == 3
    assert len(call("page_size_parameter=off").rows("resource/catalog/", page_size=3)) == 50


@pytest.mark.parametrize("page", ["99", "0", "x"])
def test_a_page_that_is_not_there(call, page):
    """A page past the end gets 404."""
    assert call().get("resource/catalog/", page=page).status_code == 404


def test_a_page_past_the_end_can_be_empty(call):
    """With the switch, a page past the end has no rows and no next page."""
    answer = call("past_end=empty").get("resource/catalog/", page=99).json()
    assert (answer["results"], answer["meta"]["next_page"]) == ([], None)


def test_the_last_page_can_repeat_for_ever(call):
    """With endless pages there is always a next one, with the rows of the last."""
    opened = call("endless_pages=on", "page_size=50")
    pages = [opened.get("table/tables/", page=page).json() for page in (1, 2, 3)]
    assert pages[0]["results"] == pages[1]["results"] == pages[2]["results"]
    assert [page["meta"]["next_page"] for page in pages] == [2, 3, 4]


def test_the_count_can_have_timed_out(call):
    """The sentinel stands for the count while the rows and the next page are right."""
    answer = call("count_sentinel=on").get("table/tables/").json()
    assert (answer["count"], answer["meta"]["count"]) == (999_999, 999_999)
    assert (len(answer["results"]), answer["meta"]["next_page"]) == (10, None)


@pytest.mark.parametrize(("word", "null"), [("null", None), ("empty", ""), ("None", "None")])
def test_nulls_are_written_as_the_switch_says(call, word, null):
    """`null`, an empty text and the text None all stand for nothing, in pages and in rows."""
    answer = call(f"nulls={word}").get("table/tables/", title="order_items").json()
    assert answer["links"]["next"] == answer["meta"]["previous_page"] == null
    assert answer["results"][0]["description"] == null


@pytest.mark.parametrize(
    ("switch", "start"),
    [
        ("right", "http://emulator/api/v1/table/tables/?"),
        ("without-prefix", "http://emulator/table/tables/?"),
        ("other-host", "https://pages.elsewhere.invalid/api/v1/table/tables/?"),
    ],
)
def test_the_next_link(call, switch, start):
    """`links.next` keeps the query, and lacks the prefix or names another host as the switch says."""
    answer = call(f"next_link={switch}", "page_size=4").get("table/tables/", integration_id="", page=2).json()
    assert answer["links"]["next"].startswith(start)
    assert "page=3" in answer["links"]["next"]
    assert "page=1" in answer["links"]["previous"]


@pytest.mark.parametrize("pages", ["404", "empty", "repeated", "others"])
def test_later_pages_can_be_lost(call, pages):
    """Each switch makes every page after the first what it says, though the first promises a next one."""
    opened = call("page_size=2", f"later_pages={pages}")
    first = opened.get("resource/catalog/").json()
    reply = opened.get("resource/catalog/", page=2)
    assert first["meta"]["next_page"] == 2
    if pages == "404":
        assert reply.status_code == 404
        return
    rows, ids = reply.json()["results"], {row["id"] for row in first["results"]}
    assert {row["id"] for row in rows} == {"empty": set(), "repeated": ids}.get(
        pages, {r["id"] for r in rows}
    )
    assert pages != "others" or not ids & {row["id"] for row in rows}
