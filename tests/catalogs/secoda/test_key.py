"""The key is cleaned once and never shown."""

import base64
import html
import json
import pickle
import traceback
from collections.abc import Callable
from urllib.parse import quote

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


LONG = "sk-7f3a+do/not&show=9c1e"
SPELLINGS: dict[str, Callable[[str], str]] = {
    "base64 of the key": lambda key: base64.b64encode(key.encode()).decode(),
    "base64 of the header": lambda key: base64.b64encode(f"Bearer {key}".encode()).decode(),
    "base64 for addresses, without padding": lambda key: (
        base64.urlsafe_b64encode(f"k={key}".encode()).decode().rstrip("=")
    ),
    "base64 in lines": lambda key: base64.encodebytes(f"authorization: Bearer {key * 3}".encode()).decode(),
    "hexadecimal": lambda key: key.encode().hex(),
    "hexadecimal behind a digit": lambda key: f"7{key.encode().hex()}",
    "hexadecimal between digits": lambda key: f"7{key.encode().hex()}a",
    "hexadecimal, bytes apart": lambda key: key.encode().hex(":").upper(),
    "numbers of bytes": lambda key: json.dumps({"type": "Buffer", "data": [*key.encode()]}),
    "entities": html.escape,
    "numbered entities": lambda key: "".join(f"&#{ord(each)};" for each in key),
    "hexadecimal entities": lambda key: "".join(f"&#x{ord(each):x};" for each in key),
    "entities of entities": lambda key: html.escape(html.escape(key)),
    "percent-encoded, in lower case": lambda key: quote(key, safe="").lower(),
    "percent-encoded throughout": lambda key: "".join(f"%{ord(each):02X}" for each in key),
    "escapes of JSON": lambda key: "".join(f"\\u{ord(each):04x}" for each in key),
    "escapes of Python": lambda key: "".join(f"\\x{ord(each):02x}" for each in key),
    "a JSON text in a JSON text": lambda key: json.dumps(json.dumps(key.replace("/", "\\/"))),
    "upper case": str.upper,
    "broken by lines": lambda key: "\n".join((key[:9], key[9:])),
    "broken by what does not show": lambda key: "\u200b".join(key),
    "two bytes a character": lambda key: key.encode("utf-16-le").decode("latin-1"),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_another_spelling_is_masked_whole(spelling: str) -> None:
    """An error that has the key in another way of writing shows nothing of it."""
    text = f"no such header: {SPELLINGS[spelling](LONG)} (400)"
    assert ApiKey(LONG).redact(text) == "***"


def test_what_only_looks_encoded_is_shown() -> None:
    """Identifiers, hashes and escapes that are not the key stay in an error."""
    text = (
        f"no row {'ab12' * 10}, {base64.b64encode(b'something else').decode()} &amp; \\u0041 %2F {LONG[:-3]}"
    )
    assert ApiKey(LONG).redact(text) == text


def test_half_a_key_is_not_left_at_the_end_of_a_long_text() -> None:
    """A long text is masked before it is cut."""
    assert "sk-7" not in ApiKey(LONG).redact("x" * 19_990 + LONG)


def test_a_reply_that_echoes_the_key() -> None:
    """Texts and names within a reply have the key masked, plain and escaped; another reply is handed on as it is."""
    key = ApiKey(LONG)
    echo = {"title": f"of {LONG}", LONG: [LONG, 1, None, {"a": "b"}]}
    assert key.without(echo, json.dumps(echo).encode()) == {
        "title": "of ***",
        "***": ["***", 1, None, {"a": "b"}],
    }
    escaped = "".join(f"\\u{ord(each):04x}" for each in LONG).encode()
    assert key.without([LONG], b'["' + escaped + b'"]') == ["***"]
    other = {"title": "of somebody"}
    assert key.without(other, json.dumps(other).encode()) is other


def test_a_short_key_is_not_looked_for_in_data() -> None:
    """A key like a word would change what is called by that word."""
    assert ApiKey("admin").without(["admin"], b'["admin"]') == ["admin"]
