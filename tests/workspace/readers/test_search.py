"""Which texts hold a word: one by one and by an index, the same."""

import pytest

from contract_gate.workspace.readers.search import WordSearch

TEXTS = {
    b"select a from shop.orders": True,
    b"select a from shop.all_orders": False,
    b"orders_old": False,
    b"\xc3\xbcorders": False,
    b'{"q": "select a\\norders"}': True,
    b'{"q": "\\u0020orders"}': True,
    b"orders": True,
    b"reorders and orders.": True,
    b"": False,
}


@pytest.mark.parametrize("others", [0, 40])
def test_a_whole_word(others: int) -> None:
    """A part of a longer word is none; an escape of a string before it is no part of it, however many words are asked for."""
    search = WordSearch()
    texts = {str(number): text for number, text in enumerate(TEXTS)}
    held = {path: (path, "") for path in texts}
    for path, text in texts.items():
        search.add(held[path], text)
    for number in range(others):
        assert search.holding(held, [f"other{number}".encode()]) == []
    assert {texts[path] for path in search.holding(held, [b"orders"])} == {
        text for text, holds in TEXTS.items() if holds
    }
    assert search.holding(held, [b"orders", b"shop"]) == ["0"]


@pytest.mark.parametrize("others", [0, 40])
def test_the_other_side_has_texts_of_its_own(others: int) -> None:
    """A text that only one side has is not found for the other, though both look in one search."""
    search = WordSearch()
    search.add(("a", "base"), b"orders")
    search.add(("a", "head"), b"customers")
    for number in range(others):
        search.holding({}, [f"other{number}".encode()])
    assert search.holding({"a": ("a", "base")}, [b"orders"]) == ["a"]
    assert search.holding({"a": ("a", "head")}, [b"orders"]) == []


def test_more_than_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of texts for which there is no room the words are kept."""
    monkeypatch.setattr("contract_gate.workspace.readers.search._MOST_BYTES", 10)
    search = WordSearch()
    search.add(("a", ""), b"orders")
    search.add(("b", ""), b"some orders more")
    held = {"a": ("a", ""), "b": ("b", "")}
    assert search.holding(held, [b"orders"]) == ["a", "b"]
    assert search.holding(held, [b"more"]) == ["b"]
