"""Generic tests as templates: each argument is written as dbt hands it on."""

import pytest

from contract_gate.core.world import ModelKind
from contract_gate.workspace.dbt import testing
from contract_gate.workspace.dbt.nodes import Node
from contract_gate.workspace.dbt.properties import DeclaredTest
from contract_gate.workspace.dbt.semantics import owner_names
from contract_gate.workspace.documents import Plain

NODE = Node(key="model.shop.a", kind=ModelKind.MODEL, name="a", package="shop", path="a.sql", config={})


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "none"),
        (True, "true"),
        ("x", '"x"'),
        (["x", 1], '["x", 1]'),
        ({"k": ["v"]}, '{"k": ["v"]}'),
        ("{{ var('x') }}", "( var('x') )"),
        ("ref('b')", "(ref('b'))"),
        (1.5, "1.5"),
    ],
)
def test_an_argument_is_handed_on(value: Plain, written: str) -> None:
    """Texts are quoted, calls of `ref` and templates are run, and lists, mappings and words of Jinja stay what they are."""
    test = DeclaredTest(name="pos", line=1, column="id", args=(("given", value),))
    template = testing.test_template(testing.TestOf(test=test, node=NODE), {"test_pos"}, None)
    assert template is not None
    assert template.endswith(f'{{{{ test_pos(model=model, column_name="id", given={written}) }}}}')


def test_a_filtered_test_reads_the_rows_that_are_left() -> None:
    """`where` filters the model before the test's own macro sees it."""
    test = DeclaredTest(name="pos", line=1, column="id", args=())
    template = testing.test_template(testing.TestOf(test=test, node=NODE), {"test_pos"}, "id > 1")
    assert template is not None
    assert 'from {{ ref("shop", "a") }} where id > 1)' in template


def test_each_owner_of_a_list_is_named() -> None:
    """An owner is a name, a mail address or both; what is none of them is left out."""
    owners: Plain = ["ann", {"name": "Bo", "email": "bo@x.y"}, {"email": "c@x.y"}, 3]
    assert owner_names(owners) == ("ann", "Bo <bo@x.y>", "c@x.y")
