"""From a range of commits to what is synced: which models, with which SQL, and why one is left out."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from contract_gate.app.sync.models import changed_models
from contract_gate.app.sync.state import PendingModel
from contract_gate.app.sync.values import SyncModel
from contract_gate.core.relation import RelationName
from contract_gate.core.world import MadeUp
from contract_gate.edge.config import Config, TargetConfig
from contract_gate.edge.git import Repository
from contract_gate.edge.git.choice import push_range
from tests.e2e.project import Project

Changed = Callable[..., dict[str, SyncModel]]


@pytest.fixture
def changed(tmp_path: Path) -> Changed:
    """Commit some files, then others, and give what changed by relation."""

    def give(before: dict[str, str], after: dict[str, str | None]) -> dict[str, SyncModel]:
        project = Project(tmp_path / "repository").start().commit(before).commit(after)
        with Repository.open(project.directory, project.environment) as repository:
            found = changed_models(
                repository, push_range(repository, before="HEAD^"), Config(dialect="postgres")
            )
        return {str(model.relation): model for model in found.models}

    return give


def test_one_statement_is_sent_as_it_is(changed: Changed) -> None:
    """Without its comments, and with the sources that the gate finds."""
    text = "-- why\ncreate view m.a as select x.id from s.x as x;\n"
    model = changed({"a.sql": "create view m.a as select 1 as id;\n"}, {"a.sql": text})["m.a"]
    assert model.sql == "create view m.a as select x.id from s.x as x"
    assert list(map(str, model.sources)) == ["s.x"]
    assert model.skeleton == "INSERT INTO m.a (id) SELECT s1.id FROM s.x AS s1"


def test_a_script_is_sent_as_its_skeleton(changed: Changed) -> None:
    """Temporary tables are resolved through: one statement with the lineage of all."""
    text = (
        "create temp table t as select id, cents from s.x;\n"
        "create table m.a as select t.id, sum(t.cents) as total from t group by 1;\n"
        "insert into m.a (id, total) select y.id, y.total from s.y as y;\n"
    )
    model = changed({"z.sql": "select 1 as a;\n"}, {"a.sql": text})["m.a"]
    assert model.sql == model.skeleton
    assert sorted(map(str, model.sources)) == ["s.x", "s.y"]
    assert model.sql is not None
    assert "COALESCE(s1.id, s2.id), COALESCE(s1.cents, s2.total)" in model.sql


def test_a_bare_query_names_its_target(changed: Changed) -> None:
    """A dbt model becomes a statement that makes its relation."""
    project = {
        "dbt_project.yml": "name: shop\nprofile: shop\n",
        "profiles.yml": "shop: {target: ci, outputs: {ci: {type: postgres, dbname: d, schema: m}}}\n",
        "models/a.sql": "select 1 as id\n",
        "models/b.sql": "select id from {{ ref('a') }}\n",
    }
    model = changed(project, {"models/b.sql": "select id from {{ ref('a') }} where id > 0 -- new\n"})["d.m.b"]
    assert model.sql is not None
    assert model.sql.startswith("CREATE TABLE d.m.b AS select id from ")
    assert "--" not in model.sql
    assert list(map(str, model.sources)) == ["d.m.a"]


def test_a_reader_whose_columns_follow(changed: Changed) -> None:
    """`SELECT *` gives other columns without another text: it is synced too; a reader of named columns is not."""
    base = {
        "a.sql": "create table m.a as select 1 as id;\n",
        "star.sql": "create view m.star as select * from m.a;\n",
        "named.sql": "create view m.named as select id from m.a;\n",
    }
    found = changed(base, {"a.sql": "create table m.a as select 1 as id, 2 as more;\n"})
    assert set(found) == {"m.a", "m.star"}


def test_a_renamed_model(changed: Changed) -> None:
    """It is one operation: its own name, the one that it replaces, and so is what reads it."""
    base = {
        "a.sql": "create table m.a as select x.id, x.b from s.x as x;\n",
        "r.sql": "create view m.r as select id from m.a;\n",
    }
    new = {
        "a.sql": None,
        "c.sql": base["a.sql"].replace("m.a", "m.c"),
        "r.sql": base["r.sql"].replace("m.a", "m.c"),
    }
    found = changed(base, new)
    assert set(found) == {"m.c", "m.r"}
    assert [str(former.relation) for former in found["m.c"].replaces] == ["m.a"]
    assert list(map(str, found["m.r"].sources)) == ["m.c"]


def test_a_file_that_makes_another_relation(changed: Changed) -> None:
    """The name that a file gave its relation before is replaced, whatever else changed in it."""
    found = changed(
        {"a.sql": "create table m.a as select 1 as x;\n"}, {"a.sql": "create table m.b as select 2 as y;\n"}
    )
    assert {name: [str(one.relation) for one in model.replaces] for name, model in found.items()} == {
        "m.b": ["m.a"]
    }


@pytest.mark.parametrize(
    "other", ["create view m.a as select x.id from s.x;\n", "create view a as select x.id from s.x;\n"]
)
def test_a_relation_that_is_made_elsewhere_now(changed: Changed, other: str) -> None:
    """A file goes and another makes its relation, perhaps under a shorter name: nothing is removed."""
    base = {"a.sql": "create table m.a as select 1 as id, 2 as more;\n", "z.sql": "select 1 as id;\n"}
    found = changed(base, {"a.sql": None, "b.sql": other})
    assert not any(model.removed or model.replaces for model in found.values())


def test_what_is_not_understood_is_not_sent(changed: Changed) -> None:
    """A part that can't be read could have lineage that a write would drop: no SQL, and the reason."""
    text = "create table m.a as select id from s.x;\ninsert into m.a selekt ((( from s.y;\n"
    model = changed({"z.sql": "select 1 as a;\n"}, {"a.sql": text})["m.a"]
    assert model.sql is None
    assert model.problem


DBT = {
    "dbt_project.yml": "name: shop\nprofile: shop\n",
    "profiles.yml": "shop: {target: ci, outputs: {ci: {type: postgres, dbname: d, schema: m}}}\n",
    "models/sources.yml": "sources: [{name: raw, schema: raw, tables: [{name: x}, {name: y}]}]\n",
    "models/e1.sql": (
        "{{ config(materialized='ephemeral') }}\nselect id, cents as amount from {{ source('raw', 'x') }}\n"
    ),
    "models/e2.sql": (
        "{{ config(materialized='ephemeral') }}\n"
        "select e.id, e.amount, y.label from {{ ref('e1') }} e join {{ source('raw', 'y') }} y on y.id = e.id\n"
    ),
    "models/b.sql": "select id, sum(amount) as total, max(label) as label from {{ ref('e2') }} group by 1\n",
    "models/c.sql": "select id from {{ ref('b') }}\n",
}


def test_ephemeral_models_are_followed_through(changed: Changed) -> None:
    """What a model reads through ephemeral ones is what is sent: no catalog has lineage of those."""
    project = {name: text for name, text in DBT.items() if name != "models/b.sql"}
    model = changed({**project, "models/c.sql": "select 1 as id\n"}, {"models/b.sql": DBT["models/b.sql"]})[
        "d.m.b"
    ]
    assert sorted(map(str, model.sources)) == ["d.raw.x", "d.raw.y"]
    assert model.sql == model.skeleton
    assert model.sql is not None
    assert "SELECT s1.id, s1.cents, s2.label FROM d.raw.x AS s1, d.raw.y AS s2" in model.sql


def test_readers_of_a_changed_ephemeral_model(changed: Changed) -> None:
    """Another filter or column inside an ephemeral model changes the lineage of the models that it is written into."""
    found = changed(DBT, {"models/e1.sql": DBT["models/e1.sql"].replace("cents", "euros")})
    assert set(found) == {"d.m.b"}
    assert "s1.euros" in str(found["d.m.b"].sql)


def test_an_ephemeral_model_that_is_not_known_by_column(changed: Changed) -> None:
    """Where the columns of an ephemeral model are not known nothing is sent, and it is told."""
    star = "{{ config(materialized='ephemeral') }}\nselect * from {{ source('raw', 'x') }}\n"
    found = changed(DBT, {"models/e1.sql": star})
    assert found["d.m.b"].sql is None
    assert "ephemeral" in str(found["d.m.b"].problem)


def test_a_model_that_becomes_ephemeral(changed: Changed) -> None:
    """It makes no relation any more, so it is removed, and its readers read what it reads."""
    now = "{{ config(materialized='ephemeral') }}\n" + DBT["models/b.sql"]
    found = changed(DBT, {"models/b.sql": now})
    assert {name: model.removed for name, model in found.items()} == {"d.m.b": True, "d.m.c": False}
    assert sorted(map(str, found["d.m.c"].sources)) == ["d.raw.x", "d.raw.y"]


UNNAMED = {
    **DBT,
    "profiles.yml": (
        "shop: {target: ci, outputs: {ci: {type: postgres, dbname: \"{{ env_var('DATABASE') }}\", schema: m}}}\n"
    ),
}


def test_names_that_nobody_knows(changed: Changed) -> None:
    """A word made up for a part of a name is neither asked for nor sent; the keys that say it are named."""
    (model,) = changed(UNNAMED, {"models/c.sql": "select total from {{ ref('b') }}\n"}).values()
    assert str(model.catalog_name) == "m.c"
    assert model.sql is None
    assert "env" in str(model.problem)
    assert list(map(str, model.sources)) == ["m.b"]


IN_SETTINGS = {
    **DBT,
    "dbt_project.yml": "name: shop\nprofile: shop\nmodels:\n  +database: \"{{ env_var('DATABASE') }}\"\n",
}
PLAIN = {
    "b.sql": "create view d.m.b as select 1 as total\n",
    "c.sql": "create view d.m.c as select 1 as one\n",
}
OWN_TEXT = 'CREATE TABLE shop.m.c AS select total from "shop"."m"."b"'
SKELETON = "INSERT INTO shop.m.c (total) SELECT s1.total FROM shop.m.b AS s1"


@pytest.mark.parametrize(
    ("files", "config", "sent"),
    [
        (UNNAMED, Config(target=TargetConfig(database="shop")), OWN_TEXT),
        (IN_SETTINGS, Config(target=TargetConfig(database="shop")), SKELETON),
        (DBT, Config(catalog_names={"d": "shop"}), SKELETON),
        (PLAIN, Config(catalog_names={"d": "shop"}), SKELETON),
    ],
    ids=["in the profile", "in the project's settings", "dbt, by catalog-names", "plain, by catalog-names"],
)
def test_names_that_the_configuration_knows(
    tmp_path: Path, files: Mapping[str, str], config: Config, sent: str
) -> None:
    """The SQL is sent under the catalog's names, whoever says them; where it has others itself, its skeleton."""
    project = Project(tmp_path / "repository").start().commit({**files})
    path = next(path for path in files if path.endswith("c.sql"))
    project.commit(
        {
            path: "select total from {{ ref('b') }}\n"
            if "/" in path
            else "create view d.m.c as select total from d.m.b\n"
        }
    )
    with Repository.open(project.directory, project.environment) as repository:
        revisions = push_range(repository, before="HEAD^")
        (model,) = changed_models(repository, revisions, replace(config, dialect="postgres")).models
    assert str(model.catalog_name) == "shop.m.c"
    assert model.sql == sent


def test_what_the_catalog_calls_otherwise_and_is_not_known_by_column(tmp_path: Path) -> None:
    """Where no skeleton can be written, a text with other names than the catalog's is not sent."""
    project = Project(tmp_path / "repository").start().commit(PLAIN)
    project.commit({"c.sql": "create view d.m.c as select * from d.raw.x\n"})
    config = Config(dialect="postgres", catalog_names={"d": "shop"})
    with Repository.open(project.directory, project.environment) as repository:
        (model,) = changed_models(repository, push_range(repository, before="HEAD^"), config).models
    assert model.sql is None
    assert "the catalog calls d.m.c otherwise" in str(model.problem)


DATABASE = MadeUp(word="env_database", setting="env.DATABASE")
GONE = RelationName(("env_database", "m", "gone"))
LEFT = (
    PendingModel(relation=RelationName(("env_database", "m", "c")), words=(DATABASE,)),
    PendingModel(relation=GONE, removed=True, words=(DATABASE,)),
)


@pytest.mark.parametrize(
    ("files", "config", "asked"),
    [
        (UNNAMED, Config(), {"m.c": False, "m.gone": True}),
        (UNNAMED, Config(env={"DATABASE": "shop"}), {"shop.m.c": False, "shop.m.gone": True}),
        (UNNAMED, Config(target=TargetConfig(database="shop")), {"shop.m.c": False, "shop.m.gone": True}),
        (DBT, Config(), {"d.m.c": False, "m.gone": True}),
    ],
    ids=["still unknown", "the variable is set", "the target is set", "nothing uses the variable any more"],
)
def test_what_was_left_under_a_name_that_nobody_knew(
    tmp_path: Path, files: Mapping[str, str], config: Config, asked: dict[str, bool]
) -> None:
    """It is tried again under the name that is known by now, and never asked for by the word that stood in it."""
    project = Project(tmp_path / "repository").start().commit({**files}).commit({"note.txt": ""})
    with Repository.open(project.directory, project.environment) as repository:
        found = changed_models(
            repository,
            push_range(repository, before="HEAD^"),
            replace(config, dialect="postgres"),
            pending=LEFT,
        ).models
    assert {str(model.catalog_name): model.removed for model in found} == asked
