"""Power Query's M, as far as it names columns: which of the source's columns the steps of a query ask for, and what they call them then.

A step that names a column which is not there fails, whether or not the column is in the model in the end: `Table.RemoveColumns` too. The
steps are taken as they stand; nothing is run. https://learn.microsoft.com/en-us/powerquery-m/table-functions
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from contract_gate.core.values import dataclass, field
from contract_gate.workspace.readers.literals import LONGEST
from contract_gate.workspace.readers.values import UnreadableReaderError

_DEEPEST = 100
_MARK = re.compile(r"[()\[\]{},]")

_CALL = re.compile(r"\bTable\.(\w+)\s*\(")
_TOKEN = re.compile(r'#?"(?:[^"]|"")*"|//[^\n]*|/\*.*?\*/|[^"/#]|.', re.DOTALL)
_STRING = re.compile(r'(?<!#)"((?:[^"]|"")*)"')
_FIELD = re.compile(r'(?<![\w\])}"])\[\s*(?:#"((?:[^"]|"")+)"|([^\[\]{}"=,]+?))\s*\]')
"""A field of the row at hand; `row[x]`, `step{0}[x]` and `[a][b]` are other records' fields."""
_READS = {
    "SelectColumns": 1, "RemoveColumns": 1, "TransformColumnTypes": 1, "RenameColumns": 1, "TransformColumns": 1,
    "ReorderColumns": 1, "DuplicateColumn": 1, "SplitColumn": 1, "Sort": 1, "Distinct": 1, "Group": 1, "FillDown": 1,
    "FillUp": 1, "NestedJoin": 1, "ExpandTableColumn": 1, "ExpandRecordColumn": 1, "ExpandListColumn": 1, "Unpivot": 1,
    "UnpivotOtherColumns": 1, "CombineColumns": 1, "ReplaceValue": 4, "ReplaceErrorValues": 1, "RemoveRowsWithErrors": 1,
}  # fmt: skip
"""The argument that names columns, of the functions whose first one is the table."""
_MAKES = {
    "AddColumn": (1,), "AddIndexColumn": (1,), "DuplicateColumn": (2,), "Group": (2,), "NestedJoin": (4,), "CombineColumns": (3,),
    "Unpivot": (2, 3), "UnpivotOtherColumns": (2, 3), "SplitColumn": (3,), "ExpandTableColumn": (2, 3), "ExpandRecordColumn": (2, 3),
}  # fmt: skip
"""The arguments that name columns which the step makes."""


@dataclass(slots=True)
class SourceColumns:
    """What steps name: `read` with the place in the text, `called` what a column that they made was in the source ("" where it was none)."""

    read: list[tuple[str, int]] = field(default_factory=list)
    called: dict[str, str] = field(default_factory=dict)

    def source(self, name: str) -> str:
        """Give the source's name of a column as the last step calls it, "" for one that is made."""
        return self.called.get(name, name)

    def take(self, name: str, at: int) -> None:
        """Take a column that a step names, if the source has it."""
        if found := self.source(name):
            self.read.append((found, at))


def columns_of(text: str, before: SourceColumns | None = None) -> SourceColumns:
    """Follow the steps of a query, in the order in which they run, from what those `before` it made. UnreadableReaderError."""
    found = SourceColumns(called=dict(before.called) if before is not None else {})
    if len(text) > LONGEST:
        raise UnreadableReaderError(f"its M has more than {LONGEST:,} characters")
    for name, bounds in _calls(_blanked(text)):
        arguments = [(text[start + 1 : end], start + 1) for start, end in pairwise(bounds)]
        if not any("MissingField." in argument for argument, _ in arguments[1:]):
            _follow(name, arguments, found)
    return found


def _calls(plain: str) -> Iterator[tuple[str, list[int]]]:
    """Give the calls of a text without texts and comments: function, and what stands around each argument; the inner one first, as it runs."""
    names = {call.end() - 1: call[1] for call in _CALL.finditer(plain)}
    stack: list[list[int]] = []
    deep = 0
    for mark in _MARK.finditer(plain):
        at = mark.start()
        match mark[0]:
            case "(" | "[" | "{":
                stack.append([at])
                deep += at in names
            case "," if stack:
                stack[-1].append(at)
            case ")" | "]" | "}" if stack:
                bounds = stack.pop()
                if bounds[0] in names:
                    deep -= 1
                    yield names[bounds[0]], [*bounds, at]
            case _:
                pass
        if deep > _DEEPEST:
            raise UnreadableReaderError("its M is nested too deeply")


def _follow(name: str, arguments: list[tuple[str, int]], found: SourceColumns) -> None:
    for argument, at in arguments[1:]:
        for named in _FIELD.finditer(_without_texts(argument)):
            found.take((named[1] or named[2]).replace('""', '"'), at + named.start())
    if (place := _READS.get(name, 0)) and place < len(arguments):
        argument, at = arguments[place]
        for column, position in _firsts(argument):
            found.take(column, at + position)
        if name == "RenameColumns":
            pairs = [_plain(text[1]) for text in _STRING.finditer(argument)]
            renamed = {new: found.source(old) for old, new in zip(pairs[::2], pairs[1::2], strict=False)}
            found.called |= dict.fromkeys(pairs[::2], "") | renamed
    for place in _MAKES.get(name, ()):
        for column, _ in _firsts(arguments[place][0]) if place < len(arguments) else ():
            found.called[column] = ""


def _firsts(argument: str) -> Iterator[tuple[str, int]]:
    """Give the texts of a list, of a list in it the first: `{"a", "b"}`, `{{"a", type text}}`, `"a"`."""
    depth, at, is_first = 0, 0, True
    for found in _STRING.finditer(argument):
        between = argument[at : found.start()]
        depth += between.count("{") - between.count("}")
        if depth < 2 or is_first or "{" in between:
            yield _plain(found[1]), found.start()
        at, is_first = found.end(), False


def _plain(text: str) -> str:
    return text.replace('""', '"')


def _blanked(text: str) -> str:
    """Put blanks for texts, quoted names and comments, of the same length."""
    return _TOKEN.sub(lambda found: " " * len(found[0]) if len(found[0]) > 1 else found[0], text)


def _without_texts(text: str) -> str:
    """Put blanks for texts; quoted names stay."""
    return _STRING.sub(lambda found: " " * len(found[0]), text)
