"""Where Secoda is and how much may be asked of it. Reads no environment: the caller hands it in."""

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from contract_gate.catalogs.secoda.key import ApiKey
from contract_gate.core.errors import UsageError
from contract_gate.core.values import dataclass, field

KEY_VARIABLE = "SECODA_API_KEY"
URL_VARIABLE = "SECODA_API_URL"
REGIONS: Mapping[str, str] = {
    "us": "https://api.secoda.co",
    "eu": "https://eapi.secoda.co",
    "apac": "https://aapi.secoda.co",
}
"""https://docs.secoda.co/secoda-api: one host a region; a self-hosted workspace has its own."""

_URL_HINT = f"set {URL_VARIABLE} to us, eu, apac or the https URL of your workspace"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on what is asked. Times are in seconds, sizes in bytes; what a bound cuts is always said.

    `deadline` is for all calls of one answer together. `writes_per_minute` stays under Secoda's documented 30.
    `previews` bounds how many changed relations are previewed in one answer. `reply_bytes` counts what is decompressed. `request_bytes` bounds the path and query of a preview: servers cut request lines between 4 and 16 KB.
    """

    deadline: float = 60.0
    request_timeout: float = 30.0
    attempts: int = 4
    concurrency: int = 8
    pages: int = 200
    reply_bytes: int = 16_000_000
    writes_per_minute: int = 25
    batch: int = 40
    hops: int = 10
    assets: int = 2_000
    request_bytes: int = 4_000
    previews: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SecodaSettings:
    """One Secoda workspace. `url` ends in `/api/v1`; `integration` pins names to one source's id.

    `dialects` overrides the names that `dialects.to_secoda` sends, sqlglot's name → Secoda's.
    """

    url: str
    key: ApiKey
    integration: str | None = None
    dialects: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = Limits()


def settings_from(
    environ: Mapping[str, str],
    *,
    url: str | None = None,
    integration: str | None = None,
    dialects: Mapping[str, str] | None = None,
    limits: Limits | None = None,
) -> SecodaSettings | None:
    """Read key and URL from the environment; None without a key. `url` is the configuration's, used when unset.

    Raises UsageError for a key or a URL that can't be meant.
    """
    pasted = environ.get(KEY_VARIABLE, "")
    if not pasted.strip():
        return None
    return SecodaSettings(
        url=base_url(environ.get(URL_VARIABLE, "").strip() or url or "us"),
        key=ApiKey(pasted),
        integration=integration,
        dialects=dict(dialects or {}),
        limits=limits or Limits(),
    )


def base_url(given: str) -> str:
    """Give the API's root, ending in `/api/v1`, for a region's name or a URL.

    Plain http is for loopback alone, where the emulator listens: anywhere else the key would be readable.
    Raises UsageError; the text is not repeated where it holds credentials.
    """
    text = given.strip().strip("\"'").rstrip("/")
    text = REGIONS.get(text.lower(), text)
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise UsageError("the Secoda URL can't be understood", _URL_HINT) from None
    if parts.username is not None or parts.password is not None:
        raise UsageError("the Secoda URL holds a user or a password", _URL_HINT)
    if not host or parts.scheme not in ("https", "http") or parts.query or parts.fragment:
        raise UsageError(f"the Secoda URL can't be understood: {text[:80]!r}", _URL_HINT)
    if parts.scheme == "http" and not is_loopback(host):
        raise UsageError(f"the Secoda URL sends the key in the clear: {text[:80]!r}", "use https")
    name = f"[{host}]" if ":" in host else host
    authority = name if port is None else f"{name}:{port}"
    return f"{parts.scheme}://{authority}{_with_version(parts.path.rstrip('/'))}"


def is_loopback(host: str) -> bool:
    """Tell whether the host is this machine by its name or number; nothing is resolved."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _with_version(path: str) -> str:
    if path.endswith("/api/v1"):
        return path
    return f"{path}/v1" if path.endswith("/api") else f"{path}/api/v1"
