"""Window functions in normal form: what a window says that is so anyway is not written."""

from dataclasses import replace

from contract_gate.sql.algebra import Term
from contract_gate.sql.functions import NUMBERING
from contract_gate.sql.walk import parts

_WHOLE_FRAME = frozenset({"firstvalue", "lastvalue", "nthvalue"})
_TO_CURRENT = frozenset({
    "kind=range,start=unbounded,start_side=preceding,end=current row",
    "kind=range,start=unbounded,start_side=preceding",
    "kind=groups,start=unbounded,start_side=preceding,end=current row",
})  # fmt: skip
_WHOLE = frozenset({
    "kind=range,start=unbounded,start_side=preceding,end=unbounded,end_side=following",
    "kind=rows,start=unbounded,start_side=preceding,end=unbounded,end_side=following",
    "kind=groups,start=unbounded,start_side=preceding,end=unbounded,end_side=following",
})  # fmt: skip
_FROM_THE_FIRST = _TO_CURRENT | _WHOLE | {"kind=rows,start=unbounded,start_side=preceding,end=current row"}
"""Frames with the first row of the partition, which is what FIRST_VALUE gives (it skips no NULLs)."""
_FRAMELESS = NUMBERING | {"lag", "lead", "percentrank", "cumedist"}
"""Functions that look at the whole partition whatever the frame is (ISO 9075-2, 6.10)."""
_ANY_ORDER = frozenset({"sum", "avg", "min", "max", "count", "countif"})


def framed(window: Term, dialect: str) -> Term:
    """The frame that a window has without one need not be written (ISO 9075-2, 7.15), nor one that is not looked at.

    Snowflake's FIRST_VALUE, LAST_VALUE and NTH_VALUE look at the whole partition without one:
    https://docs.snowflake.com/en/sql-reference/functions/last_value
    """
    window = _with_frame_end(window)
    spec = window.argument("spec")
    if spec is None or spec.op != "windowspec":
        return window
    function = window.args[0]
    if function.op in _FRAMELESS:
        return _without(window, "spec")
    if spec.args:
        return window
    ordered = "order" in window.slots
    if (function.op, function.value) == ("firstvalue", "") and ordered and spec.value in _FROM_THE_FIRST:
        return _without(window, "spec")
    if spec.value in _WHOLE and ordered and _is_any_order(function):
        return _without(_without(window, "spec"), "order")
    whole = dialect == "snowflake" and any(part.op in _WHOLE_FRAME for part in parts(window.args[:1]))
    default = _TO_CURRENT if ordered and not whole else _WHOLE
    return _without(window, "spec") if spec.value in default else window


def _is_any_order(function: Term) -> bool:
    """Tell whether the order of the rows in the frame says nothing: all of them are in it."""
    inner = function.args[0] if function.op == "filter" else function
    return inner.op in _ANY_ORDER and not any(part.op == "order" for part in parts([function]))


def _without(window: Term, slot: str) -> Term:
    return window.of_slotted([pair for pair in window.slotted() if pair[1] != slot])


def _with_frame_end(window: Term) -> Term:
    """`ROWS n PRECEDING` is `ROWS BETWEEN n PRECEDING AND CURRENT ROW` (ISO 9075-2, 7.15), whatever case it is in."""
    spec = window.argument("spec")
    if spec is None or spec.op != "windowspec":
        return window
    whole = replace(spec, value=spec.value.lower())
    if "end" not in spec.slots and "end=" not in spec.value and whole.value.endswith("start_side=preceding"):
        whole = replace(whole, value=f"{whole.value},end=current row")
    return replace(window, args=tuple(whole if arg is spec else arg for arg in window.args))
