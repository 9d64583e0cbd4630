"""Reading dbt's artifacts, holding them against files, and putting compiled SQL back into the words of a rendering."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from contract_gate.core.world import ModelKind
from contract_gate.workspace.dbt.artifacts import (
    BadArtifactError,
    CompiledNode,
    Manifest,
    RelationPlace,
    read_catalog,
    read_manifest,
)
from contract_gate.workspace.dbt.columns import with_catalog
from contract_gate.workspace.dbt.matching import differences
from contract_gate.workspace.dbt.nodes import Node
from contract_gate.workspace.dbt.places import Places, learn
from contract_gate.workspace.dbt.project import DbtProject
from contract_gate.workspace.dbt.restoring import UnusableError, branch_of, mapped_lines, restored

Project = Callable[..., DbtProject]
REAL = Path(__file__).parent / "manifests"
FILES = {
    "models/orders.sql": "select\n    id as order_id,\n    status,\n    cents,\n    placed\nfrom {{ source('raw', 'orders_raw') }}\n",
    "models/recent.sql": (
        "{{ config(materialized='ephemeral') }}\nselect order_id, status, cents\nfrom {{ ref('orders') }}\n"
        "where placed > '2024-01-01'\n"
    ),
    "models/paid.sql": (
        "with paid as (\n    select * from {{ shelf.only_paid(ref('recent')) }} as p\n)\n\n"
        "select\n    order_id,\n    {{ shelf.money('cents', 'amount') }}\nfrom paid\n"
    ),
    "models/schema.yml": "sources:\n  - name: raw\n    schema: main\n    tables: [{name: orders_raw}]\n",
    "packages.yml": "packages:\n  - package: acme/shelf\n    version: 1.0.0\n",
}
"""The project that dbt 1.5, 1.6, 1.7 and 1.11 wrote `manifests/` of."""
WRITTEN = {"model.shop.orders": "orders", "model.shop.recent": "recent", "model.shop.paid": "paid"}


def real(version: int) -> Manifest:
    return read_manifest((REAL / f"v{version}.json").read_bytes(), "manifest.json")


def differ(manifest: Manifest, project: DbtProject) -> list[str]:
    return [f"{each.path} {each.why}" for each in differences(manifest, project, lambda _: False)]


def node(code: str, **others: object) -> CompiledNode:
    whole = CompiledNode(
        key="model.shop.paid", package="shop", path="models/paid.sql", raw="", checksum=None, code=code, injected=(),
        nodes=("model.shop.orders", "model.shop.recent"), macros=(),
    )  # fmt: skip
    return replace(whole, **others)


PLACES = {
    "model.shop.orders": RelationPlace(database="lake", schema="main", written='"lake"."main"."orders"'),
    "model.shop.paid": RelationPlace(database="lake", schema="main", written='"lake"."main"."paid"'),
    "model.shop.recent": RelationPlace(database="lake", schema="main", written=None),
}


@pytest.mark.parametrize("version", [9, 10, 11, 12])
def test_the_manifests_of_each_schema_are_read(version: int, dbt_project: Project) -> None:
    """What dbt 1.5 to 1.11 wrote of a project matches the project, and gives the compiled SQL of its models."""
    manifest = real(version)
    project = dbt_project(FILES)
    assert manifest.is_of("shop")
    assert not manifest.is_of("shelf")
    assert (manifest.adapter, manifest.is_compiled) == ("duckdb", True)
    assert differ(manifest, project) == []
    paid = manifest.nodes["model.shop.paid"]
    assert [key for key, _ in paid.injected] == ["model.shop.recent"]
    assert paid.nodes == ("model.shop.recent",)
    assert set(paid.macros) == {"macro.shelf.only_paid", "macro.shelf.money"}
    assert manifest.places["source.shop.raw.orders_raw"].written == '"lake"."main"."orders_raw"'
    sql = restored(paid, manifest.places, WRITTEN)
    assert "".join(sql.split()) == (
        "withpaidas(select*from(select*fromrecentwherestatus='paid')asp)"
        "selectorder_id,round(cents/100.0,2)asamountfrompaid"
    )


def test_a_catalog_is_read_in_the_order_of_its_columns() -> None:
    """The position in the table is the order; the names and types are the warehouse's."""
    catalog = read_catalog((REAL / "catalog.json").read_bytes())
    columns = catalog.relations["source.shop.raw.orders_raw"].columns
    assert columns == (("id", "INTEGER"), ("status", "VARCHAR"), ("cents", "INTEGER"), ("placed", "DATE"))


def test_wrong_shapes_read_as_absent() -> None:
    """A manifest is a stranger's text: lists for texts, numbers for tables and half characters end nothing."""
    document = json.loads((REAL / "v12.json").read_text())
    document["nodes"]["model.shop.paid"] |= {
        "extra_ctes": 3,
        "depends_on": [],
        "compiled_code": "select '\ud800'",
    }
    document["nodes"]["model.shop.recent"] |= {"checksum": "no", "raw_code": None, "relation_name": ["x"]}
    document["nodes"]["model.shop.orders"] = ["no table"]
    document |= {"sources": 1, "macros": {"macro.shop.x": {}}, "disabled": {"a": [1, {"path": 2}]}}
    manifest = read_manifest(json.dumps(document).encode(), "manifest.json")
    assert set(manifest.nodes) == {"model.shop.paid", "model.shop.recent"}
    assert manifest.nodes["model.shop.paid"].code == "select '?'"
    assert manifest.nodes["model.shop.recent"].checksum is None


@pytest.mark.parametrize("content", [b"", b"[]", b"1", b'{"metadata": []}', b'{"metadata": {}}', b"\xff\xfe"])
def test_what_is_no_artifact_is_told(content: bytes) -> None:
    """Neither reading takes a file of another kind for its own."""
    for read in (lambda each: read_manifest(each, "m"), read_catalog):
        with pytest.raises(BadArtifactError):
            read(content)


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        ({"models/orders.sql": "select 1 as order_id\n"}, ["models/orders.sql has another text"]),
        ({"models/new.sql": "select 1 as x\n"}, ["models/new.sql is new"]),
        ({"macros/own.sql": "{% macro own() %}1{% endmacro %}"}, ["macros/own.sql has a new macro"]),
        ({"macros/own.sql": "{# {% macro own() %}1{% endmacro %} #}"}, []),
        ({"models/orders.sql": FILES["models/orders.sql"].replace("\n", "\r\n").encode()}, []),
        ({"models/orders.sql": "\n\n" + FILES["models/orders.sql"]}, []),
        ({"models/note.md": "a text\n", "dbt_project.yml": "name: shop\nvars: {x: 1}\n"}, []),
    ],
)  # fmt: skip
def test_what_differs_from_a_manifest_is_told(
    edit: dict[str, str | bytes], says: list[str], dbt_project: Project
) -> None:
    """Edited and new models and macros are; layout at the ends, line ends and what dbt does not record are not."""
    assert differ(real(12), dbt_project({**FILES, **edit})) == says


def test_a_file_that_is_gone_differs(dbt_project: Project) -> None:
    """A manifest with a model or macro more was made of another revision."""
    files = {path: text for path, text in FILES.items() if path != "models/recent.sql"}
    assert differ(real(12), dbt_project(files)) == ["models/recent.sql is gone"]
    macro = {
        "package_name": "shop",
        "original_file_path": "macros/own.sql",
        "macro_sql": "{% macro own() %}1{% endmacro %}",
    }
    document = json.loads((REAL / "v12.json").read_text())
    document["macros"]["macro.shop.own"] = macro
    manifest = read_manifest(json.dumps(document).encode(), "manifest.json")
    assert differ(manifest, dbt_project(FILES)) == ["macros/own.sql is gone"]
    edited = {"macros/own.sql": "{% macro own() %}2{% endmacro %}"}
    assert differ(manifest, dbt_project({**FILES, **edited})) == ["macros/own.sql has another macro"]


def test_an_ignored_file_does_not_differ(dbt_project: Project) -> None:
    """What the configuration leaves out is not held against the manifest."""
    files = {path: text for path, text in FILES.items() if path != "models/recent.sql"}
    assert differences(real(12), dbt_project(files), lambda path: path == "models/recent.sql") == ()


def test_the_hash_of_a_file_counts_the_line_ends_that_it_had(dbt_project: Project) -> None:
    """A file that was checked out with other line ends, or has a byte-order mark, is the same file."""
    text = FILES["models/orders.sql"].replace("\n", "\r\n").strip()
    for spelling in (text, f"\ufeff{text}"):
        checksum = hashlib.sha256(spelling.encode()).hexdigest()
        document = json.loads((REAL / "v12.json").read_text())
        document["nodes"]["model.shop.orders"] |= {
            "raw_code": "not kept",
            "checksum": {"name": "sha256", "checksum": checksum},
        }
        assert differ(read_manifest(json.dumps(document).encode(), "m"), dbt_project(FILES)) == []


def test_a_disabled_model_is_not_new(dbt_project: Project) -> None:
    """dbt keeps what is switched off apart: its file was there."""
    document = json.loads((REAL / "v12.json").read_text())
    document["disabled"] = {
        "model.shop.off": [{"package_name": "shop", "original_file_path": "models/off.sql"}]
    }
    off = {"models/off.sql": "{{ config(enabled=false) }}\nselect 1 as x\n"}
    assert differ(read_manifest(json.dumps(document).encode(), "m"), dbt_project({**FILES, **off})) == []


CTE = " __dbt__cte__recent as (\n\nselect 1\n)"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (f"with {CTE},paid as (select 2)\nselect 3", "with paid as (select 2)\nselect 3"),
        (f"with {CTE}, paid as (select 2)\nselect 3", "with  paid as (select 2)\nselect 3"),
        (f"\n\nwith{CTE} select * from __dbt__cte__recent as r", "\n\n select * from recent as r"),
        (f"with recursive{CTE}, n as (select 1)\nselect 3", "with recursive n as (select 1)\nselect 3"),
    ],
)
def test_ephemeral_models_are_references_again(code: str, expected: str) -> None:
    """What dbt wrote in front of a query is taken out, whether the query had a WITH of its own or not."""
    sql = restored(node(code, injected=(("model.shop.recent", CTE),)), PLACES, WRITTEN)
    assert " ".join(sql.split()) == " ".join(expected.split())


@pytest.mark.parametrize(
    ("code", "injected"),
    [
        ("with __dbt__cte__recent as (select 1) select * from __dbt__cte__recent", ()),
        ("select * from __dbt__cte__recent", (("model.shop.recent", CTE),)),
        (f"with{CTE} select 1", (("model.other.unknown", CTE),)),
        (f"x{CTE} select 1", (("model.shop.recent", CTE),)),
        ("select * from (select * from x where false limit 0) as _dbt_limit_subq_x", ()),
    ],
)
def test_a_text_that_can_not_be_put_back_is_not_used(
    code: str, injected: tuple[tuple[str, str], ...]
) -> None:
    """An ephemeral model that stays inside, or tables without rows, would be taken for the model's own."""
    with pytest.raises(UnusableError):
        restored(node(code, injected=injected), PLACES, WRITTEN)


def test_names_are_put_back_whole() -> None:
    """A longer name that begins or ends like one of dbt's is another relation; what follows a name is a column."""
    code = 'select "lake"."main"."orders"."id" from "lake"."main"."orders" join x."lake"."main"."orders" on 1 = 1'
    assert restored(node(code), PLACES, WRITTEN) == (
        'select orders."id" from orders join x."lake"."main"."orders" on 1 = 1'
    )
    plain = {"model.shop.orders": RelationPlace(database="lake", schema="main", written="lake.main.orders")}
    code = "select 1 from lake.main.orders, lake.main.orders_old, my.lake.main.orders"
    assert (
        restored(node(code), plain, WRITTEN)
        == "select 1 from orders, lake.main.orders_old, my.lake.main.orders"
    )


def test_lines_are_those_of_the_template() -> None:
    """A line that both texts have, or that stands for a missing one, has its line; more of them have the last one's."""
    known = ["select", "    unknown_money(),", "    status", "from orders"]
    code = "select\n    round(1) as a,\n    2 as b,\n    status\nfrom orders\nlimit 1"
    assert mapped_lines(code, known, (1, 2, 5, 6)) == (1, 2, 2, 5, 6, 6)
    assert mapped_lines("select\n1", [], ()) == (1, 1)


@pytest.mark.parametrize(
    ("code", "is_increment"),
    [
        ("select 1\nfrom a", False),
        ("select  1\nfrom a\n where x > 1", True),
        ("select 2\nfrom b", False),
    ],
)
def test_the_branch_of_an_incremental_model_is_told(code: str, is_increment: bool) -> None:
    """Lines that only one of the two renderings has decide."""
    assert branch_of(code, "select 1\nfrom a", "select 1\nfrom a\nwhere x > 1") is is_increment


def test_a_branch_that_can_not_be_told_is_not_guessed() -> None:
    """Both branches have lines of their own and neither is there, or the only one is a hole."""
    assert branch_of("select 3", "select 1", "select 2") is None
    assert branch_of("select 1\nwhere x > 9", "select 1", "select 1\nwhere x > unknown_max()") is None
    assert branch_of("select 1\nselect 2", "select 1", "select 2") is None


def relation(name: str, database: str, schema: str) -> Node:
    return Node(
        key=f"model.shop.{name}", kind=ModelKind.MODEL, name=name, package="shop", path=f"models/{name}.sql", config={},
        database=database, schema=schema, identifier=name,
    )  # fmt: skip


def placed(**spots: tuple[str, str]) -> Manifest:
    places = {
        f"model.shop.{name}": RelationPlace(database=database, schema=schema, written=name)
        for name, (database, schema) in spots.items()
    }
    return replace(real(12), places=places)


def test_places_are_learned_as_a_whole() -> None:
    """Each place has one real one; an unknown schema gets the real database."""
    nodes = [relation("a", "shop", "shop"), relation("b", "shop", "shop_raw")]
    places = learn(nodes, placed(a=("lake", "gold"), b=("lake", "bronze")), str)
    moved = [places.apply(each) for each in (*nodes, relation("c", "shop", "shop_new"))]
    assert [(each.database, each.schema) for each in moved] == [
        ("lake", "gold"), ("lake", "bronze"), ("lake", "shop_new"),
    ]  # fmt: skip


def test_places_that_dbt_put_together_are_left_apart() -> None:
    """A move between the two must stay visible, and one place can't be in two."""
    nodes = [relation("a", "shop", "shop"), relation("b", "shop", "shop_raw"), relation("c", "shop", "x")]
    places = learn([*nodes, relation("d", "shop", "x")], placed(
        a=("lake", "ci"), b=("lake", "ci"), c=("lake", "one"), d=("lake", "two"),
    ), str)  # fmt: skip
    assert places == Places()


def test_a_catalog_closes_sources_and_what_nothing_was_edited_of(dbt_project: Project) -> None:
    """Declared types stay, a declared column that is yet to come stays, and an edited model is what its SQL gives."""
    files = {
        **FILES,
        "models/schema.yml": (
            "sources:\n  - name: raw\n    schema: main\n    tables:\n      - name: orders_raw\n        columns:\n"
            "          - {name: later, data_type: text}\n          - {name: cents, data_type: bigint}\n"
        ),
    }
    project = dbt_project(files)
    catalog = read_catalog((REAL / "catalog.json").read_bytes())
    found = with_catalog(project, catalog, affected=())
    source = found["source.shop.raw.orders_raw"]
    assert source.closed
    assert [(column.name, column.type) for column in source.columns] == [
        ("id", "INTEGER"), ("status", "VARCHAR"), ("cents", "BIGINT"), ("placed", "DATE"), ("later", "TEXT"),
    ]  # fmt: skip
    assert found["model.shop.orders"].closed
    assert set(with_catalog(project, catalog, affected={"model.shop.orders"})) == {
        "source.shop.raw.orders_raw"
    }
