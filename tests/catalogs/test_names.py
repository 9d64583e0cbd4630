"""Names as the catalog is asked for them: what is known of them, and nothing that was made up."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from contract_gate.catalogs.catalog import Ambiguous, Downstream, NotInCatalog, Question, Unavailable
from contract_gate.catalogs.names import CatalogNames, NamedCatalog
from contract_gate.core.relation import RelationName
from contract_gate.core.world import MadeUp, NamePart
from contract_gate.edge.config import TargetConfig
from contract_gate.reports.report import CatalogStatus

MADE_UP = (
    MadeUp(word="env_wh", setting="env.WH"),
    MadeUp(word="shop", setting="target.schema", part=NamePart.SCHEMA),
    MadeUp(word="shop", setting="target.database", part=NamePart.DATABASE),
)


def name(text: str) -> RelationName:
    return RelationName(tuple(text.split(".")))


@pytest.mark.parametrize(
    ("relation", "asked"),
    [
        ("env_wh.marts.orders", "marts.orders"),
        ("shop.shop_marts.orders", "*_marts.orders"),
        ("shop.shop.orders", "orders"),
        ("db.shop.orders", "db.*.orders"),
        ("db.env_wh_raw.orders", "db.*_raw.orders"),
        ("db.raw_env_wh.orders", "db.raw_*.orders"),
        ("db.marts.shop", "db.marts.shop"),
        ("db.workshop.orders", "db.workshop.orders"),
        ("db.marts.env_wh_orders", "db.marts.*_orders"),
        ("db.unknown_macro_1.orders", "db.*.orders"),
        ("marts.orders", "marts.orders"),
    ],
)
def test_what_is_not_known_is_not_asked_for(relation: str, asked: str) -> None:
    """A made-up word is left out of a name, alone or joined to what is known; a word that only looks like it is not."""
    assert str(CatalogNames(made_up=MADE_UP).of(name(relation))) == asked


@pytest.mark.parametrize(
    ("relation", "asked"),
    [
        ("env_wh.marts.orders", "prod.marts.orders"),
        ("shop.shop_marts.orders", "prod.analytics_marts.orders"),
        ("marts.orders", "prod.marts.orders"),
        ("orders", "prod.analytics.orders"),
        ("own.marts.orders", "own.marts.orders"),
    ],
)
def test_the_configured_target_completes_names(relation: str, asked: str) -> None:
    """`[target]` says what is missing and what nobody knew, for every kind of project."""
    target = TargetConfig(database="prod", schema="analytics")
    assert str(CatalogNames(made_up=MADE_UP, target=target).of(name(relation))) == asked


def test_names_can_be_translated() -> None:
    """`[catalog-names]` gives whole names, or what names begin with; the longest counts."""
    names = CatalogNames(
        made_up=MADE_UP,
        renamed={
            "env_wh": "prod",
            "env_wh.marts": "prod.gold",
            "env_wh.marts.orders": "prod.gold.fct_orders",
        },
    )
    asked = [
        str(names.of(name(one))) for one in ("env_wh.raw.x", "env_wh.marts.items", "env_wh.marts.orders")
    ]
    assert asked == ["prod.raw.x", "prod.gold.items", "prod.gold.fct_orders"]


def catalog(*tables: str, integration: str = "Warehouse", **fields: Any) -> str:
    """Make a seed of tables, each read by a dashboard of its name."""
    databases: dict[str, dict[str, list[str]]] = {}
    for full in tables:
        database, schema, table = full.split(".")
        databases.setdefault(database, {}).setdefault(schema, []).append(table)
    return json.dumps(
        {
            "users": [{"email": "ada@example.com", "role": "admin", "key": "emulator-admin"}],
            "integrations": [{"name": integration, "type": "postgres"}],
            "databases": [
                {
                    "name": database,
                    "integration": integration,
                    "schemas": [
                        {
                            "name": schema,
                            "tables": [
                                {
                                    "name": one,
                                    "columns": ["id", "amount"],
                                    **fields.get(f"{database}.{schema}.{one}", {}),
                                }
                                for one in inside
                            ],
                        }
                        for schema, inside in schemas.items()
                    ],
                }
                for database, schemas in databases.items()
            ],
            "dashboards": [{"name": f"of {full}"} for full in tables],
            "lineage": [{"from": f"{full}.amount", "to": f"dashboard:of {full}"} for full in tables],
        }
    )


Asking = Callable[..., tuple[Any, Any]]


@pytest.fixture
def ask(emulate: Callable[..., Any]) -> Asking:
    def asked(seed: str, relation: str, names: CatalogNames) -> tuple[Any, Any]:
        named = NamedCatalog(emulate(seed=seed).catalog(), names)
        answers = asyncio.run(named.downstream([Question(relation=name(relation), columns=("amount",))]))
        return answers[name(relation)], named.state()

    return asked


def test_one_asset_with_the_known_parts(ask: Asking) -> None:
    """Where one table has the known parts of a name, it is the one."""
    answer, state = ask(
        catalog("PROD.marts.orders", "PROD.raw.orders"), "env_wh.marts.orders", CatalogNames(made_up=MADE_UP)
    )
    assert isinstance(answer, Downstream)
    assert (answer.relation, answer.as_asset.title_full) == (name("env_wh.marts.orders"), "PROD.marts.orders")
    assert [one.asset.name for one in answer.reached] == ["of PROD.marts.orders"]
    assert state.status is CatalogStatus.ANSWERED


def test_two_assets_with_the_known_parts(ask: Asking) -> None:
    """Where two have them it is ambiguous, with the keys that would say which; each of them resolves it."""
    seed = catalog("PROD.marts.orders", "STAGE.marts.orders")
    answer, state = ask(seed, "env_wh.marts.orders", CatalogNames(made_up=MADE_UP))
    assert isinstance(answer, Ambiguous)
    assert all(key in answer.reason for key in ("env.WH", "catalog-names"))
    assert state.unanswered == ("env_wh.marts.orders",)
    for names in (
        CatalogNames(made_up=MADE_UP, target=TargetConfig(database="stage")),
        CatalogNames(made_up=MADE_UP, renamed={"env_wh": "stage"}),
    ):
        answer, _ = ask(seed, "env_wh.marts.orders", names)
        assert answer.as_asset.title_full == "STAGE.marts.orders"


def test_a_known_part_that_differs(ask: Asking) -> None:
    """A table whose known parts are others is another table, under the repository's name for what is missing."""
    answer, state = ask(catalog("PROD.raw.orders"), "env_wh.marts.orders", CatalogNames(made_up=MADE_UP))
    assert isinstance(answer, NotInCatalog)
    assert state.not_in_catalog == ("env_wh.marts.orders",)


def test_a_name_of_its_own_that_nobody_knows(ask: Asking) -> None:
    """A relation whose last part hangs on an unset variable can't be asked for, which is no absence."""
    answer, _ = ask(catalog("PROD.raw.orders"), "db.raw.env_wh", CatalogNames(made_up=MADE_UP))
    assert isinstance(answer, Unavailable)
    assert "env.WH" in answer.reason


def test_the_id_of_dbt_goes_before_names(ask: Asking) -> None:
    """Of two tables with the known parts, the one that has dbt's id in its metadata is meant."""
    metadata = {"STAGE.marts.orders": {"unique_id": "model.shop.orders"}}
    seed = catalog("PROD.marts.orders", "STAGE.marts.orders", **metadata)
    names = CatalogNames(made_up=MADE_UP, id_of={name("env_wh.marts.orders"): "model.shop.orders"}.get)
    answer, _ = ask(seed, "env_wh.marts.orders", names)
    assert answer.as_asset.title_full == "STAGE.marts.orders"


def test_own_models_are_recognised(emulate: Callable[..., Any]) -> None:
    """The repository's own models end the walk, though their database is not known here."""
    seed = json.loads(catalog("PROD.marts.orders", "PROD.marts.weekly"))
    seed["lineage"].append({"from": "PROD.marts.orders", "to": "PROD.marts.weekly"})
    named = NamedCatalog(emulate(seed=json.dumps(seed)).catalog(), CatalogNames(made_up=MADE_UP))
    orders, weekly = name("env_wh.marts.orders"), name("env_wh.marts.weekly")
    answer = asyncio.run(named.downstream([Question(relation=orders)], own=[orders, weekly]))[orders]
    assert isinstance(answer, Downstream)
    assert {one.asset.name for one in answer.reached} == {"weekly", "of PROD.marts.orders"}
