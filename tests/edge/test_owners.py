"""CODEOWNERS as GitHub and GitLab read it, and what owners are called on the host."""

import pytest

from contract_gate.edge.owners import CodeOwners, Ownership, parse_codeowners

GITHUB = """\
# the data team, unless a later line says otherwise
*                   @acme/data
*.sql               @ada            # inline comments end a line
/build/logs/        @logs
docs/*              docs@example.com
apps/               @octocat
/apps/github
/models/finance/    @acme/finance @ada
**/logs             @anywhere
/file\\ with\\ blanks.sql @blank
!secret.sql         @nobody
models/[ab].sql     @nobody
words without owners
"""


@pytest.fixture
def github() -> CodeOwners:
    return parse_codeowners(GITHUB, ".github/CODEOWNERS")


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("readme.md", ("@acme/data",)),
        ("models/deep/x.sql", ("@ada",)),
        ("models/finance/deep/x.sql", ("@acme/finance", "@ada")),
        ("other/models/finance/x.md", ("@acme/data",)),
        ("build/logs/x.txt", ("@anywhere",)),
        ("deep/logs/x.txt", ("@anywhere",)),
        ("docs/x.md", ("docs@example.com",)),
        ("docs/deep/x.md", ("@acme/data",)),
        ("deep/apps/x.md", ("@octocat",)),
        ("apps/github/x.md", ()),
        ("apps/githubber/x.md", ("@octocat",)),
        ("file with blanks.sql", ("@blank",)),
        ("secret.sql", ("@ada",)),
        ("models/a.sql", ("@ada",)),
        ("words/x.md", ("@acme/data",)),
    ],
)
def test_githubs_rules(github: CodeOwners, path: str, owners: tuple[str, ...]) -> None:
    """The last line that matches counts, one without owners takes them away, and what GitHub does not understand is no line."""
    assert github.of(path) == owners


GITLAB = """\
[Models] @models
models/
models/open/ @open
!models/free/

^[Words][2]
*.md @words
internal/README.md @internal
"""


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("models/x.sql", ("@models",)),
        ("models/open/x.md", ("@open", "@words")),
        ("models/free/x.sql", ()),
        ("docs/internal/README.md", ("@internal",)),
    ],
)
def test_gitlabs_rules(path: str, owners: tuple[str, ...]) -> None:
    """Each section has its own last line, with the section's owners where it names none, and no path is anchored without a `/`."""
    assert parse_codeowners(GITLAB, "CODEOWNERS").of(path) == owners


def test_sections_are_nothing_to_github() -> None:
    """In `.github/` a heading is a line that is not understood: it opens no second list."""
    assert parse_codeowners("* @one\n[Models]\n*.sql @two\n", ".github/CODEOWNERS").of("a.sql") == ("@two",)


KNOWN = Ownership(
    code=parse_codeowners("*.sql @dana @acme/finance\n", "CODEOWNERS"),
    names={"Dana@example.com": "@dana", "finance": "@acme/finance"},
)


def test_one_owner_by_two_names_is_one() -> None:
    """An address and the host's name of the same person are told once, under the name that the project uses."""
    owners = KNOWN.with_code(("Dana <dana@example.com>",), "a.sql")
    assert owners == ("Dana <dana@example.com>", "@acme/finance")
    assert KNOWN.handles(owners, "a.sql") == (
        ("Dana <dana@example.com>", "@dana"),
        ("@acme/finance", "@acme/finance"),
    )


def test_an_owner_is_known_under_any_spelling() -> None:
    """The name before an address is what the base may call a person by, and the address alone is the same person in CODEOWNERS."""
    known = Ownership(code=parse_codeowners("* ada@example.com", "CODEOWNERS"), names={"Ada L": "@ada"})
    assert known.name_of("Ada L <ada@example.com>") == "@ada"
    assert known.with_code(("Ada L <ada@example.com>",), "a.sql") == ("Ada L <ada@example.com>",)


def test_only_the_base_says_who_can_be_called() -> None:
    """A name that a model's own YAML writes is shown and is nobody's name on the host."""
    assert KNOWN.handles(("@everyone", "finance"), "a.yml") == (("finance", "@acme/finance"),)
