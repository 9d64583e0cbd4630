"""YAML as it is written: merge keys, aliases, and what is refused."""

import pytest

from contract_gate.workspace import documents
from contract_gate.workspace.documents import BadYamlError, read_plain, read_yaml

MERGED = """
a: &a {x: 1, y: 2}
b: &b {z: 9, x: 8}
one: {<<: *a, y: 3}
two: {<<: [*a, *b], q: 1}
? [k]
: 2
"""


def test_merge_keys_fill_what_is_not_given() -> None:
    """Own keys win, then the first mapping that is merged; a key that is no scalar is left out (YAML 1.1's merge type)."""
    content = read_plain(MERGED)
    assert isinstance(content, dict)
    assert content["one"] == {"x": 1, "y": 3}
    assert content["two"] == {"q": 1, "x": 1, "y": 2, "z": 9}
    assert set(content) == {"a", "b", "one", "two"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a" * 21, "longer than 20 characters"),
        ("[[[[[1]]]]]", "nested too deeply"),
        ("{a: &a {<<: *a}}", "holds itself"),
    ],
)
def test_what_would_exhaust_us_is_refused(text: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file too long, too deep, or one that holds itself is refused with the reason."""
    monkeypatch.setattr(documents, "MAX_CHARACTERS", 20)
    monkeypatch.setattr(documents, "MAX_DEPTH", 4)
    with pytest.raises(BadYamlError, match=says):
        read_plain(text)


def test_merges_of_merges_end() -> None:
    """Mappings merged into each other many times over are read as far as any person writes them."""
    steps = "\n".join(f"m{n}: &m{n} {{<<: *m{n - 1}, k{n}: {n}}}" for n in range(1, 30))
    entry = read_yaml(f"m0: &m0 {{k0: 0}}\n{steps}")
    assert entry is not None
    names = [name for name, _ in entry.fields("m29")]
    assert names[:2] == ["k29", "k28"]
    assert len(names) == 21
