"""The catalog's texts as paragraphs and code, for formats that don't read Markdown."""

from collections.abc import Iterator

from contract_gate.core.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ProsePart:
    """A paragraph, on one line, or a block of code with its line feeds and its language."""

    text: str
    code: bool = False
    language: str = ""


def parts(markdown: str) -> Iterator[ProsePart]:
    """Split Markdown of paragraphs and fenced code; nothing else of it is understood."""
    lines: list[str] = []
    language: str | None = None
    for line in markdown.splitlines():
        fence = line.startswith("```")
        if not fence and (line or language is not None):
            lines.append(line)
            continue
        if lines:
            yield _part(lines, language)
        lines = []
        if fence:
            language = line[3:].strip() if language is None else None
    if lines:
        yield _part(lines, language)


def _part(lines: list[str], language: str | None) -> ProsePart:
    if language is None:
        return ProsePart(text=" ".join(lines))
    return ProsePart(text="\n".join(lines), code=True, language=language)
