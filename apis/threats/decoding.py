"""Layers that hide what a text says, taken off: URL, HTML, JavaScript and hex escapes, base64, look-alike letters."""

import base64
import binascii
import html
import re
import unicodedata
from urllib.parse import unquote

LIMIT = 8192  # characters of one value that are looked at
DEPTH = 3  # rounds of percent and entity decoding
ESCAPES = re.compile(r"\\u\{?([0-9a-fA-F]{4,6})\}?|\\x([0-9a-fA-F]{2})|%u([0-9a-fA-F]{4})")
BASE64 = re.compile(r"[A-Za-z0-9+/_-]{10,2000}={0,2}")
URL_SAFE = str.maketrans("-_", "+/")
HEX = re.compile(r"(?:[0-9a-fA-F]{2}){10,500}")
COMMENT = re.compile(r"/\*!?\d{0,5}|\*/")
FULL_COMMENT = re.compile(r"/\*[^*]{0,200}\*/")
SHELL_NOISE = re.compile(
    r"''|\"\"|``|\\(?=[a-z/])|\$\(\)|\$[@*!#?-]|\$\{?[a-z_]{1,12}\}?(?=[/a-z+ ])|(?<=[a-z])['\"](?=[a-z])"
)
BREAKS = re.compile(r"[ \t\u00a0\u200b-\u200f\u2060\ufeff]+")
# Letters of other scripts that look Latin.
LOOKALIKES = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u051b\u0261\u0391\u0392\u0395\u0396\u0397"
    "\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u2018\u2019\u201b\u00b4\u02bc\uff07\u201c\u201d",
    "aeopcyxijsdwgABEZHIKMNOPTYX''''''\"\"",
)


def _escape(found: re.Match[str]) -> str:
    number = int(next(part for part in found.groups() if part), 16)
    return chr(number) if number < 0x110000 else ""


def folded(text: str) -> str:
    """Compatibility forms and look-alike letters as plain ones, blanks as one; line ends stay."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        latin = sum(letter.isascii() and letter.isalpha() for letter in text)
        if latin * 2 > len(text) or "\u2018" in text or "\u2019" in text:
            text = text.translate(LOOKALIKES)
    return BREAKS.sub(" ", text)


def unescaped(text: str) -> str:
    """Percent, entity and backslash escapes decoded until nothing changes, at most DEPTH rounds."""
    for _ in range(DEPTH):
        before = text
        if "%" in text:
            text = unquote(text, errors="replace")
        if "&" in text:
            text = html.unescape(text)
        if "\\" in text or "%u" in text:
            text = ESCAPES.sub(_escape, text)
        if text == before:
            break
    return text


def _readable(raw: bytes, share: float = 0.95) -> str:
    """The bytes as text when nearly all of it can be printed, else empty."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return ""
    printed = sum(letter.isprintable() or letter in "\r\n\t" for letter in text)
    return text if text and printed >= share * len(text) else ""


def _from_base64(run: str) -> str:
    """The text in a run that may begin up to three letters late; empty when there is none."""
    for skip in range(4):
        part = run[skip:]
        try:
            plain = _readable(base64.b64decode(part + "=" * (-len(part) % 4)), 1.0 if skip else 0.95)
        except (binascii.Error, ValueError):
            continue
        if plain and (not skip or plain.isascii()):
            return plain
    return ""


def hidden(text: str, most: int = 8) -> list[str]:
    """Texts found inside base64 or hex runs of ``text``; at most ``most``."""
    found: list[str] = []
    for match in BASE64.finditer(text):
        if plain := _from_base64(match.group().rstrip("=").translate(URL_SAFE)):
            found.append(plain)
        if len(found) >= most:
            return found
    for match in HEX.finditer(text):
        if plain := _readable(bytes.fromhex(match.group())):
            found.append(plain)
        if len(found) >= most:
            break
    return found


def layers(text: str) -> tuple[str, ...]:
    """Readings of one value, lower case: as decoded, without comments, without shell noise, and what was hidden."""
    text = folded(unescaped(text[:LIMIT]))
    plain = text.lower()
    readings = [plain]
    if "/*" in plain:
        readings += [COMMENT.sub(" ", plain), FULL_COMMENT.sub("", plain)]
    bare = SHELL_NOISE.sub("", plain)
    if bare != plain:
        readings.append(bare)
    if len(text) >= 10:
        readings += [folded(unescaped(inner)).lower() for inner in hidden(text)]
    return tuple(dict.fromkeys(readings))
