"""Liquibase's changelogs in XML, YAML and JSON: their change sets as SQL, line by line, and what they include.

https://docs.liquibase.com/concepts/changelogs/home.html
"""

import re
from collections.abc import Callable, Iterator, Mapping

import yaml

from contract_gate.core.values import dataclass, field
from contract_gate.workspace.documents import BadYamlError, Entry, read_yaml
from contract_gate.workspace.markup import BadXmlError, Element, parse_xml
from contract_gate.workspace.plain.changes import statements_of, unread

ENDINGS = (".xml", ".yaml", ".yml", ".json")
ROOT = "databaseChangeLog"


@dataclass(frozen=True, slots=True, kw_only=True)
class Include:
    """A file, or all files of a folder, that runs at this place. `is_idle`: not in this dialect, or only in tests."""

    path: str
    of_folder: bool
    is_idle: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Changelog:
    """A changelog: its own change sets as SQL, the files that it includes, and how many of them run before its own.

    `problem`: a change that could not be written as SQL.
    """

    sql: str
    includes: tuple[Include, ...]
    own_after: int = 0
    problem: str | None = None


_PROPERTY = re.compile(r"\$\{([\w.-]+)\}")


@dataclass(slots=True)
class Properties:
    """What `${name}` stands for in changelogs; who says it first has said it. `read`: the text of a file beside a changelog.

    https://docs.liquibase.com/concepts/changelogs/property-substitution.html
    """

    read: Callable[[str, str], str]
    known: dict[str, str] = field(default_factory=dict)

    def add(self, path: str, given: Mapping[str, str]) -> None:
        """Know a property, or those of a file that is named by its place or by the changelog's."""
        if "name" in given:
            self.known.setdefault(given["name"], self.filled(given.get("value", "")))
        for line in self.read(path, given["file"]).splitlines() if "file" in given else ():
            name, sign, value = line.partition("=")
            if sign and not line.lstrip().startswith(("#", "!")):
                self.known.setdefault(name.strip(), value.strip())

    def filled(self, text: str) -> str:
        """Put what is known in the place of `${name}`."""
        return _PROPERTY.sub(lambda found: self.known.get(found[1], found[0]), text) if "${" in text else text

    def fill(self, element: Element) -> None:
        """Do so in an element and all below it."""
        element.attributes = {name: self.filled(value) for name, value in element.attributes.items()}
        element.text = self.filled(element.text)
        for child in element.children:
            self.fill(child)


def read_changelog(
    path: str,
    text: str,
    is_idle: Callable[[Mapping[str, str]], bool],
    dialect: str,
    properties: Properties,
) -> Changelog | None:
    """Read a changelog, None for another document. Raises BadXmlError.

    `properties`: what `${…}` stands for, of the changelogs that were read before; its own are added.
    """
    if ROOT not in text:
        return None
    root = parse_xml(text, _local) if path.lower().endswith(".xml") else _document(text)
    if root is None or root.name != ROOT:
        return None
    for given in root.children:
        if given.name == "property" and not is_idle(_lowered(given)):
            properties.add(path, given.attributes)
    properties.fill(root)
    written: list[str] = []
    lines = 0
    includes: list[Include] = []
    own_after: int | None = None
    problem: str | None = None
    for each, change in _changes(root):
        idle = is_idle(_lowered(root)) or is_idle(_lowered(each)) or is_idle(_lowered(change))
        name = change.get("file") or change.get("path")
        if change.name in ("include", "includeAll", "sqlFile"):
            includes.append(Include(path=name, of_folder=change.name == "includeAll", is_idle=idle))
            continue
        statements = () if idle else statements_of(change, dialect)
        if not idle and not statements and (about := unread(change)) is not None:
            problem = problem or f"line {change.line}: what `{change.name}` does to {about} is not read"
        if statements and own_after not in (None, len(includes)):
            problem = (
                problem or f"line {change.line}: its change sets stand before and behind what it includes"
            )
        if statements and "runorder" in _lowered(each):
            problem = problem or f"line {change.line}: `runOrder` is read in SQL alone"
        for statement in statements:
            own_after = len(includes) if own_after is None else own_after
            piece = "\n" * max(change.line - 1 - lines, 0)
            piece += statement.rstrip().rstrip(";") + ("\n;" if "--" in statement else ";")
            lines += piece.count("\n")
            written.append(piece)
    return Changelog(
        sql="".join(written), includes=tuple(includes), own_after=own_after or 0, problem=problem
    )


def _changes(root: Element) -> Iterator[tuple[Element, Element]]:
    """Give what runs, in order, each with the change set that it is of."""
    for each in root.children:
        if each.name in ("include", "includeAll"):
            yield each, each
        elif each.name == "changeSet":
            for child in each.children:
                for change in child.children if child.name == "changes" else (child,):
                    yield each, change


def _local(name: str) -> str:
    """Leave the prefix of extensions out."""
    return name.rpartition(":")[2]


def _lowered(element: Element) -> dict[str, str]:
    return {name.lower(): value for name, value in element.attributes.items()}


def _document(text: str) -> Element | None:
    """YAML, and JSON as YAML but for the tabs that it may be indented with."""
    try:
        top = read_yaml(re.sub(r"^\t+", lambda tabs: " " * len(tabs[0]), text, flags=re.MULTILINE))
    except BadYamlError as error:
        raise BadXmlError(f"it can't be parsed: {error}") from error
    found = top.get(ROOT) if top is not None else None
    return _element(ROOT, found) if found is not None else None


def _element(name: str, entry: Entry) -> Element:
    """Write a mapping as the element of XML that means the same: scalars are attributes, lists are children."""
    element = Element(name, {}, entry.line)
    if entry.scalar is not None:
        is_block = isinstance(entry.node, yaml.ScalarNode) and entry.node.style in ("|", ">")
        element.text = ("\n" if is_block else "") + entry.scalar
    for key, value in entry.entries():
        if value.scalar is not None and not value.is_null:
            element.attributes[key] = value.scalar
        if not value.is_null:
            element.children.append(_element(key, value))
    for item in entry.items():
        element.children.extend(_element(key, value) for key, value in item.entries())
    return element
