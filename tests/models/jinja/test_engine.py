"""The child process: what it is given, how it ends, what its failures are."""

import sys
import time
from pathlib import Path

import pytest

from contract_gate.deadline import OutOfTimeError, within
from contract_gate.models.jinja.engine import MAX_LATE, Engine, EngineError

SETUP = {
    "op": "setup",
    "name": "shop",
    "adapter": "duckdb",
    "target": {"name": "prod", "schema": "main"},
    "packages": ["shop"],
    "moment": "2024-01-01T00:00:00+00:00",
}
HANG = "{% for x in range(99999) %}{% for y in range(99999) %}{% endfor %}{% endfor %}"


def render(text):
    return {"op": "render", "node": {"name": "m", "package": "shop"}, "text": text}


@pytest.fixture
def engine():
    made = Engine(SETUP, lambda _question: {}, seconds=0.5)
    yield made
    made.close()


def test_a_text_is_rendered(engine):
    """A request has an answer with the text, its lines and what it named."""
    reply = engine.request(render("select\n{{ 1 + 1 }}"))
    assert (reply["sql"], reply["lines"], reply["problem"]) == ("select\n2", [1, 2], None)


@pytest.mark.skipif(
    not Path("/proc/self/environ").exists(), reason="only Linux shows a process's environment"
)
def test_the_child_has_no_secret_in_its_environment(engine, monkeypatch):
    """What the parent's environment holds, the child can't read."""
    monkeypatch.setenv("SECODA_API_KEY", "a-secret")
    engine.request(render("x"))
    environ = Path(f"/proc/{engine._child._process.pid}/environ").read_text()
    names = {entry.partition("=")[0] for entry in environ.split("\0") if entry}
    assert names == {"PYTHONPATH", "PYTHONHASHSEED", "PYTHONUTF8"}


def test_a_child_that_dies_is_replaced(engine):
    """The template that was rendered has a problem; the next has a new child."""
    engine.request(render("x"))
    engine._child._process.kill()
    assert "ended the process" in engine.request(render("y"))["problem"]
    assert engine.request(render("z"))["sql"] == "z"


def test_many_templates_that_hang_are_given_up_together(engine):
    """A repository full of endless loops costs a bounded time, and each template says why it is not known."""
    engine._seconds = 0.05
    problems = [engine.request(render(HANG))["problem"] for _ in range(MAX_LATE + 1)]
    assert all("took longer" in problem for problem in problems[:-1])
    assert problems[-1].startswith("it was not rendered")


@pytest.mark.parametrize("program", ["/bin/false", "/nowhere/python"])
def test_a_child_that_can_not_start_is_an_error_and_no_templates_fault(monkeypatch, program):
    """Without a child nothing is known of any template: the run ends with that."""
    monkeypatch.setattr(sys, "executable", program)
    with pytest.raises(EngineError, match="did not start"):
        Engine(SETUP, lambda _question: {}).request(render("x"))


ASKING = "{% for x in range(900) %}{{ adapter.get_columns_in_relation(ref('o')) | length }}{% endfor %}"


def test_questions_do_not_give_a_template_more_time():
    """Each answer goes on with the time that was left, and so many questions are answered, no more."""
    asked = []
    made = Engine(SETUP, lambda question: asked.append(question) or {"columns": []}, seconds=1.0)
    made.describe({
        "op": "nodes",
        "nodes": {"model.shop.o": {"parts": ["d", "s", "o"], "name": "o", "package": "shop"}},
        "refs": {"o": ["model.shop.o"]}, "sources": {}, "disabled": {},
    })  # fmt: skip
    hang = "{% for y in range(99999) %}" + ASKING + "{% endfor %}"
    began = time.monotonic()
    try:
        reply = made.request(render(hang))
    finally:
        made.close()
    assert reply["problem"] == "the template asks more than 5,000 questions about the project"
    assert time.monotonic() - began < 10


def test_the_runs_deadline_ends_a_template():
    """A template has no more time than the run; what it cuts is no problem of the template."""
    made = Engine(SETUP, lambda _question: {}, seconds=60)
    try:
        with within(0.5, "the time was over"), pytest.raises(OutOfTimeError, match="the time was over"):
            made.request(render(HANG))
        assert made.request(render("select 1"))["sql"] == "select 1"
    finally:
        made.close()
