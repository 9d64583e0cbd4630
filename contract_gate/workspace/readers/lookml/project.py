"""LookML across files: what a view stands for with all that it inherits, and which views an explore joins."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache

from contract_gate.core.values import dataclass
from contract_gate.workspace.readers.liquid import variants
from contract_gate.workspace.readers.lookml.blocks import LookMLBlock, blocks
from contract_gate.workspace.readers.tables import SemanticField, SemanticTable, known_name
from contract_gate.workspace.readers.values import UnreadableReaderError

_FIELDS = ("dimension", "dimension_group", "measure", "filter")
_EXPRESSIONS = ("sql", "sql_start", "sql_end", "sql_latitude", "sql_longitude", "sql_distinct_key")
_WITHOUT_COLUMN = frozenset({"distance", "duration", "location", "bin"})
"""Types of a dimension that mean no column of their name where no `sql` is given."""
_OPENING = re.compile(r"^[ \t]*(view|explore)[ \t]*:[ \t]*\+?(\w+)", re.MULTILINE)
_WORD = re.compile(r"\w+")
_CONSTANT = re.compile(r"@\{(\w+)\}")

Definitions = list[tuple[str, LookMLBlock]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LookMLJoin:
    """A condition of an explore, as Liquid may write it: with its place."""

    conditions: tuple[str, ...]
    line: int
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LookMLExplore:
    """What people open in Looker: `views` are those that it joins, by the names that it gives them, `base` the one that it begins with."""

    name: str
    label: str
    path: str
    line: int
    base: str
    views: Mapping[str, str]
    joins: tuple[LookMLJoin, ...] = ()


class LookMLProject:
    """All LookML of a repository, parsed only where it names what is asked for."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts
        self._places: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._kinds: dict[str, dict[str, None]] = defaultdict(dict)
        for path, text in self._texts.items():
            for kind, name in dict.fromkeys(_OPENING.findall(text)):
                self._places[kind, name].append(path)
                self._kinds[kind][path] = None
        self._tables: dict[str, SemanticTable | None] = {}
        self._constants: dict[str, str] | None = None

    def view(self, name: str) -> SemanticTable | None:
        """Give a view with what it inherits and what refines it; None where nothing says what it stands for."""
        if name not in self._tables:
            self._tables[name] = self._table(name)
        return self._tables[name]

    def extending(self, base: str) -> Iterator[str]:
        """Give the views that inherit from one or derive their table from it, over any number of steps."""
        seen, waiting = {base}, [base]
        while waiting:
            name = waiting.pop()
            for block in self._naming(name, "view"):
                heir = block.name.removeprefix("+")
                if (name in _bases(block) or _reads(block, name)) and heir not in seen:
                    seen.add(heir)
                    waiting.append(heir)
                    yield heir

    def explores(self, views: Collection[str]) -> tuple[LookMLExplore, ...]:
        """Give the explores that read any of these views, themselves or by what they extend."""
        found: dict[str, LookMLExplore | None] = {}
        waiting = list(views)
        while waiting:
            name = waiting.pop()
            for block in self._naming(name, "explore"):
                title = block.name.removeprefix("+")
                if title not in found:
                    found[title] = explore = self._explore(title)
                    if explore is not None and not set(views).isdisjoint(explore.views.values()):
                        waiting.append(title)
        reading = (explore for explore in found.values() if explore is not None)
        return tuple(each for each in reading if not set(views).isdisjoint(each.views.values()))

    def native(self, explore: str) -> Iterator[tuple[str, LookMLBlock, LookMLBlock]]:
        """Give the views that derive their table from an explore: path, view, and what they take of it."""
        for path in self._kinds["view"]:
            if "explore_source" in self._texts[path] and explore in _words(self._texts[path]):
                for block in self._blocks(path):
                    derived = [part for part in block.inner("derived_table") if block.key == "view"]
                    for source in (each for part in derived for each in part.inner("explore_source")):
                        if source.name == explore:
                            yield path, block, source

    def _naming(self, name: str, kind: str) -> Iterator[LookMLBlock]:
        """Give the views or explores of the files that hold a name."""
        for path in self._kinds[kind]:
            if name in _words(self._texts[path]):
                yield from (block for block in self._blocks(path) if block.key == kind)

    def _blocks(self, path: str) -> tuple[LookMLBlock, ...]:
        try:
            return blocks(self._texts[path])
        except UnreadableReaderError:
            # Said where the file itself is read.
            return ()

    def _definitions(self, kind: str, name: str, seen: set[str]) -> Definitions:
        """Give what makes a view or explore, in the order in which it counts: what it extends, its own, refinements."""
        if name in seen:
            return []
        seen.add(name)
        own = [
            (path, block)
            for path in self._places.get((kind, name), ())
            for block in self._blocks(path)
            if block.key == kind and block.name.removeprefix("+") == name
        ]
        found: Definitions = []
        for path, block in sorted(own, key=lambda each: each[1].name.startswith("+")):
            for base in _bases(block):
                found += self._definitions(kind, base, seen)
            found.append((path, block))
        return found

    def _table(self, name: str) -> SemanticTable | None:
        definitions = self._definitions("view", name, set())
        own = next(((path, block) for path, block in definitions if block.name == name), None)
        if own is None or own[1].text("extension") == "required":
            return None
        source: tuple[str, tuple[tuple[str, int], ...]] = (known_name(name), ())
        for _, block in definitions:
            source = self._source(block) or source
        path, block = own
        return SemanticTable(
            name=name, source=source[0], derived=source[1], line=block.line, path=path,
            fields=tuple(self._fields(definitions)),
        )  # fmt: skip

    def _source(self, block: LookMLBlock) -> tuple[str, tuple[tuple[str, int], ...]] | None:
        """Give the name of what a view stands for, or the queries of a derived table; None where it does not say."""
        derived = block.inner("derived_table")
        if derived:
            sql = derived[-1].value("sql")
            return "", tuple((each, sql[1]) for each in self._said(sql[0])) if sql is not None else ()
        named = block.value("sql_table_name")
        if named is None:
            return None
        names = tuple(dict.fromkeys(name for each in self._said(named[0]) if (name := known_name(each))))
        if len(names) > 1:
            # Liquid decides which: the view is over each of them for somebody.
            return "", tuple((" ".join(("SELECT * FROM", name)), named[1]) for name in names)
        return "".join(names), ()

    def _fields(self, definitions: Definitions) -> Iterator[SemanticField]:
        """A field that is defined again keeps what the later definition does not say."""
        merged: dict[str, Definitions] = defaultdict(list)
        for path, block in definitions:
            for field in block.inner(*_FIELDS):
                merged[field.name].append((path, field))
        for name, parts in merged.items():
            said = {
                key: (path, *found)
                for path, part in parts
                for key in _EXPRESSIONS
                if (found := part.value(key))
            }
            path, last = parts[-1]
            types = [kind for _, part in parts if (kind := part.text("type")) is not None]
            is_column = last.key in ("dimension", "dimension_group") and not last.inner("case")
            if not said and is_column and not _WITHOUT_COLUMN & set(types):
                said["sql"] = (path, "${TABLE}." + name, last.line)
            expressions = [(each, line) for _, sql, line in said.values() for each in self._said(sql)]
            expressions += [("${" + key + "}", last.line) for key in _filtered(last)]
            expressions += [(each, line) for sql, line in _cases(last) for each in self._said(sql)]
            yield SemanticField(
                name=name, line=last.line,
                path=next((place for place, _, _ in said.values()), path),
                expressions=tuple(expressions), is_group=last.key == "dimension_group",
            )  # fmt: skip

    def _explore(self, name: str) -> LookMLExplore | None:
        definitions = self._definitions("explore", name, set())
        own = next(((path, block) for path, block in definitions if block.name == name), None)
        if own is None or own[1].text("extension") == "required":
            return None
        path, block = own
        base = label = None
        views: dict[str, str] = {}
        joins: list[LookMLJoin] = []
        for place, part in definitions:
            base = part.text("view_name") or base
            start = part.text("from")
            views |= {base or name: start} if start is not None else {}
            label = part.text("label") or label
            joins += self._conditions(part, place, ("sql_always_where", "sql_always_having"))
            for join in part.inner("join"):
                views[join.name] = join.text("from") or views.get(join.name, join.name)
                joins += self._conditions(join, place, ("sql_on", "sql_where", "sql"))
        views.setdefault(base or name, base or name)
        return LookMLExplore(
            name=name,
            label=(label or name).strip(),
            path=path,
            line=block.line,
            base=base or name,
            views=views,
            joins=tuple(joins),
        )

    def _conditions(self, block: LookMLBlock, path: str, keys: tuple[str, ...]) -> Iterator[LookMLJoin]:
        for key in keys:
            if (found := block.value(key)) is not None:
                yield LookMLJoin(conditions=self._said(found[0]), line=found[1], path=path)

    def _said(self, text: str) -> tuple[str, ...]:
        """Put in the project's constants, and give every branch of what Liquid decides."""
        if self._constants is None:
            self._constants = {
                block.name: block.text("value") or ""
                for path, content in self._texts.items()
                if "constant" in content and path.endswith("manifest.lkml")
                for block in self._blocks(path)
                if block.key == "constant"
            }
        constants = self._constants
        text = _CONSTANT.sub(lambda found: constants.get(found[1], "{{ " + found[1] + " }}"), text)
        return variants(text)


@lru_cache(maxsize=4096)
def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text))


def _bases(block: LookMLBlock) -> tuple[str, ...]:
    return tuple(name.removesuffix("*") for name in (*block.listed("extends"), *block.listed("extends__all")))


def _reads(block: LookMLBlock, view: str) -> bool:
    derived = block.inner("derived_table")
    return any("${" + view + ".SQL_TABLE_NAME}" in (each.text("sql") or "") for each in derived)


def _cases(field: LookMLBlock) -> Iterator[tuple[str, int]]:
    """The conditions that a dimension takes its values by, each with its line."""
    for case in field.inner("case"):
        yield from (found for when in case.inner("when") if (found := when.value("sql")) is not None)


def _filtered(field: LookMLBlock) -> Iterator[str]:
    """The fields that a measure is filtered by."""
    for key, items in field.lists:
        if key == "filters":
            yield from (name for name, _ in items if name)
    for block in field.inner("filters"):
        if (name := block.text("field")) is not None:
            yield name
