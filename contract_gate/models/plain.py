"""Plain SQL repositories: each tracked `.sql` file makes the relations it names, or the one its path names.

Conventions: `dataset/table/query.sql` and `view.sql` (the folder is the table, a `schema.yaml` beside it lists its
columns, a `query.py` makes it without SQL), `schema/table.sql` with a bare SELECT, and CREATE/INSERT/MERGE files.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile

from contract_gate.models.files import Files, decode
from contract_gate.models.tableschema import read_table_schema
from contract_gate.relation import Column, RelationName
from contract_gate.sql.scan import Glance, glance
from contract_gate.world import Model, ModelKind, Rendered

_FOLDER_FILES = re.compile(r"^(query|view|script|init|materialized_view|part\d+|backfill)$", re.IGNORECASE)
_GENERIC_FOLDERS = frozenset({
    "sql", "models", "src", "queries", "query", "transform", "transforms", "views", "tables", "ddl", "dml", "scripts", "",
})  # fmt: skip
_COMMANDS = re.compile(
    r"\b(create|insert|merge|update|delete|copy|truncate|alter|drop|into)\b", re.IGNORECASE
)
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_WORD = re.compile(r"\w+")
_JINJA = re.compile(r"\{\{|\{%")
LARGEST = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """What of a model's relation is certain: the last `certain` parts; the rest is a hint from its path."""

    model: Model
    certain: int


class PlainProject:
    """The plain SQL files of one revision. `paths` are those that no other kind of project owns."""

    def __init__(self, files: Files, paths: Collection[str], dialect_of: Callable[[str], str]) -> None:
        self._dialect_of = dialect_of
        self._texts: dict[str, str] = {}
        self.problems: dict[str, str] = {}
        self._named: list[_Named] = []
        self._read_all(files, paths)
        self.models: Mapping[str, Model] = {named.model.key: named.model for named in self._named}

    def rendered(self, key: str) -> Rendered:
        """Give the file's text: a plain file needs no rendering."""
        model = self.models[key]
        text = self._texts.get(model.path)
        if text is None:
            return Rendered(sql=None, problem="made by Python: its columns are not analysed")
        if _JINJA.search(text):
            return Rendered(sql=None, problem="a template outside of a dbt project: not rendered")
        return Rendered(sql=text)

    def prepare(self, keys: Collection[str]) -> None:
        """Do nothing: there is nothing to render."""

    def readers(self, keys: Collection[str]) -> set[str]:
        """Give the models whose text holds every word of one of the relations' last names."""
        found: set[str] = set()
        for key in keys:
            relation = self.models[key].relation
            if relation is not None:
                found |= self.naming(relation)
        return found

    def naming(self, relation: RelationName) -> set[str]:
        """Give the models whose text names this relation, whoever makes it."""
        words = [word.lower() for word in _WORD.findall(relation.name)]
        sets = [self._paths_by_word.get(word, frozenset()) for word in words]
        paths = frozenset.intersection(*sets) if sets else frozenset()
        return {key for path in paths for key in self._keys_by_path[path]}

    def find(self, name: RelationName, reader: str | None) -> Model | None:
        """Give the model that a name means to the reader: certain parts agree, and the nearest path wins."""
        there = self.models[reader].path if reader is not None and reader in self.models else ""
        candidates = [
            named
            for named in self._by_name.get(name.name.lower(), ())
            if _agree(named, name) and (not there or self._may_read(named, there, name))
        ]
        best = max(candidates, key=lambda named: self._rank(named, name, there), default=None)
        return best.model if best is not None else None

    def _may_read(self, named: _Named, reader_path: str, name: RelationName) -> bool:
        if named.model.dialect != self._dialect_of(reader_path):
            return False
        # `orders.sql` that reads `raw.orders` is not `raw.orders`.
        return named.certain > 1 or len(name.parts) == 1 or not self._reads_namesake(named.model, name)

    def _reads_namesake(self, model: Model, name: RelationName) -> bool:
        text = self._texts.get(model.path, "")
        return any(read.name.lower() == name.name.lower() for read in self._glance(model.path, text).reads)

    def _rank(self, named: _Named, name: RelationName, reader_path: str) -> tuple[int, int, int, str]:
        model = named.model
        parts = model.relation.parts if model.relation is not None else ()
        agreeing = sum(a == b for a, b in zip(reversed(parts), reversed(name.parts), strict=False))
        pairs = zip(model.path.split("/"), reader_path.split("/"), strict=False)
        shared = len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
        return (min(named.certain, len(name.parts)), agreeing, shared, model.path)

    @cached_property
    def _by_name(self) -> Mapping[str, list[_Named]]:
        index: dict[str, list[_Named]] = defaultdict(list)
        for named in self._named:
            if named.model.relation is not None:
                index[named.model.relation.name.lower()].append(named)
        return index

    @cached_property
    def _keys_by_path(self) -> Mapping[str, list[str]]:
        index: dict[str, list[str]] = defaultdict(list)
        for key, model in self.models.items():
            index[model.path].append(key)
        return index

    @cached_property
    def _paths_by_word(self) -> Mapping[str, frozenset[str]]:
        index: dict[str, set[str]] = defaultdict(set)
        for path, text in self._texts.items():
            for word in set(_WORD.findall(text.lower())):
                index[word].add(path)
        return {word: frozenset(paths) for word, paths in index.items()}

    def _read_all(self, files: Files, paths: Collection[str]) -> None:
        sql = sorted(path for path in paths if path.lower().endswith(".sql"))
        schemas = _schemas(files, paths)
        for path, content in files.read(sql).items():
            if isinstance(content, str):
                self.problems[path] = content
            elif len(content) > LARGEST:
                self.problems[path] = f"larger than {LARGEST // 1_000_000} MB"
            elif b"\0" in content[:1000] and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
                self.problems[path] = "not a text file"
            else:
                self._add_file(path, decode(content).text, schemas)
        made = {str(named.model.relation) for named in self._named}
        self._add_python(paths, schemas, made)

    def _add_file(self, path: str, text: str, schemas: Mapping[str, tuple[Column, ...]]) -> None:
        self._texts[path] = text
        folder, _, name = path.rpartition("/")
        stem = name.rsplit(".", 1)[0]
        dialect = self._dialect_of(path)
        made = self._glance(path, text).makes if _COMMANDS.search(_COMMENT.sub("", text)) else ()
        if made:
            for relation in made:
                self._add(path, relation, len(relation.parts), dialect, ())
            return
        if not self._is_query(path, text):
            return
        relation, certain = _from_path(folder, stem)
        declared = schemas.get(folder, ()) if _FOLDER_FILES.match(stem) else ()
        self._add(path, relation, certain, dialect, declared)

    def _is_query(self, path: str, text: str) -> bool:
        if re.search(r"\bselect\b|\bfrom\b", text, re.IGNORECASE) is None:
            return False
        if not _COMMANDS.search(_COMMENT.sub("", text)):
            return True
        seen = self._glance(path, text)
        return seen.bare_select or bool(seen.problems)

    def _glance(self, path: str, text: str) -> Glance:
        return glance(text, self._dialect_of(path))

    def _add(
        self, path: str, relation: RelationName, certain: int, dialect: str, columns: tuple[Column, ...]
    ) -> None:
        model = Model(
            key=f"file:{path}#{relation}", kind=ModelKind.MODEL, name=str(relation), path=path, dialect=dialect,
            relation=relation, columns=columns, closed=bool(columns),
        )  # fmt: skip
        self._named.append(_Named(model=model, certain=certain))

    def _add_python(
        self, paths: Collection[str], schemas: Mapping[str, tuple[Column, ...]], made: Collection[str]
    ) -> None:
        """A folder whose table Python makes, or whose columns alone are known, is a relation too."""
        for path in sorted(paths):
            folder, _, name = path.rpartition("/")
            if name != "query.py" and not (name in ("schema.yaml", "schema.yml") and folder in schemas):
                continue
            relation, certain = _from_path(folder, "query")
            if str(relation) in made or any(named.model.relation == relation for named in self._named):
                continue
            columns = schemas.get(folder, ())
            kind = ModelKind.MODEL if name == "query.py" else ModelKind.SOURCE
            model = Model(
                key=f"file:{folder}#{relation}", kind=kind, name=str(relation), path=path,
                dialect=self._dialect_of(path), relation=relation, columns=columns, closed=bool(columns),
            )  # fmt: skip
            self._named = [named for named in self._named if named.model.key != model.key]
            self._named.append(_Named(model=model, certain=certain))


def _schemas(files: Files, paths: Iterable[str]) -> Mapping[str, tuple[Column, ...]]:
    """Read the `schema.yaml` files that stand beside a query: folder → columns."""
    wanted = [path for path in paths if path.endswith(("/schema.yaml", "/schema.yml"))]
    found: dict[str, tuple[Column, ...]] = {}
    for path, content in files.read(wanted).items():
        columns = read_table_schema(decode(content).text) if isinstance(content, bytes) else ()
        if columns:
            found[path.rpartition("/")[0]] = columns
    return found


def _from_path(folder: str, stem: str) -> tuple[RelationName, int]:
    """Name a relation by its path; tell how many of the last parts are sure."""
    folders = [part for part in folder.split("/") if part]
    if _FOLDER_FILES.match(stem) and folders:
        named = folders[-3:]
        while len(named) > 1 and named[0].lower() in _GENERIC_FOLDERS:
            named = named[1:]
        return RelationName(tuple(named)), min(2, len(named))
    parts = tuple(stem.split("."))
    if len(parts) > 1:
        return RelationName(parts[-3:]), min(2, len(parts))
    if folders and folders[-1].lower() not in _GENERIC_FOLDERS:
        return RelationName((folders[-1], stem)), 1
    return RelationName((stem,)), 1


def _agree(named: _Named, name: RelationName) -> bool:
    """The sure parts are equal as far as both have them; a third part that both have must be equal too."""
    relation = named.model.relation
    if relation is None:
        return False
    mine, theirs = relation.parts[::-1], name.parts[::-1]
    sure = named.certain if named.certain == 1 else len(mine)
    return all(a == b for a, b in zip(mine[:sure], theirs[:sure], strict=False))
