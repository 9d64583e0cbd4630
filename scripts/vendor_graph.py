"""Fetch the graph library of the HTML report from npm into contract_gate/reports/page; `--check` compares what is there."""

import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

VERSION = "3.34.4"
SHA256 = "081591ab735b2b6a3b31a3c60f8f3a3e2fee8c92939e0c7820ad1208571b6cd8"
TARGET = Path(__file__).parents[1] / "contract_gate" / "reports" / "page" / "cytoscape.min.js"
MEMBER = "package/dist/cytoscape.min.js"


def main() -> int:
    """Write the file, whose licence (MIT) stands at its top; exit 1 where it is not the one that is meant."""
    if "--check" in sys.argv[1:]:
        return int(_digest(TARGET.read_bytes()) != SHA256)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", f"cytoscape@{VERSION}"], cwd=folder, check=True)
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(fileobj=io.BytesIO(archive.read_bytes())) as tar:
            member = tar.extractfile(MEMBER)
            content = member.read() if member is not None else b""
    if _digest(content) != SHA256:
        print(
            f"cytoscape {VERSION} was not taken: npm gave another file than the one that is known",
            file=sys.stderr,
        )
        return 1
    TARGET.write_bytes(content)
    return 0


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
