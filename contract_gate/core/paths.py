"""What a file's name says of what is in it, in whatever case it is written."""

import posixpath


def ending_of(path: str) -> str:
    """Give a file's last ending, with its point, in lower case."""
    return posixpath.splitext(path)[1].lower()


def is_sql(path: str) -> bool:
    """Tell whether a file is SQL of its own by its name: plain, a tool's model, or one of Dataform's."""
    return ending_of(path) in (".sql", ".sqlx")
