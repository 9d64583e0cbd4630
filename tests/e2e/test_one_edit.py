"""One edit of a model's query makes one finding, told in the author's words; the page it stands on is one screen."""

from tests.e2e.project import PLAIN, Project, edited

NAMES = [f"sum_{number}" for number in range(12)]
SUMS = {
    "contract-gate.toml": 'dialect = "postgres"\n',
    "raw.sql": "create table shop.raw (id integer, status text, cents integer);\n",
    "orders.sql": (
        "create view shop.orders as\nwith agg as (\n  select id,\n    "
        + ",\n    ".join(f"sum(cents * {number}) as {name}" for number, name in enumerate(NAMES))
        + "\n  from shop.raw\n  group by id\n)\nselect r.id, r.status, "
        + ", ".join(f"agg.{name}" for name in NAMES)
        + "\nfrom shop.raw as r\nleft join agg on r.id = agg.id;\n"
    ),
    "reader.sql": "create view shop.reader as select sum_3, status from shop.orders;\n",
}


def test_a_filter_in_a_cte_of_twelve_sums_is_one_finding(empty: Project) -> None:
    """It says that a filter was added, where, and stands on its line; every column keeps its change."""
    change = edited(SUMS, "orders.sql", "  from shop.raw\n", "  from shop.raw\n  where status = 'done'\n")
    ran = empty.commit(SUMS).pull_request(change).check("--no-witness")
    (finding,) = ran.report["findings"]
    assert "filter added in `agg`: status = 'done'" in finding["message"]
    line = change["orders.sql"]
    assert isinstance(line, str)
    assert finding["location"]["line"] == line.splitlines().index("  where status = 'done'") + 1
    roots = [one for one in ran.report["changes"] if one["caused_by"] is None]
    assert {one["column"] for one in roots} == set(NAMES)
    assert {one["id"] for one in roots} == set(finding["changes"])


def test_each_column_belongs_to_the_edit_that_reaches_it(empty: Project) -> None:
    """A filter and a computed column are two edits; columns that nobody reads are one line."""
    change = edited(SUMS, "orders.sql", "  from shop.raw\n", "  from shop.raw\n  where status = 'done'\n")
    change = edited(
        {**SUMS, **change}, "orders.sql", "r.status, agg.sum_0, agg.sum_1", "r.status || '!' as status"
    )
    ran = empty.commit(SUMS).pull_request(change).check("--no-witness")
    assert len(ran.report["findings"]) == 3
    (unread,) = [finding for finding in ran.report["findings"] if finding["rule"] == "column-removed"]
    texts = [finding["message"] for finding in ran.report["findings"]]
    assert sum("filter added in `agg`" in text for text in texts) == 1
    assert "`sum_0`, `sum_1` are gone from shop.orders" in unread["message"]
    assert unread["level"] == "note"
    (of_status,) = [text for text in texts if "filter added" not in text and text != unread["message"]]
    assert "status" in of_status


def test_quiet_and_verbose(empty: Project) -> None:
    """`--quiet` has ten lines at most where nothing blocks, and the whole page where something does."""
    empty.commit(SUMS)
    empty.pull_request(edited(SUMS, "orders.sql", "sum(cents * 3)", "max(cents * 3)"))
    quiet, plain, verbose = (
        empty.run("check", "--base", "main", "--no-witness", *flags)
        for flags in (("--quiet",), (), ("--verbose",))
    )
    assert (quiet.code, plain.code, verbose.code) == (0, 0, 0)
    assert quiet.out.startswith("passed: nothing is known to break")
    assert len(quiet.out.splitlines()) <= 10 < len(verbose.out.splitlines())
    assert "no answer needed: 1 edit" in plain.out
    assert "model shop.reader changes" in verbose.out


def test_quiet_where_it_blocks(empty: Project) -> None:
    """What stops the commit is shown in full."""
    empty.commit(PLAIN).pull_request(
        edited(PLAIN, "warehouse/orders.sql", "placed as order_date", "placed as ordered_on")
    )
    quiet, plain = (empty.run("check", "--base", "main", "--no-witness", *flags) for flags in (("-q",), ()))
    assert (quiet.code, quiet.out) == (1, plain.out)
    assert plain.out.startswith("blocked: 2 models stop building")


def test_a_finding_is_explained(empty: Project) -> None:
    """By the digits that a report shows: the edit, each change, and the way to each reader; others are named."""
    empty.commit(SUMS)
    empty.pull_request(
        edited(SUMS, "orders.sql", "  from shop.raw\n", "  from shop.raw\n  where status = 'done'\n")
    )
    (finding,) = empty.check("--no-witness").report["findings"]
    told = empty.run("explain", finding["fingerprint"][:8], "--base", "main")
    assert told.code == 0
    assert finding["fingerprint"] in told.out
    assert told.out.count("edit: filter added in `agg`") == len(NAMES)
    assert "model shop.reader: changes" in told.out
    wrong = empty.run("explain", "0000", "--base", "main")
    assert (wrong.code, finding["fingerprint"][:8] in wrong.err) == (2, True)
