"""What the repository calls a relation, as the catalog may call it: parts of a name that nobody knows match anything.

A dbt project without a profile, or one that takes its database from `env_var`, has words in its names that were put
there so that SQL can be read. No catalog has them: here they become `UNKNOWN`, or what the configuration says.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property

from contract_gate.catalogs.catalog import UNKNOWN, Ambiguous, Answer, Catalog, Question, Unavailable
from contract_gate.core.coverage import CatalogState
from contract_gate.core.relation import RelationName, caseless
from contract_gate.core.values import dataclass, field, replace
from contract_gate.core.world import PLACEHOLDER, PLACES, MadeUp, NamePart
from contract_gate.edge.config import TargetConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogNames:
    """Translates names. `made_up` are words that stand for what nobody knows; `target` says what they stand for.

    `renamed` is the configuration's own translation, of whole names or of what they begin with. `id_of` gives dbt's id of
    a relation, which a catalog may know it by. `earlier` are the words in names that an earlier run had, and `given` the values
    of settings that they may have by now.
    """

    made_up: Sequence[MadeUp] = ()
    target: TargetConfig = field(default_factory=TargetConfig)
    renamed: Mapping[str, str] = field(default_factory=dict)
    id_of: Callable[[RelationName], str | None] = field(default=lambda _relation: None, compare=False)
    earlier: Mapping[RelationName, Sequence[MadeUp]] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)

    def of(self, relation: RelationName) -> RelationName:
        """Give the name to ask the catalog for; a part that nobody knows, or a part of one, is `UNKNOWN`."""
        parts = tuple(map(caseless, relation.parts))
        chosen = self._configured(parts)
        if chosen is not None:
            return chosen
        places = PLACES[-len(parts) :]
        words = self.words(relation)
        known = [self._known(part, place, words) for part, place in zip(parts, places, strict=True)]
        completed = RelationName(tuple(known)).qualified(self.target.database, self.target.schema)
        shown = list(map(caseless, completed.parts))
        while len(shown) > 1 and shown[0] == UNKNOWN:
            del shown[0]
        return RelationName(tuple(shown))

    def unknown(self, relation: RelationName) -> tuple[str, ...]:
        """Give the keys of the configuration that words in a name hang on: the name itself is not the catalog's."""
        return tuple(word.setting for word in self.words(relation))

    def words(self, relation: RelationName) -> tuple[MadeUp, ...]:
        """Give the words in a name that stand for what nobody knows."""
        parts = tuple(map(caseless, relation.parts))
        found = [
            word
            for part, place in zip(parts, PLACES[-len(parts) :], strict=True)
            for word in self.earlier.get(relation, self.made_up)
            if word.stands_in(part, place)
        ]
        return tuple(dict.fromkeys(found))

    def settings(self, relation: RelationName) -> tuple[str, ...]:
        """Give the keys of the configuration that would say what is unknown of a name."""
        parts = tuple(map(caseless, relation.parts))
        if self._configured(parts) is not None:
            return ()
        found = [
            word.setting
            for part, place in zip(parts, PLACES[-len(parts) :], strict=True)
            for word in self.words(relation)
            if word.stands_in(part, place) and not self._value(word, place)
        ]
        missing = "target.database" if len(parts) < len(PLACES) and not self.target.database else None
        return tuple(dict.fromkeys([*found, *([missing] if missing else [])]))

    def is_renamed(self, relation: RelationName) -> bool:
        """Tell whether the configuration says that the catalog calls a relation otherwise."""
        parts = tuple(map(caseless, relation.parts))
        return self._configured(parts) not in (None, RelationName(parts))

    def _configured(self, parts: tuple[str, ...]) -> RelationName | None:
        for length in range(len(parts), 0, -1):
            value = self.renamed.get(".".join(parts[:length]).lower())
            if value is not None:
                return RelationName((*map(caseless, value.split(".")), *parts[length:])[-len(PLACES) :])
        return None

    def _known(self, part: str, place: NamePart, words: Sequence[MadeUp]) -> str:
        text = part
        if PLACEHOLDER in text:
            text = text[: text.index(PLACEHOLDER)] + UNKNOWN
        for word in words:
            if word.stands_in(part, place):
                text = text.replace(word.word, self._value(word, place) or UNKNOWN)
        return text

    def _value(self, word: MadeUp, place: NamePart) -> str | None:
        """Give what the configuration says in place of a word: of the target's own parts, and of a whole part."""
        if word.setting in self.given:
            return caseless(self.given[word.setting])
        match place:
            case NamePart.DATABASE:
                return self.target.database
            case NamePart.SCHEMA:
                return self.target.schema if word.part is NamePart.SCHEMA else None
            case NamePart.NAME:
                return None


class _Named(Collection[RelationName]):
    """The repository's relations by the catalog's names, once somebody looks at them: without a catalog nobody does."""

    def __init__(self, relations: Collection[RelationName], names: CatalogNames) -> None:
        self._relations, self._names = relations, names

    @cached_property
    def _all(self) -> tuple[RelationName, ...]:
        return tuple(map(self._names.of, self._relations))

    def __contains__(self, relation: object) -> bool:
        return relation in self._all

    def __iter__(self) -> Iterator[RelationName]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)


class NamedCatalog:
    """A catalog that is asked by its own names, and answers by the repository's."""

    def __init__(self, catalog: Catalog, names: CatalogNames) -> None:
        self._catalog, self._names = catalog, names
        self._asked: dict[RelationName, RelationName] = {}

    @property
    def reads_sql(self) -> bool:
        """Tell whether the catalog reads SQL; see `Catalog`."""
        return self._catalog.reads_sql

    async def downstream(
        self, questions: Sequence[Question], *, own: Collection[RelationName] = ()
    ) -> Mapping[RelationName, Answer]:
        """Answer every question; see `Catalog.downstream`."""
        names = self._names
        asked = [
            replace(
                one,
                relation=names.of(one.relation),
                unique_id=names.id_of(one.relation),
            )
            for one in questions
        ]
        self._asked = {one.relation: other.relation for one, other in zip(questions, asked, strict=True)}
        answers = await self._catalog.downstream(asked, own=_Named(own, names))
        return {mine: self._answer(mine, answers[theirs]) for mine, theirs in self._asked.items()}

    def state(self) -> CatalogState:
        """Tell how far the catalog answered, by the repository's names."""
        state = self._catalog.state()
        drift = [replace(one, relation=mine) for one in state.drift for mine in self._mine([one.relation])]
        return replace(
            state,
            not_in_catalog=self._mine(state.not_in_catalog),
            unanswered=self._mine(state.unanswered),
            drift=tuple(drift),
        )

    def _answer(self, relation: RelationName, answer: Answer) -> Answer:
        settings = self._names.settings(relation)
        if settings and isinstance(answer, Ambiguous | Unavailable):
            said = f"{answer.reason}; what {relation} is called there would be said by {', '.join(settings)}"
            return replace(answer, relation=relation, reason=f"{said} or catalog-names")
        return replace(answer, relation=relation)

    def _mine(self, theirs: Collection[str]) -> tuple[str, ...]:
        return tuple(str(mine) for mine, other in self._asked.items() if str(other) in theirs)
