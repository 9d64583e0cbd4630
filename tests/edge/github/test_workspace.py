"""Files that go into a workspace which a pull request wrote."""

import os

import pytest

from contract_gate.core.errors import UsageError
from contract_gate.edge.github.workspace import placed


@pytest.fixture
def report(tmp_path):
    file = tmp_path / "private.json"
    file.write_text("{}")
    return file


@pytest.fixture
def workspace(tmp_path):
    made = tmp_path / "workspace"
    made.mkdir()
    return made


def test_a_file_is_placed_for_the_workspaces_owner(report, workspace):
    """It is readable, belongs to the owner of the workspace, and folders are made."""
    if os.geteuid() == 0:
        os.chown(workspace, 1001, 1001)
    assert placed(report, workspace, "out/report.json") == "out/report.json"
    target = workspace / "out/report.json"
    assert target.read_text() == "{}"
    assert target.stat().st_mode & 0o777 == 0o644
    assert target.stat().st_uid == workspace.stat().st_uid
    assert target.parent.stat().st_uid == workspace.stat().st_uid


def test_a_planted_link_is_replaced_and_not_followed(report, workspace, tmp_path):
    """A link at the report's name does not lead to another file being overwritten."""
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (workspace / "report.json").symlink_to(victim)
    placed(report, workspace, "report.json")
    assert victim.read_text() == "precious"
    assert (workspace / "report.json").read_text() == "{}"
    assert not (workspace / "report.json").is_symlink()


@pytest.mark.parametrize("name", ["../x", "/etc/x", "linked/x", "linked/deep/x", "..", "a/../../x", ""])
def test_a_name_that_leads_out_is_refused(report, workspace, tmp_path, name):
    """Neither dots, nor an absolute path, nor a linked folder leaves the workspace."""
    (tmp_path / "outside").mkdir()
    (workspace / "linked").symlink_to(tmp_path / "outside")
    with pytest.raises(UsageError, match="out of the workspace"):
        placed(report, workspace, name)
    assert list((tmp_path / "outside").iterdir()) == []
