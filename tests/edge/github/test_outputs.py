"""Outputs and the summary, as the runner's files hold them."""

import re

from contract_gate.edge.github.outputs import LARGEST_SUMMARY, append_summary, cut, write_outputs


def parsed(text):
    return {name: value for name, _, value in re.findall(r"(?ms)^(\S+?)<<(\S+)\n(.*?)\n?\2$", text)}


def test_outputs_come_back_whole(tmp_path):
    """A value of several lines can't end itself, and what was there before stays."""
    file = tmp_path / "output"
    file.write_text("earlier=1\n")
    evil = "x\nend-0\nverdict<<y\npassed\ny"
    assert write_outputs(
        {"GITHUB_OUTPUT": str(file)}, {"verdict": "blocked", "report": evil, "name": "\udcff"}
    )
    text = file.read_text()
    assert text.startswith("earlier=1\n")
    assert parsed(text) == {"verdict": "blocked", "report": evil, "name": "\\udcff"}


def test_every_value_has_its_own_delimiter(tmp_path):
    """Delimiters are random."""
    file = tmp_path / "output"
    write_outputs({"GITHUB_OUTPUT": str(file)}, {"a": "1", "b": "2"})
    assert len(set(re.findall(r"<<(\S+)", file.read_text()))) == 2


def test_without_a_runner_nothing_is_written():
    """Off GitHub there are no such files."""
    assert not write_outputs({}, {"verdict": "passed"})
    assert not append_summary({}, "x")


def test_the_summary_is_cut_at_a_line_and_says_so(tmp_path):
    """What earlier parts of the step wrote counts too; the file never passes the limit."""
    file = tmp_path / "summary"
    file.write_bytes(b"e" * 1000)
    append_summary({"GITHUB_STEP_SUMMARY": str(file)}, "ä" * 99 + "\n" + "zeile ü\n" * 200_000)
    raw = file.read_bytes()
    assert len(raw) <= LARGEST_SUMMARY
    assert len(raw) > LARGEST_SUMMARY - 200
    assert raw.decode().endswith("The rest is in the JSON report.\n")
    assert "\nzeile ü\n\n> The summary" in raw.decode()


def test_a_short_text_is_not_cut():
    """Nothing is changed below the limit, and nothing is written where there is no room for a word."""
    assert cut("short", 100) == "short"
    assert cut("x" * 100, 10) == ""
