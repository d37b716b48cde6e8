"""Paths with their obvious values taken out: numbers, UUIDs, hashes, dates, e-mails and prefixed ids become kinds."""

import re
from functools import lru_cache

import polars as pl

KINDS: tuple[tuple[str, str], ...] = (
    ("uuid", r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"),
    ("int", r"-?[0-9]+"),
    ("date", r"[12][0-9]{3}-[01][0-9]-[0-3][0-9](?:T[0-9:.%A-Za-z+-]*)?"),
    ("hash", r"[0-9a-f]{16,128}|[0-9A-F]{16,128}"),
    ("ulid", r"[0-9A-HJKMNP-TV-Z]{26}"),
    ("email", r"[^/@]+(?:@|%40)[^/@]+\.[A-Za-z]{2,}"),
    # A known prefix and a part that no person would say: file-8sJk2…, chatcmpl-123abc, cus_NffrFeUfNV2Hib.
    ("id", r"[A-Za-z]{1,16}[-_][0-9A-Za-z]*[0-9][0-9A-Za-z]{5,}[0-9A-Za-z_-]{0,64}"),
    # Letters and digits mixed, long enough that it is no name: base64, object ids, tokens.
    ("token", r"[A-Za-z_]*[0-9][A-Za-z_]*[0-9][0-9A-Za-z_]{10,}={0,2}"),
)
"""(kind, pattern of a whole segment), the surest first. Kinds stand as ``{int}`` in a shape."""
KIND_NAMES = frozenset(kind for kind, _pattern in KINDS) | {"slug"}
LONGEST, DEEPEST = 1_000, 40
"""Characters and segments of a path that are looked at; what is longer is cut, so that every template can be kept."""
_DEEP = rf"^((?:/?[^/]+){{0,{DEEPEST}}})"
_SCALAR = [(kind, re.compile(pattern)) for kind, pattern in KINDS]


@lru_cache(maxsize=65_536)
def kind_of(segment: str) -> str:
    """The kind of a segment that can only be a value; "" for a word."""
    if segment.startswith("{"):
        return segment[1:-1] if segment[1:-1] in KIND_NAMES else ""
    return next((kind for kind, pattern in _SCALAR if pattern.fullmatch(segment)), "")


def shape_of(path: str) -> str:
    """``/v1/files/file-8sJk21hX9Tq`` → ``/v1/files/{id}``; always begins with a slash, never ends with one."""
    parts = [part for part in path[:LONGEST].split("/") if part][:DEEPEST]
    return "/" + "/".join(f"{{{kind}}}" if (kind := kind_of(part)) else part for part in parts)


def shapes(paths: pl.Series) -> pl.Series:
    """The same on a column of paths, without a loop."""
    once = paths.str.slice(0, LONGEST)
    if once.str.contains("//", literal=True).any():
        once = once.str.replace_all("/+", "/")
    deep = once.str.count_matches("/", literal=True) > DEEPEST
    if deep.any():
        once = once.str.extract(_DEEP, 1).zip_with(deep, once)
    # Each segment gets slashes of its own, so that two neighbours can both be replaced.
    found = pl.lit(once + "/").str.replace_all("/", "//", literal=True)
    for kind, pattern in KINDS:
        found = found.str.replace_all(f"/(?:{pattern})/", f"/{{{kind}}}/")
    found = found.str.replace_all("//", "/", literal=True).str.strip_chars("/")
    return pl.select(pl.concat_str(pl.lit("/"), found).alias(paths.name)).to_series()
