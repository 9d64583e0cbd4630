"""One answer of a catalog, as `contract-gate downstream` shows it to people and to programs."""

from typing import assert_never

from contract_gate.catalogs.catalog import (
    Ambiguous,
    Answer,
    Asset,
    Downstream,
    NotInCatalog,
    Reached,
    Unavailable,
)
from contract_gate.core.coverage import CatalogState
from contract_gate.core.printable import escaped, json_text


def answer_to_text(answer: Answer) -> str:
    """Write an answer as lines; what is not printable in a name, or a command to a CI runner, is an escape."""
    return "\n".join(map(_shown, _lines(answer))) + "\n"


def answer_to_json(answer: Answer, state: CatalogState) -> str:
    """Write an answer as JSON: `status` is `known`, `not-in-catalog`, `ambiguous` or `unavailable`."""
    catalog = {"name": state.name, "status": state.status.value, "as_of": state.as_of, "note": state.note}
    content = {"schema_version": 1, "relation": str(answer.relation), "catalog": catalog, **_content(answer)}
    return json_text(content)


def _lines(answer: Answer) -> list[str]:
    match answer:
        case Downstream():
            lines = [_reached_line(reached) for reached in answer.reached]
            lines = lines or [f"the catalog knows of nobody who reads {answer.as_asset.shown}"]
            lines += [f"unknown column: {column}" for column in answer.unknown_columns]
            return lines + [text for text in (answer.truncated, answer.note) if text]
        case NotInCatalog():
            return [f"{answer.relation}: {answer.reason}"]
        case Ambiguous():
            head = (
                f"{answer.relation}: {answer.reason}; set the configuration's secoda.integration to pin one"
            )
            return [head, *(f"  {one.shown}  {one.integration or ''}  {one.id}" for one in answer.candidates)]
        case Unavailable():
            return []
        case _:
            assert_never(answer)


def _reached_line(reached: Reached) -> str:
    asset = reached.asset
    parts = [f"{asset.kind} {asset.shown}" + (f" in {asset.inside}" if asset.inside else "")]
    if reached.column:
        parts.append(f"reads {reached.column}" if not reached.table_level else f"may read {reached.column}")
    if reached.via:
        parts.append("via " + ", ".join(reached.via))
    if asset.owners:
        parts.append("owned by " + ", ".join(asset.owners))
    if asset.usage is not None:
        parts.append(f"{asset.usage:,} views")
    return "  ".join(parts)


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
