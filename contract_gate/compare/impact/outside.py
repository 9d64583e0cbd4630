"""What comes to a model from outside of its file: which origin a change of it has, and packages that can't be read."""

from contract_gate.compare.changes.change import Certainty, Change, ChangeClass, Kind
from contract_gate.compare.changes.kinds import PAGES, Trait, has
from contract_gate.compare.changes.origin import HiddenEdit, Origin, Origins
from contract_gate.core.relation import Location


def origins_of(change: Change, origins: Origins) -> tuple[Origin, ...]:
    """Choose, of what may have changed a model, what may have made this change."""
    words = PAGES[change.kind].settings
    if words is not None:
        exact = tuple(one for one in origins.settings if one.name.endswith(words)) if words else ()
        return exact or origins.settings
    return origins.name if has(change.kind, Trait.GONE_RELATION) else origins.text


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
