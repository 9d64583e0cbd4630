from contract_gate.core.relation import Column
from contract_gate.workspace.tableschema import read_table_schema


def test_the_shape_that_tools_write_reads_as_any_yaml() -> None:
    """The quick reader gives what YAML gives, nested fields and descriptions left out."""
    text = (
        "fields:\n- name: a\n  type: INTEGER\n  mode: REQUIRED\n- mode: NULLABLE\n  name: r\n  type: RECORD\n  fields:\n"
        "  - name: inner\n    type: STRING\n- name: d\n  type: DATE\n  description: first: line\n    and another\n"
    )
    expected = (
        Column(name="a", type="INT64", nullable=False), Column(name="r"), Column(name="d", type="DATE"),
    )  # fmt: skip
    assert read_table_schema(text.replace("first: line", "first line")) == expected
    assert read_table_schema("# a comment\n" + text.replace("first: line", "first line")) == expected


def test_quoted_names_and_lists_are_left_to_yaml() -> None:
    """What the quick reader does not know is read as YAML; what is no schema gives nothing."""
    assert read_table_schema('fields:\n- name: "A b"\n  type: STRING\n') == (
        Column(name="a b", type="STRING"),
    )
    assert read_table_schema('[{"name": "a", "type": "BOOLEAN"}]') == (Column(name="a", type="BOOL"),)
    assert read_table_schema("version: 2\nmodels: []\n") == ()
