"""What comes to a model from outside of its file: which origin a change of it has, and packages that can't be read."""

from contract_gate.changes.change import GONE_RELATION, OF_DECLARATIONS, Certainty, Change, ChangeClass, Kind
from contract_gate.changes.origin import HiddenEdit, Origin, Origins
from contract_gate.relation import Location

_OF_SETTINGS = OF_DECLARATIONS | {Kind.RELATION_REMOVED, Kind.RELATION_ADDED, Kind.MATERIALIZATION_CHANGED}


_WORDS = {
    Kind.RELATION_REMOVED: ("enabled",),
    Kind.RELATION_ADDED: ("enabled",),
    Kind.MATERIALIZATION_CHANGED: ("materialized",),
    Kind.CONTRACT_REMOVED: ("contract", "enforced"),
    Kind.ACCESS_NARROWED: ("access", "group"),
}
"""The settings that a change of this kind comes from, where those are edited."""


def origins_of(change: Change, origins: Origins) -> tuple[Origin, ...]:
    """Choose, of what may have changed a model, what may have made this change."""
    if change.kind in _OF_SETTINGS:
        words = _WORDS.get(change.kind, ())
        exact = tuple(one for one in origins.settings if one.name.endswith(words)) if words else ()
        return exact or origins.settings
    return origins.name if change.kind in GONE_RELATION else origins.text


def hidden(edit: HiddenEdit) -> Change:
    """Tell an edit whose effect can't be read here as something that could not be decided."""
    origin = edit.origin
    return Change(
        kind=Kind.UNDECIDED,
        change_class=ChangeClass.UNDECIDED,
        certainty=Certainty.UNDECIDED,
        message=f"{origin.title} {edit.what}: the models that use its macros are not judged",
        before=edit.before,
        after=edit.after,
        location=Location(path=origin.path, line=origin.line),
        origins=(origin,),
    )
