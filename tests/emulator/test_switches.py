"""Switches and faults as the command line writes them."""

from dataclasses import fields

import pytest

from contract_gate.core.errors import UsageError
from contract_gate.emulator.faults import Fault, FaultKind, read_fault
from contract_gate.emulator.switches import PastEnd, Switches, read_switches


def test_each_kind_of_switch_is_read():
    """Words, numbers, choices and lists become values; a hyphen may stand for the underscore."""
    read = read_switches(
        ["mirrored-rows=off", "page_size=7", "past_end=empty", "dialects=bigquery, trino", "delay=0.5"]
    )
    assert (read.mirrored_rows, read.page_size, read.past_end) == (False, 7, PastEnd.EMPTY)
    assert (read.dialects, read.delay) == (("bigquery", "trino"), 0.5)
    assert Switches().mirrored_rows is True


def test_faults_add_up():
    """`fault` may come several times; route and times may be left out."""
    read = read_switches(["fault=503:lineage/*:2", "fault=slow"])
    assert read.faults == (
        Fault(kind=FaultKind.STATUS_503, route="lineage/*", times=2),
        Fault(kind=FaultKind.SLOW),
    )


@pytest.mark.parametrize(
    "pair", ["page_size", "page_size=x", "past_end=maybe", "mirrored_rows=perhaps", "colour=red", "fault=teapot", "fault=503:x:y"]
)  # fmt: skip
def test_what_is_no_switch_is_refused_with_a_way_out(pair):
    """An unknown name or value raises with the choices in the hint."""
    with pytest.raises(UsageError) as caught:
        read_switches([pair])
    assert caught.value.hint


def test_a_fault_names_its_kinds():
    """The hint of a wrong fault lists every kind."""
    with pytest.raises(UsageError) as caught:
        read_fault("teapot")
    assert all(kind in str(caught.value.hint) for kind in FaultKind)


def test_the_page_lists_every_switch(request):
    """docs/emulator.md has a line for each switch."""
    page = (request.config.rootpath / "docs" / "emulator.md").read_text(encoding="utf-8")
    assert [f.name for f in fields(Switches) if f.name != "faults" and f"`{f.name}`" not in page] == []
