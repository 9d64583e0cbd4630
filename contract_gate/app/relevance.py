"""Whether a pull request touches anything that a model could be made of; told before any SQL is read."""

import re
from collections.abc import Collection
from pathlib import PurePosixPath

from contract_gate.core.coverage import CatalogState, Coverage
from contract_gate.edge.git import ABSENT, ChangedFile, EntryKind, Repository, Revisions
from contract_gate.policy.settings import Verdict
from contract_gate.reports.report import Report

_SUFFIXES = frozenset({
    ".sql", ".sqlx", ".yml", ".yaml", ".csv", ".py", ".js", ".json", ".toml", ".jinja", ".jinja2", ".j2", ".hql", ".ddl",
    ".dml", ".bq", ".lock", ".lkml", ".tmpl", ".template", ".tpl", ".mustache", ".in", ".erb", ".cfg", ".plan", ".xml",
    ".ipynb", ".r", ".rmd", ".qmd", ".sh", ".bash",
})  # fmt: skip
"""Kinds of files that SQL, its templates, or the declarations around it are kept in, and scripts that may write to tables."""
_NEVER_RUN = frozenset({
    ".md", ".rst", ".txt", ".adoc", ".html", ".css", ".scss", ".svg", ".png", ".jpg", ".jpeg", ".gif", ".ico", ".webp", ".pdf",
    ".woff", ".woff2", ".ttf", ".map", ".snap",
})  # fmt: skip
"""Kinds of files that are shown, and write nothing."""
_DESCRIBED = frozenset({"models", "snapshots", "seeds", "macros", "analyses", "tests", "docs"})
"""Folders whose Markdown may hold the blocks that descriptions of models name."""
_NAMES = frozenset({".dbtignore"})
"""Files without a suffix that say which others are models."""


def concerns_models(changed: Collection[ChangedFile]) -> bool:
    """Tell whether any changed file may hold or shape a model; True where it is not sure."""
    paths = [PurePosixPath(path) for file in changed for path in file.paths]
    entries = (entry for file in changed for entry in (file.old, file.new) if entry is not None)
    # A link may be a folder of models, and a submodule may hold one.
    return any(map(_may_matter, paths)) or any(entry.kind is not EntryKind.FILE for entry in entries)


_GAP = rb"[\s\"'`+.\\]+"
_WRITES = re.compile(
    rb"\b(?:insert%(gap)s(?:into|overwrite|ignore|or)\b|update\b[^;]{1,200}?\bset\b|delete%(gap)sfrom\b|(?:merge|replace)%(gap)sinto\b"
    rb"|copy\s+(?:into\s|[\w.\"]+\s*(?:\([^)]{0,2000}\)\s*)?from\s)|unload\s*\(|truncate\s+(?:table\s|\w+\.\w|\w+\s*[;\"'`])"
    rb"|(?:create|alter|drop|rename)(?:%(gap)s\w+){0,4}?%(gap)s(?:table|view|schema|database)\b)"
    % {b"gap": _GAP},
    re.IGNORECASE,
)
"""A statement that writes, in whatever language it stands and as it may be put together there."""


def concerns_tables(repository: Repository, revisions: Revisions, changed: Collection[ChangedFile]) -> bool:
    """Tell whether a changed file may write to a table, at either side, whatever it is written in; True where one can't be read."""
    paths = [p for file in changed for p in file.paths if PurePosixPath(p).suffix.lower() not in _NEVER_RUN]
    sides = (repository.read_few(side, paths) for side in (revisions.base, revisions.head) if paths)
    return any(
        _WRITES.search(content) is not None if isinstance(content, bytes) else content != ABSENT
        for side in sides
        for content in side.values()
    )


def _may_matter(path: PurePosixPath) -> bool:
    suffix = path.suffix.lower()
    describes = suffix == ".md" and path.stem.upper() != "README" and not _DESCRIBED.isdisjoint(path.parts)
    return suffix in _SUFFIXES or path.name in _NAMES or describes


def quiet_report(revisions: Revisions, files: int, catalog: CatalogState) -> Report:
    """Give the report of a pull request that touches no model."""
    return Report(
        verdict=Verdict.PASSED,
        base=revisions.base.id,
        head=revisions.head.id,
        catalog=catalog,
        coverage=Coverage(
            files_changed=files,
            models_changed=0,
            models_analysed=0,
            notes=(revisions.how, "no model changed"),
            how=revisions.how,
            aside=("no model changed",),
        ),
        changes=(),
        impacts=(),
        findings=(),
    )
