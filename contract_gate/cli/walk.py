"""Who reads a relation, or what it is made from: asked of Secoda, of a snapshot, or of the repository's own models."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import click

from contract_gate.catalogs.catalog import (
    Ambiguous,
    Answer,
    Downstream,
    NotInCatalog,
    Question,
    Unavailable,
    Way,
)
from contract_gate.core.coverage import CatalogState, CatalogStatus
from contract_gate.core.errors import CatalogError, UsageError
from contract_gate.core.nearest import did_you_mean
from contract_gate.core.relation import RelationName
from contract_gate.core.values import dataclass, replace

if TYPE_CHECKING:
    from contract_gate.catalogs.graph import Graph
    from contract_gate.edge.config import Config

_HINT = (
    "`contract-gate doctor` checks the key and the connection; `--offline` asks the repository's own models"
)
_MOST_PARTS = 3
_FILES = (".sql", ".sqlx", ".py", ".csv", ".yml", ".yaml")

_Told: TypeAlias = tuple[Answer, CatalogState]
_Asked: TypeAlias = Callable[[Question], _Told]


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """What is asked: a relation, a column of one (`RELATION.COLUMN`) or a model, and how many hops far."""

    way: Way
    name: str
    columns: tuple[str, ...] = ()
    depth: int | None = None


def show(walk: Walk, form: str, *, snapshot: Path | None = None, offline: bool = False) -> None:
    """Answer and print. CatalogError for an answer in part, UsageError for a name that means nothing, or several things."""
    from contract_gate.cli.progress import shown

    with shown(os.environ):
        from contract_gate.catalogs.presentation import answer_to_json, answer_to_text
        from contract_gate.cli.configuration import of_branch
        from contract_gate.cli.connection import tell

        configured = of_branch(Path.cwd(), os.environ)
        tell(configured.note)
        if offline:
            answer, state = _of_models(walk, configured.config)
        else:
            answer, state = _of_catalog(walk, configured.config, snapshot)
    if walk.depth is not None:
        tell(f"what is more than {walk.depth} hops away was not asked for (--depth)")
    text = answer_to_json(answer, state) if form == "json" else answer_to_text(answer, walk.way)
    click.echo(text, nl=False)
    what = f"who reads {walk.name}" if walk.way is Way.DOWNSTREAM else f"what {walk.name} is made from"
    if isinstance(answer, Unavailable):
        raise CatalogError(f"the catalog did not say {what}: {answer.reason}", answer.hint or _HINT)
    if isinstance(answer, Ambiguous):
        raise CatalogError(f"the catalog did not say {what}: {answer.reason}", answer.way_out)
    if isinstance(answer, Downstream) and answer.truncated:
        raise CatalogError(f"it is known only in part {what}", _HINT if not offline else None)


def _of_catalog(walk: Walk, config: "Config", snapshot: Path | None) -> _Told:
    from contract_gate.catalogs.secoda.downstream import SecodaCatalog
    from contract_gate.catalogs.snapshot import load
    from contract_gate.cli.chosen import chosen_catalog
    from contract_gate.cli.connection import called

    catalog = chosen_catalog(config, load(snapshot) if snapshot is not None else None).open()

    def ask(question: Question) -> _Told:
        if isinstance(catalog, SecodaCatalog):
            asked = asyncio.run(catalog.walk([question], way=walk.way, depth=walk.depth))
        else:
            asked = asyncio.run(catalog.downstream([question]))
        return asked[question.relation], catalog.state()

    if walk.way is Way.UPSTREAM and not isinstance(catalog, SecodaCatalog):
        raise CatalogError(
            f"the catalog did not say what {walk.name} is made from: {catalog.state().note or 'it was not asked'}",
            "--offline asks the repository's own models",
        )
    if _is_path(walk.name):
        return _within(ask(_question_of_file(walk, config)), walk.depth)
    return _within(
        _first(walk, lambda one: ask(replace(one, relation=called(one.relation, config)))), walk.depth
    )


def _of_models(walk: Walk, config: "Config") -> _Told:
    """Answer from the models of the working tree and from what reads them in other files."""
    from contract_gate.app.own_graph import named
    from contract_gate.catalogs.catalog import OwnModels
    from contract_gate.catalogs.graph import answer
    from contract_gate.cli.places import places

    graph, root = _own_graph(walk, config)
    state = CatalogState(name="own models", status=CatalogStatus.NOT_ASKED, note="no catalog was asked")

    def ask(question: Question) -> _Told:
        text = str(question.relation)
        found = named(graph, (*places(root, text), text))
        if len(found) > 1:
            raise UsageError(
                f"{text} may be {', '.join(sorted(one.shown for one in found)[:5])}",
                "give one of these names",
            )
        if not found:
            return NotInCatalog(relation=question.relation, reason="nothing here has this name"), state
        here = replace(graph, found={question.relation: found[0]})
        return answer(here, question, OwnModels(())), state

    told = _within(_first(walk, ask), walk.depth)
    if isinstance(told[0], NotInCatalog):
        known = sorted(one.shown for one in graph.assets.values() if one.kind != "column")
        raise UsageError(
            f"nothing was looked for: nothing here is called {walk.name}",
            did_you_mean(walk.name, known, "give a model's name, relation or path", most=3),
        )
    return told


def _own_graph(walk: Walk, config: "Config") -> "tuple[Graph, Path]":
    """Give who reads whom in the working tree, and its top; what can't be read is told."""
    from contract_gate.app.own_graph import own_graph
    from contract_gate.app.survey import working_tree
    from contract_gate.cli.connection import tell
    from contract_gate.core.deadline import checkpoint
    from contract_gate.edge.git import Repository

    with (
        Repository.open(Path.cwd(), os.environ) as repository,
        working_tree(repository, config, "nobody was asked") as world,
    ):
        graph, unread = own_graph(world, walk.way)
        checkpoint()
        problems = (*unread, *(f"{path}: {why}" for path, why in world.problems.items()))
        notes = world.notes
    for note in notes:
        tell(note)
    if problems:
        tell(
            f"{len(problems)} that can't be read, and may read more than their text names: {'; '.join(problems[:3])}"
        )
    return graph, repository.root


def _first(walk: Walk, ask: _Asked) -> _Told:
    """Ask about the name as a relation's, and where there is none, as that of a relation and one of its columns.

    UsageError for a column that its relation does not have.
    """
    from contract_gate.catalogs.presentation import of_column
    from contract_gate.cli.connection import name_parts

    if _is_path(walk.name):
        return ask(Question(relation=RelationName((walk.name,)), columns=walk.columns))
    parts = name_parts(walk.name)
    told: _Told | None = None
    if len(parts) <= _MOST_PARTS:
        told = ask(Question(relation=RelationName(parts), columns=walk.columns))
        if not isinstance(told[0], NotInCatalog) or len(parts) == 1 or walk.columns:
            return told
    column = parts[-1]
    answer, state = ask(Question(relation=RelationName(parts[:-1]), columns=(column,)))
    if isinstance(answer, NotInCatalog) and told is not None:
        return told
    if not isinstance(answer, Downstream):
        return answer, state
    if answer.unknown_columns:
        raise UsageError(
            f"nothing was looked for: {answer.as_asset.shown} is known, and a column {column} of it is not",
            "give a column that it has, or the relation alone",
        )
    return of_column(answer, column), state


def _within(told: _Told, depth: int | None) -> _Told:
    """Leave out what is farther away than was asked for: a snapshot and the own models hold it all."""
    answer, state = told
    if depth is None or not isinstance(answer, Downstream):
        return told
    near = tuple(one for one in answer.reached if one.distance <= depth)
    return replace(answer, reached=near), state


def _is_path(name: str) -> bool:
    return "/" in name or os.sep in name or name.lower().endswith(_FILES)


def _question_of_file(walk: Walk, config: "Config") -> Question:
    """Ask about the relation that a file of the working tree makes, by the catalog's name; UsageError where it is not one."""
    from contract_gate.app.comparison import catalog_names
    from contract_gate.app.statements import is_inlined
    from contract_gate.app.survey import working_tree
    from contract_gate.cli.connection import tell
    from contract_gate.cli.places import places
    from contract_gate.core.world import meant
    from contract_gate.edge.git import Repository

    with Repository.open(Path.cwd(), os.environ) as repository:
        paths = places(repository.root, walk.name)
        with working_tree(repository, config, "the catalog was not asked") as world:
            names = catalog_names((world,), config)
            keys = meant(paths, {key: one for key, one in world.models.items() if one.relation})
            models = (world.models[key] for key in keys)
            found = {model.relation: is_inlined(model) for model in models if model.relation}
    if len(found) != 1:
        shown = ", ".join(sorted(map(str, found))[:5]) or "nothing"
        raise UsageError(
            f"the catalog was not asked: {walk.name} makes {shown}",
            "give the name of the relation that is meant",
        )
    ((relation, inlined),) = found.items()
    if inlined:
        tell(f"{walk.name} is ephemeral: the models that read it hold its text, and the catalog knows these")
    return Question(relation=names.of(relation), unique_id=names.id_of(relation), columns=walk.columns)
