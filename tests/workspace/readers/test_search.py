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
    keys = {(str(number), ""): text for number, text in enumerate(TEXTS)}
    for key, text in keys.items():
        search.add(key, text)
    for number in range(others):
        assert search.holding(keys, [f"other{number}".encode()]) == []
    assert [keys[key] for key in search.holding(keys, [b"orders"])] == [
        text for text, holds in TEXTS.items() if holds
    ]
    assert [keys[key] for key in search.holding(keys, [b"orders", b"shop"])] == [b"select a from shop.orders"]


def test_more_than_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of texts for which there is no room the words are kept."""
    monkeypatch.setattr("contract_gate.workspace.readers.search._MOST_BYTES", 10)
    search = WordSearch()
    search.add(("a", ""), b"orders")
    search.add(("b", ""), b"some orders more")
    assert search.holding([("a", ""), ("b", "")], [b"orders"]) == [("a", ""), ("b", "")]
