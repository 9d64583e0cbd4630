"""YAML with line numbers: what dbt's property files are read from. What the entries mean is left to others."""

import re
from collections.abc import Iterator

import yaml

# The C parser is some ten times faster; PyYAML without it still works.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SCALARS = yaml.SafeLoader("")
_MERGE = "tag:yaml.org,2002:merge"
MAX_DEPTH = 100
MAX_BRACKETS = 2_000
_BRACKET = re.compile(r"[\[\]{}]")
_STAIRS = re.compile(r"(?:[-?:]\s){500}")
MAX_NODES = 300_000

Plain = None | bool | int | float | str | list["Plain"] | dict[str, "Plain"]


class BadYamlError(Exception):
    """Say why a YAML file can't be read, and the line."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(f"line {line}: {reason}")
        self.reason = reason
        self.line = line


class Entry:
    """A YAML value and where it stands. Wrong shapes read as absent: `get` of a list is None."""

    __slots__ = ("_fields", "node")

    def __init__(self, node: yaml.Node) -> None:
        self.node = node
        self._fields: dict[str, Entry] | None = None

    @property
    def line(self) -> int:
        return int(self.node.start_mark.line) + 1

    def get(self, key: str) -> "Entry | None":
        """Give the value under a key, None where this is no mapping or the value is null."""
        if self._fields is None:
            self._fields = {}
            for name, value in self.entries():
                self._fields.setdefault(name, value)
        found = self._fields.get(key)
        return None if found is None or found.is_null else found

    def entries(self, merges: int = 20) -> Iterator[tuple[str, "Entry"]]:
        """Give the mapping's keys and values in order, merge keys (`<<`) applied after the own ones."""
        if not isinstance(self.node, yaml.MappingNode):
            return
        merged: list[yaml.Node] = []
        seen = set()
        for key, value in self.node.value:
            if key.tag == _MERGE:
                merged.append(value)
            elif isinstance(key, yaml.ScalarNode):
                seen.add(key.value)
                yield key.value, Entry(value)
        for source in merged if merges else ():
            parts = source.value if isinstance(source, yaml.SequenceNode) else [source]
            for part in parts:
                for name, value in Entry(part).entries(merges - 1):
                    if name not in seen:
                        seen.add(name)
                        yield name, value

    def items(self) -> "list[Entry]":
        """Give the sequence's elements, none where this is no sequence."""
        return [Entry(node) for node in self.node.value] if isinstance(self.node, yaml.SequenceNode) else []

    def list_of(self, key: str) -> "list[Entry]":
        """Give the elements of the sequence under a key."""
        value = self.get(key)
        return value.items() if value else []

    def text(self, key: str) -> str | None:
        """Give the scalar under a key as text, None where there is none."""
        value = self.get(key)
        return value.scalar if value else None

    @property
    def scalar(self) -> str | None:
        return str(self.node.value) if isinstance(self.node, yaml.ScalarNode) else None

    @property
    def is_null(self) -> bool:
        return isinstance(self.node, yaml.ScalarNode) and self.node.tag == "tag:yaml.org,2002:null"

    @property
    def is_mapping(self) -> bool:
        return isinstance(self.node, yaml.MappingNode)

    def plain(self) -> Plain:
        """Give the value as plain Python. Dates and other tags stay text."""
        budget = [MAX_NODES]
        return _plain(self, MAX_DEPTH, budget)


def read_yaml(text: str) -> Entry | None:
    """Parse one YAML document; None where it is empty. Raises BadYamlError."""
    try:
        _check_nesting(text)
        node = yaml.compose(text.replace("\x00", ""), Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise BadYamlError(str(error.problem or error.context), mark.line + 1 if mark else 1) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise BadYamlError(str(error) or "it is nested too deeply", 1) from error
    return Entry(node) if node is not None else None


def _check_nesting(text: str) -> None:
    """Refuse what would overflow the C parser's stack, which ends the process. Raises BadYamlError."""
    if _STAIRS.search(text):
        raise BadYamlError("it is nested too deeply", 1)
    if text.count("[") + text.count("{") < MAX_BRACKETS:
        return
    depth = 0
    for match in _BRACKET.finditer(text):
        depth = depth + 1 if match[0] in "[{" else max(depth - 1, 0)
        if depth > MAX_BRACKETS:
            raise BadYamlError("it is nested too deeply", text.count("\n", 0, match.start()) + 1)


def _plain(entry: Entry, depth: int, budget: list[int]) -> Plain:
    budget[0] -= 1
    if depth == 0 or budget[0] < 0:
        raise BadYamlError("it is nested too deeply or expands to too much", entry.line)
    node = entry.node
    if isinstance(node, yaml.MappingNode):
        return {name: _plain(value, depth - 1, budget) for name, value in entry.entries()}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, depth - 1, budget) for item in entry.items()]
    return _scalar(node)


def _scalar(node: yaml.Node) -> Plain:
    match node.tag.rpartition(":")[2]:
        case "null":
            return None
        case "bool":
            return str(node.value).lower() in ("true", "yes", "on")
        case "int" | "float" as kind:
            return _number(node, kind)
        case _:
            return str(node.value)


def _number(node: yaml.Node, kind: str) -> Plain:
    if not isinstance(node, yaml.ScalarNode):
        return None
    construct = _SCALARS.construct_yaml_int if kind == "int" else _SCALARS.construct_yaml_float
    try:
        number = construct(node)
    except (ValueError, OverflowError):
        return str(node.value)
    return number if isinstance(number, int | float) else str(node.value)
