"""Manifests as dbt writes them, made by hand from a project's files and what dbt would have compiled of them."""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import PurePosixPath

Files = Mapping[str, str | bytes | None]
_MACRO = re.compile(r"\{% macro (\w+).*?\{% endmacro %\}", re.DOTALL)
_EPHEMERAL = re.compile(r"materialized=.ephemeral")


def manifest(
    files: Files,
    compiled: Mapping[str, str] | None = None,
    *,
    reads: Mapping[str, list[str]] | None = None,
    package: Mapping[str, str] | None = None,
    injected: Mapping[str, Mapping[str, str]] | None = None,
    schema: str = "marts",
    version: int = 12,
) -> bytes:
    """Write the manifest of the project `shop`: `compiled` is the SQL by model, `reads` the keys that it depends on.

    `package` are the macros of the package `shelf`, which is not in the repository; every model is said to call them.
    `injected` are the CTEs that dbt wrote into a model: ephemeral model → text.
    """
    texts = {name: content for name, content in files.items() if isinstance(content, str)}
    nodes = {}
    for path, text in texts.items():
        if path.startswith("models/") and path.endswith(".sql"):
            name = PurePosixPath(path).stem
            nodes[f"model.shop.{name}"] = _node(
                name, path, text, (compiled or {}).get(name), (reads or {}).get(name, []),
                [f"macro.shelf.{macro}" for macro in package or {}], (injected or {}).get(name, {}), schema,
            )  # fmt: skip
    macros = {
        f"macro.shelf.{name}": _macro("shelf", "macros/m.sql", text) for name, text in (package or {}).items()
    }
    for path, text in texts.items():
        for found in _MACRO.finditer(text) if path.startswith("macros/") else ():
            macros[f"macro.shop.{found[1]}"] = _macro("shop", path, found[0])
    return json.dumps({
        "metadata": {
            "dbt_schema_version": f"https://schemas.getdbt.com/dbt/manifest/v{version}.json",
            "dbt_version": "1.10.1",
            "project_name": "shop",
            "adapter_type": "postgres",
            "invocation_id": "one-run",
        },
        "nodes": nodes,
        "sources": {
            "source.shop.raw.orders": {"database": "shop", "schema": "raw", "relation_name": '"shop"."raw"."orders"'}
        },
        "macros": macros,
        "disabled": {},
    }).encode()  # fmt: skip


def catalog(relations: Mapping[str, Mapping[str, str]], *, invocation: str = "one-run") -> bytes:
    """Write a catalog: key → column → type."""
    found = {
        key: {
            "columns": {c: {"name": c, "type": t, "index": i} for i, (c, t) in enumerate(columns.items(), 1)}
        }
        for key, columns in relations.items()
    }
    return json.dumps({
        "metadata": {
            "dbt_schema_version": "https://schemas.getdbt.com/dbt/catalog/v1.json",
            "generated_at": "2026-11-20T10:00:00Z",
            "invocation_id": invocation,
        },
        "nodes": {key: one for key, one in found.items() if not key.startswith("source.")},
        "sources": {key: one for key, one in found.items() if key.startswith("source.")},
    }).encode()  # fmt: skip


def _node(
    name: str, path: str, text: str, code: str | None, reads: list[str], macros: list[str],
    injected: Mapping[str, str], schema: str,
) -> dict[str, object]:  # fmt: skip
    is_ephemeral = bool(_EPHEMERAL.search(text))
    return {
        "unique_id": f"model.shop.{name}",
        "resource_type": "model",
        "package_name": "shop",
        "original_file_path": path,
        "language": "sql",
        "raw_code": text.strip(),
        "checksum": {"name": "sha256", "checksum": hashlib.sha256(text.strip().encode()).hexdigest()},
        "database": "shop",
        "schema": schema,
        "relation_name": None if is_ephemeral else f'"shop"."{schema}"."{name}"',
        "depends_on": {"nodes": reads, "macros": macros},
        "extra_ctes": [{"id": f"model.shop.{key}", "sql": cte} for key, cte in injected.items()],
        **({"compiled": True, "compiled_code": code} if code is not None else {}),
    }


def _macro(package: str, path: str, text: str) -> dict[str, object]:
    return {
        "package_name": package,
        "original_file_path": path,
        "macro_sql": text,
        "depends_on": {"macros": []},
    }
