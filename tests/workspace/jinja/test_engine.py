"""The child process: what it is given, how it ends, what its failures are."""

import sys
from pathlib import Path

import pytest

from contract_gate.core.deadline import OutOfTimeError, within
from contract_gate.workspace.jinja.engine import MAX_LATE, MAX_QUESTIONS, Engine, EngineError
from contract_gate.workspace.jinja.replies import Replies

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
    """A template that asks without end is ended by the number of its questions."""
    asked = []
    made = Engine(SETUP, lambda question: asked.append(question) or {"columns": []}, seconds=60.0)
    made.describe({
        "op": "nodes",
        "nodes": {"model.shop.o": {"parts": ["d", "s", "o"], "name": "o", "package": "shop"}},
        "refs": {"o": ["model.shop.o"]}, "sources": {}, "disabled": {},
    })  # fmt: skip
    hang = "{% for y in range(99999) %}" + ASKING + "{% endfor %}"
    try:
        reply = made.request(render(hang))
    finally:
        made.close()
    assert reply["problem"] == "the template asks more than 5,000 questions about the project"
    assert len(asked) == MAX_QUESTIONS


def test_the_runs_deadline_ends_a_template():
    """A template has no more time than the run; what it cuts is no problem of the template."""
    made = Engine(SETUP, lambda _question: {}, seconds=60)
    try:
        with within(0.5, "the time was over"), pytest.raises(OutOfTimeError, match="the time was over"):
            made.request(render(HANG))
        assert made.request(render("select 1"))["sql"] == "select 1"
    finally:
        made.close()


def test_what_one_side_rendered_is_not_rendered_again():
    """Two engines that are told the same start one child; another macro, node or setting is another question."""
    replies = Replies()
    first = Engine(SETUP, lambda _question: {}, replies=replies)
    second = Engine(SETUP, lambda _question: {}, replies=replies)
    other = Engine({**SETUP, "target": {"name": "dev"}}, lambda _question: {}, replies=replies)
    try:
        reply = first.request(render("select '{{ target.name }}'"))
        assert second.request(render("select '{{ target.name }}'")) == reply
        assert second._child is None
        assert other.request(render("select '{{ target.name }}'"))["sql"] == "select 'dev'"
        second.describe({"op": "nodes", "nodes": {}, "refs": {}, "sources": {}, "disabled": {"x": "off"}})
        second.request(render("select '{{ target.name }}'"))
        assert second._child is not None
    finally:
        for engine in (first, second, other):
            engine.close()


class Kept(dict):
    """What runs leave for later ones."""

    def keep(self, key, fact):
        self[key] = fact


def test_what_an_earlier_run_rendered_is_not_rendered_again():
    """A later run that tells and asks the same starts no child; what it asks anew is kept as well."""
    kept = Kept()
    made = []
    for _ in range(2):
        engine = Engine(SETUP, lambda _question: {}, replies=Replies(kept))
        try:
            made.append((engine.request(render("select '{{ target.name }}'")), engine._child is None))
        finally:
            engine.close()
    assert [is_spared for _, is_spared in made] == [False, True]
    assert made[0][0] == made[1][0]
    assert len(kept) == 1


def test_what_hung_on_an_answer_is_asked_again():
    """A template that asked about columns is rendered on each side: their columns may differ."""
    replies = Replies()
    nodes = {
        "op": "nodes", "nodes": {"model.shop.o": {"parts": ["d", "s", "o"], "name": "o", "package": "shop"}},
        "refs": {"o": ["model.shop.o"]}, "sources": {}, "disabled": {},
    }  # fmt: skip
    text = "{% for c in adapter.get_columns_in_relation(ref('o')) %}{{ c.name }} {% endfor %}"
    made = []
    for column in ("a", "b"):
        answer = {"known": True, "columns": [{"name": column, "type": ""}]}
        engine = Engine(SETUP, lambda _question, answer=answer: answer, replies=replies)
        engine.describe(nodes)
        try:
            made.append(engine.request(render(text))["sql"])
        finally:
            engine.close()
    assert made == ["a ", "b "]


def test_a_template_outlives_another_that_an_answer_needed():
    """Where the child ends over a template that is rendered to answer a question, the one that asked is rendered again."""
    nodes = {
        "op": "nodes", "nodes": {"model.shop.o": {"parts": ["d", "s", "o"], "name": "o", "package": "shop"}},
        "refs": {"o": ["model.shop.o"]}, "sources": {}, "disabled": {},
    }  # fmt: skip
    inner = []

    def answer(_question):
        if not inner:
            inner.append(made.request(render(HANG)))
        return {"known": True, "columns": [{"name": "a", "type": ""}]}

    made = Engine(SETUP, answer, seconds=1.0)
    made.describe(nodes)
    try:
        reply = made.request(
            render("{% for c in adapter.get_columns_in_relation(ref('o')) %}{{ c.name }}{% endfor %}")
        )
    finally:
        made.close()
    assert inner[0]["problem"] == "the template took longer than 1 seconds"
    assert reply["sql"] == "a"
