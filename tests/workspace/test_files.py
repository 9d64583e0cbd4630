"""Bytes of strangers' files, before anything reads them."""

import pytest

from contract_gate.workspace.files import unclosed


@pytest.mark.parametrize(
    ("opening", "closing"), [("/* ", "*/"), ("{# ", "#}"), ("{% ", "%}"), ("{{ ", "}}")], ids=["sql", "jinja", "tag", "value"]
)  # fmt: skip
def test_what_nothing_closes(opening: str, closing: str) -> None:
    """A file that opens comments or tags by the thousand and closes none is not read; one that closes them is, however many there are."""
    assert (
        unclosed((opening * 6_000).encode())
        == f"it has `{opening.strip()}` 6,000 times and nothing that closes it"
    )
    assert unclosed((closing + "select 1;" + opening * 6_000).encode()) is not None
    assert unclosed((opening * 6_000 + closing).encode()) is None
    assert unclosed(((opening + closing) * 6_000).encode()) is None
    assert unclosed(opening.encode() + b"x" * 20_000) is None
