"""The name that somebody may have meant by one that is not known."""

import difflib
from collections.abc import Iterable


def nearest(asked: str, known: Iterable[str], *, most: int = 1, cutoff: float = 0.5) -> list[str]:
    """Give the names that are written most alike, the nearest first; case and `_` for `-` are no matter."""
    by_form = {_form(name): name for name in known}
    return [by_form[form] for form in difflib.get_close_matches(_form(asked), by_form, most, cutoff)]


def did_you_mean(asked: str, known: Iterable[str], otherwise: str, *, most: int = 1) -> str:
    """Ask for the nearest names, as a hint; what to say `otherwise`, where none is near."""
    near = nearest(asked, known, most=most)
    return f"did you mean {', '.join(near)}?" if near else otherwise


def _form(name: str) -> str:
    return name.casefold().replace("_", "-")
