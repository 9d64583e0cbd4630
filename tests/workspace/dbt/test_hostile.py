"""Files that mean harm: what they cost is bounded, and what can't be read is said."""

import pytest

from contract_gate.workspace.dbt.properties import read_properties
from contract_gate.workspace.dbt.references import scan


@pytest.mark.parametrize(
    "text",
    [
        "models: " + "[" * 100_000,
        "models: " + "{a: " * 100_000,
        "- " * 100_000,
        "a: &a [x,x,x,x,x,x,x,x,x]\n"
        + "".join(f"b{i}: &b{i} [{','.join(['*' + (f'b{i - 1}' if i else 'a')] * 9)}]\n" for i in range(9))
        + "models: [{name: m, config: {x: *b8}}]",
        "models: &a [{name: m, config: *a}]",
        "models: [{name: m, config: {a: 1]]",
    ],
)
def test_yaml_that_would_overflow_is_a_problem(text):
    """Nesting, aliases that expand and anchors that hold themselves end in words, not in a crash."""
    assert read_properties(text).problem is not None


def test_an_entry_that_merges_itself_is_a_problem():
    """A merge key that leads back is refused as any alias that holds itself."""
    assert read_properties("models: [&a {name: x, <<: *a}]").problem is not None


@pytest.mark.parametrize("text", ["{{ '" * 50_000, "{% " * 50_000, "{# " * 50_000, "{{ " + "ref(" * 50_000])
def test_a_block_that_never_ends_leaves_the_rest_to_rendering(text):
    """What can't be tokenised may name anything: it counts as computed."""
    found = scan(text)
    assert found.is_dynamic
    assert found.references == ()
