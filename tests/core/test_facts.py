"""Values that are kept between runs come back as they were."""

import json
from dataclasses import dataclass

import pytest

from contract_gate.core.facts import Json, read, written
from contract_gate.sql.pieces import StatementAction
from contract_gate.sql.scan import ScriptScan, scan_script
from contract_gate.workspace.dbt.properties import PropertyFile, read_properties
from contract_gate.workspace.dbt.references import ReferenceScan, scan

TEMPLATES = (
    "",
    "select 1",
    "{{ config(alias='a', tags=['x', 'y'], meta={'n': 1.5, 'deep': [none, true]}) }} select * from {{ ref('p', 'm', v=2) }}",
    "select * from {{ source('raw', name) }} {{ 'a' ~ var(\"ref('x')\") }}",
    "{% if x %}{{ config(enabled=false) }}{% endif %}{{ broken",
)
DOCUMENTS = (
    "",
    "models: [",
    "models:\n  - name: a\n    columns:\n      - {name: id, data_type: int, quote: true, tests: [unique, {accepted_values: {values: [1, .inf]}}]}\n"
    "    versions: [{v: 1, columns: [{include: all, exclude: [id]}]}, {v: 2.5, defined_in: b, columns: [{include: []}], tests: []}]\n"
    "    constraints: [{type: foreign_key, columns: [id], to: \"ref('b')\", to_columns: [id]}]\n",
    'sources:\n  - name: raw\n    meta: {owner: é}\n    tables: [{name: t, identifier: T2, quoting: {schema: true}}, {name: "\\ud83d\\ude00"}]\n',
)


def _back(fact: Json) -> Json:
    sent: Json = json.loads(json.dumps(fact))
    return sent


@pytest.mark.parametrize("text", TEMPLATES)
def test_what_a_template_names_comes_back(text):
    """Tuples, sets and settings of any depth are the same after they were kept."""
    assert read(ReferenceScan, _back(written(scan(text)))) == scan(text)


@pytest.mark.parametrize("text", DOCUMENTS)
def test_what_yaml_declares_comes_back(text):
    """Declarations nest, and a column list that is None is not one that is empty."""
    assert read(PropertyFile, _back(written(read_properties(text)))) == read_properties(text)


def test_a_list_in_a_setting_stays_a_list():
    """A tuple of the value and a list of the YAML look alike in JSON, and are told apart by the field."""
    found = read(ReferenceScan, _back(written(scan("{{ config(tags=['x']) }}"))))
    assert found.config == (("tags", ["x"]),)


STATEMENTS = (
    "create or replace table a.b as select 1 as x; create view c as select * from a.b",
    "drop function if exists f(int, text); alter table a rename to b; drop schema s cascade",
    "insert into t values (1); update t set x = 2; use other; select * from t",
    "create table (((",
    "",
)


@pytest.mark.parametrize("text", STATEMENTS)
def test_what_statements_do_comes_back(text):
    """Deeds, relations and sets of them are of their own classes again, and not texts that look like them."""
    seen = scan_script(text, "postgres")
    back = read(ScriptScan, _back(written(seen)))
    assert back == seen
    assert [type(piece.action) for piece in back.pieces] == [StatementAction] * len(seen.pieces)


@dataclass(frozen=True, kw_only=True)
class Odd:
    """A class with a field of a type that JSON does not tell."""

    either: tuple[str, ...] | frozenset[str] = ()


def test_a_type_that_json_does_not_tell_is_refused():
    """A field that would come back as something else raises, the first time that its class is read."""
    with pytest.raises(TypeError, match="JSON does not tell"):
        read(Odd, {})
    with pytest.raises(TypeError, match="is not written"):
        written({"a": object()})


def test_a_fact_of_another_class_is_refused():
    """What was kept of one class is not taken for a value of another."""
    with pytest.raises(TypeError, match="it is no bool"):
        read(bool, "yes")
