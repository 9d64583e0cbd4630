"""The bytes of a reply, bounded before and after decompression: a small reply may be one of gigabytes."""

import zlib

import httpx

from contract_gate.catalogs.secoda.errors import UnexpectedReply

ENCODINGS = "gzip"
"""The one encoding that is asked for. It is undone here, because httpx inflates each chunk whole, whatever its size."""
_OTHERS = ("br", "zstd", "deflate", "compress")

_STEP = 1 << 16
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32


class Body:
    """Collects a reply's chunks. Raises UnexpectedReply past `limit` bytes and for an encoding not asked for."""

    def __init__(self, encoding: str, limit: int) -> None:
        self._limit = limit
        self._read = bytearray()
        self._inflate = None
        match encoding.strip().lower():
            case "" | "identity":
                return
            case "gzip" | "x-gzip":
                self._inflate = zlib.decompressobj(_GZIP_OR_ZLIB)
            case other:
                # Any other word is the server's own: it may be the key.
                named = repr(other) if other in _OTHERS else "something unknown"
                raise UnexpectedReply(f"Secoda sent a reply encoded as {named}, which was not asked for")

    def take(self, chunk: bytes) -> None:
        """Add a chunk as it came. Raises httpx.DecodingError for what is not of the encoding."""
        while chunk:
            chunk = self._add(chunk)

    def whole(self) -> bytes:
        # What is still inside is less than a step: every chunk was taken to its end.
        rest = b"" if self._inflate is None else self._inflate.flush()
        return bytes(self._read + rest)

    def _add(self, chunk: bytes) -> bytes:
        """Add what a chunk begins with, and give the rest of it."""
        rest = b""
        if self._inflate is not None:
            if self._inflate.eof:  # gzip may consist of several members, one behind the other
                self._inflate = zlib.decompressobj(_GZIP_OR_ZLIB)
            try:
                part = self._inflate.decompress(chunk, _STEP)
            except zlib.error as error:
                raise httpx.DecodingError(f"the reply is no gzip: {error}") from error
            chunk, rest = part, self._inflate.unconsumed_tail or self._inflate.unused_data
        self._read += chunk
        if len(self._read) > self._limit:
            raise UnexpectedReply(f"Secoda sent a reply of more than {self._limit:,} bytes")
        return rest
