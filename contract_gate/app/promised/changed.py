"""The data contracts that a pull request edits, takes away or ends: each promise that goes or comes is a change of its own.

Who reads a contract counts on it, and is no file here: so a promise that goes is told whoever reads the relation. The level follows from
what the contract itself says: a breaking change under a version that announces it is a warning, under any other an error.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace

from contract_gate.app.promised.versions import (
    ContractChange,
    ContractChangeClass,
    ContractDifference,
    difference,
)
from contract_gate.compare.changes.change import Breach, Certainty, Change, Kind
from contract_gate.compare.changes.kinds import class_of
from contract_gate.core.relation import Location
from contract_gate.edge.config import Config
from contract_gate.edge.git import ChangedFile, Repository, Revisions
from contract_gate.workspace.files import decode
from contract_gate.workspace.readers.datacontract import DataContract, read_contract
from contract_gate.workspace.readers.kinds import kind
from contract_gate.workspace.readers.values import UnreadableReaderError
from contract_gate.workspace.reading import is_searched

_KIND = kind("datacontract")
_ENDED = "retired"
_FREE = ("deprecated", _ENDED)
"""States in which a contract holds nobody to anything."""


def contract_changes(
    repository: Repository, revisions: Revisions, changed: Collection[ChangedFile], config: Config
) -> tuple[tuple[Change, ...], tuple[str, ...]]:
    """Give what became of the contracts among the changed files, and notes on those of which only the wording changed."""
    if _KIND.name in config.readers.off:
        return (), ()
    files = [
        file
        for file in changed
        if any(_KIND.claims(path) and is_searched(path, config.readers) for path in file.paths)
    ]
    before = repository.read(revisions.base, [file.old_path or file.path for file in files if file.old])
    after = repository.read(revisions.head, [file.path for file in files if file.new])
    found: list[Change] = []
    notes: list[str] = []
    for file in files:
        old = _contract(before.get(file.old_path or file.path))
        new = _contract(after.get(file.path))
        if isinstance(old, DataContract) and old.status not in _FREE:
            differs = difference(old, new) if isinstance(new, DataContract) else None
            found += _of(file.path, old, new, differs)
            if differs is not None and _only_words(differs):
                notes.append(
                    f"the contract {old.name or file.path} is worded otherwise, and promises the same"
                )
    return tuple(replace(change, id=f"contract{number}") for number, change in enumerate(found, 1)), tuple(
        notes
    )


def _contract(content: object) -> DataContract | str | None:
    """Give the contract of a file; the reason where it can't be read; None where it is none."""
    if not isinstance(content, bytes) or not any(mark in content.lower() for mark in _KIND.marks):
        return None
    try:
        return read_contract(decode(content).text)
    except UnreadableReaderError as error:
        return str(error)


def _of(
    path: str, old: DataContract, new: DataContract | str | None, differs: ContractDifference | None
) -> Iterator[Change]:
    name = f"{old.name} {old.version}".strip() or path
    if isinstance(new, str):
        reason = f"the contract {name} can't be read any more: {new}"
        yield _change(Kind.UNDECIDED, path, 1, reason, None)
    elif new is None or differs is None:
        yield _change(
            Kind.PROMISE_REMOVED,
            path,
            1,
            f"the contract {name} is gone with all that it promises",
            Breach.VERSIONED,
        )
    elif new.status in _FREE:
        # Whoever takes the promise back and breaks it in one change has announced nothing.
        ended = Breach.VERSIONED if new.status == _ENDED else Breach.UNVERSIONED
        yield _change(
            Kind.PROMISE_REMOVED,
            path,
            1,
            f"the contract {name} is {new.status}, and holds nobody to anything",
            ended,
        )
    else:
        for each in differs.changes:
            if each.change_class is not ContractChangeClass.DOCUMENTATION:
                yield _promise(path, name, each, differs.version_problem)


def _promise(path: str, name: str, each: ContractChange, problem: str | None) -> Change:
    said = f"the contract {name}: {each.message}" + (f" ({problem})" if problem else "")
    if each.change_class is ContractChangeClass.BREAKING:
        breach = Breach.VERSIONED if problem else Breach.UNVERSIONED
        return _change(Kind.PROMISE_REMOVED, path, each.line, said, breach, each.message)
    return _change(
        Kind.PROMISE_ADDED, path, each.line, said, Breach.UNVERSIONED if problem else None, each.message
    )


def _change(
    kind: Kind, path: str, line: int | None, said: str, breach: Breach | None, told: str = ""
) -> Change:
    """`told` is what makes it the same finding tomorrow: which promise it is, without the version."""
    certainty = Certainty.UNDECIDED if kind is Kind.UNDECIDED else Certainty.PROVEN
    gone = kind is Kind.PROMISE_REMOVED
    return Change(
        kind=kind, change_class=class_of(kind), certainty=certainty, message=said, breach=breach,
        before=told or None if gone else None, after=None if gone else told or None, location=Location(path=path, line=line or 1),
    )  # fmt: skip


def _only_words(differs: ContractDifference) -> bool:
    kinds = {each.change_class for each in differs.changes}
    return kinds == {ContractChangeClass.DOCUMENTATION}
