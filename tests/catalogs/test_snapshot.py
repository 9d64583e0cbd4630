"""A snapshot answers as the catalog did, and a file that is not one is refused."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from contract_gate.catalogs.catalog import Ambiguous, Downstream, NotInCatalog, Question, Unavailable
from contract_gate.catalogs.secoda.client import Secoda
from contract_gate.catalogs.snapshot import Snapshot, SnapshotCatalog, describe, load, save, to_json
from contract_gate.core.errors import UsageError
from contract_gate.core.relation import RelationName
from contract_gate.reports.report import CatalogStatus

ORDERS, NOWHERE = RelationName(("shop", "marts", "orders")), RelationName(("shop", "marts", "nowhere"))


@pytest.fixture
def taken(emulate: Callable[..., Any]) -> Snapshot:
    emulator = emulate()

    async def take() -> Snapshot:
        async with Secoda(emulator.settings(), server=emulator.server) as secoda:
            graph = await secoda.explore([ORDERS, NOWHERE])
            return Snapshot(catalog="secoda", as_of=await secoda.freshness(), graph=graph)

    return asyncio.run(take())


def ask(snapshot: Snapshot, *names: RelationName, own: tuple[RelationName, ...] = ()) -> Any:
    catalog = SnapshotCatalog(snapshot)
    answers = asyncio.run(catalog.downstream([Question(relation=name) for name in names], own=own))
    return answers, catalog.state()


def outline(answer: Downstream) -> list[tuple[object, ...]]:
    """Leave the owners out: those of own models are looked up for a snapshot alone."""
    assert answer.reached
    return [(one.asset.id, one.column, one.via, one.table_level, one.into) for one in answer.reached]


def test_round_trip(taken: Snapshot, tmp_path: Path) -> None:
    """What is saved and loaded is the same, and so is what is saved again."""
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    save(taken, first)
    save(load(first), second)
    assert first.read_bytes() == second.read_bytes()
    assert to_json(load(first)) == to_json(taken)


def test_same_answers(taken: Snapshot, tmp_path: Path, emulate: Callable[..., Any]) -> None:
    """The snapshot answers what the catalog answered, own models given or not."""
    save(taken, tmp_path / "s.json")
    for own in ((), ("shop.marts.customers",)):
        (live,) = emulate().ask("shop.marts.orders", own=own)
        names = tuple(RelationName(tuple(name.split("."))) for name in own)
        answers, _ = ask(load(tmp_path / "s.json"), ORDERS, own=names)
        assert outline(answers[ORDERS]) == outline(live)
        assert own or answers[ORDERS] == live


def test_state(taken: Snapshot) -> None:
    """The state says how old the snapshot is and what it does not have."""
    _, state = ask(taken, ORDERS, NOWHERE)
    assert (state.status, state.as_of, state.not_in_catalog) == (
        CatalogStatus.ANSWERED,
        "2026-11-20T04:00:00Z",
        ("shop.marts.nowhere",),
    )


def test_relation_of_another_length(taken: Snapshot) -> None:
    """A name with fewer parts, or in another case, finds the one relation that it can mean."""
    for name in (RelationName(("marts", "orders")), RelationName(("Shop", "Marts", "Orders"))):
        answers, _ = ask(taken, name)
        assert isinstance(answers[name], Downstream)
        assert answers[name].reached


def test_relation_taken_without(taken: Snapshot) -> None:
    """A relation that nobody asked about when the snapshot was taken is no absence: nothing is known of it."""
    name = RelationName(("shop", "staging", "stg_payments"))
    answers, state = ask(taken, name)
    assert isinstance(answers[name], Unavailable)
    assert "was taken without shop.staging.stg_payments" in answers[name].reason
    assert (state.status, state.unanswered) == (CatalogStatus.UNAVAILABLE, (str(name),))
    assert "contract-gate snapshot" in str(state.hint)


def test_absence_by_another_name(taken: Snapshot) -> None:
    """What the catalog answered that it does not have stays so, whatever part of the name is asked for."""
    short = RelationName(("marts", "nowhere"))
    answers, state = ask(taken, short)
    assert isinstance(answers[short], NotInCatalog)
    assert state.not_in_catalog == ("marts.nowhere",)


@pytest.mark.parametrize(("days", "whole"), [(0, True), (30, True), (31, False), (400, False)])
def test_age(taken: Snapshot, days: int, whole: bool) -> None:
    """A snapshot that is too old answers in part, and says how old it is."""
    now = datetime(2026, 11, 30, tzinfo=UTC)
    old = replace(taken, taken_at=(now - timedelta(days=days)).isoformat())
    catalog = SnapshotCatalog(old, 30, now)
    answers = asyncio.run(catalog.downstream([Question(relation=ORDERS)]))
    answer = answers[ORDERS]
    assert isinstance(answer, Downstream)
    assert answer.reached
    assert (catalog.state().status is CatalogStatus.ANSWERED) is whole
    assert whole or f"{days} days old" in str(answer.truncated)


@pytest.mark.parametrize("edit", ["usage", "drop"])
def test_checksum(taken: Snapshot, tmp_path: Path, edit: str) -> None:
    """A file that was edited by hand, or lost something in a merge, is noticed."""
    path = tmp_path / "s.json"
    save(taken, path)
    content = json.loads(path.read_text())
    if edit == "drop":
        content["readers"].popitem()
    else:
        content["assets"][0]["usage"] = 7
    path.write_text(json.dumps(content))
    with pytest.raises(UsageError, match="checksum"):
        load(path)
    del content["checksum"]
    path.write_text(json.dumps(content, indent=7))
    assert load(path)


def test_ambiguous_in_the_snapshot(emulate: Callable[..., Any]) -> None:
    """A short name that several relations of the snapshot end in is ambiguous."""
    emulator = emulate()
    names = [ORDERS, RelationName(("shop", "staging", "stg_orders"))]

    async def take() -> Snapshot:
        async with Secoda(emulator.settings(), server=emulator.server) as secoda:
            graph = await secoda.explore(names)
        found = {
            RelationName(("a", "t")): graph.found[names[0]],
            RelationName(("b", "t")): graph.found[names[1]],
        }
        object.__setattr__(graph, "found", found)
        return Snapshot(catalog="secoda", as_of=None, graph=graph)

    short = RelationName(("t",))
    answers, _ = ask(asyncio.run(take()), short)
    assert isinstance(answers[short], Ambiguous)


def test_a_shorter_name_that_was_found_in_another_schema(emulate: Callable[..., Any]) -> None:
    """What the snapshot holds of `orders` is of shop.marts.orders: of staging.orders it knows nothing, as the catalog itself."""
    emulator, short = emulate(), RelationName(("orders",))

    async def take() -> Snapshot:
        async with Secoda(emulator.settings(), server=emulator.server) as secoda:
            return Snapshot(catalog="secoda", as_of=None, graph=await secoda.explore([short]))

    other = RelationName(("staging", "orders"))
    answers, _ = ask(asyncio.run(take()), ORDERS, other)
    assert isinstance(answers[ORDERS], Downstream)
    assert isinstance(answers[other], Unavailable)


def test_no_secret_in_a_snapshot(taken: Snapshot) -> None:
    """Neither the key nor an integration's credentials are in the file."""
    text = json.dumps(to_json(taken))
    assert "emulator-admin" not in text
    assert "not-a-real-password" not in text


def test_description(taken: Snapshot) -> None:
    """The description counts what is known."""
    assert describe(taken).startswith("1 of 2 relations, ")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "null",
        "[" * 100_000,
        '{"schema_version": 2}',
        '{"schema_version": 1}',
        '{"schema_version": 1, "catalog": "secoda", "assets": 5}',
        '{"schema_version": 1, "catalog": "secoda", "assets": [{"id": "a"}]}',
        '{"schema_version": 1, "catalog": "secoda", "assets": [{"id": "a", "kind": "chart", "name": "a", "usage": "3"}]}',
        '{"schema_version": 1, "catalog": "secoda", "assets": [{"id": "a", "kind": "chart", "name": "a", "usage": true}]}',
        '{"schema_version": 1, "catalog": "secoda", "assets": [{"id": "a", "kind": "chart", "name": "a", "archived": 1}]}',
        '{"schema_version": 1, "catalog": "secoda", "relations": [{"relation": []}]}',
        '{"schema_version": 1, "catalog": "secoda", "relations": [{"relation": ["a"], "asset": "b"}]}',
        '{"schema_version": 1, "catalog": "secoda", "relations": [{"relation": ["a"]}]}',
        '{"schema_version": 1, "catalog": "secoda", "columns": {"a": ["b"]}}',
        '{"schema_version": 1, "catalog": "secoda", "readers": {"a": [1]}}',
        '{"schema_version": 1, "catalog": "secoda", "unexplored": ["a"]}',
    ],
)
def test_malformed(text: str, tmp_path: Path) -> None:
    """A file that is not understood is a usage error, never an empty catalog."""
    path = tmp_path / "s.json"
    path.write_text(text)
    with pytest.raises(UsageError, match="not understood"):
        load(path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"as_of": "2026-11-20T04:00:00"}, "a time without a zone"),
        ({"assets": [{"id": "a", "kind": "chart", "name": "a", "standing": {"people_count": "3"}}]}, "no whole number"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(content: dict[str, object], says: str, tmp_path: Path) -> None:
    """A moment that could be anywhere and a count that is none are refused by name."""
    path = tmp_path / "s.json"
    path.write_text(json.dumps({"schema_version": 1, "catalog": "secoda", **content}))
    with pytest.raises(UsageError, match=says):
        load(path)


def test_what_was_not_found_stays_as_it_was(taken: Snapshot, tmp_path: Path) -> None:
    """Several candidates, an absence and a question without an answer come back as what they were, for the reason given."""
    asset = next(iter(taken.graph.assets.values()))
    two = (asset, replace(asset, id="00000000-0000-4000-8000-000000000002"))
    names = [RelationName(("shop", "marts", name)) for name in ("twice", "absent", "silent")]
    found = {
        names[0]: Ambiguous(relation=names[0], candidates=two, reason="two of that name"),
        names[1]: NotInCatalog(relation=names[1], reason="archived"),
        names[2]: Unavailable(relation=names[2], reason="answered 503"),
    }
    kept = replace(taken, graph=replace(taken.graph, found=found))
    save(kept, tmp_path / "s.json")
    assert load(tmp_path / "s.json").graph.found == found


def test_use_that_nobody_counted(tmp_path: Path) -> None:
    """An asset whose use is not known is one, and is not told as unused."""
    path = tmp_path / "s.json"
    known = {"id": "a", "kind": "chart", "name": "a"}
    assets = [known, {**known, "id": "b", "usage": None}, {**known, "id": "c", "usage": 0}]
    path.write_text(json.dumps({"schema_version": 1, "catalog": "secoda", "assets": assets}))
    assert [each.usage for each in load(path).graph.assets.values()] == [None, None, 0]


def test_missing_file(tmp_path: Path) -> None:
    """A snapshot that is not there, or no text, is a usage error too."""
    (tmp_path / "s.json").write_bytes(b"\xff\xfe\x00")
    for name in ("s.json", "none.json"):
        with pytest.raises(UsageError, match="was not read"):
            load(tmp_path / name)


def test_unwritable(taken: Snapshot, tmp_path: Path) -> None:
    """A snapshot that can't be written is a usage error."""
    with pytest.raises(UsageError, match="not written"):
        save(taken, tmp_path / "nowhere" / "s.json")
