"""A snapshot: what a catalog said once, in a file, for runs without a key. It holds no secret.

The format is JSON with a version of its own; a file that is not understood is a usage error, never an empty
catalog.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from contract_gate.catalogs.catalog import (
    Ambiguous,
    Answer,
    Asset,
    Downstream,
    NotInCatalog,
    OwnModels,
    Question,
    Unavailable,
    agreement,
    agrees,
)
from contract_gate.catalogs.graph import Found, Graph, answer, key_of
from contract_gate.catalogs.status import merge, state_of
from contract_gate.compare.impact import AssetUse
from contract_gate.core.coverage import CatalogState, CatalogStatus
from contract_gate.core.errors import UsageError
from contract_gate.core.facts import Json
from contract_gate.core.json_fields import (
    entries,
    flag,
    named_texts,
    optional,
    parse,
    table,
    text,
    texts,
    whole,
)
from contract_gate.core.relation import RelationName
from contract_gate.core.values import dataclass, replace
from contract_gate.edge.disk import read_regular, write_whole

VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What `catalog` knew; `as_of` is when its sources were last read (ISO 8601, UTC), None if it can't tell.

    `taken_at` is when the catalog was asked, None in a file that does not say.
    """

    catalog: str
    as_of: str | None
    graph: Graph
    taken_at: str | None = None

    def age(self, now: datetime) -> int | None:
        """Give the days since the catalog was asked, or else since its sources were read; None where neither is known."""
        moment = self.taken_at or self.as_of
        return None if moment is None else max((now - datetime.fromisoformat(moment)).days, 0)


class SnapshotCatalog:
    """Answers from a snapshot; past `max_age` days it is no whole answer any more."""

    reads_sql = False

    def __init__(self, snapshot: Snapshot, max_age: int | None = None, now: datetime | None = None) -> None:
        """Take `now`, the time to count the age until, from tests alone."""
        self._snapshot = snapshot
        self._too_old = _too_old(snapshot.age(now or datetime.now(UTC)), max_age)
        self._name = f"snapshot of {snapshot.catalog}"
        self._state = CatalogState(name=self._name, status=CatalogStatus.NOT_ASKED, as_of=snapshot.as_of)

    async def downstream(
        self, questions: Sequence[Question], *, own: Collection[RelationName] = ()
    ) -> Mapping[RelationName, Answer]:
        """Answer from the snapshot; see `Catalog.downstream`."""
        models = OwnModels(own)
        answers = {
            question.relation: self._in_time(self._answer(question, models)) for question in merge(questions)
        }
        self._state = state_of(self._name, answers, as_of=self._snapshot.as_of)
        return answers

    def state(self) -> CatalogState:
        """Tell how far the last call was answered."""
        return self._state

    def _in_time(self, answer: Answer) -> Answer:
        if self._too_old is None or not isinstance(answer, Downstream):
            return answer
        return replace(answer, truncated="; ".join(filter(None, (self._too_old, answer.truncated))))

    def _answer(self, question: Question, own: OwnModels) -> Answer:
        graph = self._snapshot.graph
        if question.relation in graph.found:
            return answer(graph, question, own)
        alike = [name for name in graph.found if agrees(question.relation, name)]
        known = ((name, one) for name in alike if isinstance(one := graph.found[name], Asset))
        asked = question.relation
        # What was asked for as `orders` may be one of another schema.
        found = [
            one
            for name, one in known
            if len(name.parts) >= len(asked.parts) or agreement(asked, one.title_full)
        ]
        if len({one.id for one in found}) > 1:
            return Ambiguous(relation=question.relation, candidates=tuple(found))
        if not found:
            said = [one for one in (graph.found[name] for name in alike) if not isinstance(one, Asset)]
            if said:
                return replace(said[0], relation=question.relation)
            reason = f"the snapshot{_dated(self._snapshot.as_of)} was taken without {question.relation}"
            return Unavailable(relation=question.relation, reason=reason, hint=HINT)
        return answer(replace(graph, found={question.relation: found[0]}), question, own)


def save(snapshot: Snapshot, path: Path) -> None:
    """Write a snapshot, whole or not at all; see `write_whole` for what is raised."""
    content = to_json(snapshot)
    content["checksum"] = _checksum(content)
    text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    write_whole(path, text, "the snapshot")


def load(path: Path) -> Snapshot:
    """Read a snapshot from a file. Raises UsageError when there is none, or none that this version understands."""
    return loads(read_regular(path, "the snapshot", HINT), str(path))


def loads(content: bytes, name: str) -> Snapshot:
    """Read a snapshot. Raises UsageError for what this version does not understand."""
    try:
        return from_json(parse(content.decode("utf-8")))
    except UnicodeDecodeError as error:
        raise UsageError(f"the snapshot was not read: {name}: it is not UTF-8 text", HINT) from error
    except ValueError as error:
        raise UsageError(f"the snapshot {name} is not understood: {error}", HINT) from error


def describe(snapshot: Snapshot) -> str:
    """Count what is in a snapshot, and what is not, in one line."""
    graph = snapshot.graph
    known = sum(isinstance(found, Asset) for found in graph.found.values())
    parts = [f"{known:,} of {len(graph.found):,} relations, {len(graph.assets):,} assets"]
    missing = len(graph.unexplored) + len(graph.closed_tables)
    if missing:
        first = next(iter((*graph.unexplored.values(), *graph.closed_tables.values())))
        parts.append(f"{missing:,} assets not fully asked: {first}")
    parts += [graph.doubt] if graph.doubt else []
    return "; ".join(parts) + _dated(snapshot.as_of)


def to_json(snapshot: Snapshot) -> dict[str, Json]:
    """Give the file's content."""
    graph = snapshot.graph
    asked: list[Json] = [*sorted(graph.readers)]
    return {
        "schema_version": VERSION,
        "catalog": snapshot.catalog,
        "as_of": snapshot.as_of,
        "taken_at": snapshot.taken_at,
        "assets": [_asset_to_json(asset) for _, asset in sorted(graph.assets.items())],
        "relations": [_found_to_json(name, graph.found[name]) for name in sorted(graph.found)],
        "columns": {key: list(columns) for key, columns in graph.columns.items()},
        "readers": {key: list(readers) for key, readers in graph.readers.items() if readers},
        "asked": asked,
        "unexplored": dict(graph.unexplored),
        "closed_tables": dict(graph.closed_tables),
        "unreadable": dict(graph.unreadable),
        "doubt": graph.doubt,
    }


def from_json(content: Json) -> Snapshot:
    """Read the file's content. Raises ValueError, which says what is wrong."""
    body = table(content, "the snapshot")
    if body.get("schema_version") != VERSION:
        raise ValueError(f"its schema_version is {body.get('schema_version')!r}, not {VERSION}")
    if "checksum" in body and body["checksum"] != _checksum(body):
        raise ValueError("its content is not what was written: the checksum is another")
    assets = {key_of(asset.id): asset for asset in map(_asset_from_json, entries(body, "assets"))}
    readers: dict[str, tuple[str, ...]] = dict.fromkeys(texts(body, "asked"), ())
    readers.update(_lists(body, "readers"))
    columns = _lists(body, "columns")
    unlisted = {key for listed in columns.values() for key in listed} - set(assets)
    if unlisted:
        raise ValueError(f"columns without an asset: {sorted(unlisted)[0]!r}")
    found = dict(_found_from_json(item, assets) for item in entries(body, "relations"))
    graph = Graph(
        found=found,
        assets=assets,
        columns=columns,
        readers=readers,
        unexplored=named_texts(body, "unexplored"),
        closed_tables=named_texts(body, "closed_tables"),
        unreadable=named_texts(body, "unreadable"),
        doubt=optional(body, "doubt"),
    )
    moments = (_moment(body, "as_of"), _moment(body, "taken_at"))
    return Snapshot(catalog=text(body, "catalog"), as_of=moments[0], graph=graph, taken_at=moments[1])


HINT = "take a new one with `contract-gate snapshot`"


def _too_old(age: int | None, limit: int | None) -> str | None:
    if age is None or limit is None or age <= limit:
        return None
    return f"the snapshot is {age:,} days old, and {limit:,} are allowed (snapshot-max-age)"


def _checksum(content: Mapping[str, Json]) -> str:
    """Digest all but the digest itself: a file that was cut, merged or edited by hand is noticed."""
    kept = {name: value for name, value in content.items() if name != "checksum"}
    text = json.dumps(kept, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode('ascii')).hexdigest()}"


def _moment(body: Mapping[str, Json], name: str) -> str | None:
    text = optional(body, name)
    if text is not None and datetime.fromisoformat(text).tzinfo is None:
        raise ValueError(f"{name!r} is a time without a zone")
    return text


def _dated(as_of: str | None) -> str:
    return f" of {as_of}" if as_of else ""


def _asset_to_json(asset: Asset) -> dict[str, Json]:
    content: dict[str, Json] = {
        "id": asset.id,
        "kind": asset.kind,
        "name": asset.name,
        "title_full": asset.title_full,
        "url": asset.url,
        "owners": list(asset.owners),
        "usage": asset.usage,
        "integration": asset.integration,
        "parent": asset.parent,
        "inside": asset.inside,
        "archived": asset.archived,
        "standing": _standing_to_json(asset.standing),
    }
    # Not `in (None, [], False)`: a usage of 0 equals False, and is something that the catalog counted.
    return {
        name: value
        for name, value in content.items()
        if value is not None and value is not False and value != [] and value != {}
    }


def _standing_to_json(standing: AssetUse) -> dict[str, Json]:
    content: dict[str, Json] = {
        "external_usage": standing.external_usage,
        "internal_usage": standing.internal_usage,
        "people": list(standing.people),
        "people_count": standing.people_count or None,
        "tags": list(standing.tags),
        "certified": standing.certified or None,
        "pii": standing.pii or None,
        "stale": standing.stale or None,
    }
    return {name: value for name, value in content.items() if value is not None and value != []}


def _standing_from_json(content: Json) -> AssetUse:
    body = table(content, "an asset's standing")
    return AssetUse(
        external_usage=whole(body, "external_usage"),
        internal_usage=whole(body, "internal_usage"),
        people=texts(body, "people"),
        people_count=whole(body, "people_count") or 0,
        tags=texts(body, "tags"),
        certified=flag(body, "certified"),
        pii=flag(body, "pii"),
        stale=flag(body, "stale"),
    )


def _asset_from_json(content: Json) -> Asset:
    body = table(content, "an asset")
    return Asset(
        id=text(body, "id"),
        kind=text(body, "kind"),
        name=text(body, "name"),
        title_full=optional(body, "title_full"),
        url=optional(body, "url"),
        owners=texts(body, "owners"),
        usage=whole(body, "usage"),
        integration=optional(body, "integration"),
        parent=optional(body, "parent"),
        inside=optional(body, "inside"),
        archived=flag(body, "archived"),
        standing=_standing_from_json(body.get("standing", {})),
    )


def _found_to_json(name: RelationName, found: Found) -> dict[str, Json]:
    relation: dict[str, Json] = {"relation": list(name.parts)}
    match found:
        case Asset():
            return relation | {"asset": key_of(found.id)}
        case Ambiguous():
            candidates: list[Json] = [_asset_to_json(asset) for asset in found.candidates]
            return relation | {"candidates": candidates, "reason": found.reason}
        case NotInCatalog():
            return relation | {"absent": found.reason}
        case Unavailable():
            return relation | {"unavailable": found.reason}


def _found_from_json(content: Json, assets: Mapping[str, Asset]) -> tuple[RelationName, Found]:
    body = table(content, "a relation")
    parts = texts(body, "relation")
    if not 1 <= len(parts) <= 3:
        raise ValueError(f"a relation of {len(parts)} parts")
    name = RelationName(parts)
    if "asset" in body:
        key = text(body, "asset")
        if key not in assets:
            raise ValueError(f"the relation {name} has no asset {key!r}")
        return name, assets[key]
    if "candidates" in body:
        candidates = tuple(map(_asset_from_json, entries(body, "candidates")))
        return name, Ambiguous(relation=name, candidates=candidates, reason=text(body, "reason"))
    if "absent" in body:
        return name, NotInCatalog(relation=name, reason=text(body, "absent"))
    return name, Unavailable(relation=name, reason=text(body, "unavailable"))


def _lists(body: Mapping[str, Json], name: str) -> dict[str, tuple[str, ...]]:
    inner = table(body.get(name, {}), repr(name))
    return {key: texts(inner, key) for key in inner}
