"""What files cost whose quotes and brackets end nowhere: `python bench/reader_growth.py [--characters N] [KIND…]`.

Each kind reads a file that is one sign or line again and again, at a size and at four times that, within the time that a file has. A line for each
that takes over a second: CPU seconds at both sizes and the power of the growth (2 is a square). Exits 1 where a file is not cut when its time is over.
"""

import argparse
import math
import sys
import time

from contract_gate.core.deadline import OutOfTimeError, apart
from contract_gate.sql.stack import deep_stack
from contract_gate.workspace.readers.kinds import KINDS
from contract_gate.workspace.readers.project import READER_SECONDS
from contract_gate.workspace.readers.values import ReaderKind, UnreadableReaderError
from tests.memory import MemoryFiles

PATHS = (
    "a.py", "a.ipynb", "a.R", "pages/a.md", "a.sh", "a.yml", "a.json", "a.properties", "a.hql", "a.sql.j2", "a.view.lkml", "schema/a.js", "a.twb",
    "a.tmdl", "a.ts", "a.java", "a.go", "a.rb", "a.php", "a.cs", "a.ps1", "a.rs", "a.scala", "a.tf", "a.odcs.yaml", "dashboards/a.json",
)  # fmt: skip
PIECES = (
    "'", '"', '\\"', '"""', "'''", "`", "`${", "${", "$(", "{{", "{%", "{#", "(", "[", "/* ", "<# ", 'r#"', '@"\n', "<<~A\n", "<<'X'\n", '"select ',
    "from ${", "to a ", "echo a; ", "} ", "a + ", "'x' + ", 'b += "x";', "let a = ", "def f(a=1):\n return a\nf(f)\n", "- a\n", "a: ", "\\copy ",
)  # fmt: skip
BEFORE = 'x = """select a from t\n'


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kinds", nargs="*", metavar="KIND")
    parser.add_argument("--characters", type=int, default=15_000)
    options = parser.parse_args()
    late = cut = tried = 0
    for path in PATHS:
        for kind in KINDS:
            if kind.claims(path) and kind.name in (options.kinds or [kind.name]):
                for piece in PIECES:
                    less, more = (_cost(kind, path, piece, options.characters * times) for times in (1, 4))
                    tried += 1
                    cut += more >= READER_SECONDS * 0.9
                    late += more > READER_SECONDS + 2
                    if more > 1:
                        power = math.log(more / max(less, 0.001)) / math.log(4)
                        print(
                            f"{kind.name} {path} {piece!r}: {less:.2f}, {more:.2f} s, {power:.1f}", flush=True
                        )
    print(
        f"{tried} texts of {4 * options.characters:,} characters, {cut} are cut after {READER_SECONDS} s, {late} go on"
    )
    return 1 if late else 0


def _cost(kind: ReaderKind, path: str, piece: str, characters: int) -> float:
    marks = " ".join(mark.decode() for mark in kind.marks[:1])
    text = f"{marks}\n{BEFORE}{piece * (characters // len(piece))}"
    began = time.process_time()
    try:
        with apart(READER_SECONDS, "late"):
            kind.read(path, text, MemoryFiles({path: text}))
    except (UnreadableReaderError, OutOfTimeError):
        pass
    return time.process_time() - began


if __name__ == "__main__":
    sys.exit(deep_stack(main))
