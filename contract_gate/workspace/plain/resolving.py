"""Which model a name means to the one who reads it: certain parts agree, copies stay apart, the nearest path wins."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import takewhile

from contract_gate.core.relation import RelationName
from contract_gate.core.values import dataclass
from contract_gate.core.world import Model
from contract_gate.workspace.plain.placeholders import is_marked


@dataclass(frozen=True, slots=True, kw_only=True)
class CertainName:
    """What of a model's relation is certain: the last `certain` parts (0: it makes nothing); the rest its path hints.

    `by_path`: no statement says the name.
    """

    model: Model
    certain: int
    by_path: bool = False


class ModelNames:
    """The models by name. `reads_namesake` tells whether a model's text reads another relation of its own last name."""

    def __init__(
        self, named: Iterable[CertainName], reads_namesake: Callable[[Model, RelationName], bool]
    ) -> None:
        self._reads_namesake = reads_namesake
        self._by_name: dict[str, list[CertainName]] = defaultdict(list)
        for each in named:
            if each.model.relation is not None and each.certain:
                self._by_name[each.model.relation.name.lower()].append(each)
        self._tops = {
            _top(each.model.path) for group in self._by_name.values() for each in group if each.by_path
        }

    def find(self, name: RelationName, reader: Model | None) -> Model | None:
        """Give the model that makes the relation, as the reader would resolve its name."""
        path = reader.path if reader is not None else ""
        best = max(self._meant(name, reader), key=lambda each: _rank(each, name, path), default=None)
        return best.model if best is not None else None

    def rivals(self, name: RelationName, reader: Model) -> list[str]:
        """Give the keys of other relations that a name without its schema may mean, none of them nearer than the rest."""
        meant = self._meant(name, reader)
        best = max(meant, key=lambda each: _rank(each, name, reader.path), default=None)
        if best is None or best.certain <= len(name.parts):
            return []
        alike = _rank(best, name, reader.path)[:-2]
        return [
            each.model.key
            for each in meant
            if each.model.relation != best.model.relation
            and each.certain > len(name.parts)
            and _rank(each, name, reader.path)[:-2] == alike
        ]

    def _meant(self, name: RelationName, reader: Model | None) -> list[CertainName]:
        found = [each for each in self._candidates(name) if _agree(each, name)]
        if reader is None:
            return found
        # One table may be written in Spark and read in Trino; a copy of it in the reader's dialect is what it means.
        own = [each for each in found if each.model.dialect == reader.dialect]
        return [each for each in own or found if self._may_read(each, reader, name)]

    def _candidates(self, name: RelationName) -> list[CertainName]:
        last = name.name.lower()
        if not last.endswith("*"):
            return self._by_name.get(last, [])
        # `events_*` reads tables of one dataset; `*` alone reads whatever is there, no table that can be named.
        prefix = last[:-1]
        alike = [key for key in sorted(self._by_name) if prefix and key.startswith(prefix)]
        return [
            each
            for key in alike
            for each in self._by_name[key]
            if _agreeing(each, name) == len(name.parts) - 1
        ]

    def _may_read(self, each: CertainName, reader: Model, name: RelationName) -> bool:
        model = each.model
        if len(name.parts) == 1 or each.certain > 1 or model.key == reader.key:
            return True
        # `orders.sql` that reads `raw.orders` is not `raw.orders`.
        if self._reads_namesake(model, name):
            return False
        if _top(model.path) != _top(reader.path):
            if each.by_path and len(self._tops) > 1:
                return _agreeing(each, name) > 1
            return not self._has_own(reader, name)
        return True

    def _has_own(self, reader: Model, name: RelationName) -> bool:
        """Tell whether the reader's own tree makes something of that name, in another dialect or under another schema."""
        alike = self._by_name.get(name.name.lower(), ())
        return any(
            each.model.key != reader.key and _top(each.model.path) == _top(reader.path) for each in alike
        )


def _top(path: str) -> str:
    return path.split("/")[0] if "/" in path else ""


def _agree(named: CertainName, name: RelationName) -> bool:
    """The sure parts are equal as far as both have them; a placeholder is equal to anything."""
    relation = named.model.relation
    if relation is None:
        return False
    mine, theirs = relation.parts[::-1], name.parts[::-1]
    sure = 1 if named.certain == 1 else len(mine)
    pairs = list(zip(mine[:sure], theirs[:sure], strict=False))
    return all(
        _alike(a, b) or (index == 0 and b.endswith("*") and a.startswith(b[:-1]))
        for index, (a, b) in enumerate(pairs)
    )


def _alike(one: str, other: str) -> bool:
    return one == other or is_marked(one) or is_marked(other)


def _agreeing(named: CertainName, name: RelationName) -> int:
    """Count the parts that are written alike."""
    parts = named.model.relation.parts if named.model.relation is not None else ()
    return sum(a == b for a, b in zip(reversed(parts), reversed(name.parts), strict=False))


def _rank(
    named: CertainName, name: RelationName, reader_path: str
) -> tuple[int, int, bool, bool, int, bool, str]:
    """Order candidates, the likeliest last; all but the last two say how likely, those only choose one."""
    path = named.model.path
    pairs = zip(path.split("/"), reader_path.split("/"), strict=False)
    shared = len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
    main = not path.rpartition("/")[2].lower().startswith(("init", "backfill", "part"))
    sure, alike = min(named.certain, len(name.parts)), _agreeing(named, name)
    # `orders` is rather what `CREATE VIEW orders` makes than `lake.orders`.
    exact = named.certain == len(name.parts)
    return sure, alike, _top(path) == _top(reader_path), exact, shared, main, path
