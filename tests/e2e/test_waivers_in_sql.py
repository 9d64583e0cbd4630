"""Waivers in the SQL, of the base and of the change itself."""

from tests.e2e.project import PLAIN, Project, Ran, edited

ORDERS = "warehouse/orders.sql"
MEANT = "-- contract-gate: allow column-removed until 2999-01-31 because nobody needs it\n"
DROPPED = edited(PLAIN, ORDERS, ",\n    cents / 100.0 as amount", "")
OWN = {"contract-gate.toml": PLAIN["contract-gate.toml"] + "own-waivers = true\n"}


def notes(ran: Ran) -> str:
    return "\n".join(ran.report["coverage"]["notes"])


def test_the_base_says_in_the_sql_what_is_meant(empty: Project) -> None:
    """A finding of that kind in that file is waived, with the place and the reason, also where the change takes the comment away."""
    for head in (MEANT + DROPPED[ORDERS], DROPPED[ORDERS]):
        ran = empty.commit({**PLAIN, ORDERS: MEANT + PLAIN[ORDERS]}).pull_request({ORDERS: head}).check()
        assert ran.code == 0, ran
        assert ran.report["findings"][0]["waiver"] == f"{ORDERS}:1: nobody needs it (until 2999-01-31)"
        empty.git("checkout", "--quiet", "main")


def test_a_file_that_moves_keeps_its_waivers(empty: Project) -> None:
    """The comment means the file, whatever it is called."""
    files = {**PLAIN, ORDERS: MEANT + PLAIN[ORDERS]}
    moved = {ORDERS: None, "warehouse/facts/orders.sql": MEANT + DROPPED[ORDERS]}
    ran = empty.commit(files).pull_request(moved).check()
    assert ran.code == 0, ran


def test_another_kind_file_or_day_waives_nothing(empty: Project) -> None:
    """What does not fit is told, and the change stays blocked."""
    for name, comment in (
        (ORDERS, MEANT.replace("removed", "renamed")),
        (ORDERS, MEANT.replace("2999", "2020")),
        (ORDERS, MEANT.replace("removed", "remove")),
        ("warehouse/dates.sql", MEANT),
    ):
        files = {**PLAIN, name: comment + PLAIN[name]}
        head = {**DROPPED, "warehouse/dates.sql": files["warehouse/dates.sql"] + "-- x\n"}
        ran = empty.commit(files).pull_request(head).check()
        assert ran.code == 1, comment
        assert f"{name}:1" in notes(ran)
        empty.git("checkout", "--quiet", "main")


def test_a_change_waives_itself_only_where_the_base_says_so(empty: Project) -> None:
    """`own-waivers` of the base lets the change's comments and file count; set by the change it does nothing."""
    entry = '[[waiver]]\nrule = "column-removed"\nrelation = "shop.marts.orders"\nreason = "r"\nby = "b"\nuntil = 2999-01-31\n'
    for brought in ({ORDERS: MEANT + DROPPED[ORDERS]}, {**DROPPED, "contract-gate-waivers.toml": entry}):
        ran = empty.commit(PLAIN).pull_request({**brought, **OWN}).check()
        assert ran.code == 1
        assert "not used" in notes(ran)
        empty.git("checkout", "--quiet", "main")
        ran = empty.commit({**PLAIN, **OWN}).pull_request(brought).check()
        assert ran.code == 0, ran
        assert ran.report["findings"][0]["waiver"]
        empty.git("checkout", "--quiet", "main")


def test_what_could_not_be_decided_is_not_the_authors_to_waive(empty: Project) -> None:
    """An undecided finding is waived by what was merged before, and told; by what the change brings never."""
    unread = {ORDERS: "create or replace view shop.marts.orders as select from from ((;\n"}
    shown = empty.commit({**PLAIN, **OWN}).pull_request(unread).check("--strict")
    assert shown.code == 3, shown
    found = next(each for each in shown.report["findings"] if each["rule"] == "undecided" and each["change"])
    meant = '[[waiver]]\nreason = "r"\nby = "b"\nuntil = 2999-01-31\n'
    for named in (
        f'fingerprint = "{found["fingerprint"]}"\n',
        'rule = "undecided"\nrelation = "shop.marts.orders"\n',
    ):
        waiver = {"contract-gate-waivers.toml": meant + named}
        empty.git("checkout", "--quiet", "-f", "main")
        assert empty.pull_request({**unread, **waiver}).check("--strict").code == 3
        empty.git("checkout", "--quiet", "-f", "-B", "waived", "main")
        empty.commit(waiver)
        empty.git("checkout", "--quiet", "-B", "change")
        ran = empty.commit(unread).run("check", "--base", "waived", "--format", "json", "--strict")
        assert ran.code == 0, ran
        assert "answers for what could not be decided here" in notes(ran)
