"""What people wrote about a table moves along when it is renamed, with `with_docs` alone."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from contract_gate.app.sync.presentation import to_dict, to_text
from contract_gate.app.sync.values import Former, Outcome
from contract_gate.core.relation import RelationName
from contract_gate.emulator.faults import Fault, FaultKind
from contract_gate.emulator.values import Entity

OLD, NEW = "shop.marts.order_items", "shop.marts.orders"
SQL = "select o.order_id from shop.staging.stg_orders o join shop.staging.stg_payments p on p.order_id = o.order_id"


@pytest.fixture
def renamed(shop: Callable[..., Any], model: Callable[..., Any]) -> tuple[Any, Any]:
    """A documented table, its successor that has a definition of its own, and the model that was renamed."""
    here = shop()
    person = next(iter(here.store.users))
    set_(
        here, OLD, description="What was ordered", definition="old", tags=("t1",), owners=(person,), pii=True
    )
    set_(here, f"{OLD}.order_id", description="The order")
    set_(here, NEW, description=None, definition="its own", tags=(), owners=(), pii=False)
    set_(here, f"{NEW}.order_id", description=None)
    old = RelationName(tuple(OLD.split(".")))
    sources = ("shop.staging.stg_orders", "shop.staging.stg_payments")
    return here, model(NEW, SQL, *sources, replaces=(Former(relation=old, asked=old),))


def set_(here: Any, name: str, **fields: Any) -> None:
    entity = get(here, name)
    here.store.entities[entity.id] = replace(entity, **fields)


def get(here: Any, name: str) -> Entity:
    parts = name.split(".")
    found: Entity = (
        here.store.table(name) if len(parts) == 3 else here.store.column(".".join(parts[:3]), parts[3])
    )
    return found


def test_each_field_is_shown_and_moves(renamed: tuple[Any, Any]) -> None:
    """The plan shows each field; the run writes them, overwrites nothing, and a second one writes nothing."""
    here, model = renamed
    planned = here.sync(model, dry_run=True, with_docs=True)
    (entry,) = planned.entries
    assert {(one.asset, one.field) for one in entry.documents} == {
        (NEW, "description"), (NEW, "tags"), (NEW, "owners"), (NEW, "pii"), (f"{NEW}.order_id", "description"),
    }  # fmt: skip
    assert "+ description of shop.marts.orders: What was ordered" in to_text(planned)
    assert {"asset": NEW, "field": "pii", "value": "yes"} in to_dict(planned)["models"][0]["documents"]  # type: ignore[index]
    assert here.writes == 0
    (entry,) = here.sync(model, with_docs=True).entries
    assert entry.outcome is Outcome.WRITTEN
    new, old = get(here, NEW), get(here, OLD)
    assert (new.description, new.definition, new.tags, new.pii) == (
        "What was ordered",
        "its own",
        ("t1",),
        True,
    )
    assert new.owners == old.owners
    assert get(here, f"{NEW}.order_id").description == "The order"
    assert old.description == "What was ordered"
    asked = here.writes
    (again,) = here.sync(model, with_docs=True).entries
    assert (again.outcome, here.writes) == (Outcome.IN_STEP, asked)


def test_not_without_being_asked(renamed: tuple[Any, Any]) -> None:
    """Without the flag nothing of it is read or written."""
    here, model = renamed
    (entry,) = here.sync(model).entries
    assert (entry.outcome, entry.documents) == (Outcome.WRITTEN, ())
    assert get(here, NEW).description is None


def test_a_field_that_is_refused(renamed: tuple[Any, Any]) -> None:
    """It is told as failed, the former table keeps its lineage, and the next run writes what is missing."""
    here, model = renamed
    here.control.inject(Fault(kind=FaultKind.STATUS_403, method="PATCH", route="table/columns/*", times=1))
    before = here.edges(OLD)
    (entry,) = here.sync(model, with_docs=True).entries
    assert entry.outcome is Outcome.FAILED
    assert "documentation" in str(entry.reason)
    assert here.edges(OLD) == before
    (entry,) = here.sync(model, with_docs=True).entries
    assert entry.outcome is Outcome.WRITTEN
    assert [(one.asset, one.field) for one in entry.documents] == [(f"{NEW}.order_id", "description")]
    assert here.edges(OLD) == set()
