"""Waivers of the base: what they let pass, what they do not, and what is told of them."""

import pytest

from contract_gate.reports import FORMATS
from tests.e2e.project import PLAIN, Project, Ran, edited

FILE = "contract-gate-waivers.toml"
DROPPED = edited(PLAIN, "warehouse/orders.sql", ",\n    cents / 100.0 as amount", "")


def entry(until: str = "2999-01-31", **key: str) -> str:
    words = {**key, "reason": "nobody needs it", "by": "dana"}
    lines = "".join(f'{name} = "{value}"\n' for name, value in words.items())
    return f"[[waiver]]\n{lines}until = {until}\n"


def waived(empty: Project, *entries: str) -> Ran:
    """Check a branch that drops a column, with these waivers on main."""
    empty.commit({**PLAIN, FILE: "".join(entries)} if entries else PLAIN)
    return empty.pull_request(DROPPED).check()


@pytest.fixture
def fingerprint(empty: Project) -> str:
    ran = waived(empty)
    assert ran.code == 1
    (finding,) = ran.report["findings"]
    empty.git("checkout", "--quiet", "main")
    return str(finding["fingerprint"])


def test_a_finding_that_the_base_waives_passes_and_is_shown(empty: Project, fingerprint: str) -> None:
    """By its fingerprint, or by rule and relation; every format says who meant it, and why."""
    for key in ({"fingerprint": fingerprint}, {"rule": "column-removed", "relation": "shop.marts.orders"}):
        ran = waived(empty, entry(**key))
        assert ran.code == 0, ran
        assert ran.report["findings"][0]["waiver"] == "dana: nobody needs it (until 2999-01-31)"
        empty.git("checkout", "--quiet", "main")
    empty.git("checkout", "--quiet", "change")
    for format_ in FORMATS:
        told = empty.run("check", "--base", "main", "--format", format_, "--verbose")
        assert told.code == 0
        assert "nobody needs it" in told.out, format_


def test_a_waiver_of_something_else_or_expired_lets_nothing_pass(empty: Project, fingerprint: str) -> None:
    """An expired one and one that covers nothing are told, and the change stays blocked."""
    other = entry(rule="column-removed", relation="shop.marts.weekly")
    kind = entry(rule="column-renamed", relation="shop.marts.orders")
    ran = waived(empty, other, kind, entry("2020-01-31", fingerprint=fingerprint))
    assert ran.code == 1
    notes = "\n".join(ran.report["coverage"]["notes"])
    assert "column-removed of shop.marts.weekly by dana covers no finding" in notes
    assert "column-renamed of shop.marts.orders by dana covers no finding" in notes
    assert f"{fingerprint} by dana expired on 2020-01-31" in notes


def test_a_change_does_not_waive_itself(empty: Project, fingerprint: str) -> None:
    """The pull request's own waivers do not count, and that is told."""
    ran = empty.pull_request({**DROPPED, FILE: entry(fingerprint=fingerprint)}).check()
    assert ran.code == 1
    assert any(FILE in note and "not used" in note for note in ran.report["coverage"]["notes"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (entry(rule="column-removed"), "too broad"),
        (entry(relation="shop.marts.orders"), "too broad"),
        (entry(fingerprint="0" * 32, rule="column-removed"), "names two things"),
        (entry(fingerprint="0" * 32, column="x"), "not known: waiver[1].column"),
        (entry('"soon"', fingerprint="0" * 32), "takes a day"),
        ("[[waiver]]\nfingerprint = '0'\nuntil = 2999-01-01\n", "lacks `reason`"),
        (entry(fingerprint="0" * 32).replace("reason", "reasons"), "did you mean `reason` by `reasons`?"),
        ("waiver = [", "not TOML"),
    ],
)
def test_what_is_not_understood_is_an_error(empty: Project, text: str, said: str) -> None:
    """A waiver that could be wider than it was meant stops the run."""
    ran = waived(empty, text)
    assert ran.code == 2
    assert said in ran.err


def test_a_fingerprint_survives_moved_lines_and_a_rebase(empty: Project, fingerprint: str) -> None:
    """Comments above the change and other commits below it leave the waiver in force."""
    moved = {name: "-- moved\n\n" + text for name, text in PLAIN.items() if name.endswith(".sql")}
    empty.commit({**PLAIN, **moved, FILE: entry(fingerprint=fingerprint)})
    dropped = {"warehouse/orders.sql": "-- moved\n\n" + DROPPED["warehouse/orders.sql"]}
    assert empty.pull_request(dropped).check().code == 0


def test_a_fingerprint_outlives_moved_lines_a_rebase_and_another_commit(
    empty: Project, fingerprint: str
) -> None:
    """The waiver holds when main moves the lines, the branch is rebased onto it, and its commits are made anew."""
    noise = {"warehouse/orders.sql": f"-- what it is for\n-- who asks\n\n{PLAIN['warehouse/orders.sql']}"}
    empty.commit({**noise, FILE: entry(fingerprint=fingerprint), "warehouse/other.sql": "select 1 as x;\n"})
    empty.git("checkout", "--quiet", "change")
    empty.git("rebase", "--quiet", "main")
    assert empty.check().report["findings"][0]["location"]["line"] > 3
    assert empty.check().code == 0
    empty.git("reset", "--quiet", "--soft", "main")
    empty.commit({"README.md": "words\n"}).commit({"warehouse/other.sql": "select 1 as x, 2 as y;\n"})
    ran = empty.check()
    assert (ran.code, [one["fingerprint"] for one in ran.report["findings"]]) == (0, [fingerprint])
