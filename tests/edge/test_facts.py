"""What is kept for later runs: whose it is, what it outlives, and what is never believed."""

import os
import sqlite3
import tracemalloc
import zlib
from pathlib import Path

import pytest

from contract_gate.core.errors import UsageError
from contract_gate.edge.facts import MOST_DAYS, USER, FactFile, facts_in


def filled(folder: Path, facts: dict[bytes, bytes], **options) -> FactFile:
    made = FactFile(folder, program=b"one", **options)
    for key, fact in facts.items():
        made.keep(key, fact)
    made.close()
    return made


def seen(folder: Path, *keys: bytes, program: bytes = b"one", **options) -> list[bytes | None]:
    made = FactFile(folder, program=program, **options)
    try:
        return [made.get(key) for key in keys]
    finally:
        made.close()


def test_a_later_run_finds_what_was_kept(tmp_path):
    """A fact comes back byte for byte; what nobody kept does not."""
    filled(tmp_path, {b"a": b"\x00fact" * 1000})
    assert seen(tmp_path, b"a", b"b") == [b"\x00fact" * 1000, None]


def test_another_program_finds_nothing(tmp_path):
    """Facts of another version, Python or parser are another program's."""
    filled(tmp_path, {b"a": b"fact"})
    assert seen(tmp_path, b"a", program=b"two") == [None]


def test_several_runs_at_once(tmp_path):
    """Two runs that end at the same time both leave what they found."""
    one, other = FactFile(tmp_path, program=b"one"), FactFile(tmp_path, program=b"one")
    one.keep(b"a", b"1")
    other.keep(b"b", b"2")
    one.close()
    other.close()
    assert seen(tmp_path, b"a", b"b") == [b"1", b"2"]


def test_a_damaged_file_is_begun_anew(tmp_path):
    """What is no database is told, costs no run, and does not stay."""
    (tmp_path / "facts.sqlite").write_bytes(b"no database" * 1000)
    broken = filled(tmp_path, {b"a": b"1"})
    assert broken.problem is not None
    assert "begun anew" in broken.problem
    assert filled(tmp_path, {b"a": b"1"}).problem is None
    assert seen(tmp_path, b"a") == [b"1"]


def test_a_damaged_fact_is_none(tmp_path):
    """A fact that does not fit its own sum is not there."""
    filled(tmp_path, {b"a": b"fact", b"b": b"fact"})
    with sqlite3.connect(tmp_path / "facts.sqlite") as connection:
        key, fact = connection.execute("SELECT key, fact FROM facts").fetchone()
        connection.execute("UPDATE facts SET fact = ? WHERE key = ?", (fact[:-1] + b"x", key))
    connection.close()
    assert sorted(map(str, seen(tmp_path, b"a", b"b"))) == ["None", "b'fact'"]


def test_the_fact_of_another_key_is_none(tmp_path):
    """Two whole facts that changed places are both worked out anew: neither is what was asked for."""
    filled(tmp_path, {b"a": b"breaks", b"b": b"passes"})
    with sqlite3.connect(tmp_path / "facts.sqlite") as connection:
        (one, first), (other, second) = connection.execute("SELECT key, fact FROM facts").fetchall()
        connection.executemany("UPDATE facts SET fact = ? WHERE key = ?", [(second, one), (first, other)])
    connection.close()
    assert seen(tmp_path, b"a", b"b") == [None, None]


ENDLESS = "WITH RECURSIVE r(key, fact, used) AS (SELECT x'00', x'00', 1 UNION ALL SELECT key, fact, used + 1 FROM r) SELECT * FROM r"


@pytest.mark.parametrize(
    "script",
    [
        f"DROP TABLE facts; CREATE VIEW facts AS {ENDLESS}",
        "DROP TABLE facts; CREATE TABLE facts (other)",
        "CREATE TRIGGER t BEFORE INSERT ON facts BEGIN DELETE FROM facts; END",
    ],
)
def test_a_file_that_holds_something_else_is_begun_anew(tmp_path, script):
    """A view of that name could keep a run for ever, a trigger change what is kept: no SQL of the file is run."""
    filled(tmp_path, {b"a": b"1"})
    with sqlite3.connect(tmp_path / "facts.sqlite") as connection:
        connection.executescript(script)
    connection.close()
    assert "begun anew" in str(filled(tmp_path, {b"a": b"2"}).problem)
    assert filled(tmp_path, {b"a": b"3"}).problem is None
    assert seen(tmp_path, b"a") == [b"3"]


def test_a_fact_that_unpacks_to_more_than_memory_holds(tmp_path):
    """It is none, and no more of it is unpacked than a fact may have; one that large is not kept."""
    filled(tmp_path, {b"a": b"1", b"b": b"0" * 70_000_000})
    with sqlite3.connect(tmp_path / "facts.sqlite") as connection:
        packed = b"0" * 16 + zlib.compress(bytes(200_000_000), 9)
        connection.execute("UPDATE facts SET fact = ?", (packed,))
    connection.close()
    tracemalloc.start()
    assert seen(tmp_path, b"a", b"b") == [None, None]
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 150_000_000


def test_the_file_stays_small(tmp_path):
    """Of more than fits, what was not used for longest goes first, until the file is small again."""
    for day in range(8):
        filled(tmp_path, {bytes([day]): os.urandom(50_000)}, most_bytes=200_000, today=day)
    left = seen(tmp_path, *(bytes([day]) for day in range(8)), today=8)
    assert left[0] is None
    assert left[-1] is not None
    assert (tmp_path / "facts.sqlite").stat().st_size < 300_000


@pytest.mark.parametrize(("size", "is_kept"), [(350_000, True), (450_000, False)])
def test_a_file_that_grew_far_beyond_its_bound_is_begun_anew(tmp_path, size, is_kept):
    """To empty one of gigabytes row by row takes minutes of a run; one that is a little too large is made smaller."""
    filled(tmp_path, {b"a": os.urandom(size)}, most_bytes=1_000_000)
    grown = filled(tmp_path, {b"b": b"1"}, most_bytes=200_000)
    assert (grown.problem is None) is is_kept
    filled(tmp_path, {b"b": b"1"}, most_bytes=200_000)
    assert seen(tmp_path, b"a", b"b") == [None, b"1"]


def test_what_is_not_used_goes(tmp_path):
    """A fact that is used stays; one that nobody asked for in a month goes."""
    filled(tmp_path, {b"a": b"1", b"b": b"2"}, today=0)
    assert seen(tmp_path, b"a", today=MOST_DAYS) == [b"1"]
    filled(tmp_path, {b"c": b"3"}, today=MOST_DAYS + 1)
    assert seen(tmp_path, b"a", b"b", today=MOST_DAYS + 1) == [b"1", None]


def test_what_others_may_write_is_not_believed(tmp_path):
    """A folder that every user can write to is told and not used."""
    filled(tmp_path, {b"a": b"1"})
    tmp_path.chmod(0o777)
    shared = FactFile(tmp_path, program=b"one")
    assert shared.get(b"a") is None
    assert "every user" in str(shared.problem)


def test_a_folder_in_the_repository_is_refused(tmp_path):
    """A pull request could bring what lies in the repository, also behind a link."""
    (tmp_path / "repository").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "repository")
    for folder in (tmp_path / "repository" / "x", tmp_path / "link"):
        with (
            pytest.raises(UsageError, match="in the repository"),
            facts_in(str(folder), {}, tmp_path / "repository"),
        ):
            pass


def test_the_persons_own_folder(tmp_path):
    """`user` is the person's own cache folder; without a word nothing is kept."""
    repository = tmp_path / "repository"
    environment = {"HOME": str(tmp_path / "home"), "XDG_CACHE_HOME": str(tmp_path / "own")}
    with facts_in(USER, environment, repository) as facts:
        assert facts is not None
    assert (tmp_path / "own" / "contract-gate" / "facts.sqlite").exists()
    with facts_in(None, environment, repository) as none:
        assert none is None
