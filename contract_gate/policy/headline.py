"""The first half of a finding's message: what happened; of a shared cause, what was edited and which models it reaches."""

from collections.abc import Sequence

from contract_gate.changes.change import Change, ChangeClass, Kind
from contract_gate.changes.kinds import PAGES, Trait, has
from contract_gate.changes.origin import Origin, OriginKind
from contract_gate.policy.cause import Cause

NAMED = 5
"""How many models or columns a sentence names; the report's changes have them all."""


def headline(cause: Cause) -> str:
    """Say what happened, without the readers."""
    root, origin = cause.root, cause.origin
    single = len(cause.edited) == 1
    if origin is None or (single and _speaks_for_itself(origin)):
        return root.message.rstrip(". ")
    place = f"{origin.title} ({origin.path}:{origin.line}){_or_others(cause, origin)}"
    if single:
        return f"{place}: {_within(root)}{root.message.rstrip('. ')}"
    told = [one for one in cause.edited if one.change_class is not ChangeClass.ADDITIVE] or cause.edited
    kinds = dict.fromkeys(change.kind for change in told)
    sentences = [_of_kind(kind, [change for change in told if change.kind is kind]) for kind in kinds]
    return f"{place}: {'; '.join(sentences)}{_for_example(root)}"


def _speaks_for_itself(origin: Origin) -> bool:
    """The message of a source or a package names it; a declaration in YAML is the model's own."""
    return origin.kind in (OriginKind.SOURCE, OriginKind.PACKAGE, OriginKind.DECLARATION)


def _or_others(cause: Cause, origin: Origin) -> str:
    """Name the other edits that a change of the group may come from as well."""
    others = {
        other.identity: other
        for root in cause.roots
        for other in root.origins
        if other.identity != origin.identity
    }
    named = [f"{other.title} ({other.path}:{other.line})" for other in others.values()]
    return f", or {_listed(named)}" if named else ""


def _of_kind(kind: Kind, changes: Sequence[Change]) -> str:
    names = list(dict.fromkeys(map(_name, changes)))
    noun = "relations" if has(kind, Trait.GONE_RELATION) or changes[0].foreign else "models"
    many = len(names) > 1
    where = f"{len(names)} {noun}: {_listed(names)}" if many else names[0]
    columns = list(dict.fromkeys(f"`{change.column}`" for change in changes if change.column))
    page = PAGES[kind]
    if page.happens_in is not None and columns:
        return f"{_listed(columns)} {page.happens_in} {where}"
    if page.happens is not None:
        single, plural = page.happens
        return f"{len(names)} {noun} {plural}: {_listed(names)}" if many else f"{names[0]} {single}"
    if kind is Kind.UNDECIDED:
        return f"could not decide what it changes in {where}"
    return f"{page.title[0].lower()}{page.title[1:]} in {where}"


def _within(root: Change) -> str:
    """Name the model where its change's message does not."""
    named = root.relation is None or root.relation.name in root.message
    return "" if named else f"in {_name(root)} "


def _for_example(root: Change) -> str:
    texts = [" ".join(text.split()) for text in (root.before, root.after) if text]
    if len(texts) < 2 or texts[0] == texts[1] or any(len(text) > _SHORT for text in texts):
        return ""
    name = "" if has(root.kind, Trait.GONE_RELATION) or root.foreign else f"{_name(root)}: "
    return f" (for example {name}{' → '.join(texts)})"


_SHORT = 80


def _name(change: Change) -> str:
    return str(change.relation) if change.relation is not None else "a model"


def _listed(names: Sequence[str]) -> str:
    more = f", +{len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
