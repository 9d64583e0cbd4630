"""Where this program was installed from, so that what `init` writes installs the same one.

pip leaves it beside the package (https://packaging.python.org/en/latest/specifications/direct-url/): a git address with its
commit, or a folder, whose own git knows them. From an index there is no such file, and the version says it all.
"""

import json
import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import unquote, urlsplit

from contract_gate import __version__
from contract_gate.core.errors import ContractGateError, UsageError
from contract_gate.core.values import dataclass

_NAME = "contract-gate"
_ADDRESS = re.compile(r"(?:https?|ssh|git|file)://[\w.~:/@%+-]+")
_REVISION = re.compile(r"[\w][\w./-]*")
_SCP = re.compile(r"(?:[\w.-]+@)?(?P<host>[\w.-]+\.[\w.-]+):(?!/)(?P<path>[\w./~-]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Where pip gets the program from: a git address and a revision, or (no address) an index and the version.

    `doubt` says why it may not be had from there.
    """

    address: str | None = None
    revision: str = __version__
    doubt: str | None = None

    def requirement(self, *extras: str) -> str:
        """Write what pip takes."""
        name = f"{_NAME}[{','.join(extras)}]" if extras else _NAME
        if self.address is None:
            return f"{name}=={self.revision}"
        return f"{name} @ git+{self.address}@{self.revision}"


def origin(named: str | None = None) -> Installation:
    """Find it out, or take what a person names: `https://host/contract-gate@REVISION`. UsageError for what is no such address."""
    if named is not None:
        return _named(named)
    try:
        text = distribution(_NAME).read_text("direct_url.json")
    except PackageNotFoundError:
        return _published("this program was not installed by pip")
    if text is None:
        return Installation()
    told = json.loads(text)
    address = _without_secrets(str(told.get("url", "")))
    if "vcs_info" in told:
        return Installation(address=address, revision=str(told["vcs_info"].get("commit_id", "")))
    if "dir_info" in told:
        return _of_folder(Path(unquote(urlsplit(address).path)))
    return _published(f"it was installed from a file, {address}")


def _named(text: str) -> Installation:
    address, at, revision = text.removeprefix("git+").rpartition("@")
    if not at or not _ADDRESS.fullmatch(address) or not _REVISION.fullmatch(revision):
        raise UsageError(
            f"nothing was written: {text!r} is no git address with a revision",
            "write https://host/owner/contract-gate@COMMIT",
        )
    return Installation(address=address, revision=revision, doubt=_doubt(address))


def _of_folder(folder: Path) -> Installation:
    """A clone knows where it is from; what is not pushed can't be had from there, and only a person knows that."""
    from contract_gate.edge.git import Repository

    try:
        with Repository.open(folder) as repository:
            remote = repository.remote()
            url = repository.git.line("remote", "get-url", remote) if remote else None
            commit = repository.find("HEAD")
    except ContractGateError as error:
        return _published(f"it was installed from a folder that is no clone: {error.message}")
    if url is None or commit is None:
        return _published("it was installed from a clone without a remote")
    match = _SCP.fullmatch(url)
    address = f"https://{match['host']}/{match['path']}" if match else _without_secrets(url)
    if Path(address).is_absolute():
        address = Path(address).as_uri()
    if not _ADDRESS.fullmatch(address):
        return _published(f"the remote of its clone has an address that pip does not take: {address[:80]!r}")
    return Installation(address=address, revision=commit, doubt=_doubt(address))


def _doubt(address: str) -> str | None:
    return "it is a folder of this machine" if address.startswith("file:") else None


def _published(why: str) -> Installation:
    """Give the address that the package itself names, with the tag of its version."""
    try:
        urls = distribution(_NAME).metadata.get_all("Project-URL") or []
    except PackageNotFoundError:
        urls = []
    named = dict(pair for url in urls if len(pair := tuple(url.split(", ", 1))) == 2)
    address = named.get("Repository")
    return Installation(address=address, revision=f"v{__version__}" if address else __version__, doubt=why)


def _without_secrets(url: str) -> str:
    """Leave out a user and a password or token: it would be committed."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    user = "git@" if parts.scheme in ("ssh", "git+ssh") else ""
    return parts._replace(netloc=f"{user}{host}").geturl() if parts.netloc else url
