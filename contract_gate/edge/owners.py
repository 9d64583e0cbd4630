"""Who owns what: CODEOWNERS files, and the names that owners have on the host of the repository.

Pure: the caller reads the bytes, of the side whose word counts. The rules are GitHub's
(https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners)
or, in a file of `.gitlab/` or with sections, GitLab's (https://docs.gitlab.com/user/project/codeowners/reference/).
"""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from contract_gate.core.people import HANDLE, in_common
from contract_gate.core.values import dataclass, field

FILES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
"""Where the file may be; the first that is there counts."""
LARGEST = 3_000_000

_HEADING = re.compile(r"\^?\[(?P<name>[^\]]+)\](?:\[\d+\])?(?:\s+(?P<owners>.*))?")
_OWNER = re.compile(rf"{HANDLE}|[^@\s]+@[^@\s]+\.[^@\s]+")
_WORD = re.compile(r"(?:\\.|[^\s\\])+")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedPattern:
    """A line of the file. No `owners`: what it matches belongs to nobody."""

    matches: re.Pattern[str]
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeOwners:
    """A file's lines, by section; without sections there is one. In each the last line that matches counts."""

    sections: tuple[tuple[OwnedPattern, ...], ...] = ()

    def of(self, path: str) -> tuple[str, ...]:
        """Give the owners of a path, as the file writes them."""
        found = dict.fromkeys(
            owner
            for lines in self.sections
            for line in [next((one for one in reversed(lines) if one.matches.fullmatch(path)), None)]
            if line is not None
            for owner in line.owners
        )
        return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """All that the base says of owners: its CODEOWNERS, and what each is called on the host (`names`: owner → `@name`)."""

    code: CodeOwners = CodeOwners()
    names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def with_code(self, owners: Iterable[str], path: str | None) -> tuple[str, ...]:
        """Add to the owners that a project or the catalog knows those of the path, unless they are the same by another name."""
        known = tuple(dict.fromkeys(owners))
        taken = (*known, *filter(None, map(self.name_of, known)))
        more = self.code.of(path) if path is not None else ()
        return (*known, *(one for one in more if not in_common((self.name_of(one) or one, one), taken)))

    def name_of(self, owner: str) -> str | None:
        """Give what the base calls an owner on the host, under any spelling."""
        return next((name for one, name in self.names.items() if in_common((one,), (owner,))), None)

    def handles(self, owners: Iterable[str], path: str | None) -> tuple[tuple[str, str], ...]:
        """Pair owners with their names on the host. One that is itself such a name counts where CODEOWNERS has it: anyone can write one."""
        of_code = {
            one for one in (self.code.of(path) if path is not None else ()) if re.fullmatch(HANDLE, one)
        }
        pairs = ((one, self.name_of(one) or (one if one in of_code else None)) for one in owners)
        return tuple((owner, name) for owner, name in pairs if name is not None)


def parse_codeowners(text: str, path: str) -> CodeOwners:
    """Read a file's text; a line that its host would not understand is left out, as the host does."""
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    headings = [_HEADING.fullmatch(line) for line in lines]
    is_gitlab = path.startswith(".gitlab/") or (any(headings) and not path.startswith(".github/"))
    sections: dict[str, list[OwnedPattern]] = {"": []}
    name, default = "", tuple[str, ...]()
    for line, heading in zip(lines, headings, strict=True):
        if is_gitlab and heading is not None:
            name, default = heading["name"].casefold(), _owners(_WORD.findall(heading["owners"] or ""))
            sections.setdefault(name, [])
            continue
        found = _line(line, default, is_gitlab=is_gitlab)
        if found is not None:
            sections[name].append(found)
    return CodeOwners(sections=tuple(tuple(each) for each in sections.values() if each))


def _line(line: str, default: tuple[str, ...], *, is_gitlab: bool) -> OwnedPattern | None:
    pattern, *rest = _WORD.findall(line)
    comment = next((at for at, word in enumerate(rest) if word.startswith("#")), len(rest))
    excludes, named = pattern.startswith("!"), _owners(rest[:comment])
    if (excludes or "[" in pattern or len(named) < comment) and not is_gitlab:
        return None
    owners = () if excludes else named or default
    return OwnedPattern(matches=_matcher(pattern.lstrip("!"), is_gitlab=is_gitlab), owners=owners)


def _owners(words: Iterable[str]) -> tuple[str, ...]:
    """Take the words that are names or addresses."""
    return tuple(word for word in words if _OWNER.fullmatch(word))


def _matcher(pattern: str, *, is_gitlab: bool) -> re.Pattern[str]:
    """Translate a pattern: of gitignore's kind, but that `docs/*` reaches no deeper than `docs`."""
    plain = re.sub(r"\\(.)", r"\1", pattern)
    inner = plain.strip("/")
    anchored = plain.startswith("/") or ("/" in inner and not is_gitlab)
    parts = inner.split("/")
    body = "".join(_part(part, is_last=index == len(parts) - 1) for index, part in enumerate(parts))
    if plain.endswith("/"):
        below = "/.+"
    else:
        below = "" if (parts[-1] in ("*", "**") and len(parts) > 1) or plain == "/*" else "(?:/.*)?"
    return re.compile(f"{'' if anchored else '(?:.*/)?'}{body}{below}", re.DOTALL)


def _part(part: str, *, is_last: bool) -> str:
    if part == "**":
        return ".*" if is_last else "(?:.*/)?"
    told = re.sub(
        r"\*+|\?|[^*?]+", lambda one: {"*": "[^/]*", "?": "[^/]"}.get(one[0][0], re.escape(one[0])), part
    )
    return told if is_last else f"{told}/"
