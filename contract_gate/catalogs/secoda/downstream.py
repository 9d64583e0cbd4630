"""Secoda as a catalog: the questions of the gate, answered."""

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence

import httpx

from contract_gate.catalogs.catalog import (
    Ambiguous,
    Answer,
    Asset,
    Downstream,
    NotInCatalog,
    OwnModels,
    Question,
    Unavailable,
)
from contract_gate.catalogs.graph import Graph, answer
from contract_gate.catalogs.secoda.client import Secoda
from contract_gate.catalogs.secoda.settings import SecodaSettings
from contract_gate.catalogs.secoda.transport import Clock, Sleep
from contract_gate.relation import RelationName
from contract_gate.report import CatalogState, CatalogStatus

RIGHTS = "lineage is only as complete as the rights of the person who made the key"


class SecodaCatalog:
    """Asks one workspace; each call of `downstream` has the deadline of the settings' limits to itself."""

    def __init__(
        self,
        settings: SecodaSettings,
        *,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
        server: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._settings = settings
        self._clock, self._sleep, self._server = clock, sleep, server
        self._state = CatalogState(name="secoda", status=CatalogStatus.NOT_ASKED)

    async def downstream(
        self, questions: Sequence[Question], *, own: Collection[RelationName] = ()
    ) -> Mapping[RelationName, Answer]:
        """Answer every question from Secoda; see `Catalog.downstream`."""
        merged = _merge(questions)
        if not merged:
            return {}
        async with self._open() as secoda:
            graph = await secoda.explore([question.relation for question in merged], own)
            as_of = None if _is_silent(graph) else await secoda.freshness(_sources(graph))
            nothing = secoda.lineage.is_empty
        note = "the catalog lists no lineage at all for this key" if nothing else None
        models = OwnModels(own)
        answers = {question.relation: answer(graph, question, models, note) for question in merged}
        self._state = state_of("secoda", answers, as_of=as_of, note=f"{note}; {RIGHTS}" if note else RIGHTS)
        return answers

    def state(self) -> CatalogState:
        """Tell how far the last call was answered."""
        return self._state

    def _open(self) -> Secoda:
        return Secoda(self._settings, clock=self._clock, sleep=self._sleep, server=self._server)


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
    reasons += [f"{one.relation} is ambiguous: {one.reason}" for one in unclear]
    said = [*dict.fromkeys(reasons), *([note] if note and status is not CatalogStatus.UNAVAILABLE else [])]
    return CatalogState(
        name=name,
        status=status,
        as_of=as_of,
        note="; ".join(said) or None,
        not_in_catalog=tuple(str(one.relation) for one in answers.values() if isinstance(one, NotInCatalog)),
    )


def _merge(questions: Sequence[Question]) -> tuple[Question, ...]:
    """Put questions about one relation together."""
    columns: dict[RelationName, dict[str, None]] = {}
    for question in questions:
        columns.setdefault(question.relation, {}).update(dict.fromkeys(question.columns))
    return tuple(Question(relation=name, columns=tuple(asked)) for name, asked in columns.items())


def _is_silent(graph: Graph) -> bool:
    return all(isinstance(found, Unavailable) for found in graph.found.values())


def _sources(graph: Graph) -> set[str]:
    found = (one for one in graph.found.values() if isinstance(one, Asset))
    return {one.integration for one in found if one.integration}
