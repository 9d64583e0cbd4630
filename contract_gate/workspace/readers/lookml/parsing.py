"""What `lkml` makes of a text, as blocks. `blocks` keeps away what it would not come to an end with."""

import lkml
from lkml.tree import BlockNode, ContainerNode, ListNode, PairNode, SyntaxToken

from contract_gate.workspace.readers.lookml.blocks import LookMLBlock
from contract_gate.workspace.readers.values import UnreadableReaderError


def parsed(text: str) -> tuple[LookMLBlock, ...]:
    """Give the blocks of a file. Raises UnreadableReaderError with what is wrong with it."""
    try:
        root = lkml.parse(text)
    except IndexError as error:
        raise UnreadableReaderError("a text or an expression in it is not closed") from error
    except (SyntaxError, KeyError, TypeError) as error:
        raise UnreadableReaderError(str(error.args[0] if error.args else error)) from error
    # lkml ends without a word at a brace too many.
    read = str(root)
    if read.split() != text.split():
        raise UnreadableReaderError(f"what follows line {read.count(chr(10)) + 1} is not read as LookML")
    return _of("", "", 1, root.container).blocks


def _of(key: str, name: str, line: int, container: ContainerNode) -> LookMLBlock:
    values, lists, inner = [], [], []
    for item in container.items:
        match item:
            case PairNode():
                # lkml counts the line where a text ends.
                start = (item.value.line_number or line) - item.value.value.count("\n")
                values.append((item.type.value, item.value.value, start))
            case ListNode():
                lists.append((item.type.value, tuple(map(_item, item.items))))
            case BlockNode():
                title = item.name.value if item.name is not None else ""
                inner.append(_of(item.type.value, title, item.line_number or line, item.container))
    return LookMLBlock(
        key=key, name=name, line=line, values=tuple(values), lists=tuple(lists), blocks=tuple(inner)
    )


def _item(item: PairNode | SyntaxToken) -> tuple[str, str]:
    return (item.type.value, item.value.value) if isinstance(item, PairNode) else ("", item.value)
