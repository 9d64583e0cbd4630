"""Paths that a person types in a folder of the repository, as git calls them."""

import os
from pathlib import Path


def places(top: Path, path: str) -> tuple[str, ...]:
    """Give what a path may mean, likeliest first: counted from this folder, then from the top (`*` is all of it).

    It need not be on disk: a model may be gone. Nothing where it leads out of the repository.
    """
    top, here = top.resolve(), Path.cwd().resolve()
    named = Path(path)
    meant = (named.parent.resolve() / named.name,) if named.is_absolute() else (here / named, top / named)
    inner = (os.path.relpath(os.path.normpath(each), top).replace(os.sep, "/") for each in meant)
    return tuple(dict.fromkeys("*" if one == "." else one for one in inner if one.partition("/")[0] != ".."))
