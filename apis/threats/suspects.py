"""Which addresses are worth judging: whole columns are sifted, so that only what could carry something is looked at."""

import re

import polars as pl

from apis.threats.texts import LOUD, says_nothing

# A value that shapes took out of a path is no text, but for tokens, in which something may be encoded.
TAKEN_OUT = re.compile(r"\{(?!token\})\w+\}")
# Percent signs of ordinary letters: space, comma, colon, at, dash; two to four bytes of a letter that is no look-alike.
HARMLESS = r"%(?:20|2[cCdD]|3[aA]|40)|%[c-eC-E][0-9a-fA-F](?:%[89abAB][0-9a-fA-F]){1,2}|%[fF]0(?:%[89abAB][0-9a-fA-F]){3}"
ORDINARY = r"^[\w ,:@+=&-]*(?:\.[\w ,:@+=&-]+)*$"
# Base64 of plain letters: the bits that are zero in ASCII show in three of four characters. The same for hex.
ENCODED = (
    r"(?:[A-Za-f][A-HQ-Xg-nw-z0-3][ABEFIJMNQRUVYZcdghklopstwx014589][A-Za-z0-9+/_-]){3}"
    r"|(?:[2-7][0-9a-fA-F]){8}"
)


def odd_shapes(shapes: pl.Series) -> pl.Series:
    """Those of the distinct shapes of paths under which something could hide."""
    plain = [TAKEN_OUT.sub("1", shape) for shape in shapes]
    odd = [
        "{token}" in shape or not says_nothing(shape.replace("{token}", "1"), shape.lower(), "path") for shape in plain
    ]
    return shapes.filter(pl.Series(odd, dtype=pl.Boolean))


def odd_query(query: pl.Expr) -> pl.Expr:
    """Whether a query could carry something."""
    text = query.str.replace_all(HARMLESS, "a")
    return ~text.str.contains(ORDINARY) | text.str.to_lowercase().str.contains(LOUD.pattern) | text.str.contains(ENCODED)
