"""What a comment remembers, and what the next run makes of it."""

import pytest

from contract_gate.edge.github.record import Record, ToldFinding, following, read, stale, written

FIRST, SECOND = (
    ToldFinding(fingerprint=letter * 32, text=f"column {letter} was removed", subject=f"of {letter}")
    for letter in "ab"
)


def page(*told, head="1a2b3c4d5e6f", known=None):
    names = known if known is not None else [word for one in told for word in (one.fingerprint, one.subject)]
    return f"### blocked\n\n{written(Record(head=head, open=told, known=tuple(names)))}\n"


def test_what_is_written_is_read_again():
    """A record survives GitHub's line ends, and no text in it ends the comment that hides it."""
    hostile = ToldFinding(fingerprint="c" * 16, text='x --> <script> "&" \u2028 ]', subject="s")
    text = page(hostile)
    assert text.count("-->") == text.count("<!--") == 1
    assert "<script>" not in text
    assert read(text.replace("\n", "\r\n")).open == (hostile,)


def test_what_is_not_found_any_more_is_resolved_and_stays_so():
    """The next page names it, and the one after that as well."""
    second = following(page(SECOND), page(FIRST, SECOND))
    assert "- ~~column a was removed~~" in second
    assert "column b was removed~~" not in second
    third = following(page(), second)
    assert "**Resolved since the first report:** 2" in third
    assert third.count("contract-gate-record") == 1


def test_a_finding_that_came_back_is_not_resolved():
    """What is told again is open again."""
    again = following(page(FIRST), following(page(), page(FIRST)))
    assert "Resolved" not in again


def test_an_edited_finding_of_the_same_file_is_not_resolved():
    """Another fingerprint under the same rule and file is the same trouble with other columns."""
    other = ToldFinding(fingerprint="d" * 32, text="columns a, c were removed", subject=FIRST.subject)
    assert following(page(other), page(FIRST)) == page(other)


def test_of_too_many_findings_none_is_called_resolved():
    """A record that could not hold all of them proves nothing."""
    many = page(known=[str(number) for number in range(500)])
    assert following(many, page(FIRST)) == many


@pytest.mark.parametrize(
    "earlier",
    [
        None,
        "",
        "### by hand",
        "<!-- contract-gate-record {] -->",
        "<!-- contract-gate-record [] -->",
        f"<!-- contract-gate-record {'[' * 60_000} -->",
    ],
)
def test_a_page_without_a_record_changes_nothing(earlier):
    """A comment of an older release, or none, resolves nothing."""
    assert following(page(FIRST), earlier) == page(FIRST)


def test_a_failed_run_keeps_the_last_verdict_below():
    """It says what failed first, whose verdict is below, and failing twice keeps one verdict."""
    once = stale("`git failed`", page(FIRST))
    twice = stale("`timed out`", once)
    for text, said in ((once, "git failed"), (twice, "timed out")):
        assert text.startswith("### ❔ contract-gate: no verdict")
        assert said in text
        assert "of commit 1a2b3c4d5e" in text
        assert text.count("### blocked") == 1
    assert "git failed" not in twice
    assert "- ~~column a was removed~~" in following(page(), twice)


def test_a_failed_first_run_says_so():
    """Without an earlier verdict there is the failure alone."""
    assert stale("`x`", None) == "### ❔ contract-gate: no verdict\n\n`x`\n"
