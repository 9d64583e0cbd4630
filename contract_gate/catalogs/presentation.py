"""One answer of a catalog, as `contract-gate downstream` shows it to people and to programs."""

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from contract_gate.catalogs.catalog import (
    Ambiguous,
    Answer,
    Asset,
    Downstream,
    Evidence,
    NotInCatalog,
    Reached,
    Unavailable,
    Way,
)
from contract_gate.core.coverage import CatalogState
from contract_gate.core.printable import escaped, json_text
from contract_gate.core.relation import caseless


def answer_to_text(answer: Answer, way: Way = Way.DOWNSTREAM) -> str:
    """Write an answer as lines; what is not printable in a name, or a command to a CI runner, is an escape."""
    return "\n".join(map(_shown, _lines(answer, way))) + "\n"


def answer_to_json(answer: Answer, state: CatalogState) -> str:
    """Write an answer as JSON: `status` is `known`, `not-in-catalog`, `ambiguous` or `unavailable`."""
    catalog = {"name": state.name, "status": state.status.value, "as_of": state.as_of, "note": state.note}
    content = {"schema_version": 1, "relation": str(answer.relation), "catalog": catalog, **_content(answer)}
    return json_text(content)


def of_column(found: Downstream, column: str) -> Downstream:
    """Leave in an answer what is known of one column: who surely reads it, and who reads the relation and may."""
    kept = tuple(
        reached
        for reached, evidence in found.readers(column)
        if evidence is not Evidence.OTHER_COLUMNS
        and (reached.column is None or caseless(reached.column) == caseless(column))
    )
    return replace(found, reached=kept)


def _lines(answer: Answer, way: Way) -> list[str]:
    match answer:
        case Downstream():
            by_asset: dict[str, list[Reached]] = {}
            for reached in answer.reached:
                by_asset.setdefault(reached.asset.id, []).append(reached)
            lines = [_reached_line(ways, way) for ways in by_asset.values()]
            nobody = "nobody who reads" if way is Way.DOWNSTREAM else "nothing that is read by"
            lines = lines or [f"there is {nobody} {answer.as_asset.shown}, as far as is known"]
            lines += [f"unknown column: {column}" for column in answer.unknown_columns]
            return lines + [text for text in (answer.truncated, answer.note) if text]
        case NotInCatalog():
            return [f"{answer.relation}: {answer.reason}"]
        case Ambiguous():
            return [
                f"{answer.relation}: {answer.reason}",
                *(f"  {one.shown}  {one.integration or ''}  {one.id}" for one in answer.candidates),
            ]
        case Unavailable():
            return []
        case _:
            assert_never(answer)


def _reached_line(ways: Sequence[Reached], way: Way) -> str:
    """Show an asset once, by its nearest way, with the columns that lead to it."""
    nearest = min(ways, key=lambda one: one.distance)
    asset = nearest.asset
    verb = ("reads", "may read") if way is Way.DOWNSTREAM else ("makes", "may make")
    parts = [f"{asset.kind} {asset.shown}" + (f" in {asset.inside}" if asset.inside else "")]
    sure = sorted({one.column for one in ways if one.column and not one.table_level})
    perhaps = {one.column for one in ways if one.column and one.table_level and not one.other_columns}
    parts += [f"{verb[0]} {', '.join(sure)}"] if sure else []
    parts += [f"{verb[1]} {', '.join(sorted(perhaps - set(sure)))}"] if perhaps - set(sure) else []
    parts += ["via " + ", ".join(nearest.via)] if nearest.via else []
    parts += ["owned by " + ", ".join(asset.owners)] if asset.owners else []
    parts += [f"{asset.usage:,} views"] if asset.usage is not None else []
    if asset.id not in (asset.shown, asset.name):
        parts.append(asset.id)
    return "  ".join([*parts, *filter(None, [asset.url])])


def _shown(line: str) -> str:
    margin = line[: len(line) - len(line.lstrip(" "))]
    return margin + escaped(line.lstrip(" "))


def _content(answer: Answer) -> dict[str, object]:
    match answer:
        case Downstream():
            return {
                "status": "known",
                "asset": _asset(answer.as_asset),
                "reached": [_reached(reached) for reached in answer.reached],
                "unknown_columns": list(answer.unknown_columns),
                "truncated": answer.truncated,
                "note": answer.note,
            }
        case NotInCatalog():
            return {"status": "not-in-catalog", "reason": answer.reason}
        case Ambiguous():
            candidates = [_asset(one) for one in answer.candidates]
            return {"status": "ambiguous", "reason": answer.reason, "candidates": candidates}
        case Unavailable():
            return {"status": "unavailable", "reason": answer.reason}
        case _:
            assert_never(answer)


def _reached(reached: Reached) -> dict[str, object]:
    return {
        "asset": _asset(reached.asset),
        "column": reached.column,
        "table_level": reached.table_level,
        "via": list(reached.via),
        "distance": reached.distance,
        "into": list(reached.into),
    }


def _asset(asset: Asset) -> dict[str, object]:
    return {
        "id": asset.id,
        "kind": asset.kind,
        "name": asset.shown,
        "inside": asset.inside,
        "url": asset.url,
        "owners": list(asset.owners),
        "usage": asset.usage,
        "integration": asset.integration,
    }
