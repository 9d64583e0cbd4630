"""`contract-gate sync` after a merge, through the emulator: it writes what differs, once, and only where it may."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from contract_gate.app.sync.state import SyncState, dumps
from contract_gate.edge.disk import held
from contract_gate.emulator.faults import Fault, FaultKind
from contract_gate.emulator.seed import DEMO_KEY, SHOP, load
from contract_gate.emulator.server import Server, running
from tests.e2e.project import Project, Ran

ORDERS = "shop.marts.orders"
SQL = {
    "contract-gate.toml": 'dialect = "postgres"\n',
    "orders.sql": (
        "-- a comment for people\n"
        "create or replace view shop.marts.orders as\n"
        "with p as (select order_id, sum(amount) as amount from shop.staging.stg_payments group by 1)\n"
        "select o.order_id, o.customer_id, o.order_date, o.status, p.amount\n"
        "from shop.staging.stg_orders as o left join p on p.order_id = o.order_id;\n"
    ),
    "items.sql": (
        "create or replace view shop.marts.order_items as\n"
        "select i.id as order_item_id, i.order_id from shop.raw.raw_items as i;\n"
    ),
}
OTHER = {"orders.sql": SQL["orders.sql"].replace("sum(amount)", "max(payment_id)")}


@pytest.fixture
def server() -> Iterator[Server]:
    with running(load(SHOP)) as server:
        yield server


@pytest.fixture
def shop(empty: Project) -> Project:
    """The shop, with a merged change: `orders.amount` now comes of another column."""
    return empty.commit(SQL).commit(OTHER)


def sync(project: Project, server: Server, *flags: str, **environment: str) -> Ran:
    if not any(flag in ("--before", "--dry-run", "--state", "--all") for flag in flags) and not environment:
        flags = (*flags, "--before", "HEAD^")
    return project.run("sync", *flags, SECODA_API_KEY=DEMO_KEY, SECODA_API_URL=server.url, **environment)


def outcomes(ran: Ran) -> dict[str, str]:
    return {entry["relation"]: entry["outcome"] for entry in ran.report["models"]}


def writes(server: Server) -> int:
    return sum(seen.method != "GET" for seen in server.control.requests)


def test_twice(shop: Project, server: Server) -> None:
    """The first run writes the changed model alone, the second nothing."""
    first = sync(shop, server, "--format", "json")
    assert (first.code, outcomes(first)) == (0, {ORDERS: "written"})
    (entry,) = first.report["models"]
    assert [edge["from"] for edge in entry["adds"]] == ["shop.staging.stg_payments.payment_id"]
    assert [edge["from"] for edge in entry["drops"]] == ["shop.staging.stg_payments.amount"]
    written = writes(server)
    second = sync(shop, server, "--format", "json")
    assert (second.code, outcomes(second)) == (0, {ORDERS: "in-step"})
    assert writes(server) == written == 1


def test_dry_run(shop: Project, server: Server) -> None:
    """A plan names what would come and go, and writes nothing."""
    ran = sync(shop, server, "--dry-run")
    assert (ran.code, writes(server)) == (0, 0)
    assert "+ shop.staging.stg_payments.payment_id → shop.marts.orders.amount" in ran.out
    assert "- shop.staging.stg_payments.amount → shop.marts.orders.amount" in ran.out
    assert "nothing was written" in ran.out


def test_a_longer_range(shop: Project, server: Server) -> None:
    """`--before` takes more than the last commit in."""
    first = shop.git("rev-list", "--max-parents=0", "HEAD").strip()
    shop.commit({"notes.md": "hello\n"})
    assert outcomes(sync(shop, server, "--dry-run", "--format", "json")) == {}
    ran = sync(shop, server, "--dry-run", "--format", "json", "--before", first)
    assert outcomes(ran) == {ORDERS: "planned"}


def test_up_to_a_commit(shop: Project, server: Server) -> None:
    """`--after` leaves out what was merged later."""
    shop.commit({"items.sql": None})
    flags = ("--before", "HEAD^^", "--after", "HEAD^", "--dry-run", "--format", "json")
    assert outcomes(sync(shop, server, *flags)) == {ORDERS: "planned"}


def test_a_configuration_of_the_job(shop: Project, server: Server, tmp_path: Path) -> None:
    """`--config` names a file that no commit has; one that says that no catalog is asked ends with 2."""
    mine = tmp_path / "job.toml"
    mine.write_text('dialect = "postgres"\ncatalog = "none"\n')
    ran = sync(shop, server, "--dry-run", "--config", str(mine))
    assert (ran.code, len(server.control.requests)) == (2, 0)


def test_what_people_wrote_moves_along(shop: Project, server: Server) -> None:
    """`--with-docs` shows each field in the plan and moves it to the new name; without the flag nothing is written about tables."""
    old = server.store.table("shop.marts.order_items")
    server.store.entities[old.id] = replace(old, description="What was in the basket.")
    server.store.add(
        replace(old, id="new-table", path=(*old.path[:-1], "line_items"), description="", owners=())
    )
    renamed = SQL["items.sql"].replace("marts.order_items", "marts.line_items")
    shop.commit({"items.sql": None, "line_items.sql": renamed})
    assert "What was in the basket." not in sync(shop, server, "--dry-run", "--before", "HEAD^").out
    plan = sync(shop, server, "--dry-run", "--with-docs", "--before", "HEAD^")
    assert "+ description of shop.marts.line_items: What was in the basket." in plan.out
    assert (sync(shop, server, "--with-docs").code, writes(server) > 0) == (0, True)
    assert server.store.table("shop.marts.line_items").description == "What was in the basket."


def test_a_removed_model_and_a_new_one(shop: Project, server: Server) -> None:
    """The one loses its lineage, the other is left alone until the catalog has it: nothing is invented."""
    new = "create view shop.marts.brand_new as select order_id from shop.marts.orders;\n"
    shop.commit({"items.sql": None, "new.sql": new})
    ran = sync(shop, server, "--format", "json")
    assert ran.code == 0
    assert outcomes(ran) == {"shop.marts.order_items": "removed", "shop.marts.brand_new": "left-alone"}
    assert {seen.method for seen in server.control.requests} == {"GET", "DELETE"}
    assert sync(shop, server).out.count("order_items: removed") == 1


def test_only_removed(shop: Project, server: Server) -> None:
    """A run whose only model is removed calls itself synced once the lineage is gone, and not before."""
    shop.commit({"items.sql": None})
    server.control.inject(Fault(kind=FaultKind.STATUS_403, method="DELETE", times=1))
    failed = sync(shop, server)
    assert (failed.code, "not synced, 0 written, 1 failed" in failed.out) == (3, True)
    done = sync(shop, server, "--format", "json")
    assert (done.code, done.report["conclusion"], done.report["counts"]["removed"]) == (0, "synced", 1)


def test_nobody_says_what_was_synced(shop: Project, server: Server) -> None:
    """At a desk, and on a CI that names no commit, the last commit is not taken for all that is new; a plan says that it is."""
    ran = shop.run("sync", SECODA_API_KEY=DEMO_KEY, SECODA_API_URL=server.url)
    assert (ran.code, writes(server)) == (3, 0)
    assert "nothing says which commit was synced last" in ran.err
    assert "--before" in ran.err
    assert "alone: nothing says what was synced before it" in sync(shop, server, "--dry-run").out


def test_no_model(shop: Project, server: Server) -> None:
    """A push without a model asks nothing."""
    shop.commit({"notes.md": "hello\n"})
    ran = sync(shop, server)
    assert (ran.code, len(server.control.requests)) == (0, 0)
    assert "no model changed" in ran.out


def event(directory: Path, payload: dict[str, object], **more: str) -> dict[str, str]:
    file = directory / "event.json"
    file.write_text(json.dumps(payload | {"repository": {"default_branch": "main"}}))
    return {"GITHUB_EVENT_PATH": str(file), **more}


def test_where_nothing_may_be_written(shop: Project, server: Server, tmp_path: Path) -> None:
    """A pull request, a branch, a merge group and a hook can plan, and are refused to write."""
    pull = {"pull_request": {"merged": False}}
    places = [
        {"PRE_COMMIT": "1"},
        event(tmp_path, pull, GITHUB_EVENT_NAME="pull_request", GITHUB_REF="refs/pull/1/merge"),
        {"CI_PIPELINE_SOURCE": "merge_request_event"},
        {"CI_COMMIT_BRANCH": "change", "CI_DEFAULT_BRANCH": "main"},
    ]
    for place in places:
        ran = sync(shop, server, **place)
        assert ran.code == 2, place
        assert "nothing was written" in ran.err
    branch = event(tmp_path, {}, GITHUB_EVENT_NAME="push", GITHUB_REF="refs/heads/change")
    assert "'change' is not the default branch" in sync(shop, server, **branch).err
    assert sync(shop, server, "--dry-run", PRE_COMMIT="1").code == 0
    assert writes(server) == 0


def test_a_push_to_the_default_branch(shop: Project, server: Server, tmp_path: Path) -> None:
    """The event's own range is what is synced."""
    before, after = (
        shop.git("rev-list", "--max-parents=0", "HEAD").strip(),
        shop.git("rev-parse", "HEAD").strip(),
    )
    payload: dict[str, object] = {"before": before, "after": after}
    push = event(tmp_path, payload, GITHUB_EVENT_NAME="push", GITHUB_REF="refs/heads/main", GITHUB_SHA=after)
    ran = sync(shop, server, "--format", "json", **push)
    assert (ran.code, outcomes(ran)) == (0, {ORDERS: "written"})


def test_without_a_key(shop: Project) -> None:
    """There is nothing to plan against: exit 2, with the variable's name."""
    ran = shop.run("sync", "--dry-run")
    assert ran.code == 2
    assert "SECODA_API_KEY" in ran.err


def test_a_catalog_that_fails(shop: Project, server: Server) -> None:
    """What could not be written is told, and the exit code is 3: the next run starts from here again."""
    server.control.inject(Fault(kind=FaultKind.STATUS_500, method="PATCH"))
    ran = sync(shop, server, "--format", "json")
    assert (ran.code, outcomes(ran)) == (3, {ORDERS: "failed"})


def test_a_wrong_key(shop: Project, server: Server) -> None:
    """It is told once, clearly, without showing it."""
    ran = shop.run("sync", "--before", "HEAD^", SECODA_API_KEY="wrong-key", SECODA_API_URL=server.url)
    assert ran.code == 3
    assert "401" in ran.out + ran.err
    assert "wrong-key" not in ran.out + ran.err


DBT = {
    "contract-gate.toml": 'dialect = "postgres"\n',
    "dbt_project.yml": "name: shop\nprofile: shop\n",
    "profiles.yml": "shop: {target: ci, outputs: {ci: {type: postgres, dbname: shop, schema: marts}}}\n",
    "models/sources.yml": (
        "sources: [{name: staging, schema: staging, tables: [{name: stg_orders}, {name: stg_payments}]}]\n"
    ),
    "models/paid.sql": (
        "{{ config(materialized='ephemeral') }}\n"
        "select order_id, sum(amount) as amount from {{ source('staging', 'stg_payments') }} group by 1\n"
    ),
    "models/orders.sql": (
        "select o.order_id, o.customer_id, o.order_date, o.status, p.amount\n"
        "from {{ source('staging', 'stg_orders') }} o left join {{ ref('paid') }} p on p.order_id = o.order_id\n"
    ),
}


def test_lineage_through_an_ephemeral_model(empty: Project, server: Server) -> None:
    """What a model reads through an ephemeral one is neither dropped from the catalog nor missed when it changes."""
    shop = empty.commit(DBT).commit(
        {"models/orders.sql": DBT["models/orders.sql"] + "where o.status > 'a'\n"}
    )
    kept = sync(shop, server, "--format", "json")
    assert (kept.code, outcomes(kept)) == (0, {ORDERS: "in-step"})
    shop.commit({"models/paid.sql": DBT["models/paid.sql"].replace("sum(amount)", "max(payment_id)")})
    (entry,) = sync(shop, server, "--format", "json").report["models"]
    assert entry["outcome"] == "written"
    assert [edge["from"] for edge in entry["adds"]] == ["shop.staging.stg_payments.payment_id"]
    assert [edge["from"] for edge in entry["drops"]] == ["shop.staging.stg_payments.amount"]


def test_what_failed_is_not_called_synced(shop: Project, server: Server) -> None:
    """A run in which a write failed says so at its end, with the counts; one that wrote all says synced."""
    server.control.inject(Fault(kind=FaultKind.STATUS_403, method="PATCH", times=1))
    failed = sync(shop, server)
    assert failed.code == 3
    assert "not synced, 0 written, 1 failed, 0 left alone" in failed.out
    done = sync(shop, server, "--format", "json")
    assert (done.code, done.report["conclusion"], done.report["counts"]["written"]) == (0, "synced", 1)


def test_what_was_left_alone_is_not_called_synced(shop: Project, server: Server) -> None:
    """A model that the catalog does not list yet is counted, and the run is synced in part alone."""
    shop.commit({"new.sql": "create view shop.marts.brand_new as select order_id from shop.marts.orders;\n"})
    ran = sync(shop, server)
    assert ran.code == 0
    assert "synced in part, 0 written, 0 failed, 1 left alone" in ran.out


def test_a_missed_run_is_made_up_for(shop: Project, server: Server, tmp_path: Path) -> None:
    """The next run begins at the commit that was synced last, whatever the push says, and a late run of an older one does nothing."""
    state = tmp_path / "state.json"
    first = sync(shop, server, "--state", str(state), "--before", "HEAD^", "--format", "json")
    assert (first.code, outcomes(first)) == (0, {ORDERS: "written"})
    synced = shop.git("rev-parse", "HEAD").strip()
    assert json.loads(state.read_text())["commit"] == synced
    shop.commit({"orders.sql": SQL["orders.sql"]}).commit(
        {"notes.md": "the run of the commit before never came\n"}
    )
    head = shop.git("rev-parse", "HEAD").strip()
    payload: dict[str, object] = {"before": shop.git("rev-parse", "HEAD^").strip(), "after": head}
    push = event(tmp_path, payload, GITHUB_EVENT_NAME="push", GITHUB_REF="refs/heads/main", GITHUB_SHA=head)
    second = sync(shop, server, "--state", str(state), "--format", "json", **push)
    assert (second.code, outcomes(second)) == (0, {ORDERS: "written"})
    shop.git("checkout", "-q", synced)
    asked = len(server.control.requests)
    late = sync(shop, server, "--state", str(state))
    assert (late.code, len(server.control.requests)) == (0, asked)
    assert "older than" in late.out
    assert json.loads(state.read_text())["commit"] == head


def test_two_with_one_state(shop: Project, server: Server, tmp_path: Path) -> None:
    """The second waits for the first, says so, and goes on from where that came: an older commit undoes nothing."""
    path = tmp_path / "state.json"
    head = shop.git("rev-parse", "HEAD").strip()
    command = [sys.executable, "-P", "-m", "contract_gate", "sync", "--state", str(path)]
    environment = shop.environment | {"SECODA_API_KEY": DEMO_KEY, "SECODA_API_URL": server.url}
    with held(path, "the state", lambda: None):
        child = subprocess.Popen(
            command, cwd=shop.directory, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )  # fmt: skip
        assert child.stderr is not None
        assert "another sync works with" in child.stderr.readline()
        assert len(server.control.requests) == 0
        path.write_text(dumps(SyncState(commit=head)))
    out, err = child.communicate(timeout=60)
    assert (child.returncode, len(server.control.requests)) == (0, 0), (out, err)
    assert f"what was synced last, {head[:10]}" in out


def test_what_was_left_alone_is_tried_again(shop: Project, server: Server, tmp_path: Path) -> None:
    """A rename whose new table the catalog does not list yet waits, with its old name, and is done by a later run."""
    state = str(tmp_path / "state.json")
    renamed = SQL["items.sql"].replace("marts.order_items", "marts.line_items")
    shop.commit({"items.sql": None, "line_items.sql": renamed})
    waits = sync(shop, server, "--state", state, "--before", "HEAD^", "--format", "json")
    assert outcomes(waits) == {"shop.marts.line_items": "left-alone"}
    old = server.store.table("shop.marts.order_items")
    server.store.add(replace(old, id="new-table", path=(*old.path[:-1], "line_items")))
    for column in server.store.children(old.id):
        path = (*old.path[:-1], "line_items", column.path[-1])
        server.store.add(replace(column, id=f"new-{column.title}", path=path, parent_id="new-table"))
    shop.commit({"notes.md": "nothing of SQL\n"})
    done = sync(shop, server, "--state", state, "--format", "json")
    (entry,) = done.report["models"]
    assert (entry["outcome"], entry["replaces"]) == ("written", ["shop.marts.order_items"])
    assert {edge["to"] for edge in entry["drops"]} >= {"shop.marts.order_items"}
    assert json.loads((tmp_path / "state.json").read_text())["pending"] == []
    assert outcomes(sync(shop, server, "--state", state, "--format", "json")) == {}


def test_all_from_an_empty_state(shop: Project, server: Server, tmp_path: Path) -> None:
    """`--all` brings every model in step, whatever was pushed; on an old repository that is the first run."""
    shop.commit({"notes.md": "hello\n"})
    state = str(tmp_path / "state.json")
    ran = sync(shop, server, "--all", "--state", state, "--format", "json")
    assert set(outcomes(ran)) == {ORDERS, "shop.marts.order_items"}
    assert outcomes(ran)[ORDERS] == "written"
    again = sync(shop, server, "--all", "--format", "json")
    assert set(outcomes(again).values()) == {"in-step"}


def test_a_state_that_is_none(shop: Project, server: Server, tmp_path: Path) -> None:
    """A file that is no state, or that a link leads to, is not taken for an empty one, and nothing is written."""
    broken = tmp_path / "state.json"
    broken.write_text("{")
    ran = sync(shop, server, "--state", str(broken))
    assert (ran.code, writes(server)) == (2, 0)
    assert "sync --all" in ran.err


def test_a_plan_leaves_the_state_as_it_is(shop: Project, server: Server, tmp_path: Path) -> None:
    """`--dry-run` reads the state and writes none."""
    state = tmp_path / "state.json"
    assert sync(shop, server, "--state", str(state), "--dry-run").code == 0
    assert not state.exists()


EXPOSED = {
    **DBT,
    "models/order_items.sql": "select order_id from {{ source('staging', 'stg_orders') }}\n",
    "models/exposures.yml": (
        "exposures:\n  - name: customer_360\n    type: dashboard\n"
        "    url: https://bi.example.com/dashboards/customer-360/\n"
        "    owner: {email: sam@example.com}\n    depends_on: [\"ref('order_items')\"]\n"
    ),
}


def test_exposures(empty: Project, server: Server, tmp_path: Path) -> None:
    """What the catalog does not link is offered, made with the flag, remembered, and goes with the exposure."""
    shop, state = empty.commit(EXPOSED), str(tmp_path / "state.json")
    planned = sync(shop, server, "--all", "--dry-run")
    assert "exposure customer_360: offered" in planned.out
    refused = sync(shop, server, "--all", "--with-exposures")
    assert (refused.code, "--state" in refused.err, writes(server)) == (2, True, 0)
    made = sync(shop, server, "--all", "--with-exposures", "--state", state, "--format", "json")
    (link,) = made.report["exposures"]
    assert (link["outcome"], link["relation"], link["asset"]) == (
        "made",
        "shop.marts.order_items",
        "Customer 360",
    )
    again = sync(shop, server, "--all", "--with-exposures", "--state", state, "--format", "json")
    assert again.report["exposures"] == []
    shop.commit({"models/exposures.yml": None})
    gone = sync(shop, server, "--with-exposures", "--state", state, "--format", "json")
    assert [one["outcome"] for one in gone.report["exposures"]] == ["removed"]
    assert json.loads((tmp_path / "state.json").read_text())["made"] == []
