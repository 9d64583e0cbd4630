"""Where Secoda is: regions, URLs, and what is refused because the key would be seen."""

import pytest

from contract_gate.catalogs.secoda.settings import base_url, settings_from
from contract_gate.core.errors import UsageError


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("us", "https://api.secoda.co/api/v1"),
        ("EU", "https://eapi.secoda.co/api/v1"),
        ("apac", "https://aapi.secoda.co/api/v1"),
        ("https://secoda.example.com/", "https://secoda.example.com/api/v1"),
        ("https://secoda.example.com/api/v1/", "https://secoda.example.com/api/v1"),
        ("https://secoda.example.com/api", "https://secoda.example.com/api/v1"),
        ("https://example.com:8443/secoda", "https://example.com:8443/secoda/api/v1"),
        ("http://localhost:8765", "http://localhost:8765/api/v1"),
        ("http://127.0.0.1:8765/", "http://127.0.0.1:8765/api/v1"),
        ("http://[::1]:8765", "http://[::1]:8765/api/v1"),
        ("'https://secoda.example.com'", "https://secoda.example.com/api/v1"),
    ],
)
def test_base_urls(given: str, expected: str) -> None:
    """Regions and URLs become the API's root, with /api/v1 once."""
    assert base_url(given) == expected


@pytest.mark.parametrize(
    "given",
    [
        "http://secoda.example.com",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "https://user:secret@secoda.example.com",
        "https://secoda.example.com/?a=1",
        "https://secoda.example.com/#a",
        "https://secoda.example.com:99999",
        "https://[::1",
        "ftp://secoda.example.com",
        "mars",
        "https://",
    ],
)
def test_refused_urls(given: str) -> None:
    """Plain http beyond loopback, credentials and nonsense are usage errors that repeat no credentials."""
    with pytest.raises(UsageError) as caught:
        base_url(given)
    assert "secret" not in caught.value.message


def test_without_a_key() -> None:
    """No key means no settings, whatever the URL says."""
    assert settings_from({"SECODA_API_URL": "eu", "SECODA_API_KEY": "  "}) is None
    assert settings_from({}) is None


def test_environment_goes_first() -> None:
    """The environment's URL wins over the configuration's, which wins over the US region."""
    key = {"SECODA_API_KEY": "k" * 20}
    both = settings_from({**key, "SECODA_API_URL": "eu"}, url="apac")
    configured, neither = settings_from(key, url="apac"), settings_from(key)
    assert [both and both.url, configured and configured.url, neither and neither.url] == [
        "https://eapi.secoda.co/api/v1",
        "https://aapi.secoda.co/api/v1",
        "https://api.secoda.co/api/v1",
    ]
