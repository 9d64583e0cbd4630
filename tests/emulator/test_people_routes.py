"""Groups, teams, replies to questions, and adding people, as the emulator serves them."""

import json
from collections.abc import Callable

import httpx
import pytest

from contract_gate.emulator.seed import store_from_json
from contract_gate.emulator.store import Store
from tests.emulator.conftest import Caller

SEED = """{
 "users": [{"email": "a@x.y", "role": "admin", "key": "emulator-admin", "teams": ["ops"]}, {"email": "e@x.y", "key": "editor"}],
 "groups": [{"name": "Stewards", "id": "g", "users": ["e@x.y"]}], "teams": [{"name": "Sales"}],
 "replies": [{"question": "q", "id": "r1", "text": "yes", "owners": ["e@x.y"], "accepted": true}, {"question": "q", "id": "r2"}]}"""


@pytest.fixture
def store() -> Store:
    return store_from_json(SEED)


def post(caller: Caller, body: dict[str, object]) -> httpx.Response:
    return caller("POST", "user/", content=json.dumps(body))


def test_groups_and_teams(store: Store, caller_over: Callable[..., Caller]) -> None:
    """Both are listed with ids and names; teams that only people name are there, too."""
    caller = caller_over(store)
    assert [(row["id"], row["name"]) for row in caller.rows("auth/group/")] == [("g", "Stewards")]
    assert {row["name"] for row in caller.rows("auth/teams/")} == {"Sales", "ops"}


@pytest.mark.parametrize(
    ("switch", "said"), [("flag", [True, False]), ("text", ["True", "False"]), ("id", ["r1", "r1"])]
)
def test_replies(store: Store, caller_over: Callable[..., Caller], switch: str, said: list[object]) -> None:
    """A reply says in one of three ways whether it is the accepted one."""
    rows = caller_over(store, f"accepted_answer={switch}").rows("question/replies/")
    assert [row["accepted_answer"] for row in rows] == said


@pytest.mark.parametrize(
    ("switch", "body", "status"),
    [
        ("both", {"emails": ["n@x.y"], "role": "editor", "groups": ["g"]}, 201),
        ("both", {"email": "n@x.y", "role": "Viewer", "user_groups": ["g"]}, 201),
        ("example", {"email": "n@x.y", "role": "editor"}, 400),
        ("reference", {"emails": ["n@x.y"], "role": "editor"}, 400),
        ("both", {"emails": ["a@X.y"], "role": "editor"}, 400),
        ("both", {"emails": ["n@x.y", "no address"], "role": "editor"}, 400),
        ("both", {"emails": [], "role": "editor"}, 400),
        ("both", {"emails": ["n@x.y"], "role": "king"}, 400),
        ("both", {"emails": ["n@x.y"], "role": "guest"}, 400),
        ("both", {"emails": ["n@x.y"], "role": "editor", "groups": ["none"]}, 400),
        ("both", {"emails": ["n@x.y"], "role": "editor", "teams": "x"}, 400),
    ],
)
def test_adding(
    store: Store, caller_over: Callable[..., Caller], switch: str, body: dict[str, object], status: int
) -> None:
    """A person is added by either documented body, with their groups; what can't be meant adds nobody."""
    caller = caller_over(store, f"create_user={switch}")
    assert post(caller, body).status_code == status
    rows = [row for row in caller.rows("user/") if row["email"] == "n@x.y"]
    assert bool(rows) == (status == 201)
    assert not rows or status != 201 or rows[0]["user_groups"] == ["g"]


def test_only_admins_add(store: Store, caller_over: Callable[..., Caller]) -> None:
    """An editor's key adds nobody."""
    assert post(caller_over(store, key="editor"), {"emails": ["n@x.y"], "role": "editor"}).status_code == 403


def test_user_groups_may_be_left_out(store: Store, caller_over: Callable[..., Caller]) -> None:
    """A switch leaves the groups of users out."""
    assert "user_groups" not in caller_over(store, "user_groups=off").rows("user/")[0]


def test_typed_lists_may_be_gone(store: Store, caller_over: Callable[..., Caller]) -> None:
    """The deprecated lists are a switch away from not being there."""
    assert caller_over(store, "typed_lists=off").get("dashboard/dashboards/").status_code == 404
