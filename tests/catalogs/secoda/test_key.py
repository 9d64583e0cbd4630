"""The key is cleaned once and never shown."""

import pickle
import traceback

import pytest

from contract_gate.catalogs.secoda.key import ApiKey
from contract_gate.core.errors import UsageError


@pytest.mark.parametrize(
    "pasted", ["abc123", ' "abc123" ', "'Bearer abc123'", "bearer abc123\n", 'Bearer "abc123"', "`abc123`"]
)
def test_pasted_forms(pasted: str) -> None:
    """Quotes, white space and a pasted Bearer are stripped."""
    assert ApiKey(pasted).header() == "Bearer abc123"


@pytest.mark.parametrize("pasted", ["", "  ", "Bearer ", "abc\n123", "abc 123", "abc\x00", "schlüssel"])
def test_impossible_keys(pasted: str) -> None:
    """What can't be a header is refused before an HTTP library quotes it, and is not repeated."""
    with pytest.raises(UsageError) as caught:
        ApiKey(pasted)
    shown = "".join(traceback.format_exception(caught.value)) + str(caught.value.hint)
    assert "schlüssel" not in shown
    assert "abc" not in str(caught.value)


def test_key_is_not_shown() -> None:
    """Neither str nor repr nor a pickle holds the key."""
    key = ApiKey("abc123")
    assert "abc123" not in f"{key!r} {key} {[key]} {vars(ApiKey)}"
    with pytest.raises(TypeError):
        pickle.dumps(key)


@pytest.mark.parametrize(
    "text", ["x a/b+c= y", "q=a%2Fb%2Bc%3D", "Authorization: Bearer other", "bearer a/b+c="]
)
def test_redaction(text: str) -> None:
    """The key is masked plain and percent-encoded, and so is what follows Bearer."""
    redacted = ApiKey("a/b+c=").redact(text)
    assert "***" in redacted
    assert "a/b+c=" not in redacted
    assert "other" not in redacted
