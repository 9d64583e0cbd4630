"""Two texts as lines."""

from contract_gate.reports.textdiff import AROUND, lines


def test_lines_around_a_difference_are_shown_and_others_counted() -> None:
    """Numbers are those of each side; what is left out says how much it is."""
    before = [f"line {number}" for number in range(1, 41)]
    after = [*before[:19], "new", *before[20:]]
    told = list(lines("\n".join(before), "\n".join(after)))
    assert [line.text for line in told if line.sign == "…"] == ["16 lines", "17 lines"]
    assert [(line.sign, line.before, line.after) for line in told if line.sign in "+-"] == [
        ("-", 20, None),
        ("+", None, 20),
    ]
    assert len(told) == 2 * AROUND + 4


def test_one_line_that_is_left_out_is_one() -> None:
    """A page counts as people do."""
    told = lines("\n".join("abcdefghi"), "\n".join("abcdXfghi"))
    assert [line.text for line in told if line.sign == "…"] == ["1 line", "1 line"]


def test_a_marked_line_is_shown_though_nothing_of_it_differs() -> None:
    """A finding may stand on a line that only moved."""
    told = list(lines("a\nb", "a\nb", {2}))
    assert [line.marked for line in told] == [False, True]


def test_a_file_of_too_many_lines_is_not_compared_and_says_so() -> None:
    """An empty difference would read as none."""
    (line,) = lines("a\n" * 20_001, "b")
    assert (line.sign, line.text) == ("…", "more than 20,000 lines are not compared here")


def test_equal_texts_show_nothing() -> None:
    """Without a difference or a mark there is nothing to see."""
    assert list(lines("a\nb", "a\nb")) == []
