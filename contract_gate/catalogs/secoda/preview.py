"""The lineage that Secoda itself reads from a statement, before it is written (`sync`) or to compare with.

The statement travels in the query string, which servers cut: what is too long is sent as the caller's *lineage
skeleton*, a short statement with the same target, sources and column lineage, or not at all.
"""

from typing import TypeAlias

from contract_gate.catalogs.secoda.errors import Refused
from contract_gate.catalogs.secoda.transport import IsDone, Query, Transport
from contract_gate.catalogs.secoda.wire import PreviewReply, preview
from contract_gate.core.values import dataclass

FROM_QUERY = "/lineage/lineage_from_query/"
"""https://docs.secoda.co/secoda-api: GET previews; PATCH removes the target's non-manual lineage, then adds."""

_FALLS_BACK = frozenset({400, 404, 413, 414})


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewStatement:
    """One statement to read. `sql` has no comments; `dialect` is Secoda's name for it."""

    sql: str
    dialect: str
    table_id: str | None = None
    default_database: str | None = None
    default_schema: str | None = None
    skeleton: str | None = None

    def query(self, sql: str) -> tuple[tuple[str, str], ...]:
        """Give the documented parameters, with the statement or its skeleton as `sql`."""
        optional = (
            ("table_id", self.table_id),
            ("default_database", self.default_database),
            ("default_schema", self.default_schema),
        )
        given = tuple((name, value) for name, value in optional if value)
        return (("sql", sql), ("dialect", self.dialect), *given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What Secoda reads. `sent` is the text that it read: the statement, or its skeleton."""

    reply: PreviewReply
    sent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewUnavailable:
    """Secoda can't read the statement; the gate's own lineage is all there is, and the report says so."""

    reason: str


PreviewAnswer: TypeAlias = Preview | PreviewUnavailable


async def read_preview(transport: Transport, statement: PreviewStatement) -> PreviewAnswer:
    """Preview a statement, falling back to its skeleton. Raises SecodaError for what is not about the statement."""
    if not statement.dialect:
        return PreviewUnavailable(
            reason="the dialect of its SQL is not known, and Secoda wants one: set `dialect` in the configuration"
        )
    reason = "there is no statement"
    for sql in (statement.sql, statement.skeleton):
        if not sql:
            continue
        query = statement.query(sql)
        length, limit = transport.request_bytes(FROM_QUERY, query), transport.limits.request_bytes
        if length > limit:
            reason = f"the statement takes a request of {length:,} bytes; {limit:,} are sent at most"
            continue
        outcome = await _ask(transport, query)
        if isinstance(outcome, PreviewReply):
            return Preview(reply=outcome, sent=sql)
        reason = outcome
    return PreviewUnavailable(reason=reason)


async def _ask(transport: Transport, query: Query) -> PreviewReply | str:
    try:
        return preview(await transport.get(FROM_QUERY, query))
    except Refused as error:
        if error.status not in _FALLS_BACK:
            raise
        return error.message


async def write_lineage(
    transport: Transport, statement: PreviewStatement, sql: str, is_done: IsDone | None = None
) -> None:
    """Replace the target's non-manual lineage by what Secoda reads from `sql`. Raises SecodaError.

    Only after a preview of the same text showed the target and a source: a text that resolves to nothing wipes.
    """
    await transport.patch(FROM_QUERY, dict(statement.query(sql)), is_done)
