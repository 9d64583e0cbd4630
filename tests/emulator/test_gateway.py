"""Keys, roles, teams, slashes, the write limit and injected faults."""

import json

import pytest

from contract_gate.emulator.faults import Fault, FaultKind
from contract_gate.emulator.seed import store_from_json

TEAMS = """{
 "users": [{"email": "a@x.example", "role": "admin", "key": "admin"},
           {"email": "f@x.example", "role": "editor", "key": "finance", "teams": ["finance"]},
           {"email": "o@x.example", "role": "viewer", "key": "outside"},
           {"email": "g@x.example", "role": "admin", "key": "gone", "disabled": true}],
 "databases": [{"name": "d", "schemas": [{"name": "s", "tables": [{"name": "open", "columns": ["c"]}]},
   {"name": "secret", "teams": ["finance"], "tables": [{"name": "pay", "columns": ["c"]}]}]}],
 "lineage": [{"from": "d.s.open", "to": "d.secret.pay"}, {"from": "d.s.open.c", "to": "d.secret.pay.c"}]}"""


@pytest.mark.parametrize("key", [None, "wrong", "gone", ""])
def test_a_wrong_key_is_refused(caller_over, key):
    """No key, a wrong one and one of a disabled person get 401, or 403 with the switch."""
    store = store_from_json(TEAMS)
    assert caller_over(store, key=key).get("user/").status_code == 401
    assert caller_over(store, "unauthorized_status=403", key=key).get("user/").status_code == 403


@pytest.mark.parametrize(("key", "tables", "rows"), [("admin", 2, 4), ("finance", 2, 4), ("outside", 1, 0)])
def test_teams_hide_rows(caller_over, key, tables, rows):
    """Admins see all; others see neither another team's entities nor the lineage that touches them."""
    store = store_from_json(TEAMS)
    asked = caller_over(store, key=key)
    assert len(asked.rows("table/tables/")) == tables
    assert len(asked.rows("lineage/manual/")) == rows
    assert asked.get(f"resource/all/{store.table('pay').id}/").status_code == (200 if tables == 2 else 404)


def test_teams_hide_a_previews_tables(caller_over):
    """A preview names neither a hidden source nor a hidden target."""
    store = store_from_json(TEAMS)
    sql = "insert into secret.pay select c from s.open"
    answers = {
        key: caller_over(store, key=key)
        .get("lineage/lineage_from_query/", sql=sql, dialect="postgresql")
        .json()
        for key in ("admin", "outside")
    }
    assert answers["admin"]["target_table"]["title"] == "pay"
    assert answers["outside"]["target_table"] is None
    assert answers["outside"]["column_lineages"] == []


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_a_viewer_may_not_write(call, method):
    """A viewer's write gets 403 and changes nothing."""
    viewer = call(key="emulator-viewer")
    before = viewer.edges()
    path = "lineage/manual/x/" if method == "DELETE" else "lineage/lineage_from_query/"
    assert viewer(method, path, json={}).status_code == 403
    assert viewer.edges() == before


def test_a_path_without_its_slash_is_redirected(call):
    """By default a slash-less path gets 301 with the query kept."""
    answer = call().get("table/tables", title="orders")
    assert answer.status_code == 301
    assert answer.headers["location"] == "/api/v1/table/tables/?title=orders"


def test_the_slash_switch(call):
    """A slash-less path is missing or works, as the switch says; with its slash it always works."""
    assert call("slash=missing").get("table/tables").status_code == 404
    assert call("slash=optional").get("table/tables").status_code == 200
    assert call("slash=missing").get("table/tables/").status_code == 200


def test_thirty_writes_a_minute(call):
    """The 31st write within a minute gets 429 and a Retry-After; reads and deletes are not counted."""
    editor = call(key="emulator-editor")
    for _ in range(30):
        assert editor("POST", "lineage/", json={}).status_code == 400
    editor.clock = 45.2
    refused = editor("PATCH", "lineage/lineage_from_query/", json={})
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "15")
    assert editor.get("table/tables/").status_code == 200
    assert editor("DELETE", "lineage/manual/none/").status_code == 404
    editor.clock = 60.0
    later = [editor("POST", "lineage/", json={}).status_code for _ in range(31)]
    assert later == [400] * 30 + [429]


def test_the_write_limit_is_a_switch_and_may_keep_silent(call):
    """Another limit holds, and Retry-After can be left out."""
    editor = call("write_limit=1", "retry_after=off")
    assert editor("POST", "lineage/", json={}).status_code == 400
    refused = editor("POST", "lineage/", json={})
    assert refused.status_code == 429
    assert "retry-after" not in refused.headers


def test_errors_can_be_plain_text(call):
    """The error's body is JSON with `detail`, or plain text."""
    assert call().get("user/none/").json() == {"detail": "Not found."}
    assert call("error_body=text").get("user/none/").text == "Not found."


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [
        ("429", 429, "throttled"),
        ("500", 500, "Server Error"),
        ("503", 503, "Unavailable"),
        ("empty", 200, ""),
        ("html", 200, "<!doctype html>"),
    ],
)
def test_faults_happen_as_often_as_asked(call, kind, status, body):
    """A fault on a route hits that route so many times, and then the route works again."""
    opened = call(f"fault={kind}:table/*:2")
    assert opened.get("user/").status_code == 200
    for _ in range(2):
        answer = opened.get("table/tables/")
        assert answer.status_code == status
        assert body in answer.text
        assert bool(answer.text) == bool(body)
    assert opened.rows("table/tables/")


def test_faults_are_injected_while_it_runs(call):
    """The control adds a fault for one method, and takes all of them away again."""
    opened = call()
    opened.control.inject(Fault(kind=FaultKind.STATUS_503, method="GET"))
    assert opened.get("user/").status_code == 503
    assert opened("POST", "lineage/", json={}).status_code == 400
    opened.control.clear_faults()
    assert opened.get("user/").status_code == 200


def test_requests_are_remembered_without_the_key(call):
    """The control shows method, path and query of what was asked, and no header."""
    opened = call()
    opened.get("table/tables/", title="orders")
    (seen,) = opened.control.requests
    assert (seen.method, seen.path, seen.query) == ("GET", "table/tables/", "title=orders")
    assert "emulator-admin" not in repr(seen)


def test_unknown_routes_and_methods(call):
    """A path that Secoda does not have gets 404, a method that it does not take 405."""
    assert call().get("nothing/here/").status_code == 404
    assert call()("DELETE", "table/tables/").status_code == 405


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_object_is_refused(call, body):
    """A body that is not a JSON object gets 400 with a detail."""
    answer = call()("POST", "lineage/", content=body)
    assert answer.status_code == 400
    assert json.loads(answer.text)["detail"]
