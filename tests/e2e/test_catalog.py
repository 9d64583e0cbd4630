"""The gate with a catalog behind it: who only the catalog knows, and what happens when it does not answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs

import pytest

from contract_gate.emulator.faults import Fault, FaultKind
from contract_gate.emulator.seed import DEMO_KEY, SHOP, load
from contract_gate.emulator.server import Server, running
from contract_gate.emulator.switches import read_switches
from tests.e2e.project import Project, Ran

ORDERS = (
    "create or replace view shop.marts.orders as\n"
    "select order_id, customer_id, order_date, status, amount, note from shop.staging.wide_orders;\n"
)
WITHOUT_AMOUNT = ORDERS.replace(" amount,", "")
WITHOUT_NOTE = ORDERS.replace(", note", "")


@pytest.fixture
def shop(empty: Project) -> Project:
    return empty.commit({"contract-gate.toml": 'dialect = "postgres"\ndeadline = 10\n', "orders.sql": ORDERS})


@contextmanager
def catalog(*faults: FaultKind) -> Iterator[Server]:
    with running(load(SHOP)) as server:
        server.control.inject(*(Fault(kind=kind) for kind in faults))
        yield server


def check(project: Project, sql: str, url: str, *flags: str, key: str = DEMO_KEY) -> Ran:
    """Check a pull request that leaves this view, with the key."""
    project.pull_request({"orders.sql": sql})
    return project.check(*flags, SECODA_API_KEY=key, SECODA_API_URL=url)


def consumers(ran: Ran) -> dict[str, list[str]]:
    return {impact["consumer"]["name"]: impact["consumer"]["owners"] for impact in ran.report["impacts"]}


def test_a_dashboard_blocks(shop: Project) -> None:
    """A removed column that a chart reads blocks, though no model of the repository does: with owner and page."""
    with catalog() as server:
        ran = check(shop, WITHOUT_AMOUNT, server.url)
    assert ran.code == 1
    assert ran.report["catalog"]["status"] == "answered"
    assert consumers(ran)["Weekly revenue"] == ["dana@example.com"]
    broken = [impact["consumer"] for impact in ran.report["impacts"] if impact["effect"] == "breaks"]
    assert {consumer["kind"] for consumer in broken} >= {"chart", "dashboard"}
    assert any(consumer["url"] for consumer in broken)


def test_a_column_that_nobody_reads(shop: Project) -> None:
    """Nothing blocks where the catalog's column lineage names other columns alone."""
    with catalog() as server:
        ran = check(shop, WITHOUT_NOTE, server.url)
    assert ran.code == 0
    assert "Weekly revenue" not in consumers(ran)


def test_nobody_is_at_home(shop: Project) -> None:
    """Without the catalog a lost column is undecided, with the way out; a harmless change passes."""
    with catalog() as server:
        closed = server.url
    ran = check(shop, WITHOUT_AMOUNT, closed)
    assert (ran.code, ran.report["catalog"]["status"], ran.report["verdict"]) == (
        3,
        "unavailable",
        "undecided",
    )
    assert any('catalog-unavailable = "warn"' in str(one["instead"]) for one in ran.report["findings"])
    ran = check(shop, ORDERS.replace(", note", ", note, status as state"), closed)
    assert (ran.code, ran.report["verdict"]) == (0, "passed")


def test_a_cast_may_be_a_retype(shop: Project) -> None:
    """A cast of what nobody knows the type of needs the catalog's word, as a change of type does."""
    ran = check(shop, ORDERS.replace("amount", "cast(amount as text) as amount", 1), "http://127.0.0.1:9")
    assert (ran.code, ran.report["verdict"]) == (3, "undecided"), ran.out


@pytest.mark.parametrize(("setting", "code"), [("warn", 0), ("fail", 1), ("undecided", 3)])
def test_what_an_outage_does_is_the_bases_choice(shop: Project, setting: str, code: int) -> None:
    """`catalog-unavailable` of the base decides, and the pull request's own does not."""
    shop.commit(
        {"contract-gate.toml": f'dialect = "postgres"\ndeadline = 10\ncatalog-unavailable = "{setting}"\n'}
    )
    shop.pull_request(
        {
            "contract-gate.toml": 'dialect = "postgres"\ndeadline = 10\ncatalog-unavailable = "warn"\n',
            "orders.sql": WITHOUT_AMOUNT,
        }
    )
    ran = shop.check(SECODA_API_KEY=DEMO_KEY, SECODA_API_URL="http://127.0.0.1:9")
    assert ran.code == code


@pytest.mark.parametrize("pages", ["404", "empty", "repeated", "others"])
@pytest.mark.parametrize("counted", ["on", "off"])
def test_a_lost_page_decides_nothing(shop: Project, pages: str, counted: str) -> None:
    """What may have stood on a lost page is not taken for nobody: the verdict is undecided, or a reader blocks."""
    with catalog() as server:
        server.control.switches = read_switches(
            ["page_size=3", f"count_sentinel={counted}", f"later_pages={pages}"]
        )
        ran = check(shop, WITHOUT_NOTE, server.url)
    assert (ran.code, ran.report["verdict"]) == (3, "undecided")
    assert ran.report["catalog"]["status"] in ("partial", "unavailable")
    assert "shop.marts.orders" in ran.report["catalog"]["unanswered"]


@pytest.mark.parametrize(
    ("faults", "key", "said"),
    [
        ((), "wrong-key", "401"),
        ((FaultKind.HTML,), DEMO_KEY, "a web page"),
        ((FaultKind.STATUS_500,), DEMO_KEY, "500"),
        ((FaultKind.EMPTY,), DEMO_KEY, ""),
        ((FaultKind.CUT,), DEMO_KEY, ""),
        ((FaultKind.STATUS_403,), DEMO_KEY, "403"),
        ((FaultKind.STATUS_404,), DEMO_KEY, "404"),
        ((FaultKind.STATUS_429,), DEMO_KEY, "429"),
        ((FaultKind.STATUS_503,), DEMO_KEY, "503"),
        ((FaultKind.ERROR_OBJECT,), DEMO_KEY, "list"),
        ((FaultKind.NO_ROWS,), DEMO_KEY, "nothing at all"),
    ],
    ids=[
        "wrong key",
        "HTML",
        "500",
        "empty",
        "cut off",
        "403",
        "404",
        "429",
        "503",
        "error object",
        "no rows",
    ],
)
def test_a_catalog_that_does_not_answer(
    shop: Project, faults: tuple[FaultKind, ...], key: str, said: str
) -> None:
    """It is unavailable, never empty: the report says why, and nobody is taken for unaffected."""
    with catalog(*faults) as server:
        ran = check(shop, WITHOUT_AMOUNT, server.url, key=key)
    assert (ran.code, ran.report["verdict"]) == (3, "undecided")
    state = ran.report["catalog"]
    assert state["status"] == "unavailable"
    assert said.lower() in state["note"].lower()
    if said in ("401", "403"):
        instead = next(one["instead"] for one in ran.report["findings"] if "did not answer" in one["message"])
        assert "SECODA_API_KEY" in instead
        assert "again" not in instead
    assert key not in ran.out + ran.err
    assert any(finding["level"] == "warning" for finding in ran.report["findings"])


def test_a_live_key_goes_before_a_configured_snapshot(shop: Project) -> None:
    """A configured snapshot is for runs without a key; without arguments it is of what the models make."""
    with catalog() as server:
        key = {"SECODA_API_KEY": DEMO_KEY, "SECODA_API_URL": server.url}
        saved = shop.run("snapshot", "--output", "catalog.json", **key)
        assert saved.out.startswith("catalog.json: 1 of 1 relations"), saved
        shop.commit(
            {
                "contract-gate.toml": 'dialect = "postgres"\nsnapshot = "catalog.json"\n',
                "catalog.json": (shop.directory / "catalog.json").read_text(),
            }
        )
        shop.pull_request({"orders.sql": WITHOUT_AMOUNT})
        live = shop.check(**key)
    assert (live.code, live.report["catalog"]["name"]) == (1, "secoda")
    without = shop.check()
    assert (without.code, without.report["catalog"]["name"]) == (1, "snapshot of secoda")


DBT_SHOP = {
    "dbt_project.yml": "name: dwh\nprofile: dwh\nmodels:\n  dwh:\n    marts:\n      +schema: marts\n",
    "macros/generate_schema_name.sql": "{% macro generate_schema_name(name, node) %}{{ name or target.schema }}{% endmacro %}",
    "models/marts/orders.sql": "select 1 as order_id, 2 as amount, date '2024-01-01' as order_date, 3 as note\n",
}
WITH_ENV = {
    "dbt_project.yml": DBT_SHOP["dbt_project.yml"] + "      +database: \"{{ env_var('WAREHOUSE') }}\"\n"
}


@pytest.mark.parametrize("files", [DBT_SHOP, {**DBT_SHOP, **WITH_ENV}], ids=["no profile", "env_var"])
def test_a_database_that_nobody_knows(empty: Project, files: dict[str, str]) -> None:
    """A dbt project whose database only the environment knows finds its dashboards by what is known of names."""
    empty.commit({"contract-gate.toml": 'dialect = "postgres"\n', **files})
    empty.pull_request(
        {"models/marts/orders.sql": files["models/marts/orders.sql"].replace(" 2 as amount,", "")}
    )
    with catalog() as server:
        ran = empty.check(SECODA_API_KEY=DEMO_KEY, SECODA_API_URL=server.url)
    assert ran.code == 1, ran
    assert ran.report["catalog"]["status"] == "answered"
    assert "Weekly revenue" in consumers(ran)


@pytest.mark.parametrize(
    ("files", "config"),
    [
        (DBT_SHOP, '[target]\ndatabase = "shop"\n'),
        ({**DBT_SHOP, **WITH_ENV}, '[target]\ndatabase = "shop"\n'),
        ({**DBT_SHOP, **WITH_ENV}, '[env]\nWAREHOUSE = "shop"\n'),
        ({**DBT_SHOP, **WITH_ENV}, '[catalog-names]\n"env_warehouse" = "shop"\n'),
    ],
    ids=["no profile", "env_var, by target", "env_var, by env", "env_var, by catalog-names"],
)
def test_a_preview_goes_by_the_catalogs_names(empty: Project, files: dict[str, str], config: str) -> None:
    """Once the configuration says what nobody else does, the SQL is previewed under the catalog's names, and nothing drifts."""
    payments = "select payment_id as order_id, amount from shop.staging.stg_payments\n"
    empty.commit({"contract-gate.toml": 'dialect = "postgres"\n' + config, **files})
    empty.commit({"models/marts/orders.sql": payments})
    empty.pull_request({"models/marts/orders.sql": payments.replace(", amount", "")})
    with catalog() as server:
        ran = empty.check(SECODA_API_KEY=DEMO_KEY, SECODA_API_URL=server.url)
        (seen,) = [one.query for one in server.control.requests if one.path == "lineage/lineage_from_query/"]
    assert " shop.marts.orders" in parse_qs(seen)["sql"][0]
    assert "not previewed" not in str(ran.report["coverage"])
    assert [one for one in ran.report["findings"] if "reads no" in one["message"]] == []


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://secoda.example.com", "https"),
        ("ftp://x", "can't be understood"),
        ("https://u:p@x.example.com", "password"),
    ],
)
def test_an_address_that_is_refused(shop: Project, url: str, said: str) -> None:
    """A key is not sent in the clear, nor to what is no address: exit 2."""
    ran = check(shop, WITHOUT_AMOUNT, url)
    assert ran.code == 2
    assert said in ran.err
    assert DEMO_KEY not in ran.err


def test_a_pull_request_can_not_redirect_the_key(shop: Project) -> None:
    """An address in the pull request's own configuration is not where the key goes."""
    with catalog() as server:
        shop.pull_request(
            {
                "contract-gate.toml": f'dialect = "postgres"\n[secoda]\nurl = "{server.url}"\n',
                "orders.sql": WITHOUT_AMOUNT,
            }
        )
        shop.check(SECODA_API_KEY=DEMO_KEY, SECODA_API_URL="http://127.0.0.1:9")
        assert not server.control.requests


def test_offline(shop: Project) -> None:
    """`--offline` asks nobody, key or not."""
    with catalog() as server:
        ran = check(shop, WITHOUT_AMOUNT, server.url, "--offline")
        assert not server.control.requests
    assert ran.report["catalog"]["status"] == "not-asked"


def test_a_snapshot_instead_of_a_key(shop: Project) -> None:
    """What was saved with a key names the same dashboard without one."""
    with catalog() as server:
        saved = shop.run(
            "snapshot", "shop.marts.orders", "--output", "../catalog.json",
            SECODA_API_KEY=DEMO_KEY, SECODA_API_URL=server.url,
        )  # fmt: skip
    assert saved.code == 0, saved
    ran = shop.pull_request({"orders.sql": WITHOUT_AMOUNT}).check("--snapshot", "../catalog.json")
    assert ran.code == 1
    assert "Weekly revenue" in consumers(ran)


def test_the_sql_of_the_head_is_previewed(shop: Project) -> None:
    """What changed is sent as the head has it, a removed relation as the base had it; drift is a note by default."""
    shop.commit(
        {
            "contract-gate.toml": 'dialect = "postgres"\n',
            "old.sql": "create view shop.marts.order_items as select order_id from shop.marts.orders;\n",
        }
    )
    with catalog() as server:
        shop.pull_request({"orders.sql": WITHOUT_AMOUNT, "old.sql": None})
        ran = shop.check(SECODA_API_KEY=DEMO_KEY, SECODA_API_URL=server.url)
        seen = [one.query for one in server.control.requests if one.path == "lineage/lineage_from_query/"]
    sent = sorted(parse_qs(query)["sql"][0] for query in seen)
    assert sent == [
        "create or replace view shop.marts.orders as select order_id, customer_id, order_date, status, note "
        "from shop.staging.wide_orders",
        "create view shop.marts.order_items as select order_id from shop.marts.orders",
    ]
    drift = [one for one in ran.report["findings"] if one["rule"] == "catalog-drift"]
    assert {one["level"] for one in drift} == {"note"}
    assert any("wide_orders" in one["message"] for one in drift)
