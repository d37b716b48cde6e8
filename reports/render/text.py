"""Making any text printable: a sign that no font knows would make the file invalid, and becomes the replacement."""

import functools
import unicodedata
from typing import Any

from cffi import FFI  # type: ignore[import-untyped]

REPLACEMENT = "\ufffd"
SILENT = {"Cf", "Mn", "Me", "Zl", "Zp"}  # formatting characters and marks have no glyph of their own
FONTCONFIG = """
typedef struct { int nfont; int sfont; void **fonts; } FcFontSet;
void *FcInitLoadConfigAndFonts(void);
FcFontSet *FcConfigGetFonts(void *config, int set);
int FcPatternGetCharSet(void *pattern, const char *object, int n, void **charset);
int FcCharSetHasChar(void *charset, unsigned int character);
"""


def printable(text: str) -> str:
    """The text without control characters, and without signs that no installed font can draw."""
    odd = {sign for sign in set(text) if not (sign.isascii() and sign.isprintable())} - {"\n", "\t"}
    table = {ord(sign): _instead(sign) for sign in odd if not drawable(sign)}
    return text.translate(table) if table else text


def _instead(sign: str) -> str:
    return " " if unicodedata.category(sign) == "Cc" else REPLACEMENT


@functools.cache
def drawable(sign: str) -> bool:
    """Whether some installed font has a glyph for the sign."""
    category = unicodedata.category(sign)
    if category in ("Cc", "Cs", "Cn"):
        return False
    return category in SILENT or any(_fonts().FcCharSetHasChar(known, ord(sign)) for known in _charsets())


@functools.cache
def _fonts() -> Any:
    ffi = _ffi()
    return ffi.dlopen("libfontconfig.so.1")


@functools.cache
def _ffi() -> FFI:
    ffi = FFI()
    ffi.cdef(FONTCONFIG)
    return ffi


@functools.cache
def _charsets() -> list[object]:
    ffi, library, found = _ffi(), _fonts(), []
    fonts = library.FcConfigGetFonts(library.FcInitLoadConfigAndFonts(), 0)
    for index in range(fonts.nfont):
        known = ffi.new("void **")
        if library.FcPatternGetCharSet(fonts.fonts[index], b"charset", 0, known) == 0:
            found.append(known[0])
    return found
