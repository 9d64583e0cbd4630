"""One workspace of Secoda, with everything that the program asks of it."""

import asyncio
import time
from collections.abc import Collection, Iterable, Sequence
from types import TracebackType

import httpx

from contract_gate.catalogs.catalog import OwnModels, Question, Way
from contract_gate.catalogs.graph import Graph
from contract_gate.catalogs.secoda.dashboards import DashboardFinder
from contract_gate.catalogs.secoda.dialects import to_secoda
from contract_gate.catalogs.secoda.documentation import DocumentationClient
from contract_gate.catalogs.secoda.errors import SecodaError, UnexpectedReply
from contract_gate.catalogs.secoda.explore import Survey, explore
from contract_gate.catalogs.secoda.lineage import LineageReader
from contract_gate.catalogs.secoda.lookup import Lookup
from contract_gate.catalogs.secoda.members import Members
from contract_gate.catalogs.secoda.migration import Migration
from contract_gate.catalogs.secoda.paging import read_list
from contract_gate.catalogs.secoda.people import People
from contract_gate.catalogs.secoda.preview import PreviewAnswer, PreviewStatement, read_preview, write_lineage
from contract_gate.catalogs.secoda.previewing import Previews
from contract_gate.catalogs.secoda.questions import Questions
from contract_gate.catalogs.secoda.rows import LineageRows
from contract_gate.catalogs.secoda.settings import SecodaSettings
from contract_gate.catalogs.secoda.transport import Clock, IsDone, Sleep, Transport
from contract_gate.catalogs.secoda.use import DashboardUse
from contract_gate.catalogs.secoda.wire import SecodaIntegration, SecodaUser, integration, user
from contract_gate.core.relation import RelationName

INTEGRATIONS = "/integration/integrations/"


class Secoda:
    """An async context manager: the deadline of `settings.limits` starts when it is made."""

    def __init__(
        self,
        settings: SecodaSettings,
        *,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
        server: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Take `clock`, `sleep` and `server` (an application in this process) from tests alone."""
        self._settings, self._clock = settings, clock
        self._transport = Transport(settings, clock=clock, sleep=sleep, server=server)
        self.lookup = Lookup(self._transport, settings.integration)
        self.lineage = LineageReader(self._transport)
        self.rows = LineageRows(self._transport)
        self.people = People(self._transport)
        self.dashboards = DashboardFinder(self._transport, self.people)
        self.documentation = DocumentationClient(self._transport)
        self.migration = Migration(self._transport, self.documentation)
        self.use = DashboardUse(self._transport, self.people)
        self.questions = Questions(self._transport, self.people)
        self.members = Members(self._transport)

    async def __aenter__(self) -> "Secoda":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._transport.__aexit__(kind, error, trace)

    async def explore(self, relations: Sequence[RelationName], own: Collection[RelationName] = ()) -> Graph:
        """Collect the relations' consumers; what failed is in the graph, never raised."""
        return (await self.survey([Question(relation=relation) for relation in relations], own)).graph

    async def survey(
        self,
        questions: Sequence[Question],
        own: Collection[RelationName] = (),
        *,
        way: Way = Way.DOWNSTREAM,
        depth: int | None = None,
    ) -> Survey:
        """Collect the consumers of what is asked about, and compare lineage; what failed is told, never raised.

        See `explore` for `way` and `depth`.
        """
        return await explore(
            questions,
            lookup=self.lookup,
            lineage=self.lineage,
            people=self.people,
            previews=Previews(self._transport, self.dialect),
            limits=self._transport.limits,
            own=OwnModels(own),
            way=way,
            depth=depth,
        )

    async def preview(self, statement: PreviewStatement) -> PreviewAnswer:
        """Ask what lineage Secoda reads from a statement; raises SecodaError."""
        return await read_preview(self._transport, statement)

    async def replace_lineage(
        self, statement: PreviewStatement, sql: str, is_done: IsDone | None = None
    ) -> None:
        """Write the lineage of a text that was previewed; raises SecodaError. `is_done`: asked where a reply was lost."""
        await write_lineage(self._transport, statement, sql, is_done)

    async def until_writable(self) -> None:
        """Wait until the limit of writes lets one go at once, or the deadline is there: what is asked then tells."""
        await self._transport.until_writable()

    def now(self) -> float:
        """Give the time in seconds, to tell how old an answer is."""
        return self._clock()

    def dialect(self, name: str) -> str:
        """Give Secoda's name for one of sqlglot's dialects, as configured."""
        return to_secoda(name, self._settings.dialects)

    async def me(self) -> SecodaUser | None:
        """Prove the key, and tell whose it is where the deployment says. Raises SecodaError.

        `GET /user` is documented; deployments answer with the person, or with a list of all people.
        """
        reply = await self._transport.get("/user/")
        return None if isinstance(reply, dict) and "results" in reply else user(reply)

    async def check_health(self) -> None:
        """Ask whether the service is up, which proves nothing of the key. Raises SecodaError."""
        reply = await self._transport.get("/healthcheck/")
        if not isinstance(reply, dict) or str(reply.get("status", "")).upper() != "OK":
            raise UnexpectedReply("Secoda's health check did not say OK")

    async def integrations(self) -> tuple[SecodaIntegration, ...]:
        """List the catalog's sources and when each was last read. Raises SecodaError."""
        listed = await read_list(self._transport, INTEGRATIONS)
        return tuple(integration(row) for row in listed.rows)

    async def freshness(self, ids: Iterable[str] = ()) -> str | None:
        """Give when the oldest of these sources (of all, if none are named) was last read: ISO 8601, UTC.

        None where it can't be told: how old the catalog is decides nothing, so it stops nothing.
        """
        wanted = {identity.lower() for identity in ids}
        try:
            listed = await self.integrations()
        except SecodaError:
            return None
        runs = {one.id.lower(): one.last_run for one in listed if one.last_run}
        return min(
            (run for one, run in runs.items() if one in wanted), default=min(runs.values(), default=None)
        )
