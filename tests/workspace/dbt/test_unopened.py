"""A project that an earlier run had opened stays unopened while nothing touches it, and answers as if it were open."""

from collections.abc import Collection, Mapping

import pytest

from contract_gate.core.models import outlines
from contract_gate.core.relation import RelationName
from contract_gate.workspace.jinja.replies import Replies
from contract_gate.workspace.reading import Reading, read_repository

PROFILE = "p: {target: ci, outputs: {ci: {type: postgres, dbname: d, schema: s}}}\n"
SHOP = {
    "shop/dbt_project.yml": "name: shop\nprofile: p\n",
    "shop/profiles.yml": PROFILE,
    "shop/models/orders.sql": "select 1 as id, 2 as amount",
    "shop/models/tables.yml": "sources: [{name: raw, tables: [{name: events}]}]\n",
    "team/dbt_project.yml": "name: team\nprofile: p\nvars: {of: [orders]}\n",
    "team/profiles.yml": PROFILE.replace("schema: s", "schema: t"),
    "team/models/own.sql": "select 1 as own_id",
    "team/models/late.sql": "select * from {{ ref('own') }}",
    "team/models/odd.sql": "select {{ missing_macro() }} as x",
    "team/macros/cents.sql": "{% macro cents(c) %}{{ c }} / 100{% endmacro %}{% macro the_orders() %}d.s.orders{% endmacro %}",
    "team/models/tables.yml": "sources: [{name: raw, tables: [{name: events, columns: [{name: id}]}]}]\n"
    "models: [{name: own, columns: [{name: own_id, tests: [unique]}]}]\n"
    "exposures: [{name: board, type: dashboard, owner: {name: Ada}, depends_on: [\"ref('late')\"]}]\n",
}
EDITED = {**SHOP, "shop/models/orders.sql": "select 1 as id"}


class Kept:
    """Facts of a run before, in memory."""

    def __init__(self) -> None:
        self.facts: dict[bytes, bytes] = {}

    def get(self, key: bytes) -> bytes | None:
        return self.facts.get(key)

    def keep(self, key: bytes, fact: bytes) -> None:
        self.facts[key] = fact


class _Git:
    """Files with stamps, as git's have, which tell what is read of them."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files
        self.has_read: set[str] = set()

    def paths(self) -> frozenset[str]:
        return frozenset(self._files)

    def read(self, paths: Collection[str]) -> dict[str, bytes | str]:
        self.has_read.update(paths)
        return {path: self._files[path].encode() for path in paths}

    def stamps(self) -> Mapping[str, str]:
        return self._files


def _open(files: Mapping[str, str], kept: Kept | None, git: _Git | None = None, **more):
    git = git or _Git(files)
    return git, read_repository(git, "head", Reading(replies=Replies(kept), **more))


def _kept(files: Mapping[str, str], **more) -> Kept:
    """Run once: what is asked of a project is kept when the run ends."""
    kept = Kept()
    with _open(files, kept, **more)[1] as world:
        world.readers(["model.shop.orders"])
    return kept


def _seen(world):
    """Give what a check asks of all projects, whatever was touched."""
    return {
        "models": [(one.key, one.kind, one.name, one.path, one.dialect, one.relation) for one in outlines(world.models)],
        "problems": dict(world.problems),
        "notes": world.notes,
        "limits": world.limits(["model.shop.orders"]),
        "made up": world.made_up(),
        "readers": world.readers(["model.shop.orders"]),
        "gone": world.readers(["model.shop.gone", "model.shop.gone.v2", "test.shop.unique"]),
        "source": world.readers(["source.shop.raw.events"]),
        "found": world.find(RelationName(("d", "t", "own")), None),
        "no such": world.find(RelationName(("d", "t", "gone")), None),
        "routine": world.find_routine(RelationName(("cents",)), None),
    }  # fmt: skip


def _untouched(git: _Git) -> set[str]:
    return {path for path in git.has_read if path.startswith("team/models/") and path.endswith(".sql")}


def test_what_nothing_touches_is_not_read():
    """The other project's models are listed and nobody reads the edited one, though none of their files is read."""
    git, world = _open(EDITED, _kept(SHOP))
    with world:
        assert world.readers(["model.shop.orders"]) == set()
        assert "model.team.own" in world.models
        assert not _untouched(git)
        assert world.models["model.team.own"].columns[0].name == "own_id"
        assert "team/models/own.sql" in _untouched(git)


def test_a_project_that_is_edited_is_opened_at_once():
    """What will be compared anyway is read as it is: nothing is asked of an outline first."""
    git, world = _open(SHOP, _kept(SHOP), edited=frozenset({"team/models/own.sql"}))
    with world:
        assert "team/models/own.sql" in _untouched(git)
        assert "shop/models/orders.sql" not in git.has_read


def test_an_unopened_project_answers_as_an_open_one():
    """All that is asked of every project is answered alike, and then the models are the same values."""
    with _open(EDITED, None)[1] as plain, _open(EDITED, _kept(SHOP))[1] as warm:
        assert _seen(plain) == _seen(warm)
        assert dict(plain.models) == dict(warm.models)


TEXTS = {
    "a model that is not its own": "select * from {{ ref('orders') }}",
    "a version of it": "select * from {{ ref('orders', v=1) }}",
    "the other project's": "select * from {{ ref('shop', 'orders') }}",
    "a name joined of texts": "select * from {{ ref('ord' ~ 'ers') }}",
    "a variable's value": "select * from {% for one in var('of') %}{{ ref(one) }}{% endfor %}",
    "a name made by a filter": "select * from {{ ref('ORDERS' | lower) }}",
    "a name that nobody knows": "select * from {{ ref(env_var('WHICH')) }}",
    "a relation that is written out": "select * from d.s.orders",
    "one that a macro writes out": "select * from {{ the_orders() }}",
    "a computed project": "select * from {{ ref(var('p', 'shop'), 'orders') }}",
    "another name": "select * from {{ ref('own') }}",
    "a filter on another name": "select * from {{ ref('OWN' | lower) }}",
    "nothing": "select 1 as x",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=list(TEXTS))
def test_who_reads_what_changed_is_found_unopened(text):
    """Whichever way a text of another project names a model, its readers are those of a run that opened everything."""
    files = {**EDITED, "team/models/late.sql": text}
    with _open(files, None)[1] as plain, _open(files, _kept({**files, **SHOP_ONLY}))[1] as warm:
        for key in ("model.shop.orders", "model.shop.own", "source.shop.raw.events"):
            assert plain.readers([key]) == warm.readers([key])
        assert plain.rendered("model.team.late") == warm.rendered("model.team.late")


@pytest.mark.parametrize("text", ["select * from d.s.orders", "select * from {{ the_orders() }}"])
@pytest.mark.parametrize("is_kept", [False, True])
def test_a_relation_of_another_project_that_is_written_out(text, is_kept):
    """SQL that names another project's relation without a source reads it, whether the project is opened for that or not."""
    files = {**EDITED, "team/models/late.sql": text}
    with _open(files, _kept(files) if is_kept else None)[1] as world:
        assert world.readers(["model.shop.orders"]) == {"model.team.late"}


def test_code_that_may_read_anything_is_opened():
    """A Python model that works out what it reads may read what changed, in an unopened project too."""
    code = "def model(dbt, session):\n    which = dbt.config.get('which')\n    return dbt.ref(which)\n"
    files = {**EDITED, "team/models/late.py": code, "team/models/late.sql": None}
    files = {path: text for path, text in files.items() if text is not None}
    with _open(files, _kept(files))[1] as warm:
        assert "model.team.late" in warm.readers(["model.shop.orders"])


SHOP_ONLY = {path: text for path, text in SHOP.items() if path.startswith("shop/")}


def test_a_source_that_another_project_makes_is_found_unopened():
    """What a source of an unopened project stands for is made by the edited one: its readers are readers."""
    source = "sources: [{name: s, schema: s, database: d, tables: [{name: orders}]}]\n"
    files = {
        **EDITED,
        "team/models/s.yml": source,
        "team/models/late.sql": "select * from {{ source('s', 'orders') }}",
    }
    with _open(files, None)[1] as plain, _open(files, _kept(files))[1] as warm:
        assert (
            plain.readers(["model.shop.orders"]) == warm.readers(["model.shop.orders"]) == {"model.team.late"}
        )


def test_a_model_behind_a_source_is_found_unopened():
    """What an edited project declares as a source is the unopened project's model, with its columns."""
    source = "sources: [{name: t, schema: t, database: d, tables: [{name: own}, {name: events}]}]\n"
    files = {
        **EDITED,
        "shop/models/s.yml": source,
        "shop/models/orders.sql": "select * from {{ source('t', 'own') }}",
    }
    with _open(files, _kept(files))[1] as warm:
        found = warm.find(RelationName(("d", "t", "own")), "model.shop.orders")
        assert found is not None
        assert found.key == "model.team.own"


EDITS = {
    "a model": {"team/models/own.sql": "select 2 as other"},
    "a new model": {"team/models/more.sql": "select * from {{ ref('orders') }}"},
    "a model that is gone": {"team/models/own.sql": None},
    "what YAML declares": {"team/models/tables.yml": SHOP["team/models/tables.yml"].replace("own_id", "other")},
    "a macro": {"team/macros/cents.sql": "{% macro generate_schema_name(n, node) %}x{% endmacro %}"},
    "a setting": {"team/dbt_project.yml": SHOP["team/dbt_project.yml"] + "models: {+schema: more}\n"},
    "the profile": {"team/profiles.yml": PROFILE.replace("schema: s", "schema: other")},
    "what is left out": {"team/.dbtignore": "models/late.sql\n"},
    "a package": {"team/packages.yml": "packages: [{local: ../lib}]\n", "lib/dbt_project.yml": "name: lib\n",
                  "lib/models/l.sql": "select 1 as l"},
}  # fmt: skip


@pytest.mark.parametrize("edit", EDITS.values(), ids=list(EDITS))
def test_what_differs_is_opened(edit):
    """An outline is of a project as it was: after any edit it is read anew."""
    files = {path: text for path, text in {**SHOP, **edit}.items() if text is not None}
    with _open(files, None)[1] as plain, _open(files, _kept(SHOP))[1] as warm:
        assert _seen(plain) == _seen(warm)
        assert dict(plain.models) == dict(warm.models)


def test_other_settings_are_another_project():
    """What a variable or the configured dialect decides is no earlier run's."""
    files = {**SHOP, "team/models/own.sql": "{{ config(alias=var('named', 'own')) }} select 1 as own_id"}
    kept = _kept(files)
    for more in ({"variables": {"named": "other"}}, {"dialect": "snowflake"}):
        with _open(files, None, **more)[1] as plain, _open(files, kept, **more)[1] as warm:
            assert _seen(plain) == _seen(warm)


class _Partial(_Git):
    """A clone that lacks one file's blob."""

    def read(self, paths: Collection[str]) -> dict[str, bytes | str]:
        found = super().read(paths)
        return {path: "it is not here" if path.endswith("own.sql") else text for path, text in found.items()}


def test_what_can_not_be_read_then_and_now_is_not_opened():
    """A partial clone lacks a file in each run: its project stays unopened, and answers as if it were open."""
    kept = Kept()
    with _open(EDITED, kept, git=_Partial(EDITED))[1] as cold:
        cold.readers(["model.shop.orders"])
    git = _Partial(EDITED)
    with _open(EDITED, kept, git=git)[1] as warm, _open(EDITED, None, git=_Partial(EDITED))[1] as plain:
        assert warm.readers(["model.shop.orders"]) == set()
        assert warm.problems["team/models/own.sql"] == "it is not here"
        assert _untouched(git) == {"team/models/own.sql"}
        assert _seen(warm) == _seen(plain)


def test_what_could_not_be_read_and_now_can_is_opened():
    """A file that is not there in a partial clone may be there in the next run: then its project is read anew, and that is kept."""
    kept = Kept()
    for git, read in (
        (_Partial(SHOP), {"team/models/own.sql", "team/models/late.sql"}),
        (_Git(SHOP), {"team/models/own.sql", "team/models/late.sql"}),
        (_Git(SHOP), set()),
    ):
        with _open(SHOP, kept, git=git)[1] as world:
            world.readers(["model.shop.orders"])
        assert _untouched(git) >= read
        assert bool(_untouched(git)) == bool(read)
