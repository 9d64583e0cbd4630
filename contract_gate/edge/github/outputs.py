"""Writes a step's outputs and its summary to the files that the runner names."""

import secrets
from collections.abc import Mapping
from pathlib import Path

# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#adding-a-job-summary
LARGEST_SUMMARY = 1024 * 1024
_CUT = "\n\n> The summary was cut here: GitHub takes 1 MiB a step. The rest is in the JSON report.\n"


def write_outputs(environment: Mapping[str, str], outputs: Mapping[str, str]) -> bool:
    """Append the outputs to GITHUB_OUTPUT; False where the runner named no file.

    The delimiter is random, so that no value can end itself and set another output.
    """
    path = environment.get("GITHUB_OUTPUT")
    if not path:
        return False
    with Path(path).open("a", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        for name, value in outputs.items():
            delimiter = f"end-{secrets.token_hex(16)}"
            file.write(f"{name}<<{delimiter}\n{value}\n{delimiter}\n")
    return True


def append_summary(environment: Mapping[str, str], markdown: str) -> bool:
    """Append to GITHUB_STEP_SUMMARY, cut at its limit with a line that says so; False where there is no such file."""
    path = environment.get("GITHUB_STEP_SUMMARY")
    if not path:
        return False
    file = Path(path)
    used = file.stat().st_size if file.exists() else 0
    with file.open("ab") as out:
        out.write(cut(markdown, LARGEST_SUMMARY - used).encode("utf-8", "backslashreplace"))
    return True


def cut(markdown: str, limit: int) -> str:
    """Shorten a text to `limit` bytes of UTF-8 at the end of a line, and say that it was shortened."""
    raw = markdown.encode("utf-8", "backslashreplace")
    if len(raw) <= limit:
        return markdown
    room = limit - len(_CUT.encode())
    if room <= 0:
        return ""
    kept, _, _ = raw[:room].rpartition(b"\n")
    return kept.decode("utf-8", "ignore") + _CUT
