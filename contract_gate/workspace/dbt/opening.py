"""Opening a dbt project: its files read and put together, for both sides at once where they are alike, and only when it is asked
for more than an earlier run kept of it.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

from contract_gate.core.world import Model
from contract_gate.workspace.dbt.adapters import Target
from contract_gate.workspace.dbt.artifacts import Manifest
from contract_gate.workspace.dbt.assembly import assemble
from contract_gate.workspace.dbt.collect import Collection as Found
from contract_gate.workspace.dbt.collect import FormerFiles, collect
from contract_gate.workspace.dbt.difference import with_texts
from contract_gate.workspace.dbt.macros import MacroGraph
from contract_gate.workspace.dbt.node_texts import NodeTexts
from contract_gate.workspace.dbt.nodes import Node
from contract_gate.workspace.dbt.outline import (
    ProjectOutline,
    outline_key,
    read_outline,
    read_paths,
    written_outline,
)
from contract_gate.workspace.dbt.packages import Package, Packages
from contract_gate.workspace.dbt.places import Places, learn
from contract_gate.workspace.dbt.reach import Reach
from contract_gate.workspace.dbt.reading import TextReader
from contract_gate.workspace.dbt.settled import Settled
from contract_gate.workspace.dbt.setup import Options, setup_message, variable_texts
from contract_gate.workspace.dbt.siblings import named_projects
from contract_gate.workspace.jinja.engine import Answer, Engine
from contract_gate.workspace.jinja.wire import Message


class Opening:
    """A project of one side, and of the other where that has the same. `setup` has read what says how it is read, `files` read the rest."""

    def __init__(
        self, packages: Packages, target: Target, options: Options, setup: TextReader, files: TextReader
    ) -> None:
        self._packages, self.target, self._options = packages, target, options
        self._setup, self._files = setup, files
        self._elder: Opening | None = None
        self._engine: Engine | None = None
        self._is_kept = self._is_stale = False
        # With places, a project hangs on what a manifest tells of them too.
        read = {*read_paths(packages, files), *setup.asked} if options.places is None else set[str]()
        self._stamps = files.stamps(read) if read else None
        self._key = (
            outline_key(packages, target, options, self._stamps)
            if self._stamps is not None and options.replies.facts is not None
            else None
        )

    @cached_property
    def outline(self) -> ProjectOutline | None:
        """Give what is known of it unopened, None where that is nothing."""
        facts = self._options.replies.facts
        is_touched = not self._options.edited.isdisjoint(self._stamps or ())
        fact = facts.get(self._key) if facts and self._key is not None and not is_touched else None
        known = read_outline(fact, self._model) if fact is not None else None
        # What could not be read then may be there by now.
        self._is_stale = known is not None and not self._files.lacks(known.told.unread)
        return None if self._is_stale else known

    def _model(self, key: str) -> Model:
        return self.settled.assembly.models[key]

    def after(self, elder: "Opening | None") -> "Opening":
        """Give the one of another side where this is the same, else this one, opened where nothing is known of it."""
        if elder is not None and elder._is_alike(self):
            return elder
        self._elder = elder
        if self.outline is None:
            self.open()
        return self

    def open(self) -> Settled:
        """Put the project together, once."""
        return self.settled

    @property
    def is_open(self) -> bool:
        return "settled" in self.__dict__

    @cached_property
    def settled(self) -> Settled:
        """Give what the project settles to: the elder side with other SQL in some models, or what its files give."""
        return self._by_difference() or self._from_files()

    @cached_property
    def _edited(self) -> frozenset[str] | None:
        """Give the files that differ from the elder's; None where more differs, or that can't be told by stamps."""
        elder, own = self._elder, self._stamps
        if elder is None or own is None or elder._stamps is None or elder._stamps.keys() != own.keys():
            return None
        # What the elders decide of names is among the packages.
        one, other = (replace(each._options, elders={}) for each in (elder, self))
        is_alike = (elder._packages, elder.target, one) == (self._packages, self.target, other)
        edited = frozenset(path for path, stamp in own.items() if elder._stamps[path] != stamp)
        return edited if is_alike and edited.isdisjoint(self._setup.asked) else None

    def _by_difference(self) -> Settled | None:
        elder, edited = self._elder, self._edited
        if elder is None or edited is None:
            return None
        before = elder.settled
        self._files.take(before.files, edited)
        texts = {path: text for path in edited if (text := self._files.text(path)) is not None}
        is_odd = not edited.isdisjoint({*self._files.problems, *self._files.notes})
        if is_odd or len(texts) < len(edited):
            return None
        return with_texts(before, texts, self._setup, self._files)

    def _from_files(self) -> Settled:
        packages, target, options = self._packages, self.target, self._options
        before = self._elder.settled if self._elder is not None else None
        former = (
            FormerFiles(before.found, self._edited)
            if before is not None and self._edited is not None
            else None
        )
        found = collect(self._files, packages, options.replies.facts, former)
        engine = self._engine = _engine(packages, target, found, options)
        placement = _Placement(packages.root, None if target.has_profile else options.places)
        if placement.moves:
            found.unfold()
        macros = MacroGraph(found.macros)
        elder = before.assembly if before is not None and before.target == target else None
        taken = (
            before.assembly.settled(before.found)
            if before is not None and former is not None and before.found.macros == found.macros
            else None
        )
        assembly = assemble(found, packages, target, engine, macros, placement.placed, elder, taken)
        readers = self._setup, self._files
        for reader in readers:
            found.problems.update(
                {path: reason for path, reason in reader.problems.items() if path not in found.problems}
            )
        return Settled(
            packages=packages, target=target, options=options, setup=self._setup, files=self._files, found=found,
            assembly=assembly, texts=NodeTexts(assembly.nodes.built, macros, variable_texts(packages)),
            places=placement.places,
            named=named_projects(file for reader in readers for file in reader.templates()),
        )  # fmt: skip

    def engine(self, answer: Answer) -> Engine:
        """Give a process for one side; the first gets the one that the project was put together with."""
        settled = self.settled
        engine, self._engine = self._engine, None
        if engine is None:
            engine = _engine(self._packages, self.target, settled.found, self._options)
            engine.describe(settled.assembly.spelled)
        engine.answer = answer
        return engine

    def keep(self, reach: Callable[[], Reach]) -> None:
        """Keep the outline for later runs, where nothing but what its key names has a part in it."""
        facts, settled = self._options.replies.facts, self.settled
        if facts is None or self._key is None or self._is_kept:
            return
        self._is_kept = True
        if facts.get(self._key) is not None and not self._is_stale:
            return
        if (
            settled.named is not None
            and self._files.asked <= read_paths(self._packages, self._files) | self._setup.asked
        ):
            facts.keep(self._key, written_outline(settled, reach(), settled.named))

    def close(self) -> None:
        """End the process that no side took."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    def _is_alike(self, other: "Opening") -> bool:
        if self._key is not None and other._key is not None:
            return self._key == other._key
        return self.settled.holds(other._packages, other.target, other._options, other._setup, other._files)


def _engine(packages: Packages, target: Target, found: Found, options: Options) -> Engine:
    return Engine(
        setup_message(packages, target, found, options),
        _unknown,
        seconds=options.seconds,
        megabytes=options.megabytes,
        replies=options.replies,
    )


def _unknown(_question: Message) -> Message:
    return {"known": False}


class _Placement:
    """Puts nodes where they really are; from a manifest it is learned first."""

    def __init__(self, root: Package, places: Places | Manifest | None) -> None:
        self._root = root
        self._source, self.moves = places, places is not None
        self.places: Places | None = places if isinstance(places, Places) else None

    def placed(self, nodes: list[Node]) -> list[Node]:
        if isinstance(self._source, Manifest):
            names = self._root.key_name, self._root.name
            self.places = learn(nodes, self._source, lambda key: with_package(key, *names))
        return nodes if self.places is None else [self.places.apply(node) for node in nodes]


def with_package(key: str, old: str, new: str) -> str:
    parts = key.split(".")
    return ".".join((parts[0], new, *parts[2:])) if len(parts) > 2 and parts[1] == old else key
