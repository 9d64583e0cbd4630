"""Whose word counts: the one place that decides which configuration holds, and which files a verdict may rest on.

The working tree may be a stranger's checkout. So what decides comes from the base of a change, or from the default branch where a
command has no base; or from a file that a person or the job put there, which no commit has. A configuration that only
the change itself brings is a proposal: see `contract_gate.edge.config.proposal`. `contract_gate.cli.allowances` says the same of waivers.
"""

from collections.abc import Mapping
from pathlib import Path

from contract_gate.core.errors import GitError, UsageError
from contract_gate.core.values import dataclass
from contract_gate.edge.config import FILES, Config, proposal
from contract_gate.edge.disk import read_regular, read_regular_text
from contract_gate.edge.git import (
    WORKING_TREE,
    Missing,
    MissingReason,
    Repository,
    Revision,
    RevisionKind,
    Revisions,
)

_LARGEST = 50_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """The configuration that holds. `note` says whose it is where that is not the base's own."""

    config: Config
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A file that was named to decide something. `is_proposed`: the change itself brings it; `note` says whose it is."""

    content: bytes
    note: str | None = None
    is_proposed: bool = False


def of_change(repository: Repository, revisions: Revisions, named: Path | None = None) -> Configured:
    """Give the configuration of the base, or the `named` one; else what the head's first one may say."""
    if named is not None:
        return _named(repository, revisions, named)
    config = _at(repository, revisions.trusted)
    if config.source is not None:
        return Configured(config=config, note=_elsewhere(repository, revisions))
    if revisions.authority is None and not _brings_one(repository, revisions):
        return Configured(config=config)
    first = _at(repository, revisions.head, is_base=False)
    why = revisions.doubt or "the base has none"
    return _proposed(first, why) if first.source is not None else Configured(config=config)


def _brings_one(repository: Repository, revisions: Revisions) -> bool:
    """Tell whether the head may have a configuration that the base has not; to compare the files on disk costs more than to look."""
    if revisions.head.kind is RevisionKind.WORKING_TREE:
        return True
    differing = repository.differing(revisions.base, revisions.head)
    return any(path in FILES for file in differing for path in file.paths)


def _elsewhere(repository: Repository, revisions: Revisions) -> str | None:
    """Say whose the configuration is where it is not the base's and the base has another."""
    if revisions.authority is None or not _differs(repository, revisions.authority, revisions.base):
        return None
    return f"the configuration is that of {revisions.authority}: {revisions.doubt}, and what it says of the gate is not used"


def of_branch(directory: Path, environment: Mapping[str, str]) -> Configured:
    """Give the configuration of the default branch, for a command that compares nothing.

    Outside of a repository, and where this clone knows of no default branch, what lies there is a proposal.
    """
    try:
        repository = Repository.open(directory, environment)
    except GitError:
        return _proposed(_on_disk(directory), "no git repository is here that has one")
    with repository:
        return of_default(repository, WORKING_TREE)


def of_default(repository: Repository, head: Revision, named: Path | None = None) -> Configured:
    """Give the configuration of the default branch, or the `named` one; the head's is a proposal where there is none."""
    name = repository.default_branch()
    base = repository.resolve(name) if name is not None else repository.empty_tree()
    configured = of_change(repository, Revisions(base=base, head=head, how=""), named)
    if named is not None or configured.note is not None or not _differs(repository, base, head):
        return configured
    note = f"the configuration is that of {base}; that of {head} is another, and is not used"
    return Configured(config=configured.config, note=note)


def tried(repository: Repository, named: Path | None) -> Config:
    """Give the configuration that lies in the working tree, or the `named` one, to be tried out: it decides nothing."""
    if named is None:
        return _on_disk(repository.root)
    return _parsed(
        read_regular_text(named, "the configuration", "name a TOML file that is there"), str(named)
    )


def given_file(repository: Repository, revisions: Revisions, path: Path, what: str, hint: str) -> Given:
    """Read a file that decides something: the base's where the base has it, else one that no commit has.

    UsageError where there is none.
    """
    inner = repository.inner(path)
    if inner is None:
        return Given(content=read_regular(path, what, hint, _LARGEST))
    sides = (revisions.trusted, revisions.head)
    old, new = (repository.read(side, [inner], limit=_LARGEST)[inner] for side in sides)
    left = repository.read_left(inner, revisions, _LARGEST)
    if isinstance(old, bytes):
        is_other = old not in (new, left) or not _is_same_on_disk(path, old)
        told = f"{inner} is read as it stands at {revisions.trusted}: what differs from that is not used"
        return Given(content=old, note=told if is_other else None)
    if old.reason is MissingReason.ABSENT and isinstance(left, bytes):
        return Given(content=left)
    if old.reason is MissingReason.ABSENT and isinstance(new, bytes):
        return Given(content=new, is_proposed=True, note=f"{inner} is the change's own: the base has none")
    why = left if old.reason is MissingReason.ABSENT and isinstance(left, Missing) else old
    said = "No such file or directory" if why.reason is MissingReason.ABSENT else why.detail
    raise UsageError(f"{what} was not read: {inner}: {said}", hint)


def _is_same_on_disk(path: Path, content: bytes) -> bool:
    try:
        return read_regular(path, "", limit=_LARGEST) == content
    except UsageError:
        return False


def _named(repository: Repository, revisions: Revisions, path: Path) -> Configured:
    hint = "name a TOML file that is there"
    given = given_file(repository, revisions, path, "the configuration", hint)
    try:
        text = given.content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"the configuration was not read: {path}: it is not UTF-8 text", hint) from error
    try:
        config = _parsed(text, str(path))
    except UsageError as error:
        raise UsageError(error.message, _mended(error.hint)) from error
    return (
        _proposed(config, "the base has none")
        if given.is_proposed
        else Configured(config=config, note=given.note)
    )


def _at(repository: Repository, revision: Revision, *, is_base: bool = True) -> Config:
    """Read a revision's configuration. UsageError where it has one that can't be read: the defaults don't hold then."""
    found = repository.read_few(revision, FILES)
    texts: dict[str, str] = {}
    for name, content in found.items():
        if isinstance(content, bytes):
            texts[name] = content.decode("utf-8", "replace")
        elif content.reason is not MissingReason.ABSENT and name == FILES[0]:
            raise UsageError(
                f"the configuration was not read: {name} at {revision}: {content}", "make it a TOML file"
            )
    try:
        return _found_in(texts)
    except UsageError as error:
        raise UsageError(
            f"{error.message} (at {revision})", _mended(error.hint) if is_base else error.hint
        ) from error


def _found_in(texts: Mapping[str, str]) -> Config:
    if not texts:
        return Config()
    # Imported here: a repository without a configuration has nothing to parse.
    from contract_gate.edge.config_file import find_config

    return find_config(texts)


def _parsed(text: str, name: str) -> Config:
    from contract_gate.edge.config_file import parse_config

    return parse_config(text, name)


def _mended(hint: str | None) -> str:
    """Add the way out to a hint: the base's configuration counts, also for the change that mends it."""
    way = "until that is merged, --config FILE names one that no commit has"
    return f"{hint}; {way}" if hint else way


def _on_disk(directory: Path) -> Config:
    texts: dict[str, str] = {}
    for name in FILES:
        if (directory / name).exists():
            texts[name] = read_regular_text(directory / name, "the configuration")
    return _found_in(texts)


def _differs(repository: Repository, base: Revision, head: Revision) -> bool:
    return repository.read_few(base, FILES) != repository.read_few(head, FILES)


def _proposed(config: Config, why: str) -> Configured:
    """Take of a configuration what a change may say of itself, and tell what is left out."""
    if config.source is None:
        return Configured(config=config)
    kept, dropped = proposal(config)
    note = f"the configuration ({config.source}) is the pull request's own: {why}"
    if dropped:
        note += f"; until it is merged {', '.join(dropped)} {'is' if len(dropped) == 1 else 'are'} not used"
    return Configured(config=kept, note=note)
