"""Draw docs/demo.svg: the terminal of a real run of the demo; `--check` tells whether it is current."""

import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path

TARGET = Path(__file__).parents[1] / "docs" / "demo.svg"
COLUMNS = 104
CELL, LINE, MARGIN, BAR = 8.43, 19, 20, 36
COLOURS = {
    "1;31": "#ff7b72",
    "1;33": "#e3b341",
    "1;36": "#79c0ff",
    "1;32": "#7ee787",
    "2": "#8b949e",
    "1": "#f0f6fc",
}
PLAIN = "#c9d1d9"
_PIECE = re.compile(r"\x1b\[([\d;]*)m")


def main() -> int:
    """Write the picture, or compare it; exit 1 where `--check` finds it stale."""
    drawn = draw(gate_lines(demo_output()))
    if "--check" in sys.argv[1:]:
        return int(not TARGET.exists() or TARGET.read_text(encoding="utf-8") != drawn)
    TARGET.write_text(drawn, encoding="utf-8", newline="\n")
    return 0


def demo_output() -> str:
    """Run the demo in a terminal of its own, and give what stands there in the end, colours and all."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(COLUMNS), "LANG": "C.UTF-8", "TERM": "xterm-256color"}
    environment.pop("NO_COLOR", None)
    command = [sys.executable, "-m", "contract_gate", "demo"]
    # How far the run is, on standard error, is no part of the picture.
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=theirs, env=environment) as process:
        os.close(theirs)
        chunks = list(_chunks(ours))
    os.close(ours)
    if process.returncode != 0:
        raise SystemExit("the demo did not show what it should: no picture")
    return b"".join(chunks).decode("utf-8").replace("\r\n", "\n")


def _chunks(terminal: int) -> Iterator[bytes]:
    while True:
        try:
            chunk = os.read(terminal, 65536)
        except OSError:  # Linux says EIO where the other end is closed
            return
        if not chunk:
            return
        yield chunk


def gate_lines(output: str) -> list[str]:
    """Take the gate's own part: from the command to what its verdict rests on."""
    lines = output.split("\n")
    bare = [_PIECE.sub("", line) for line in lines]
    start = next(i for i, line in enumerate(bare) if line.startswith("$ contract-gate check"))
    end = next(i for i, line in enumerate(bare) if line.startswith("What it showed"))
    while not bare[end - 1].strip():
        end -= 1
    return lines[start:end]


def draw(lines: list[str]) -> str:
    """Draw lines with colours as an SVG that needs no font and no script."""
    width, height = round(2 * MARGIN + COLUMNS * CELL), BAR + MARGIN + LINE * len(lines)
    said = escape(" ".join(_PIECE.sub("", line).strip() for line in lines if line.strip())[:300], quote=True)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{said}">',
        f'<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>',
        *(
            f'<circle cx="{20 + 18 * i}" cy="18" r="5.5" fill="{fill}"/>'
            for i, fill in enumerate(("#ff5f56", "#ffbd2e", "#27c93f"))
        ),
        '<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,\'DejaVu Sans Mono\',monospace" font-size="14">',
    ]
    for number, line in enumerate(lines):
        parts.extend(_row(line, BAR + LINE * (number + 1) - 5))
    return "\n".join([*parts, "</g>", "</svg>"]) + "\n"


def _row(line: str, y: int) -> Iterator[str]:
    column, codes = 0, ""
    for index, piece in enumerate(_PIECE.split(line)):
        if index % 2:
            codes = piece
        elif piece:
            # Each piece is held to its columns, whatever font a reader has.
            space = len(piece) - len(piece.lstrip(" "))
            text, place = piece.strip(" "), column + space
            if text:
                weight = ' font-weight="600"' if codes.startswith("1") else ""
                yield (
                    f'<text x="{MARGIN + place * CELL:.1f}" y="{y}" textLength="{len(text) * CELL:.1f}" '
                    f'lengthAdjust="spacingAndGlyphs" xml:space="preserve" fill="{COLOURS.get(codes, PLAIN)}"{weight}>{escape(text)}</text>'
                )
            column += len(piece)


if __name__ == "__main__":
    sys.exit(main())
