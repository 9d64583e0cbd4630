"""What was asked and how far it was answered: the same for every catalog."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from contract_gate.catalogs.catalog import Ambiguous, Answer, Downstream, NotInCatalog, Question, Unavailable
from contract_gate.core.coverage import CatalogState, CatalogStatus
from contract_gate.core.relation import RelationName


def merge(questions: Sequence[Question]) -> tuple[Question, ...]:
    """Put questions about one relation together."""
    merged: dict[RelationName, Question] = {}
    for question in questions:
        known = merged.setdefault(question.relation, question)
        merged[question.relation] = replace(
            known,
            columns=tuple(dict.fromkeys((*known.columns, *question.columns))),
            gone=tuple(dict.fromkeys((*known.gone, *question.gone))),
            goes=known.goes or question.goes,
            unique_id=known.unique_id or question.unique_id,
            text=known.text or question.text,
        )
    return tuple(merged.values())


_REASONS = 5


def some(reasons: Iterable[str]) -> list[str]:
    """Give each reason once, the first of them where there are many: a deadline gives one for each request that it cut."""
    every = list(dict.fromkeys(reasons))
    more = len(every) - _REASONS
    return [*every[:_REASONS], f"and {more:,} more reasons"] if more > 0 else every


def state_of(
    name: str, answers: Mapping[RelationName, Answer], *, as_of: str | None, note: str | None = None
) -> CatalogState:
    """Sum up answers: unavailable when nothing was said, partial when something is missing."""
    silent = [one for one in answers.values() if isinstance(one, Unavailable)]
    cut = [one for one in answers.values() if isinstance(one, Downstream) and one.truncated]
    unclear = [one for one in answers.values() if isinstance(one, Ambiguous)]
    status = CatalogStatus.PARTIAL if silent or cut or unclear else CatalogStatus.ANSWERED
    if silent and len(silent) == len(answers):
        status = CatalogStatus.UNAVAILABLE
    reasons = [one.reason for one in silent] + [one.truncated for one in cut if one.truncated]
    reasons += [f"{one.relation} is ambiguous: {one.told}" for one in unclear]
    said = [*some(reasons), *([note] if note and status is not CatalogStatus.UNAVAILABLE else [])]
    unanswered = [one.relation for one in silent] + [one.relation for one in cut]
    unanswered += [one.relation for one in unclear]
    hints = [one.hint for one in silent if one.hint] + [one.way_out for one in unclear]
    return CatalogState(
        name=name,
        status=status,
        as_of=as_of,
        note="; ".join(said) or None,
        not_in_catalog=tuple(str(one.relation) for one in answers.values() if isinstance(one, NotInCatalog)),
        unanswered=tuple(str(relation) for relation in unanswered),
        hint=hints[0] if hints else None,
    )
