"""Secoda as a catalog: the questions of the gate, answered."""

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import httpx

from contract_gate.catalogs.catalog import Answer, Asset, OwnModels, Question, Unavailable, Way
from contract_gate.catalogs.graph import Graph, answer
from contract_gate.catalogs.secoda.client import Secoda
from contract_gate.catalogs.secoda.settings import SecodaSettings
from contract_gate.catalogs.secoda.transport import Clock, Sleep
from contract_gate.catalogs.status import merge, state_of
from contract_gate.core.coverage import CatalogState, CatalogStatus
from contract_gate.core.faults import contained
from contract_gate.core.relation import RelationName

RIGHTS = "lineage is only as complete as the rights of the person who made the key"


class SecodaCatalog:
    """Asks one workspace; each call of `downstream` has the deadline of the settings' limits to itself."""

    reads_sql = True

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
        return await self.walk(questions, own=own)

    async def walk(
        self,
        questions: Sequence[Question],
        *,
        own: Collection[RelationName] = (),
        way: Way = Way.DOWNSTREAM,
        depth: int | None = None,
    ) -> Mapping[RelationName, Answer]:
        """Answer every question one way or the other, `depth` hops far: upstream the answers are what is read.

        A fault of this program in what Secoda sent costs the answers, and not the report.
        """
        merged = merge(questions)
        if not merged:
            return {}
        fault: dict[str, str] = {}
        with contained(fault, "secoda"):
            return await self._answered(merged, own, way, depth)
        unread = {one.relation: Unavailable(relation=one.relation, reason=fault["secoda"]) for one in merged}
        self._state = state_of("secoda", unread, as_of=None, note=RIGHTS)
        return unread

    async def _answered(
        self, questions: Sequence[Question], own: Collection[RelationName], way: Way, depth: int | None
    ) -> Mapping[RelationName, Answer]:
        async with self._open() as secoda:
            survey = await secoda.survey(questions, own, way=way, depth=depth)
            graph = survey.graph
            as_of = None if _is_silent(graph) else await secoda.freshness(_sources(graph))
        models = OwnModels(own)
        answers = {question.relation: answer(graph, question, models) for question in questions}
        state = state_of("secoda", answers, as_of=as_of, note=RIGHTS)
        hint = state.hint or (survey.hint if state.unanswered else None)
        self._state = replace(state, drift=survey.drift, limits=survey.limits, hint=hint)
        return answers

    def state(self) -> CatalogState:
        """Tell how far the last call was answered."""
        return self._state

    def _open(self) -> Secoda:
        return Secoda(self._settings, clock=self._clock, sleep=self._sleep, server=self._server)


def _is_silent(graph: Graph) -> bool:
    return all(isinstance(found, Unavailable) for found in graph.found.values())


def _sources(graph: Graph) -> set[str]:
    found = (one for one in graph.found.values() if isinstance(one, Asset))
    return {one.integration for one in found if one.integration}
