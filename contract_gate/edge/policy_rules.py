"""The `[[policy]]` tables of the configuration, as rules that the policy judges by."""

from contract_gate.compare.changes.change import ChangeClass, Kind
from contract_gate.compare.impact import Effect
from contract_gate.core.nearest import nearest
from contract_gate.edge.table import FileTable
from contract_gate.policy.level import Level
from contract_gate.policy.policy_rule import ChangePattern, PolicyRule, ReaderPattern

_READERS = (
    "model", "exposure", "test", "metric", "semantic_model", "saved_query", "snapshot", "function", "script", "notebook", "page", "check", "panel",
    "contract", "analysis", "table", "column", "chart", "dashboard", "job", "dictionary_term", "document", "question", "collection", "alert", "annotation",
    "connector", "cube", "data source", "dataset", "expectation suite", "explore", "extract", "metrics view", "report", "segment", "tile", "transform",
    "trigger", "variable", "view", "Power BI table", "Power BI query",
)  # fmt: skip
"""Kinds of readers that are known; a catalog may have more, so only what looks like one of these misspelt is refused."""


def policy_rule(entry: FileTable) -> PolicyRule:
    """Read a rule. UsageError for one that is about nothing, or whose reader no catalog has."""
    level, because = Level(entry.required_choice("level", tuple(Level))), entry.required_text("because")
    change, reader = _change(entry.table("change")), _reader(entry.table("reader"))
    if change == ChangePattern() and reader is None and not entry.is_outline:
        raise entry.refuse(
            "names neither changes nor readers, so it would decide everything",
            "give it a table [policy.change] or [policy.reader]; `fail-on` is the key for all of it",
        )
    entry.close()
    return PolicyRule(level=level, because=because, change=change, reader=reader)


def _change(table: FileTable) -> ChangePattern:
    pattern = ChangePattern(
        kinds=tuple(Kind(one) for one in table.choices("kinds", tuple(Kind))),
        classes=tuple(ChangeClass(one) for one in table.choices("classes", tuple(ChangeClass))),
        paths=table.words("paths"),
        relations=table.words("relations"),
        owners=table.words("owners"),
        tags=table.words("tags"),
    )
    table.close()
    return pattern


def _reader(table: FileTable) -> ReaderPattern | None:
    kinds = table.words("kinds")
    for kind in kinds:
        near = nearest(kind, _READERS, cutoff=0.8)
        if near and kind not in _READERS:
            raise table.refuse(f"has a kind of reader {kind!r}", f"did you mean {near[0]}?")
    pattern = ReaderPattern(
        kinds=kinds,
        names=table.words("names"),
        paths=table.words("paths"),
        owners=table.words("owners"),
        tags=table.words("tags"),
        effects=tuple(Effect(one) for one in table.choices("effects", _EFFECTS)),
        unused=table.flag("unused", default=False),
        certified=table.flag("certified", default=False),
        pii=table.flag("pii", default=False),
        stale=table.flag("stale", default=False),
        views_at_least=table.known_number("views-at-least", lowest=1),
        people_at_least=table.known_number("people-at-least", lowest=1),
    )
    table.close()
    return None if pattern == ReaderPattern() else pattern


_EFFECTS = tuple(effect for effect in Effect if effect is not Effect.UNAFFECTED)
