"""XML that others wrote: read without entities and inside of bounds, each element with its line."""

import re
from collections.abc import Callable, Iterator
from xml.parsers import expat

from contract_gate.core.values import dataclass, field

MAX_CHARACTERS = 10_000_000
MAX_ELEMENTS = 300_000
_DEEPEST = 100


class BadXmlError(ValueError):
    """Say why a document can't be read; the message is the end of a sentence."""


@dataclass(slots=True)
class Element:
    """An element of the document, with the line where it begins."""

    name: str
    attributes: dict[str, str]
    line: int
    text: str = ""
    children: list["Element"] = field(default_factory=list)

    def walk(self, *names: str) -> Iterator["Element"]:
        """Give the elements of these names below this one, in the order of the document."""
        for child in self.children:
            if child.name in names:
                yield child
            yield from child.walk(*names)

    def get(self, key: str) -> str:
        return self.attributes.get(key, "")


def parse_xml(text: str, name_of: Callable[[str], str]) -> Element:
    """Parse a document that declares nothing of its own. Raises BadXmlError."""
    if len(text) > MAX_CHARACTERS:
        raise BadXmlError(f"it is longer than {MAX_CHARACTERS:,} characters")
    parser = expat.ParserCreate()
    top = Element("", {}, 1)
    # Beside each open element the pieces of its text: put together once, however many elements part them.
    stack: list[tuple[Element, list[str]]] = [(top, [])]
    left = iter(range(MAX_ELEMENTS))

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(stack) > _DEEPEST:
            raise BadXmlError("it is nested too deeply")
        if next(left, None) is None:
            raise BadXmlError(f"it has more than {MAX_ELEMENTS:,} elements")
        element = Element(name_of(name), attributes, parser.CurrentLineNumber)
        stack[-1][0].children.append(element)
        stack.append((element, []))

    def data(piece: str) -> None:
        stack[-1][1].append(piece)

    def end(_: str) -> None:
        element, pieces = stack.pop()
        element.text = "".join(pieces)

    def refuse(*_: object) -> None:
        raise BadXmlError("it declares a document type or entities of its own")

    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler, parser.EntityDeclHandler = (
        data,
        refuse,
        refuse,
    )
    try:
        # The text is decoded already, whatever its declaration says of bytes.
        parser.Parse(
            re.sub(r"^\s*<\?xml[^>]*\?>", lambda found: re.sub(r"[^\n]", " ", found[0]), text).lstrip(" "),
            True,
        )
    except expat.ExpatError as error:
        raise BadXmlError(f"it is no XML: {error}") from error
    return top.children[0]
