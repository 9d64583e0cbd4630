"""JUnit's XML, which nearly every CI shows as test results: a finding is a test case, an error one that failed.

The verdict is a case of its own, so that a run that could not decide is no green list. Warnings and notes are cases that
pass, with their text as output. https://github.com/testmoapp/junitxml
"""

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from contract_gate.core.printable import printable
from contract_gate.policy.settings import Verdict
from contract_gate.reports import view
from contract_gate.reports.report import Report
from contract_gate.reports.verdict import verdict_sentences


def render(report: Report) -> str:
    """Write one suite."""
    told = view.entries(report)
    failed = sum(1 for entry in told if entry.is_error)
    undecided = int(report.verdict is Verdict.UNDECIDED)
    counts = f'tests="{len(told) + 1}" failures="{failed}" errors="{undecided}"'
    cases = "\n".join([*_verdict(report), *(line for entry in told for line in _case(entry))])
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="contract-gate" {counts}>\n'
        f'<testsuite name="contract-gate" {counts}>\n{cases}\n</testsuite>\n</testsuites>\n'
    )


def _verdict(report: Report) -> Iterator[str]:
    sentences = verdict_sentences(report)
    text = "\n".join(_text(sentence) for sentence in sentences)
    yield '<testcase classname="contract-gate" name="verdict">'
    if report.verdict is Verdict.UNDECIDED:
        yield f"<error message={_attribute(sentences[0])}/>"
    yield f"<system-out>{text}</system-out>"
    yield "</testcase>"


def _case(entry: view.FindingView) -> Iterator[str]:
    finding = entry.finding
    place = finding.location
    where = f' file={_attribute(place.path)} line="{place.line}"' if place is not None and place.path else ""
    name = f"{entry.headline} [{finding.fingerprint[: view.DIGITS]}]"
    yield f"<testcase classname={_attribute(f'contract-gate.{finding.rule}')} name={_attribute(name)}{where}>"
    readers = [f"- {reader.title} {reader.outcome} {reader.place}".rstrip() for reader in entry.readers]
    text = "\n".join(map(_text, [finding.message, *readers]))
    if finding.waiver:
        yield f"<skipped message={_attribute(f'waived: {finding.waiver}')}/>"
    if entry.is_error:
        yield f'<failure type="{finding.level}" message={_attribute(finding.message)}>{text}</failure>'
    else:
        yield f"<system-out>{finding.level}: {text}</system-out>"
    yield "</testcase>"


def _attribute(text: str) -> str:
    return quoteattr(printable(text))


def _text(text: str) -> str:
    return escape(printable(text))
