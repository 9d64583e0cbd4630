"""The line map: marks in a template's own text that survive rendering, and how they are read back.

Only text that goes straight to the output is marked (not the body of a macro, a `set` or a `call` block), so no
template can see a mark and the text without marks is exactly what an unmarked template gives.
"""

import re

from jinja2 import nodes

_OPEN, _CLOSE = "\ue002", "\ue003"
_MARK = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_MARKS = re.compile("[\ue000-\ue003]")


def clean(source: str) -> str:
    """Take the characters that marks are made of out of a source text."""
    return _MARKS.sub("", source)


def mark(template: nodes.Template) -> None:
    """Put a line mark at every place where a source line begins to reach the output."""
    _mark_all(template.body)


def read(text: str) -> tuple[str, list[int]]:
    """Take the marks out of the rendered text: it, and for each of its lines the source line it is from."""
    parts: list[str] = []
    lines: list[int] = []
    current, fresh, end = 1, True, 0
    for match in [*_MARK.finditer(text), None]:
        piece = text[end : match.start() if match else len(text)]
        parts.append(piece)
        for position, part in enumerate(piece.split("\n")):
            if position:
                if fresh:
                    lines.append(current)
                fresh = True
            if fresh and part.strip():
                lines.append(current)
                fresh = False
        if match:
            current, end = int(match[1]), match.end()
    if fresh:
        lines.append(current)
    return "".join(parts), lines


def _mark_all(body: list[nodes.Node]) -> None:
    for node in body:
        match node:
            case nodes.Output():
                node.nodes = [marked for child in node.nodes for marked in _marked(child)]
            case nodes.For():
                _mark_all(node.body)
                _mark_all(node.else_)
            case nodes.If():
                _mark_all(node.body)
                _mark_all(list(node.elif_))
                _mark_all(node.else_)
            case nodes.With() | nodes.Scope():
                _mark_all(node.body)
            case _:
                pass


def _marked(node: nodes.Expr) -> list[nodes.Expr]:
    if not isinstance(node, nodes.TemplateData):
        return [nodes.TemplateData(f"{_OPEN}{node.lineno}{_CLOSE}", lineno=node.lineno), node]
    rows = node.data.split("\n")
    data = "\n".join(f"{_OPEN}{node.lineno + offset}{_CLOSE}{row}" for offset, row in enumerate(rows))
    return [nodes.TemplateData(data, lineno=node.lineno)]
