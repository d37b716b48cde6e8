"""Which addresses are worth judging: whole columns are sifted, so that only what could carry something is looked at."""

import re
from functools import lru_cache

import polars as pl

from apis.threats.texts import LOUD, THRESHOLD, judge_value

TAKEN_OUT = re.compile(r"\{\w+\}")
# Percent signs of ordinary letters: space, comma, colon, at, dash; two to four bytes of a letter that is no look-alike.
HARMLESS = r"%(?:20|2[cCdD]|40)|%[c-eC-E][0-9a-fA-F](?:%[89abAB][0-9a-fA-F]){1,2}|%[fF]0(?:%[89abAB][0-9a-fA-F]){3}"
LOUDER = rf"{LOUD.pattern}|errorlevel|\bcase\b|pg_|https?:|=\d+=|time\+|catalog"
ORDINARY = r"^[\w ,:@+=&-]*(?:\.[\w ,:@+=&-]+)*$"
# Base64 of plain letters: the bits that are zero in ASCII show in three of four characters. The same for hex.
ENCODED = (
    r"(?:[A-Za-f][A-HQ-Xg-nw-z0-3][ABEFIJMNQRUVYZcdghklopstwx014589][A-Za-z0-9+/_-]){3}"
    r"|(?:[2-7][0-9a-fA-F]){8}"
)


@lru_cache(maxsize=65_536)
def _odd(shape: str) -> bool:
    """Whether a path of this shape carries something, whatever its values are."""
    return judge_value(TAKEN_OUT.sub("1", shape), "path", cautious=False).score >= THRESHOLD


def odd_shapes(shapes: pl.Series) -> pl.Series:
    """Those of the distinct shapes of paths under which something hides; values taken out are harmless."""
    return shapes.filter(pl.Series([_odd(shape) for shape in shapes], dtype=pl.Boolean))


def encoded(calls: pl.DataFrame) -> pl.Series:
    """Whether a token in the path of a call (``path``, ``template``) could be a text in an encoding."""
    tokens = calls["template"].str.contains("{token}", literal=True)
    if not tokens.any():
        return tokens
    return tokens & calls["path"].str.contains(ENCODED)


def odd_query(query: pl.Expr) -> pl.Expr:
    """Whether a query could carry something."""
    text = query.str.replace_all("%3[aA]", ":").str.replace_all(HARMLESS, " ")
    lower = text.str.to_lowercase()
    return ~text.str.contains(ORDINARY) | lower.str.contains(LOUDER) | text.str.contains(ENCODED)
