"""Settings by folder: what `dbt_project.yml` says about a model, seed or source, and how settings are merged.

https://docs.getdbt.com/reference/configs-and-properties: the project file, then properties YAML, then the file's own
`config()`; a more specific folder wins; the root project wins over a package.
"""

from collections.abc import Iterator, Mapping

from contract_gate.workspace.documents import Plain

Settings = dict[str, Plain]

HOOKS = ("pre_hook", "post_hook")
ADDED_SETTINGS = frozenset({"tags", *HOOKS})
"""Said at several places, each of them counts."""
_MERGED = frozenset({"meta", "column_types", "grants", "persist_docs", "quoting"})


def folder_settings(tree: Mapping[str, Plain], fqn: tuple[str, ...]) -> Settings:
    """Give the settings that a `models:` tree has for the node with these names, outermost folder first."""
    result: Settings = {}
    for level in _levels(tree, fqn):
        here: Settings = {}
        for key, value in level.items():
            if key.startswith("+"):
                here[key[1:].strip()] = value
            elif not isinstance(value, dict):
                here[key] = value
        merge(result, here)
    return result


def merge(below: Settings, above: Mapping[str, Plain]) -> Settings:
    """Put settings over others, in place: tags and hooks are added, `meta` and its like merged, the rest replaced."""
    for key, value in above.items():
        name = key.replace("-", "_")
        old = below.get(name)
        if name in ADDED_SETTINGS:
            below[name] = [*_listed(old), *_listed(value)]
        elif name in _MERGED and isinstance(old, dict) and isinstance(value, dict):
            below[name] = old | value
        else:
            below[name] = value
    return below


def as_text(value: Plain) -> str | None:
    """Read a setting as a text, None where it has no value."""
    return None if value is None else str(value).strip()


def is_true(value: Plain) -> bool:
    """Read a setting as a flag, the texts of rendered Jinja included."""
    return value.strip().lower() in ("true", "1", "yes") if isinstance(value, str) else bool(value)


def _levels(tree: Mapping[str, Plain], fqn: tuple[str, ...]) -> Iterator[Mapping[str, Plain]]:
    level = tree
    yield level
    for name in fqn:
        inner = level.get(name)
        if not isinstance(inner, dict):
            return
        level = inner
        yield level


def _listed(value: Plain) -> list[Plain]:
    return value if isinstance(value, list) else [] if value is None else [value]
