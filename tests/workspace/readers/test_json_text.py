"""JSON with lines: it reads what the standard library reads, and knows where each text stands."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract_gate.workspace.readers.json_text import Json, JsonObject, JsonText, read_json
from contract_gate.workspace.readers.values import UnreadableReaderError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def plain(value: Json) -> object:
    match value:
        case JsonObject():
            return {key: plain(each) for key, each in value.fields.items()}
        case JsonText():
            return value.text
        case list():
            return [plain(each) for each in value]
        case str():
            return json.loads(value)
        case None:
            return None


@given(VALUES, st.sampled_from([None, 2]))
def test_it_reads_what_the_library_reads(value: object, indent: int | None) -> None:
    """Any document gives the same values as `json.loads`."""
    assert plain(read_json(json.dumps(value, indent=indent))) == value


def test_lines() -> None:
    """A text and an object know their lines; keys are followed down to what is there."""
    found = read_json('{\n "a": {"b": [\n  "x",\n  {"c": 1}]}\n}')
    assert isinstance(found, JsonObject)
    assert found.items("a", "b")[0] == JsonText("x", 3)
    assert [node.line for node in found.nodes("a", "b")] == [4]
    assert (found.text("a"), found.get("a", "z", "y"), found.nodes("z")) == ("", None, [])


@pytest.mark.parametrize(
    "text", ["", "{", '{"a" 1}', "[1 2]", "{} {}", "[" * 5_000, '"a', "nul", '{"a":}', "{,}"]
)
def test_what_is_no_json(text: str) -> None:
    """What is no document, or nested without end, is said."""
    with pytest.raises(UnreadableReaderError):
        read_json(text)
