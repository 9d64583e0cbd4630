"""The one reader of YAML: with line numbers, and with bounds on depth, size, aliases and merges.

A document is hostile: the compiled parser recurses without a check, an alias or a merge key makes a little text expand to more than
there is memory, and a scalar may be no date or a number of a million digits. What the entries mean is left to others.
"""

import re
from collections.abc import Iterator, Mapping

import yaml

# The C parser is some ten times faster; PyYAML without it still works.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SCALARS = yaml.SafeLoader("")
_MERGE = "tag:yaml.org,2002:merge"
MAX_DEPTH = 100
MAX_NODES = 300_000
MAX_CHARACTERS = 10_000_000
_LONGEST_NUMBER = 100
_DEEPEST = 1_000
_STAIRS = re.compile(rf"^[ \t?:-]{{{_DEEPEST // 2}}}", re.MULTILINE)

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

    def get(self, key: str, *below: str) -> "Entry | None":
        """Give the value under a key, or under several, each below the one before; None where there is no mapping or it is null."""
        if self._fields is None:
            self._fields = {}
            for name, value in self.entries():
                self._fields.setdefault(name, value)
        found = self._fields.get(key)
        if found is None or found.is_null:
            return None
        return found.get(*below) if below else found

    def fields(self, *keys: str) -> Iterator[tuple[str, "Entry"]]:
        """Give the keys and values of the mapping under the keys, none where there is no mapping."""
        value = self.get(*keys)
        return value.entries() if value is not None else iter(())

    def values(self) -> "list[Entry]":
        """Give what this holds: a sequence's elements, a mapping's values."""
        return [*self.items(), *(value for _, value in self.entries())]

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

    def list_of(self, *keys: str) -> "list[Entry]":
        """Give the elements of the sequence under the keys."""
        value = self.get(*keys)
        return value.items() if value else []

    def text(self, *keys: str) -> str | None:
        """Give the scalar under the keys as text, None where there is none."""
        value = self.get(*keys)
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
    if len(text) > MAX_CHARACTERS:
        raise BadYamlError(f"it is longer than {MAX_CHARACTERS:,} characters", 1)
    clean = text.replace("\x00", "")
    try:
        if _may_be_deep(clean):
            _check_depth(clean)
        node = yaml.compose(clean, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise BadYamlError(str(error.problem or error.context), mark.line + 1 if mark else 1) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise BadYamlError(str(error) or "it is nested too deeply", 1) from error
    if node is None:
        return None
    if "*" in clean and "&" in clean:  # an alias needs an anchor
        _check_expansion(node)
    return Entry(node)


def read_plain(text: str) -> Plain:
    """Parse one YAML document as plain Python; dates and tagged values stay text. Raises BadYamlError."""
    entry = read_yaml(text)
    return entry.plain() if entry is not None else None


def read_mapping(text: str) -> Mapping[str, Plain]:
    """Parse a document that should be a mapping; empty where it is none. Raises BadYamlError."""
    content = read_plain(text)
    return content if isinstance(content, dict) else {}


def _may_be_deep(text: str) -> bool:
    """A level of flow style costs a bracket, one of block style a column at the margin of a line."""
    return text.count("[") + text.count("{") > _DEEPEST // 2 or _STAIRS.search(text) is not None


def _check_depth(text: str) -> None:
    """Refuse what would overflow the compiled parser's stack, which ends the process. Raises BadYamlError."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEEPEST:
            line = event.start_mark.line if event.start_mark is not None else 0
            raise BadYamlError("it is nested too deeply", int(line) + 1)


def _check_expansion(root: yaml.Node) -> None:
    """Refuse a document whose aliases make it much larger than it is written, or hold themselves. Raises BadYamlError."""
    sizes: dict[int, int] = {}
    above: set[int] = set()
    stack: list[tuple[yaml.Node, bool]] = [(root, False)]
    while stack:
        node, is_done = stack.pop()
        parts = _parts(node)
        if is_done:
            above.discard(id(node))
            sizes[id(node)] = 1 + sum(sizes[id(part)] for part in parts)
        elif id(node) in above:
            raise BadYamlError("it holds itself by an alias", int(node.start_mark.line) + 1)
        elif id(node) not in sizes:
            above.add(id(node))
            stack.append((node, True))
            stack.extend((part, False) for part in parts)
    if sizes[id(root)] > max(MAX_NODES, 2 * len(sizes)):
        raise BadYamlError("its aliases expand to too much", 1)


def _parts(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _plain(entry: Entry, depth: int, budget: list[int]) -> Plain:
    budget[0] -= 1
    if depth == 0 or budget[0] < 0:
        raise BadYamlError("it is nested too deeply or expands to too much", entry.line)
    node = entry.node
    if isinstance(node, yaml.MappingNode):
        return {name: _plain(value, depth - 1, budget) for name, value in entry.entries()}
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node)
    return [_plain(item, depth - 1, budget) for item in entry.items()]


def _scalar(node: yaml.ScalarNode) -> Plain:
    match node.tag.rpartition(":")[2]:
        case "null":
            return None
        case "bool":
            return str(node.value).lower() in ("true", "yes", "on")
        case "int" | "float" as kind:
            return _number(node, kind)
        case _:
            return str(node.value)


def _number(node: yaml.ScalarNode, kind: str) -> Plain:
    if len(node.value) > _LONGEST_NUMBER:
        return str(node.value)
    construct = _SCALARS.construct_yaml_int if kind == "int" else _SCALARS.construct_yaml_float
    try:
        number = construct(node)
    except (ValueError, OverflowError):
        return str(node.value)
    return number if isinstance(number, int | float) else str(node.value)
