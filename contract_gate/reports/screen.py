"""Text as a terminal shows it: painted, and wrapped by columns of the screen.

Nothing is read from the environment: who prints says whether there are colours and how wide the screen is.
"""

from contract_gate.core.printable import printable


class Screen:
    """A screen, with colours or without."""

    def __init__(self, *, colour: bool = False) -> None:
        self._colour = colour

    def painted(self, text: str, style: str) -> str:
        """Give the text in a style (`bold red`), if this screen has colours."""
        if not self._colour:
            return text
        # Imported here: a CI log and a hook have no colours.
        from rich.color import ColorSystem
        from rich.style import Style

        return Style.parse(style).render(text, color_system=ColorSystem.STANDARD)

    def wrapped(self, text: str, width: int) -> list[str]:
        """Break text between words. A word longer than the line stands whole on its own: no editor opens half a path."""
        first, *others = printable(text).split(" ")
        lines = [first]
        for word in others:
            longer = f"{lines[-1]} {word}"
            if _cells(longer) <= width:
                lines[-1] = longer
            else:
                lines.append(word)
        return lines


def _cells(text: str) -> int:
    if text.isascii():
        return len(text)
    # Imported here: most lines have no wide character, and a run without a model has one line.
    from rich.cells import cell_len

    return cell_len(text)
