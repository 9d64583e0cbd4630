"""Each endpoint that a command uses, in the shapes that the documentation and older deployments give it.

A shape is what is sent, to the letter, what comes back, and what must be understood. `test_shapes` runs them, docs/catalog.md lists them.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from contract_gate.catalogs.catalog import Asset
from contract_gate.catalogs.graph import key_of
from contract_gate.catalogs.secoda.client import Secoda
from contract_gate.catalogs.secoda.lookup import query_for
from contract_gate.catalogs.secoda.members import MemberRole, NewMember, PlannedMember
from contract_gate.catalogs.secoda.preview import Preview, PreviewStatement
from contract_gate.catalogs.secoda.rows import RowFilter
from contract_gate.catalogs.secoda.wire import NamedRow, SecodaUser
from contract_gate.core.relation import RelationName

NOW = datetime(2026, 11, 26, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request and its reply. `query` and `body` are all of what is sent; `reply` None: no content."""

    path: str
    method: str = "GET"
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    status: int = 200
    reply: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """`ask` asks the client what must end in `found`."""

    endpoint: str
    name: str
    exchanges: tuple[Exchange, ...]
    ask: Callable[[Secoda], Awaitable[object]]
    found: object


def listed(*rows: Any, **more: Any) -> dict[str, Any]:
    """Write a page as the documentation gives it: null may be `null`, `""` or the text `"None"`."""
    meta = {"page": 1, "previous_page": "None", "next_page": None, "count": len(rows), "total_pages": 1}
    page: dict[str, Any] = {"links": {"next": "None", "previous": ""}, "meta": meta, "count": len(rows)}
    return {**page, "total_pages": 1, "results": list(rows), **more}


def filtered(kind: str | None, **wanted: tuple[str, ...]) -> dict[str, str]:
    return dict(query_for(kind, wanted))


TABLE = {
    "id": "T", "entity_type": "table", "native_type": "view", "title": "orders", "title_full": "Shop.Marts.Orders",
    "title_cased": "Orders", "url": "https://app.secoda.co/t", "parent": "S", "owners": ["U"], "tags": [], "verified": True,
    "pii": False, "archived": False, "stale": False, "external_usage": 12, "internal_usage": None, "integration": "I",
}  # fmt: skip
COLUMN = {"id": "C", "entity_type": "column", "title": "amount", "title_cased": "Amount", "parent": "T"}
NEW_ROW = {
    "id": "R", "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z", "from_entity_id": "A", "to_entity_id": "B",
    "direction": "DOWNSTREAM", "workspace_id": "W", "is_manual": True,
}  # fmt: skip
OLD_ROW = {"id": "R", "from_entity": "a", "to_entity": "b", "direction": "downstream", "is_manual": "true"}
STATEMENT = PreviewStatement(
    sql="select 1", dialect="postgresql", table_id="T", default_database="d", default_schema="s"
)
SENT = {
    "sql": "select 1",
    "dialect": "postgresql",
    "table_id": "T",
    "default_database": "d",
    "default_schema": "s",
}
NAMED = {
    "created_at": "",
    "updated_at": "",
    "native_type": "table",
    "integration_id": "I",
    "integration_title": "i",
    "integration_type": "postgres",
}
PREVIEW = {
    "sql": "select 1",
    "source_tables": [{"id": "X", "title": "raw", "schema_name": "s", "database_name": "d", **NAMED}],
    "column_lineages": [
        {"from_column": {"id": "XC", "title": "amt", "entity_type": "column", "type": "int"}, "to_column": {"id": "C", "title": "amount"}}
    ],
    "target_table": {"id": "T", "title": "orders", "schema_name": "s", "database_name": "d", **NAMED},
}  # fmt: skip
MEMBER = PlannedMember(
    member=NewMember(email="new@example.com", role=MemberRole.EDITOR, first_name="New", last_name="One"),
    groups=(NamedRow(id="G", name="Stewards"),),
    teams=(NamedRow(id="M", name="Support"),),
)
EXAMPLE_BODY = {"emails": ["new@example.com"], "role": "editor", "groups": ["G"], "teams": ["M"]}
REFERENCE_BODY = {
    "email": "new@example.com", "first_name": "New", "last_name": "One", "role": "editor", "user_groups": ["G"], "teams": ["M"],
}  # fmt: skip
LINK = {"from_entity": "A", "to_entity": "B", "direction": "DOWNSTREAM"}
DOCUMENTED = {
    "id": "T",
    "title": "orders",
    "description": None,
    "definition": "",
    "tags": [],
    "owners": [],
    "pii": False,
}


async def rows(secoda: Secoda) -> object:
    found = await secoda.rows.listed(RowFilter(start="A"))
    return [
        (row.id, key_of(row.from_id), key_of(row.to_id), row.direction.value, row.is_manual)
        for row in found.rows
    ]


async def row(secoda: Secoda) -> object:
    found = await secoda.rows.get("R")
    return key_of(found.from_id), key_of(found.to_id), found.is_manual


async def table(secoda: Secoda) -> object:
    name = RelationName(("shop", "marts", "orders"))
    found = (await secoda.lookup.tables([name]))[name]
    return (
        (found.id, found.shown, found.usage, found.standing.certified) if isinstance(found, Asset) else found
    )


async def columns(secoda: Secoda) -> object:
    holder = Asset(id="T", kind="table", name="Orders", title_full="Shop.Marts.Orders")
    return [(one.id, one.name) for one in await secoda.lookup.columns(holder)]


async def entity(secoda: Secoda) -> object:
    found = await secoda.lookup.entities(["T"])
    return found.assets["t"].kind, [owner.id for owner in found.owners["t"]]


async def preview(secoda: Secoda) -> object:
    answer = await secoda.preview(STATEMENT)
    if not isinstance(answer, Preview):
        return answer
    reply = answer.reply
    pairs = [(start.id, end.id) for start, end in reply.columns]
    return [source.name for source in reply.sources], pairs, reply.target and reply.target.name


async def add_member(secoda: Secoda) -> object:
    return [(one.row and one.row.id, one.problem) async for one in secoda.members.add([MEMBER])]


async def stale(secoda: Secoda) -> object:
    found = await secoda.use.stale(NOW)
    return [(one.row.id, one.is_counted, one.owners) for one in found.dashboards]


async def adoption(secoda: Secoda) -> object:
    found = await secoda.questions.adoption()
    return [(one.name, len(one.replies), one.accepted) for one in found.people]


async def migrated(secoda: Secoda) -> object:
    plan = await secoda.migration.plan("I", "J")
    return plan.matched


async def fill_table(secoda: Secoda) -> object:
    return await secoda.documentation.fill("T", "table", {"description": "What was sold."})


async def fill_column(secoda: Secoda) -> object:
    return await secoda.documentation.fill("C", "column", {"pii": True})


async def named(secoda: Secoda, member: NewMember) -> object:
    (planned,) = await secoda.members.plan([member])
    return [one.id for one in (*planned.groups, *planned.teams)]


def _of_lineage() -> tuple[Shape, ...]:
    manual = "lineage/manual/"
    of_a = {"from_entity__in": "A"}
    one = [("R", "a", "b", "downstream", True)]
    add, wipe = "POST lineage", "PATCH lineage/lineage_from_query"
    created = Exchange(method="POST", path="lineage/", body=LINK, status=201, reply=NEW_ROW)
    refused = Exchange(method="POST", path="lineage/", body=LINK, status=404, reply={"detail": "Not found."})
    older = Exchange(
        method="POST", path=manual, body={**LINK, "is_manual": "true"}, status=201, reply=OLD_ROW
    )
    query = "lineage/lineage_from_query/"
    bare = {name: value for name, value in PREVIEW.items() if name != "target_table"}
    seen = (["d.s.raw"], [("XC", "C")], "d.s.orders")
    return (
        Shape(endpoint="GET lineage/manual", name="`from_entity_id`", exchanges=(Exchange(path=manual, query=of_a, reply=listed(NEW_ROW)),), ask=rows, found=one),
        Shape(endpoint="GET lineage/manual", name="older `from_entity`", exchanges=(Exchange(path=manual, query=of_a, reply={"results": [OLD_ROW]}),), ask=rows, found=one),
        Shape(endpoint="GET lineage/manual/{id}", name="`from_entity_id`", exchanges=(Exchange(path=f"{manual}R/", reply=NEW_ROW),), ask=row, found=("a", "b", True)),
        Shape(endpoint="GET lineage/manual/{id}", name="older `from_entity`", exchanges=(Exchange(path=f"{manual}R/", reply=OLD_ROW),), ask=row, found=("a", "b", True)),
        Shape(endpoint="DELETE lineage/manual/{id}", name="204", exchanges=(Exchange(method="DELETE", path=f"{manual}R/", status=204),), ask=lambda secoda: secoda.lineage.remove("R"), found=None),
        Shape(endpoint="DELETE lineage/manual/{id}", name="gone already", exchanges=(Exchange(method="DELETE", path=f"{manual}R/", status=404, reply={"detail": "Not found."}),), ask=lambda secoda: secoda.lineage.remove("R"), found=None),
        Shape(endpoint=add, name="201", exchanges=(created,), ask=lambda secoda: secoda.lineage.add("A", "B"), found=None),
        Shape(endpoint="POST lineage/manual", name="older, where there is no `POST lineage`", exchanges=(refused, older), ask=lambda secoda: secoda.lineage.add("A", "B"), found=None),
        Shape(endpoint="GET lineage/lineage_from_query", name="with a target", exchanges=(Exchange(path=query, query=SENT, reply=PREVIEW),), ask=preview, found=seen),
        Shape(endpoint="GET lineage/lineage_from_query", name="`target_table` null", exchanges=(Exchange(path=query, query=SENT, reply={**PREVIEW, "target_table": None}),), ask=preview, found=(*seen[:2], None)),
        Shape(endpoint="GET lineage/lineage_from_query", name="`target_table` absent", exchanges=(Exchange(path=query, query=SENT, reply=bare),), ask=preview, found=(*seen[:2], None)),
        Shape(endpoint=wipe, name="OK without content", exchanges=(Exchange(method="PATCH", path=query, body=SENT),), ask=lambda secoda: secoda.replace_lineage(STATEMENT, "select 1"), found=None),
    )  # fmt: skip


def _of_assets() -> tuple[Shape, ...]:
    by_title = Exchange(
        path="resource/catalog/", query=filtered("table", title=("orders",)), reply=listed(TABLE)
    )
    nothing = Exchange(
        path="resource/catalog/", query=by_title.query, status=404, reply={"detail": "Not found."}
    )
    typed = Exchange(
        path="table/tables/", query={"title": "orders"}, reply=listed({**TABLE, "entity_type": None})
    )
    of_table = {"parent_id": "T"}
    whole = {name: value for name, value in COLUMN.items() if name != "parent"} | {"parent": {"id": "T"}}
    refused = Exchange(path="table/columns/", query=of_table, status=404, reply={"detail": "Not found."})
    replaced = Exchange(
        path="resource/catalog/", query=filtered("column", parent_id=("T",)), reply=listed(COLUMN)
    )
    integrations = listed(
        {
            "id": "I",
            "name": "Old",
            "scheduled_extractions_last_run": "2026-11-20T12:00:00Z",
            "credentials": {"password": "never read"},
        }
    )
    known = ("T", "Shop.Marts.Orders", 12, True)
    return (
        Shape(endpoint="GET resource/catalog", name="filter of tables by title", exchanges=(by_title,), ask=table, found=known),
        Shape(endpoint="GET table/tables", name="deprecated list by title", exchanges=(nothing, typed), ask=table, found=known),
        Shape(endpoint="GET table/tables", name="of an integration", exchanges=(
            Exchange(path="table/tables/", query={"integration_id": "I"}, reply=listed(TABLE)),
            Exchange(path="table/tables/", query={"integration_id": "J"}, reply=listed()),
        ), ask=migrated, found=0),
        Shape(endpoint="GET table/columns", name="`parent` an id", exchanges=(Exchange(path="table/columns/", query=of_table, reply=listed(COLUMN)),), ask=columns, found=[("C", "Amount")]),
        Shape(endpoint="GET table/columns", name="`parent` an object", exchanges=(Exchange(path="table/columns/", query=of_table, reply=listed(whole)),), ask=columns, found=[("C", "Amount")]),
        Shape(endpoint="GET resource/catalog", name="columns, where the deprecated list is gone", exchanges=(refused, replaced), ask=columns, found=[("C", "Amount")]),
        Shape(endpoint="GET resource/all/{id}", name="owners as ids", exchanges=(Exchange(path="resource/all/T/", reply=TABLE),), ask=entity, found=("table", ["U"])),
        Shape(endpoint="GET resource/all/{id}", name="owners inline", exchanges=(Exchange(path="resource/all/T/", reply={**TABLE, "owners": [{"id": "U", "email": "u@example.com"}]}),), ask=entity, found=("table", ["U"])),
        Shape(endpoint="GET integration/integrations", name="`credentials` left unread", exchanges=(Exchange(path="integration/integrations/", reply=integrations),), ask=lambda secoda: secoda.freshness(), found="2026-11-20T12:00:00Z"),
    )  # fmt: skip


def _of_documentation() -> tuple[Shape, ...]:
    def read(**more: Any) -> Exchange:
        return Exchange(path="resource/all/T/", reply={**DOCUMENTED, **more})

    def read_column(**more: Any) -> Exchange:
        return Exchange(path="resource/all/C/", reply={**COLUMN, **more})

    text = {"description": "What was sold."}
    return (
        Shape(endpoint="PATCH table/tables/{id}", name="the changed fields alone", exchanges=(
            read(), Exchange(method="PATCH", path="table/tables/T/", body=text, reply={**DOCUMENTED, **text}), read(**text),
        ), ask=fill_table, found=()),
        Shape(endpoint="PATCH table/columns/{id}", name="the changed fields alone", exchanges=(
            read_column(pii=False), Exchange(method="PATCH", path="table/columns/C/", body={"pii": True}), read_column(pii=True),
        ), ask=fill_column, found=()),
    )  # fmt: skip


def _of_people() -> tuple[Shape, ...]:
    listing = Exchange(
        path="user/",
        reply=listed({"id": "N", "email": "new@example.com", "role": "editor", "user_groups": ["G"]}),
    )
    example = Exchange(method="POST", path="user/", body=EXAMPLE_BODY, status=201, reply={"id": "N"})
    refused = Exchange(
        method="POST",
        path="user/",
        body=EXAMPLE_BODY,
        status=400,
        reply={"email": ["This field is required."]},
    )
    reference = Exchange(method="POST", path="user/", body=REFERENCE_BODY, status=201, reply={"id": "N"})
    unused = {
        "id": "D",
        "entity_type": "dashboard",
        "title": "old",
        "owners": ["U"],
        "external_users": [],
        "internal_users": [],
    }
    reply = {"id": "Q", "owners": ["U"], "accepted_answer": True}
    person = Exchange(
        path="user/U/", reply={"id": "U", "email": "u@example.com", "first_name": "U", "last_name": "V"}
    )
    nobody = Exchange(path="user/", reply=listed())
    of_group = NewMember(email="new@example.com", role=MemberRole.EDITOR, groups=("stewards",))
    of_team = NewMember(email="new@example.com", role=MemberRole.EDITOR, teams=("Support",))
    return (
        Shape(
            endpoint="GET user",
            name="the person alone",
            exchanges=(Exchange(path="user/", reply={"id": "U", "email": "u@example.com", "role": "admin"}),),
            ask=lambda secoda: secoda.me(),
            found=SecodaUser(shown="u@example.com", role="admin"),
        ),
        Shape(endpoint="GET user", name="a list of people", exchanges=(listing,), ask=lambda secoda: secoda.me(), found=None),
        Shape(endpoint="GET user/{id}", name="an address", exchanges=(Exchange(path="dashboard/dashboards/", reply=listed({**unused, "external_usage": 0})), person), ask=stale, found=[("D", True, ("u@example.com",))]),
        Shape(endpoint="GET user/{id}", name="a name alone", exchanges=(Exchange(path="question/replies/", reply=listed(reply)), Exchange(path="user/U/", reply={"id": "U", "first_name": "U", "last_name": "V", "email": None})), ask=adoption, found=[("U V", 1, 1)]),
        Shape(endpoint="GET dashboard/dashboards", name="counts null", exchanges=(Exchange(path="dashboard/dashboards/", reply=listed({**unused, "external_usage": None, "owners": []})),), ask=stale, found=[("D", False, ())]),
        Shape(endpoint="GET question/replies", name="`accepted_answer` a flag", exchanges=(Exchange(path="question/replies/", reply=listed(reply)), person), ask=adoption, found=[("u@example.com", 1, 1)]),
        Shape(endpoint="GET question/replies", name="`accepted_answer` an id", exchanges=(Exchange(path="question/replies/", reply=listed({**reply, "accepted_answer": "Q"}, {**reply, "id": "P", "accepted_answer": "Q"})), person), ask=adoption, found=[("u@example.com", 2, 1)]),
        Shape(endpoint="POST user", name="body of the example", exchanges=(example, listing), ask=add_member, found=[("N", None)]),
        Shape(endpoint="POST user", name="body of the reference", exchanges=(refused, reference, listing), ask=add_member, found=[("N", None)]),
        Shape(
            endpoint="GET auth/group",
            name="an owner that is no person",
            exchanges=(
                Exchange(path="question/replies/", reply=listed({**reply, "owners": ["G"]})),
                Exchange(path="user/G/", status=404, reply={"detail": "Not found."}),
                Exchange(path="auth/group/", reply=listed({"id": "g", "name": "Stewards"})),
            ),
            ask=adoption,
            found=[("Stewards", 1, 1)],
        ),
        Shape(endpoint="GET auth/group", name="by name", exchanges=(nobody, Exchange(path="auth/group/", reply=listed({"id": "G", "name": "Stewards"}))), ask=lambda secoda: named(secoda, of_group), found=["G"]),
        Shape(endpoint="GET auth/teams", name="by name", exchanges=(nobody, Exchange(path="auth/teams/", reply=listed({"id": "M", "name": "Support"}))), ask=lambda secoda: named(secoda, of_team), found=["M"]),
        Shape(endpoint="GET healthcheck", name="`OK`", exchanges=(Exchange(path="healthcheck/", reply={"status": "OK"}),), ask=lambda secoda: secoda.check_health(), found=None),
    )  # fmt: skip


SHAPES = (*_of_lineage(), *_of_assets(), *_of_documentation(), *_of_people())
