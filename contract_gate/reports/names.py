"""Relations by their last part, for the formats that people read: `env_db.marts.orders` becomes `orders`.

Only where the report names no other relation that ends alike. The formats that programs read keep whole names.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from contract_gate.compare.changes.change import Change
from contract_gate.compare.impact import Impact
from contract_gate.policy.finding import Finding
from contract_gate.reports.report import Report

_PART = r'(?:[^\W\d][\w$-]*|"[^".\s]+")'
_DOTTED = re.compile(rf"{_PART}(?:\.{_PART})*")
_QUOTED = re.compile(r"\b(?:of|to) `([^`]+)`")
"""How messages name a relation that is neither changed nor a reader: "is not a column of `db.shop.orders`"."""
_PARTS = 3
"""How many parts a name has that is cut: in `schema.name` the schema is what people call it by."""


def brief(report: Report) -> Report:
    """Give the report with each relation called by its last part where that is enough, ids as they were."""
    shorter = _shorter(report)
    return replace(
        report,
        changes=tuple(_change(change, shorter) for change in report.changes),
        impacts=tuple(_impact(impact, shorter) for impact in report.impacts),
        findings=tuple(_finding(finding, shorter) for finding in report.findings),
    )


def _shorter(report: Report) -> Callable[[str], str]:
    """Make a function that shortens each relation's name within a text."""
    by_end: dict[str, set[str]] = {}
    for name in _names(report):
        if _DOTTED.fullmatch(name):
            by_end.setdefault(name.rpartition(".")[2], set()).add(name)
    short = {
        name: end
        for end, names in by_end.items()
        if len(names) == 1
        for name in names
        if name.count(".") >= _PARTS - 1
    }
    return lambda text: _DOTTED.sub(lambda found: _cut(found.group(), short), text) if short else text


def _cut(dotted: str, short: dict[str, str]) -> str:
    """Shorten the relation that a dotted name is, or begins with where a column follows."""
    relation, _, column = dotted.rpartition(".")
    return short.get(dotted) or (f"{short[relation]}.{column}" if relation in short else dotted)


def _names(report: Report) -> Iterator[str]:
    """Give the relations' names. A bare one in a sentence or on the way to a reader is mostly an alias, a CTE or a metric."""
    for change in report.changes:
        yield from _dotted(_QUOTED.findall(change.message))
        if change.relation:
            yield str(change.relation)
    for impact in report.impacts:
        yield from _dotted((*impact.via, *_QUOTED.findall(impact.reason or "")))
        if impact.consumer.kind == "model":
            yield impact.consumer.name


def _dotted(names: Iterable[str]) -> Iterator[str]:
    return (name for name in names if "." in name)


def _change(change: Change, shorter: Callable[[str], str]) -> Change:
    return replace(change, message=shorter(change.message))


def _impact(impact: Impact, shorter: Callable[[str], str]) -> Impact:
    consumer = impact.consumer
    return replace(
        impact,
        consumer=consumer if impact.by.from_catalog else replace(consumer, name=shorter(consumer.name)),
        via=_each(impact.via, shorter),
        reason=shorter(impact.reason) if impact.reason else impact.reason,
    )


def _finding(finding: Finding, shorter: Callable[[str], str]) -> Finding:
    return replace(
        finding,
        message=shorter(finding.message),
        headline=shorter(finding.headline),
        consumers=_each(finding.consumers, shorter),
    )


def _each(texts: Iterable[str], shorter: Callable[[str], str]) -> tuple[str, ...]:
    return tuple(shorter(text) for text in texts)
