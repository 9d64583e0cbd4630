"""A hook of mkdocs: what a page links outside of docs/ is in the repository, where the site links it."""

import re
from typing import Any


def on_page_markdown(markdown: str, config: dict[str, Any], **_: object) -> str:
    """Give the page with its links `../…` to the repository's files."""
    return re.sub(r"\]\(\.\./", f"]({config['repo_url']}/blob/main/", markdown)
