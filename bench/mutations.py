"""All the edits that people make to a model, by name: breaking ones, changing ones, and refactors.

A mutator takes a `Site` and gives the edited SQL, or None where it has nothing to edit. Whether the edit did what
its name says is not decided here: `truth.py` builds both sides and looks.
"""

from collections.abc import Mapping

from edits import BREAKING, CHANGING
from refactorings import REFACTORS
from sites import Mutator, Site, parse

MUTATORS: Mapping[str, Mutator] = {**BREAKING, **CHANGING, **REFACTORS}


def mutate(kind: str, site: Site) -> str | None:
    """Edit the site's SQL by the mutator of this name; None where it does not apply or changes no text.

    An edit that names a column twice is none: what a table made of it holds is a data base's own affair.
    """
    edited = MUTATORS[kind](site)
    if edited is None:
        return None
    text = edited if isinstance(edited, str) else edited.sql(dialect="duckdb", pretty=True)
    names = parse(text).named_selects
    return text if text != site.sql and len(set(names)) == len(names) else None
