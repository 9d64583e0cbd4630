"""The first half of a finding's message: what happened; of a shared cause, what was edited and which models it reaches."""

from collections.abc import Sequence

from contract_gate.compare.changes.change import Change, ChangeClass, Kind, Window
from contract_gate.compare.changes.kinds import PAGES, Trait, has
from contract_gate.compare.changes.origin import Origin, OriginKind
from contract_gate.policy.cause import Cause

NAMED = 5
"""How many models or columns a sentence names; the report's changes have them all."""


def headline(cause: Cause) -> str:
    """Say what happened, without the readers."""
    root, origin = cause.root, cause.origin
    single = len(cause.edited) == 1
    if origin is None:
        return _of_edit(cause)
    if single and _speaks_for_itself(origin):
        return root.message.rstrip(". ")
    place = f"{origin.title} ({origin.path}:{origin.line}){_or_others(cause, origin)}"
    if single:
        return f"{place}: {_within(root)}{root.message.rstrip('. ')}"
    told = [one for one in cause.edited if one.change_class is not ChangeClass.ADDITIVE] or cause.edited
    return f"{place}: {_of_kinds(told)}{_for_example(root)}"


def windows(cause: Cause) -> str:
    """Say of what was announced until when it is, or was, promised; empty where nothing was."""
    told: dict[Window, list[str]] = {}
    for change in cause.changes:
        if change.window is not None:
            name = f"`{change.column_at_base}`" if change.column_at_base else _name(change)
            told.setdefault(change.window, []).append(name)
    return "".join(f"; {_promise(window, list(dict.fromkeys(names)))}" for window, names in told.items())


def _promise(window: Window, names: Sequence[str]) -> str:
    many = len(names) > 1
    verb = ("were" if many else "was") if window.is_over else ("are" if many else "is")
    reason = f", {window.reason}" if window.reason else ""
    return f"{_listed(names)} {verb} deprecated and promised until {window.until} ({window.said_at}{reason})"


def _of_edit(cause: Cause) -> str:
    """Say what one edit of a model's query did, in its author's words, and the columns that it reaches."""
    root, edit = cause.root, cause.root.edit
    when = "in incremental runs " if root.increment else ""
    told = [one for one in cause.roots if one.change_class is not ChangeClass.ADDITIVE] or list(cause.roots)
    if len(told) == 1 and (edit is None or edit.kind.of_columns):
        return told[0].message.rstrip(". ")
    if edit is None or (edit.kind.of_columns and not edit.block):
        return f"{when}{_of_kinds(told)}"
    columns = list(dict.fromkeys(f"`{change.column}`" for change in told if change.column))
    others = f"; {_counted(columns)} for it" if columns else ""
    unsure = "" if root.unconfirmed is None else f" (not confirmed in {root.unconfirmed} trials)"
    return f"{when}{_name(root)}: {edit.text}{others}{unsure}"


def _counted(columns: Sequence[str]) -> str:
    verb = "differs" if len(columns) == 1 else "differ"
    return f"{_listed(columns)} {verb}"


def _of_kinds(told: Sequence[Change]) -> str:
    kinds = dict.fromkeys(change.kind for change in told)
    if len(kinds) > 1 and all(change.change_class is ChangeClass.ROWS for change in told):
        return f"{_name(told[0])}: {'; '.join(_title(kind) for kind in kinds)}"
    return "; ".join(_of_kind(kind, [change for change in told if change.kind is kind]) for kind in kinds)


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
        number = f"{len(columns)} columns " if len(columns) > NAMED else ""
        verb = page.happens_in[len(columns) > 1]
        return f"{number}{_listed(columns)} {verb} {where}"
    if page.happens is not None:
        single, plural = page.happens
        return f"{len(names)} {noun} {plural}: {_listed(names)}" if many else f"{names[0]} {single}"
    if kind is Kind.UNDECIDED:
        return f"could not decide what it changes in {where}"
    return f"{_title(kind)} in {where}"


def _title(kind: Kind) -> str:
    title = PAGES[kind].title
    return f"{title[0].lower()}{title[1:]}"


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
