"""What of one call a caller could have filled in: path, query, headers and body, as named values."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus, urlsplit

MOST = 400  # values of one call
BODY = 65_536  # characters of one body
DEEP = 24  # levels of nested JSON
PARTS = re.compile(r"\r?\n--[^\r\n]{1,80}")
FILE_NAME = re.compile(r"filename\*?\s?=\s?\"?([^\"\r\n]{1,200})", re.IGNORECASE)
MARKUP = re.compile(
    r"<[\w.:-]{1,80}((?:\s+[\w.:-]{1,80}=(?:\"[^\"]*\"|'[^']*'))*)\s*/?>|</[\w.:-]{1,80}>|<\?xml[^?]{0,200}\?>"
)
ATTRIBUTE = re.compile(r"=(?:\"([^\"]*)\"|'([^']*)')")
# Headers whose values are chosen by the client's program, not by who calls.
PLAIN_HEADERS = {
    "accept", "accept-encoding", "accept-language", "accept-charset", "connection", "content-length", "content-type",
    "host", "cache-control", "keep-alive", "proxy-connection", "pragma", "authorization", "te", "upgrade", "date",
    "content-transfer-encoding", "transfer-encoding", "origin", "range", "request-range", "x-real-ip", "dnt",
}  # fmt: skip
FILE_HEADERS = {"x-filename", "x_filename", "x.filename", "x-file-name", "x-file.name"}


@dataclass(frozen=True, slots=True)
class Value:
    """One value: where it stood (path, query, key, cookie, referer, agent, header, file, body) and its raw text."""

    where: str
    name: str
    text: str


def _pairs(text: str, where: str) -> Iterator[Value]:
    for part in text.split("&"):
        name, equals, value = part.partition("=")
        if name:
            yield Value("key", "", unquote_plus(name))
        if equals and value:
            yield Value(where, unquote_plus(name), value.replace("+", " "))


def _leaves(document: object, name: str = "", depth: int = 0) -> Iterator[Value]:
    if depth > DEEP:
        return
    if isinstance(document, Mapping):
        for key, value in document.items():
            yield Value("key", "", str(key))
            yield from _leaves(value, str(key), depth + 1)
    elif isinstance(document, list):
        for value in document:
            yield from _leaves(value, name, depth + 1)
    elif isinstance(document, str) and document:
        yield Value("body", name, document)


def _markup(text: str) -> Iterator[Value]:
    """Texts and attribute values of XML; element and attribute names are the description's, not the caller's."""
    if "<!" in text[:2000]:
        yield Value("body", "", text)
        return
    for found in MARKUP.finditer(text):
        for double, single in ATTRIBUTE.findall(found.group(1) or ""):
            if double or single:
                yield Value("body", "", double or single)
    for inner in MARKUP.sub("\x1f", text).split("\x1f"):
        if inner.strip():
            yield Value("body", "", inner.strip())


def _parts(text: str) -> Iterator[Value]:
    for part in PARTS.split("\n" + text):
        head, _, inner = part.replace("\r\n", "\n").lstrip("\n").partition("\n\n")
        for name in FILE_NAME.findall(head):
            yield Value("file", "", name)
        if inner.strip():
            yield Value("body", "", inner.strip())


def body_values(text: str) -> Iterator[Value]:
    """Values of a body, whose shape is read from the body itself: JSON, XML, parts, form, or one text."""
    text = text[:BODY]
    start = text.lstrip()[:1]
    if start in "{[" and start:
        try:
            yield from _leaves(json.loads(text))
            return
        except (ValueError, RecursionError):
            pass
    if text.lstrip()[:5] == "<?xml":
        yield from _markup(text)
    elif text.startswith("--") and "ontent-" in text[:500] and "isposition" in text[:500]:
        yield from _parts(text)
    elif re.match(r"[^\s=&]{1,80}=", text):
        yield from _pairs(text.rstrip("\n"), "body")
    elif text.strip():
        yield Value("body", "", text)


def _address_values(address: str, where: str = "query") -> Iterator[Value]:
    path, _, query = address.partition("?")
    if path not in ("", "/"):
        yield Value("path", "", path)
    yield from _pairs(query, where)


def _header_values(name: str, value: str) -> Iterator[Value]:
    lower = name.lower()
    if lower in PLAIN_HEADERS or not value:
        return
    if lower == "cookie":
        for part in value.split(";"):
            key, equals, inner = part.strip().partition("=")
            yield Value("key", "", key)
            if equals:
                yield Value("cookie", key, inner)
    elif lower == "referer":
        try:
            split = urlsplit(value)
        except ValueError:
            split = None
        if split is not None and split.scheme in ("http", "https"):
            yield from _address_values(f"{split.path}?{split.query}", "referer")
        else:
            yield Value("referer", "", value)
    elif lower == "user-agent":
        yield Value("agent", "", value)
    else:
        yield Value("file" if lower in FILE_HEADERS else "header", name, value)


def of_call(uri: str, headers: Mapping[str, str] | None = None, body: str = "") -> list[Value]:
    """Every value of one call, at most MOST."""
    found: list[Value] = []

    def take(values: Iterator[Value]) -> None:
        for value in values:
            if len(found) < MOST:
                found.append(value)

    take(_address_values(uri))
    for name, value in (headers or {}).items():
        take(_header_values(name, str(value)))
    if body:
        take(body_values(body))
    return found
