"""Trino's URL functions (trino.io/docs/current/functions/url.html): the parts of URLs as java.net.URI tells them."""

from __future__ import annotations

import re
import urllib.parse

from generator.sandbox.athena.functions.scalars import invalid, plain
from generator.sandbox.section import Section

# RFC 3986, appendix B; and the characters that java.net.URI takes besides (RFC 2396 with "other" ones).
_URL = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.\-]*):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL)
_ILLEGAL = re.compile(r"[\x00-\x20\x7f\"<>\\^`{|}]|%(?![0-9A-Fa-f]{2})")
_HOST = re.compile(r"(?:[^@]*@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.\-]*)(?::(\d*))?")
_SAFE = "*-._"


def _parts(url: str) -> tuple[str | None, ...] | None:
    """Scheme, authority, path, query and fragment; None for what is no URI."""
    found = _URL.fullmatch(url)
    return None if found is None or _ILLEGAL.search(url) else found.groups()


def _decoded(text: str | None) -> str | None:
    return None if text is None else urllib.parse.unquote(text)


def _protocol(url: str) -> str | None:
    parts = _parts(url)
    return None if parts is None else parts[0]


def _authority(url: str) -> re.Match[str] | None:
    parts = _parts(url)
    return _HOST.fullmatch(parts[1]) if parts is not None and parts[1] else None


def _host(url: str) -> str | None:
    found = _authority(url)
    return None if found is None else found[1] or None


def _port(url: str) -> int | None:
    found = _authority(url)
    return int(found[2]) if found is not None and found[2] else None


def _path(url: str) -> str | None:
    parts = _parts(url)
    return None if parts is None else _decoded(parts[2])


def _query(url: str) -> str | None:
    parts = _parts(url)
    return None if parts is None else _decoded(parts[3])


def _fragment(url: str) -> str | None:
    parts = _parts(url)
    return None if parts is None else _decoded(parts[4])


def _parameter(url: str, name: str) -> str | None:
    parts = _parts(url)
    if parts is None or parts[3] is None:
        return None
    for pair in parts[3].split("&"):
        key, _, value = pair.partition("=")
        if urllib.parse.unquote_plus(key) == name:
            return urllib.parse.unquote_plus(value)
    return None


def _encode(text: str) -> str:
    return urllib.parse.quote(text, safe=_SAFE + " ").replace("~", "%7E").replace(" ", "+")


def _decode(text: str) -> str:
    if re.search(r"%(?![0-9A-Fa-f]{2})", text):
        raise invalid(f"URLDecoder: Illegal hex characters in escape (%) pattern: {text}")
    return urllib.parse.unquote_plus(text)


SECTION = Section(
    python={
        "url_extract_fragment": plain(_fragment, "VARCHAR", "VARCHAR"),
        "url_extract_host": plain(_host, "VARCHAR", "VARCHAR"),
        "url_extract_parameter": plain(_parameter, "VARCHAR VARCHAR", "VARCHAR"),
        "url_extract_path": plain(_path, "VARCHAR", "VARCHAR"),
        "url_extract_port": plain(_port, "VARCHAR", "BIGINT"),
        "url_extract_protocol": plain(_protocol, "VARCHAR", "VARCHAR"),
        "url_extract_query": plain(_query, "VARCHAR", "VARCHAR"),
        "url_encode": plain(_encode, "VARCHAR", "VARCHAR"),
        "url_decode": plain(_decode, "VARCHAR", "VARCHAR"),
    },
)
