"""The wheel: the same bytes wherever it is built, with every file of the package in it."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
NEEDED = ("contract_gate", "pyproject.toml", "README.md", "LICENSE")


def package_files(root: Path) -> set[str]:
    return {
        path.relative_to(root).as_posix()
        for path in (root / "contract_gate").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def built(source: Path, into: Path, **environment: str) -> Path:
    """Build the wheel of a copy of the sources."""
    for name in NEEDED:
        kept = ROOT / name
        if kept.is_dir():
            shutil.copytree(kept, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            (source / name).write_bytes(kept.read_bytes())
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(into)]
    subprocess.run(command, cwd=source, env={**os.environ, **environment}, check=True, capture_output=True)
    (wheel,) = into.glob("*.whl")
    return wheel


def test_the_wheel_is_reproducible_and_whole(tmp_path: Path) -> None:
    """Two builds, on another day, in another zone and with other rights, give the same bytes, and nothing is left out."""
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    one = built(first, tmp_path / "one")
    os.utime(second, (0, 0))
    mask = os.umask(0o077)
    try:
        other = built(second, tmp_path / "other", TZ="Asia/Tokyo", LC_ALL="C")
    finally:
        os.umask(mask)
    assert one.read_bytes() == other.read_bytes()
    with zipfile.ZipFile(one) as wheel:
        assert package_files(ROOT) <= set(wheel.namelist())
