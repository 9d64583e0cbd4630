"""Where another deployment writes something else: what is supposed, and what is not tried."""

from contract_gate.workspace.dbt.deployments import elsewhere, switched

COMPARED = {"compared": [["var(claims)", True], ["target.name", "prod"]]}


def test_a_switch_is_not_tried_with_other_variables():
    """The default of a variable is the project's own word, so no template is rendered to see what it is with another."""
    asked = []

    def render(supposed):
        asked.append(supposed)
        return {**COMPARED, "of": supposed}

    assert [reply["of"] for reply in switched(render)] == [{"target.name": "prod"}]
    assert asked == [{}, {"target.name": "prod"}]


def test_texts_are_tried_with_all_that_they_compare():
    """What a model's text is elsewhere hangs on its variables too, alone and together with the target."""
    found = [each.supposed for each in elsewhere(lambda _supposed: COMPARED) if each is not None]
    assert found == [
        {"var(claims)": True},
        {"target.name": "prod"},
        {"var(claims)": True, "target.name": "prod"},
    ]
