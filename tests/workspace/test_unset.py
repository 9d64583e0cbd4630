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
    def __init__(self, files: Mapping[str, str] = PROJECT) -> None:
        self._files = files

    def paths(self) -> frozenset[str]:
        return frozenset(self._files)

    def read(self, paths: Collection[str]) -> Mapping[str, bytes | str]:
        return {path: self._files[path].encode() for path in paths}

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


def test_a_profile_beside_the_project() -> None:
    """A profile is the project's wherever it lies; other files outside of the project's folder are not."""
    asks = "{{ env_var('DBT_DB') }}"
    files = {
        "shop/dbt_project.yml": "name: shop\n",
        "ci/profiles.yml": f"shop: {asks}",
        "ci/job.yml": "{{ env_var('OTHER') }}",
    }
    assert [one.name for one in unset(Texts(files), ["shop"], {}, {})] == ["DBT_DB"]
