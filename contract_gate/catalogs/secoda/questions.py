"""Who answers questions in the catalog, and whose answers are accepted.

https://docs.secoda.co/api/examples, "Track Adoption": `question/replies/`, the fields `owners` and `accepted_answer`.
"""

from contract_gate.catalogs.graph import key_of
from contract_gate.catalogs.secoda.paging import read_list
from contract_gate.catalogs.secoda.people import People
from contract_gate.catalogs.secoda.transport import Transport
from contract_gate.catalogs.secoda.wire import ReplyRow, question_reply
from contract_gate.core.values import dataclass

REPLIES = "/question/replies/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answerer:
    """A person and their replies. `id` is None for replies that nobody owns."""

    id: str | None
    name: str
    replies: tuple[ReplyRow, ...]

    @property
    def accepted(self) -> int:
        return sum(reply.is_accepted for reply in self.replies)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """Who answered, the most accepted first. A reply of two owners counts for each; `replies` and `accepted` count it once."""

    people: tuple[Answerer, ...]
    replies: int
    accepted: int
    missing: str | None


class Questions:
    """Reads the replies of one workspace."""

    def __init__(self, transport: Transport, people: People) -> None:
        self._transport, self._people = transport, people

    async def adoption(self) -> Adoption:
        """Count replies and accepted answers by owner. Raises SecodaError."""
        listed = await read_list(self._transport, REPLIES)
        replies = tuple(map(question_reply, listed.rows))
        names = await self._people.names(owner for reply in replies for owner in reply.owners)
        by_owner: dict[str | None, list[ReplyRow]] = {}
        spelled: dict[str, str] = {}
        for reply in replies:
            keys = dict.fromkeys(key_of(owner.id) for owner in reply.owners)
            spelled.update({key_of(owner.id): owner.id for owner in reply.owners})
            for key in tuple(keys) or (None,):
                by_owner.setdefault(key, []).append(reply)
        people = [
            Answerer(
                id=None if key is None else spelled[key],
                name="nobody named" if key is None else names[spelled[key]],
                replies=tuple(theirs),
            )
            for key, theirs in by_owner.items()
        ]
        people.sort(key=lambda one: (one.id is None, -one.accepted, -len(one.replies), one.name.lower()))
        return Adoption(
            people=tuple(people),
            replies=len(replies),
            accepted=sum(reply.is_accepted for reply in replies),
            missing=listed.missing,
        )
