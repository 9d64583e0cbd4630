"""Relations whose SQL is not in the repository as such: made by a Python file, or written from a template in CI.

They are declared, so that nobody takes them for removed; what they hold is known only from a schema beside them.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache

from contract_gate.core.relation import Column, RelationName
from contract_gate.core.values import dataclass
from contract_gate.workspace.plain.naming import FOLDER_FILES, name_from_path

PYTHON = "made by Python: its columns are not analysed"


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeElsewhere:
    """A relation, the file that makes it, and why its SQL is not analysed. `columns` are those that a schema declares.

    `is_generated`: its SQL is written from a template, elsewhere; who made it before says nothing of what it is now.
    """

    relation: RelationName
    certain: int
    path: str
    reason: str
    columns: tuple[Column, ...] = ()
    is_generated: bool = False


def is_template(path: str) -> bool:
    """Tell whether a file is a template that SQL files are written from (`x.template.sql`, `x.sql.jinja`)."""
    return _TEMPLATE.search(path) is not None


def in_folders(
    paths: Collection[str], schemas: Mapping[str, tuple[Column, ...]], dialect: str
) -> Iterator[MadeElsewhere]:
    """Yield the tables of folders that hold a `query.py`, or nothing but the table's schema."""
    tables = table_folders(paths)
    datasets = {folder.rpartition("/")[0] for folder in tables}
    by_folder: dict[str, str] = {}
    for path in sorted(paths, reverse=True):
        folder, _, name = path.rpartition("/")
        is_python = name == "query.py" and (folder in schemas or folder.rpartition("/")[0] in datasets)
        if is_python or (
            folder in schemas and name in ("schema.yaml", "schema.yml") and folder not in by_folder
        ):
            by_folder[folder] = path
    for folder, path in sorted(by_folder.items()):
        relation, certain = name_from_path(f"{folder}/query.sql", dialect)
        reason = PYTHON if path.endswith(".py") else "only its columns are declared here, not its SQL"
        yield MadeElsewhere(
            relation=relation, certain=certain, path=path, reason=reason, columns=schemas.get(folder, ())
        )


def table_folders(paths: Collection[str]) -> frozenset[str]:
    """Give the folders that are a table each: they hold its query or its metadata."""
    return frozenset(path.rpartition("/")[0] for path in paths if _IN_TABLE_FOLDER.search(path))


def beside(
    paths: Collection[str], folders_with_sql: Collection[str], dialect: str, writes: Mapping[str, str]
) -> Iterator[MadeElsewhere]:
    """Yield the tables that a Python file named after them makes, in a folder of SQL files. `writes`: path → its text."""
    for path in sorted(paths):
        folder, _, name = path.rpartition("/")
        stem = name.removesuffix(".py")
        if folder in folders_with_sql and name != "query.py" and _writes(stem, writes.get(path, "")):
            relation, certain = name_from_path(f"{folder}/{stem}.sql", dialect)
            yield MadeElsewhere(relation=relation, certain=certain, path=path, reason=PYTHON)


def from_templates(templates: Collection[str], texts: Mapping[str, str]) -> Iterator[MadeElsewhere]:
    """Yield what texts read under a template's name (with a version behind it: `_v1`), as fully as they write it."""
    stems = {template_stem(path): path for path in sorted(templates, reverse=True)}
    stems = {
        stem: path for stem, path in stems.items() if len(stem) >= _SHORTEST and not FOLDER_FILES.match(stem)
    }
    if not stems:
        return
    names: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for text in texts.values():
        for qualifiers, name in _reads(text):
            stem = _VERSION.sub("", name).lower()
            stem = stem if stem in stems else name.lower()
            if stem in stems:
                names[stem].add((*re.findall(r"[\w-]+", qualifiers), name))
    for stem, found in sorted(names.items()):
        for parts in _longest(found):
            yield MadeElsewhere(
                relation=RelationName(parts), certain=len(parts), path=stems[stem],
                reason=f"written from the template {stems[stem]}: its SQL is not in the repository", is_generated=True,
            )  # fmt: skip


def template_stem(path: str) -> str:
    """Give what a template is named after: `orders` of `templates/orders.template.sql`."""
    return path.rpartition("/")[2].partition(".")[0].removesuffix("_template").lower()


_IN_TABLE_FOLDER = re.compile(
    r"/(query|view|script|materialized_view)\.sql$|/metadata\.ya?ml$", re.IGNORECASE
)
_SHORTEST = 5
_VERSION = re.compile(r"_v\d+$", re.IGNORECASE)
_READ = re.compile(r"\b(?:from|join)\s+`?((?:[a-z_][\w-]*`?\.`?){1,2})(\w+)", re.IGNORECASE)


@lru_cache(maxsize=20_000)
def _reads(text: str) -> frozenset[tuple[str, str]]:
    return frozenset(_READ.findall(text))


_TEMPLATE = re.compile(
    r"\.(template|tmpl|tpl|jinja|jinja2|j2|mustache|in)\.sql$|\.sql\.(template|tmpl|tpl|jinja|jinja2|j2|mustache|in|erb)$"
    r"|_template\.sql$|(^|/)templates?/([^/]+/)*[^/]+\.sql$",
    re.IGNORECASE,
)
_WRITING = re.compile(
    r"to_gbq|saveAsTable|insertInto|write_pandas|to_sql\(|load_table_from|WriteToBigQuery|writeTo\(|save_as_table"
    r"|create\s+(or\s+replace\s+)?table|insert\s+(into|overwrite)",
    re.IGNORECASE,
)


def _writes(stem: str, text: str) -> bool:
    return (
        bool(text)
        and _WRITING.search(text) is not None
        and re.search(rf"\b{re.escape(stem)}\b", text) is not None
    )


def _longest(names: Collection[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return sorted(
        name for name in names if not any(other != name and other[-len(name) :] == name for other in names)
    )
