"""Variables that nobody gave a value."""

from collections.abc import Collection, Mapping

from contract_gate.workspace.unset import Unset, unset, words_of

PROJECT = {
    "dbt_project.yml": "name: shop\nvars:\n  start: 1\nmodels:\n  +database: \"{{ env_var('DBT_DB') }}\"\n",
    "models/a.sql": "select {{ var('start') }}, {{ var('end') }}, {{ var('step', 1) }}, {{ env_var('MODE', 'x') }}",
    "models/b.sql": "select '{{ env_var( \"DBT_DB\" ) }}', '{{ env_var(\"KNOWN\") }}'",
    "other/c.sql": "select 1",
}


class Texts:
    def paths(self) -> frozenset[str]:
        return frozenset(PROJECT)

    def read(self, paths: Collection[str]) -> Mapping[str, bytes | str]:
        return {path: PROJECT[path].encode() for path in paths}

    def stamps(self) -> Mapping[str, str]:
        return {}


def test_variables_without_a_value() -> None:
    """Those with neither a default nor a value are listed, with the files that hang on them."""
    found = unset(Texts(), [""], {"KNOWN": "x"}, {})
    assert found == (
        Unset(table="env", name="DBT_DB", paths=("dbt_project.yml", "models/b.sql")),
        Unset(table="vars", name="end", paths=("models/a.sql",)),
    )
    assert [(word.word, word.setting) for word in words_of(found)] == [("env_dbt_db", "env.DBT_DB")]


def test_a_value_in_the_configuration() -> None:
    """What the configuration says is not unset."""
    assert unset(Texts(), [""], {"KNOWN": "x", "DBT_DB": "prod"}, {"end": 9}) == ()
