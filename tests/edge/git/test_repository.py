"""Changed files, entries and bytes, on real repositories."""

import os
import subprocess
from pathlib import Path

import pytest

from contract_gate.core.errors import GitError, UsageError
from contract_gate.edge.git import (
    INDEX,
    WORKING_TREE,
    EntryKind,
    FileStatus,
    LineRange,
    Missing,
    MissingReason,
    Repository,
    Revisions,
    display,
)
from contract_gate.edge.git.merged import merged_commits

LONG = "".join(f"select {number} as n{number}\n" for number in range(40))


def changes(repository, base, head):
    found = repository.changed_files(base, head)
    return {each.path: (each.status, each.old_path) for each in found}


def test_every_status_is_told(sandbox):
    """Added, modified, deleted, renamed and type-changed files each have their status and old path."""
    work = sandbox.make(files={"m.sql": "1", "gone.sql": "2", "old.sql": LONG, "type.sql": "3"})
    (work / "type.sql").unlink()
    (work / "type.sql").symlink_to("m.sql")
    (work / "old.sql").rename(work / "new.sql")
    sandbox.commit(work, {"m.sql": "changed", "gone.sql": None, "added.sql": "4", "new.sql": LONG + "--\n"})
    with sandbox.open(work) as repository:
        assert changes(repository, repository.resolve("HEAD^"), repository.resolve("HEAD")) == {
            "added.sql": (FileStatus.ADDED, None),
            "gone.sql": (FileStatus.DELETED, "gone.sql"),
            "m.sql": (FileStatus.MODIFIED, "m.sql"),
            "new.sql": (FileStatus.RENAMED, "old.sql"),
            "type.sql": (FileStatus.TYPE_CHANGED, "type.sql"),
        }


def test_a_copy_is_an_added_file(sandbox):
    """A copied file is added: whoever reads the original is not concerned."""
    work = sandbox.make(files={"a.sql": LONG})
    sandbox.commit(work, {"a.sql": LONG + "--\n", "b.sql": LONG})
    with sandbox.open(work) as repository:
        found = changes(repository, repository.resolve("HEAD^"), repository.resolve("HEAD"))
        assert found["b.sql"] == (FileStatus.ADDED, None)


@pytest.mark.parametrize(
    "name",
    [
        "with blank.sql",
        "quo\"te's.sql",
        "new\nline.sql",
        "tab\there.sql",
        "-option.sql",
        ":(top)magic.sql",
        "grüße-日本.sql",
        "*.sql",
        "x##[set-output name=verdict]pass.sql",
        os.fsdecode(b"latin-\xe9.sql"),
    ],
)
def test_odd_names_come_through(sandbox, name):
    """A file of any name is listed, read, and its changed lines found; its name can be printed."""
    work = sandbox.make(files={name: "one\n", "a.sql": "other\n", "b.sql": "other\n"})
    sandbox.commit(work, {name: "one\ntwo\n"})
    with sandbox.open(work) as repository:
        base, head = repository.resolve("HEAD^"), repository.resolve("HEAD")
        (changed,) = repository.changed_files(base, head)
        assert changed.path == name
        assert repository.read(head, [name]) == {name: b"one\ntwo\n"}
        assert repository.read(base, [name]) == {name: b"one\n"}
        assert repository.changed_lines(base, head, changed) == (LineRange(start=2, end=2),)
        assert display(name).isprintable()
        display(name).encode("utf-8")


def test_the_index_is_a_revision(sandbox):
    """What is staged is compared, not what lies on the disk."""
    work = sandbox.make(files={"a.sql": "one\n"})
    sandbox.write(work, {"a.sql": "staged\n", "b.sql": "untracked\n"})
    sandbox.git(work, "add", "a.sql")
    sandbox.write(work, {"a.sql": "on disk\n"})
    with sandbox.open(work) as repository:
        assert changes(repository, repository.resolve("HEAD"), INDEX) == {
            "a.sql": (FileStatus.MODIFIED, "a.sql")
        }
        assert repository.read(INDEX, ["a.sql", "b.sql"])["a.sql"] == b"staged\n"
        assert set(repository.files(INDEX)) == {"a.sql"}


def test_git_index_file_of_a_hook_is_respected(sandbox, monkeypatch):
    """During a partial commit git points a hook to another index, by a path relative to the top."""
    work = sandbox.make(files={"a.sql": "one\n"})
    sandbox.write(work, {"a.sql": "two\n"})
    sandbox.git(work, "add", "a.sql", more={"GIT_INDEX_FILE": ".git/other"})
    monkeypatch.chdir(work)
    with sandbox.open(work, GIT_INDEX_FILE=".git/other") as repository:
        assert repository.read(INDEX, ["a.sql"])["a.sql"] == b"two\n"
    with sandbox.open(work) as repository:
        assert repository.read(INDEX, ["a.sql"])["a.sql"] == b"one\n"


def test_variables_of_another_repository_do_not_count(sandbox, monkeypatch):
    """A hook's GIT_DIR and GIT_INDEX_FILE are not for a repository elsewhere."""
    here = sandbox.make("here", {"a.sql": "here"})
    other = sandbox.make("other", {"a.sql": "other"})
    monkeypatch.chdir(here)
    variables = {"GIT_DIR": str(here / ".git"), "GIT_INDEX_FILE": str(here / ".git/index")}
    with sandbox.open(other, **variables) as repository:
        assert repository.root == other
        assert repository.read(INDEX, ["a.sql"])["a.sql"] == b"other"
    with sandbox.open(here, **variables) as repository:
        assert repository.root == here


def test_a_real_hook_sees_what_is_committed(sandbox):
    """A pre-commit hook that opens the repository during `git commit -a` sees the files of that commit."""
    work = sandbox.make(files={"a.sql": "one\n"})
    seen = sandbox.directory / "seen"
    script = (
        "import os, pathlib; from contract_gate.edge.git import *\n"
        "with Repository.open('.', os.environ) as r:\n"
        f"    pathlib.Path({str(seen)!r}).write_bytes(r.read(INDEX, ['a.sql'])['a.sql'])\n"
    )
    (sandbox.directory / "script.py").write_text(script)
    hook = work / ".git/hooks/pre-commit"
    root = Path(__file__).parents[3]
    python = root / ".venv/bin/python"
    interpreter = python if python.exists() else Path(os.sys.executable)
    hook.write_text(f"#!/bin/sh\nPYTHONPATH={root} exec {interpreter} {sandbox.directory}/script.py\n")
    hook.chmod(0o755)
    sandbox.write(work, {"a.sql": "two\n"})
    sandbox.git(work, "commit", "-q", "-a", "-m", "two")
    assert seen.read_bytes() == b"two\n"


def test_a_conflict_in_the_index_is_an_error(sandbox):
    """With unresolved conflicts there is no such thing as the staged file."""
    work = sandbox.make(files={"a.sql": "base\n"})
    sandbox.git(work, "checkout", "-q", "-b", "side")
    sandbox.commit(work, {"a.sql": "side\n"})
    sandbox.git(work, "checkout", "-q", "main")
    sandbox.commit(work, {"a.sql": "main\n"})
    with pytest.raises(AssertionError):
        sandbox.git(work, "merge", "side")
    with sandbox.open(work) as repository:
        with pytest.raises(GitError, match="conflict"):
            repository.files(INDEX)
        with pytest.raises(GitError, match="conflict"):
            repository.changed_files(repository.resolve("HEAD"), INDEX)


def test_the_working_tree_is_a_revision(sandbox):
    """Modified, deleted and untracked files count, ignored ones do not."""
    work = sandbox.make(files={"a.sql": "one\n", "b.sql": "b\n", "c.sql": "c\n", ".gitignore": "*.log\n"})
    sandbox.write(work, {"a.sql": "two\nthree\n", "b.sql": None, "new.sql": "new\n", "x.log": "ignored"})
    os.utime(work / "c.sql", (1, 1))
    with sandbox.open(work) as repository:
        head = repository.resolve("HEAD")
        assert changes(repository, head, WORKING_TREE) == {
            "a.sql": (FileStatus.MODIFIED, "a.sql"),
            "b.sql": (FileStatus.DELETED, "b.sql"),
            "new.sql": (FileStatus.ADDED, None),
        }
        assert set(repository.files(WORKING_TREE)) == {".gitignore", "a.sql", "c.sql", "new.sql"}
        read = repository.read(WORKING_TREE, ["a.sql", "b.sql", "c.sql", "new.sql"])
        assert [read["a.sql"], read["c.sql"], read["new.sql"]] == [b"two\nthree\n", b"c\n", b"new\n"]
        assert isinstance(read["b.sql"], Missing)
        assert read["b.sql"].reason is MissingReason.ABSENT
        lines = {
            each.path: repository.changed_lines(head, WORKING_TREE, each)
            for each in repository.changed_files(head, WORKING_TREE)
        }
        assert lines["a.sql"] == (LineRange(start=1, end=2),)
        assert lines["new.sql"] == (LineRange(start=1, end=1),)
        assert lines["b.sql"] == ()
        assert repository.has_uncommitted_changes()


def test_a_clean_working_tree_has_no_changes(sandbox):
    """A file whose time alone changed is no uncommitted change."""
    work = sandbox.make(files={"a.sql": "one\n"})
    os.utime(work / "a.sql", (1, 1))
    with sandbox.open(work) as repository:
        assert repository.changed_files(repository.resolve("HEAD"), WORKING_TREE) == ()
        assert not repository.has_uncommitted_changes()


def test_a_link_in_the_working_tree_is_not_followed(sandbox):
    """Neither a link nor a file behind a linked directory is read from the disk."""
    work = sandbox.make(files={"dir/a.sql": "one\n", "b.sql": "b\n"})
    outside = sandbox.directory / "outside"
    outside.mkdir()
    (outside / "a.sql").write_text("secret")
    (work / "dir/a.sql").unlink()
    (work / "dir").rmdir()
    (work / "dir").symlink_to(outside)
    (work / "b.sql").unlink()
    (work / "b.sql").symlink_to(outside / "a.sql")
    with sandbox.open(work) as repository:
        read = repository.read(WORKING_TREE, ["dir/a.sql", "b.sql", "dir"])
        assert b"secret" not in read.values()
        assert read["b.sql"].reason is MissingReason.SYMLINK


def test_submodules_and_links_are_told_and_not_followed(sandbox):
    """A symbolic link and a submodule are listed with their kind, and have a reason in place of bytes."""
    library = sandbox.make("library", {"x.sql": "x"})
    work = sandbox.make(files={"a.sql": "one"})
    (work / "link.sql").symlink_to("/etc/passwd")
    sandbox.git(work, "submodule", "--quiet", "add", f"file://{library}", "sub")
    sandbox.commit(work, {})
    with sandbox.open(work) as repository:
        base, head = repository.resolve("HEAD^"), repository.resolve("HEAD")
        kinds = {each.path: each.new.kind for each in repository.changed_files(base, head) if each.new}
        assert kinds["link.sql"] is EntryKind.SYMLINK
        assert kinds["sub"] is EntryKind.SUBMODULE
        read = repository.read(head, ["link.sql", "sub", "sub/x.sql"])
        assert [each.reason for each in read.values()] == [
            MissingReason.SYMLINK,
            MissingReason.SUBMODULE,
            MissingReason.ABSENT,
        ]
        for each in repository.changed_files(base, head):
            if each.path != ".gitmodules":
                assert repository.changed_lines(base, head, each) == ()


def test_a_huge_file_is_not_read(sandbox):
    """A file over the bound is told with its size; the ones beside it are read."""
    work = sandbox.make(files={"huge.sql": b"-" * 50_000_000, "small.sql": "one"})
    with sandbox.open(work) as repository:
        read = repository.read(repository.resolve("HEAD"), ["huge.sql", "small.sql"])
        assert str(read["huge.sql"]) == "too large (50 MB)"
        assert read["small.sql"] == b"one"
        sandbox.write(work, {"huge.sql": b"+" * 50_000_001})
        assert str(repository.read(WORKING_TREE, ["huge.sql"])["huge.sql"]) == "too large (51 MB)"


def test_many_files_are_read_at_once(sandbox):
    """Five thousand files, some of them the same and some larger than a pipe, come back whole and in place."""
    files = {f"m/{number}.sql": f"select {number % 4000}" for number in range(5000)}
    files["m/large.sql"] = "x" * 300_000
    work = sandbox.make(files=files)
    with sandbox.open(work) as repository:
        read = repository.read(repository.resolve("HEAD"), files)
        assert {path: content.decode() for path, content in read.items()} == files


def test_a_partial_clone_is_not_completed(sandbox):
    """Contents that a partial clone left out are told as not fetched; nothing is fetched, and exact renames hold."""
    origin = sandbox.make("origin", {"a.sql": "one\n", "old.sql": LONG, "x.sql": "x\n" * 30})
    sandbox.git(origin, "mv", "old.sql", "new.sql")
    sandbox.commit(origin, {"a.sql": "two\n", "x.sql": None, "y.sql": "x\n" * 30 + "y\n"})
    work = sandbox.clone(origin, "partial", "--filter=blob:none")
    packs = sorted((work / ".git/objects/pack").iterdir())
    with sandbox.open(work) as repository:
        base, head = repository.resolve("HEAD^"), repository.resolve("HEAD")
        assert changes(repository, base, head) == {
            "a.sql": (FileStatus.MODIFIED, "a.sql"),
            "new.sql": (FileStatus.RENAMED, "old.sql"),
            "x.sql": (FileStatus.DELETED, "x.sql"),
            "y.sql": (FileStatus.ADDED, None),
        }
        read = repository.read(base, ["a.sql", "old.sql"])
        assert read["a.sql"].reason is MissingReason.NOT_FETCHED
        assert read["old.sql"] == LONG.encode()
        assert repository.read(head, ["a.sql"])["a.sql"] == b"two\n"
        (a, *_) = repository.changed_files(base, head)
        assert repository.changed_lines(base, head, a) == ()
    assert sorted((work / ".git/objects/pack").iterdir()) == packs


def test_lines_that_were_removed_point_to_the_line_before(sandbox):
    """A pure removal has the line before it, or the first line at the top of the file."""
    work = sandbox.make(files={"a.sql": "1\n2\n3\n4\n5\n"})
    sandbox.commit(work, {"a.sql": "2\n3\n5\n6\n"})
    with sandbox.open(work) as repository:
        base, head = repository.resolve("HEAD^"), repository.resolve("HEAD")
        (changed,) = repository.changed_files(base, head)
        assert repository.changed_lines(base, head, changed) == (
            LineRange(start=1, end=1),
            LineRange(start=2, end=2),
            LineRange(start=4, end=4),
        )


def test_no_repository_is_an_error(sandbox):
    """Outside of a repository the error says so and what to do."""
    with pytest.raises(GitError, match="not a git repository") as caught:
        sandbox.open(sandbox.directory)
    assert caught.value.hint == "run contract-gate inside a git repository"


def test_no_git_is_an_error(sandbox, monkeypatch, tmp_path):
    """Without git on the PATH the error names git; without the directory it does not."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitError, match="no git on the PATH"):
        Repository.open(tmp_path, {"PATH": str(tmp_path)})


def test_a_missing_directory_is_an_error(sandbox, tmp_path):
    """A directory that is not there is told as such."""
    with pytest.raises(GitError, match=r"No such file or directory.*nowhere"):
        sandbox.open(tmp_path / "nowhere")


def test_an_unknown_ref_is_an_error(sandbox):
    """A ref that git does not know is named in the error."""
    work = sandbox.make(files={"a.sql": "1"})
    with sandbox.open(work) as repository, pytest.raises(GitError, match="'no-such'"):
        repository.resolve("no-such")


@pytest.mark.parametrize("ref", ["-h", "--output=/tmp/x", "", "a\nb", "a\0b", "main..side", "main...side"])
def test_a_ref_that_is_none_is_refused(sandbox, ref):
    """Options, control characters and ranges never reach git."""
    work = sandbox.make(files={"a.sql": "1"})
    with sandbox.open(work) as repository, pytest.raises(UsageError):
        repository.resolve(ref)


def test_a_tree_or_a_blob_is_no_commit(sandbox):
    """A name of something that is no commit is refused, and so is an error of git while it compares."""
    work = sandbox.make(files={"a.sql": "1"})
    with sandbox.open(work) as repository:
        with pytest.raises(GitError):
            repository.resolve("HEAD:a.sql")
        with pytest.raises(GitError, match="not listed"):
            repository.changed_files(
                repository.resolve("HEAD"), type(repository.resolve("HEAD"))(kind="commit", sha="1" * 40)
            )


def test_an_empty_repository_opens(sandbox):
    """Before the first commit there is an index and an empty tree to compare it with."""
    work = sandbox.make()
    sandbox.write(work, {"a.sql": "1"})
    sandbox.git(work, "add", "a.sql")
    with sandbox.open(work) as repository:
        assert changes(repository, repository.empty_tree(), INDEX) == {"a.sql": (FileStatus.ADDED, None)}
        with pytest.raises(GitError):
            repository.resolve("HEAD")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_repository_of_another_owner_is_read(sandbox):
    """A container's root reads a workspace that belongs to the runner's user, and no configuration is written."""
    work = sandbox.make(files={"a.sql": "1", "dir/b.sql": "2"})
    for path in (work, *work.rglob("*")):
        os.chown(path, 1001, 1001)
    refused = subprocess.run(
        ["git", "status"], cwd=work, env=sandbox.environment, capture_output=True, check=False, text=True
    )
    assert "dubious ownership" in refused.stderr
    for start in (work, work / "dir"):
        with sandbox.open(start) as repository:
            assert set(repository.files(repository.resolve("HEAD"))) == {"a.sql", "dir/b.sql"}
    assert list(sandbox.home.iterdir()) == []


def test_what_a_hostile_repository_names_is_not_run(sandbox):
    """Hooks, filters, textconv, external diff, fsmonitor, pager and aliases of the repository never run."""
    trap = sandbox.directory / "trap.sh"
    sprung = sandbox.directory / "sprung"
    trap.write_text(f"#!/bin/sh\necho sprung >> {sprung}\ncat\n")
    trap.chmod(0o755)
    work = sandbox.make(
        files={"a.sql": "one\n", ".gitattributes": "*.sql diff=evil filter=evil\n", "old.sql": LONG}
    )
    sandbox.commit(work, {"a.sql": "two\n", "old.sql": None, "new.sql": LONG + "--\n"})
    for key in (
        "core.fsmonitor",
        "core.pager",
        "core.sshCommand",
        "core.askPass",
        "diff.external",
        "diff.evil.textconv",
        "diff.evil.command",
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "alias.diff-tree",
        "pager.diff",
        "uploadpack.packObjectsHook",
    ):
        sandbox.git(work, "config", key, str(trap))
    sandbox.git(work, "config", "filter.evil.required", "true")
    sandbox.git(work, "config", "core.hooksPath", str(sandbox.directory / "hooks"))
    (sandbox.directory / "hooks").mkdir()
    for hook in ("post-index-change", "reference-transaction", "post-checkout"):
        (sandbox.directory / "hooks" / hook).symlink_to(trap)
    sandbox.write(work, {"a.sql": "three\n"})
    before = (work / ".git/index").read_bytes()
    with sandbox.open(work) as repository:
        base, head = repository.resolve("HEAD^"), repository.resolve("HEAD")
        for side in (head, INDEX, WORKING_TREE):
            for changed in repository.changed_files(base, side):
                repository.changed_lines(base, side, changed)
            repository.read(side, repository.files(side))
        assert repository.read(WORKING_TREE, ["a.sql"])["a.sql"] == b"three\n"
        assert repository.has_uncommitted_changes()
    assert not sprung.exists()
    assert (work / ".git/index").read_bytes() == before
    subprocess.run(["git", "status"], cwd=work, env=sandbox.environment, capture_output=True, check=False)
    assert sprung.exists(), "the trap does not work, so the test shows nothing"


def test_a_signature_is_not_looked_at(sandbox):
    """The program that the repository names for signatures does not run on a commit that has one."""
    sprung, trap = sandbox.directory / "sprung", sandbox.directory / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {sprung}\n")
    trap.chmod(0o755)
    work = sandbox.make(files={"a.sql": "1"})
    plain = sandbox.git(work, "cat-file", "commit", sandbox.commit(work, {"a.sql": "2"}))
    headers, _, message = plain.partition("\n\n")
    signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n iQ==\n =x\n -----END PGP SIGNATURE-----"
    (sandbox.directory / "signed").write_text(f"{headers}\n{signature}\n\n{message}\n")
    sha = sandbox.git(work, "hash-object", "-t", "commit", "-w", str(sandbox.directory / "signed"))
    sandbox.git(work, "update-ref", "refs/heads/main", sha)
    sandbox.git(work, "config", "log.showSignature", "true")
    sandbox.git(work, "config", "gpg.program", str(trap))
    with sandbox.open(work) as repository:
        assert [each.subject for each in merged_commits(repository, "main", 1)] == ["work"]
        base, head = repository.resolve("main^"), repository.resolve("main")
        revisions = Revisions(base=base, head=head, how="")
        assert repository.may_have_written("a.sql", revisions)
        assert not repository.may_have_written("b.sql", revisions)
    assert not sprung.exists()
    sandbox.git(work, "log")
    assert sprung.exists(), "the trap does not work, so the test shows nothing"


def test_a_secret_does_not_reach_git(sandbox):
    """The environment of git holds neither the catalog's key nor the token."""
    work = sandbox.make(files={"a.sql": "1"})
    with sandbox.open(work, SECODA_API_KEY="sesame", GITHUB_TOKEN="sesame") as repository:
        alias = ["-c", "alias.show-environment=!env", "show-environment"]
        said = repository.git.run(*alias).decode()
        assert "GIT_OPTIONAL_LOCKS=0" in said
        assert "sesame" not in said


def test_the_callers_git_settings_are_kept_and_ours_win(sandbox):
    """GIT_CONFIG_COUNT of the caller stays, and can't bring fsmonitor back."""
    work = sandbox.make(files={"a.sql": "1"})
    given = {
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": "user.name",
        "GIT_CONFIG_VALUE_0": "Grace",
        "GIT_CONFIG_KEY_1": "core.fsmonitor",
        "GIT_CONFIG_VALUE_1": "true",
    }
    with sandbox.open(work, **given) as repository:
        assert repository.git.line("config", "user.name") == "Grace"
        assert repository.git.line("config", "core.fsmonitor") == "false"


def test_replaced_objects_are_not_believed(sandbox):
    """refs/replace can't make the gate see another commit than the one that is merged."""
    work = sandbox.make(files={"a.sql": "good\n"})
    good = sandbox.git(work, "rev-parse", "HEAD")
    evil = sandbox.commit(work, {"a.sql": "evil\n"})
    sandbox.git(work, "replace", evil, good)
    with sandbox.open(work) as repository:
        assert repository.read(repository.resolve(evil), ["a.sql"])["a.sql"] == b"evil\n"


def test_a_linked_worktree_is_a_repository(sandbox):
    """`git worktree add` makes a directory with a .git file; it opens with its own HEAD and index."""
    work = sandbox.make(files={"a.sql": "1"})
    sandbox.git(work, "worktree", "add", "-q", "-b", "side", str(sandbox.directory / "side"))
    sandbox.commit(sandbox.directory / "side", {"a.sql": "2"})
    with sandbox.open(sandbox.directory / "side") as repository:
        assert repository.read(repository.resolve("HEAD"), ["a.sql"])["a.sql"] == b"2"
        assert repository.root == sandbox.directory / "side"


def test_a_bare_repository_is_read(sandbox):
    """A repository without a work tree has commits to compare."""
    origin = sandbox.make(files={"a.sql": "1"})
    bare = sandbox.clone(origin, "bare.git", "--bare")
    with sandbox.open(bare) as repository:
        assert repository.read(repository.resolve("main"), ["a.sql"])["a.sql"] == b"1"
        assert not repository.has_uncommitted_changes()


def test_a_sha256_repository_is_read(sandbox):
    """Ids of 64 digits are as good."""
    work = sandbox.directory / "sha256"
    work.mkdir()
    sandbox.git(work, "init", "-q", "-b", "main", "--object-format=sha256")
    sandbox.commit(work, {"a.sql": "1"})
    with sandbox.open(work) as repository:
        head = repository.resolve("HEAD")
        assert len(head.sha) == 64
        assert changes(repository, repository.empty_tree(), head) == {"a.sql": (FileStatus.ADDED, None)}
        assert repository.read(head, ["a.sql"])["a.sql"] == b"1"


def test_close_ends_the_processes_and_reading_starts_new_ones(sandbox):
    """After `close` nothing runs, and a later read works again."""
    work = sandbox.make(files={"a.sql": "1"})
    repository = sandbox.open(work)
    head = repository.resolve("HEAD")
    repository.read(head, ["a.sql"])
    repository.close()
    assert repository.read(head, ["a.sql"])["a.sql"] == b"1"
    repository.close()
