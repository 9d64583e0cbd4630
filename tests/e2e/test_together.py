"""Two changes at once: `check --also BRANCH` tells what only their merge breaks, and nothing of what each does alone."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.e2e.project import Project, Ran

BASE = {
    "contract-gate.toml": 'dialect = "postgres"\n',
    "orders.sql": "create view shop.orders as\nselect id, amount, day\nfrom shop.raw;\n",
    "daily.sql": "create view shop.daily as\nselect day, count(*) as n\nfrom shop.orders\ngroup by day;\n",
}
WITHOUT_AMOUNT = {"orders.sql": BASE["orders.sql"].replace(" amount,", "")}
RENAMED = {"orders.sql": BASE["orders.sql"].replace("amount", "amount as total")}
READER = {"sums.sql": "create view shop.sums as\nselect sum(amount) as s\nfrom shop.orders;\n"}
SCRIPT = {"job.py": 'db.execute("""\nselect amount from shop.orders\n""")\n'}


@pytest.fixture
def repository(tmp_path: Path) -> Project:
    return Project(tmp_path / "repository").start().commit(BASE)


def judged(
    repository: Project, own: Mapping[str, str | None], other: Mapping[str, str | None], *more: str
) -> Ran:
    """Commit `other` on a branch and `own` on the pull request; judge the latter beside the former."""
    repository.git("checkout", "--quiet", "-b", "other", "main")
    repository.commit(other)
    repository.git("checkout", "--quiet", "main")
    repository.pull_request(own)
    return repository.check("--offline", "--no-witness", "--also", "other", *more)


def broken(ran: Ran) -> list[tuple[str, str]]:
    return [(one["location"]["path"], one["effect"]) for one in ran.report["impacts"]]


@pytest.mark.parametrize(
    ("own", "other", "path"),
    [
        (WITHOUT_AMOUNT, READER, "sums.sql"),
        (READER, WITHOUT_AMOUNT, "sums.sql"),
        (RENAMED, READER, "sums.sql"),
        (READER, RENAMED, "sums.sql"),
        (WITHOUT_AMOUNT, SCRIPT, "job.py"),
        (SCRIPT, RENAMED, "job.py"),
        ({"orders.sql": None, "daily.sql": None}, READER, "sums.sql"),
    ],
)
def test_each_alone_breaks_nothing(
    repository: Project, own: dict[str, str], other: dict[str, str], path: str
) -> None:
    """One takes a column away, the other reads it: each alone passes, and the merge of both is blocked, with the branch's name."""
    ran = judged(repository, own, other)
    assert ran.code == 1
    assert (path, "breaks") in broken(ran)
    assert any(one["message"].startswith("merged together with other: ") for one in ran.report["changes"])
    alone = repository.check("--offline", "--no-witness")
    assert alone.code == 0


@pytest.mark.parametrize(
    ("own", "other"),
    [
        (WITHOUT_AMOUNT, {"notes.md": "x"}),
        (WITHOUT_AMOUNT, {"sums.sql": READER["sums.sql"].replace("amount", "id")}),
        (READER, {"daily.sql": BASE["daily.sql"].replace("count(*)", "count(id)")}),
        (RENAMED, RENAMED),
    ],
)
def test_both_together_break_nothing(repository: Project, own: dict[str, str], other: dict[str, str]) -> None:
    """Nothing is added to what the change does alone, but for the word that the branch was looked at."""
    ran = judged(repository, own, other)
    alone = repository.check("--offline", "--no-witness")
    assert (ran.code, ran.report["changes"], ran.report["impacts"]) == (
        0,
        alone.report["changes"],
        alone.report["impacts"],
    )
    assert any("judged together with other" in note for note in ran.report["coverage"]["notes"])


def test_what_the_branch_breaks_by_itself_is_its_own(repository: Project) -> None:
    """A break that the branch alone makes is told where it is judged, and not here."""
    ran = judged(
        repository,
        {"new.sql": "create view shop.new as select id from shop.orders;\n"},
        {"orders.sql": BASE["orders.sql"].replace(", day", "")},
    )
    assert (ran.code, broken(ran)) == (0, [])


def test_a_reader_that_this_change_leaves_in_doubt(repository: Project) -> None:
    """Of a text that can't be read nobody knows whether it breaks. Where the branch makes it one that can, the merge is proven to break it."""
    unread = {"r.sql": "create view shop.r as\nselect amount frm shop.orders wher;\n"}
    read = {"r.sql": "create view shop.r as\nselect amount from shop.orders;\n"}
    repository.commit(unread)
    ran = judged(repository, WITHOUT_AMOUNT, read)
    assert ran.code == 1
    assert broken(ran) == [("r.sql", "unknown"), ("r.sql", "breaks")]
    without = {"r.sql": read["r.sql"].replace("amount", "id")}
    repository.git("checkout", "--quiet", "-B", "other", "main")
    repository.commit(without)
    repository.git("checkout", "--quiet", "change")
    ran = repository.check("--offline", "--no-witness", "--also", "other")
    assert (ran.code, broken(ran)) == (0, [("r.sql", "unknown")])


UNREAD = "create view shop.g as\nselect id\n--\n--\n--\n, day\n--\n--\n--\nfrom shop.orders;\n"


@pytest.mark.parametrize(("other", "is_told"), [("-- it\n", False), (", 'it' as b\n", True)])
def test_a_merge_that_nobody_can_read(repository: Project, other: str, is_told: bool) -> None:
    """Two edits far apart that merge without a conflict to what is no SQL are told as not analysed, though nobody reads the view."""
    repository.commit({"g.sql": UNREAD})
    own = UNREAD.replace("select id", "select 'id").replace("from shop", "' as id2 from shop")
    ran = judged(
        repository, {"g.sql": own}, {"g.sql": UNREAD.replace("--\n--\n--\nfrom", f"--\n{other}--\nfrom")}
    )
    told = [one["reason"] for one in ran.report["coverage"]["not_analysed"]]
    assert any(reason.startswith("merged together with other, ") for reason in told) is is_told
    assert any(one["message"].startswith("could not decide") for one in ran.report["findings"]) is is_told
    assert len(told) == is_told


def test_a_conflict_is_told(repository: Project) -> None:
    """Where the two can't be merged that is said, and the change is judged for itself."""
    ran = judged(
        repository, WITHOUT_AMOUNT, {"orders.sql": BASE["orders.sql"].replace(" amount,", " amount, note,")}
    )
    assert ran.code == 0
    assert any(
        "not judged together with other" in note and "conflict" in note
        for note in ran.report["coverage"]["notes"]
    )


def test_a_branch_that_is_not_here(repository: Project) -> None:
    """It is an error with the branch's name: nothing was judged together."""
    repository.pull_request(WITHOUT_AMOUNT)
    ran = repository.check("--offline", "--also", "nobody")
    assert ran.code == 3
    assert "nobody" in ran.err


@pytest.mark.parametrize("name", ["--upload-pack=x", "a..b", "x\ny"])
def test_a_name_that_is_none(repository: Project, name: str) -> None:
    """What git could take for an option, a range or two lines is refused."""
    repository.pull_request(WITHOUT_AMOUNT)
    assert repository.check("--offline", f"--also={name}").code == 2


def test_nothing_is_written_into_the_repository(repository: Project) -> None:
    """The merge's objects lie elsewhere; the working tree, the index and the refs stay as they are."""
    before = (
        repository.git("count-objects", "-v"),
        repository.git("for-each-ref"),
        repository.git("status", "--porcelain"),
    )
    judged(repository, WITHOUT_AMOUNT, READER)
    at_end = repository.git("count-objects", "-v"), repository.git("status", "--porcelain")
    repository.check("--offline", "--also", "other")
    assert (repository.git("count-objects", "-v"), repository.git("status", "--porcelain")) == at_end
    assert before[2] == at_end[1]


def test_what_is_not_committed(repository: Project) -> None:
    """The working tree is no commit that can be merged: that is an error of use."""
    repository.git("checkout", "--quiet", "-b", "other", "main")
    repository.git("checkout", "--quiet", "main")
    repository.write(WITHOUT_AMOUNT)
    ran = repository.check("--offline", "--staged", "--also", "other")
    assert ran.code == 2
    assert "--also merges commits" in ran.err


def test_a_merge_driver_is_not_run(repository: Project, tmp_path: Path) -> None:
    """A program that the configuration names to merge files is not started."""
    repository.git("config", "merge.mine.driver", f"touch {tmp_path}/ran; exit 0")
    repository.commit({".gitattributes": "*.sql merge=mine\n"})
    judged(repository, WITHOUT_AMOUNT, {"orders.sql": BASE["orders.sql"].replace("raw", "raw2")})
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "taken",
    [
        {"orders.sql": None, "daily.sql": None},
        {"orders.sql": BASE["orders.sql"].replace("shop.orders", "shop.sales"), "daily.sql": None},
    ],
)
@pytest.mark.parametrize("reader", [READER, SCRIPT])
def test_one_change_that_takes_and_reads(
    repository: Project, taken: dict[str, str | None], reader: dict[str, str]
) -> None:
    """Who is new and reads what the same change takes away or renames breaks as well."""
    repository.pull_request({**taken, **reader})
    ran = repository.check("--offline", "--no-witness")
    assert broken(ran) == [(next(iter(reader)), "breaks")]


def test_a_new_reader_of_another_relation_of_the_name(repository: Project) -> None:
    """A name of its own, or of another schema, is not the relation that goes."""
    repository.pull_request({
        "orders.sql": None, "daily.sql": None,
        "a.sql": "create view shop.a as\nwith orders as (select 1 as x) select x from orders;\n",
        "b.sql": "create view shop.b as\nselect x from other.orders;\n",
    })  # fmt: skip
    assert broken(repository.check("--offline", "--no-witness")) == []
