"""Classify a text or a JSON value: which classes of sensitive data it carries, counted, never kept."""

import json
import re
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl

from apis.exposure.classes import CLASSES, SECRET
from apis.exposure.finders import FIELDS, FINDERS, NAMED_FINDERS
from apis.exposure.tallies import Place, Tallies, shape

TEXT = 65_536  # characters of one text that are looked at
SECRETS = {one.code for one in CLASSES.values() if one.kind == SECRET}
LEAVES = 2_000  # values of one JSON document
DEEP = 32  # levels of one JSON document
# What every finder needs to be worth asking: ordinary text has none of it and costs one quick pass.
ANY = re.compile(r"[0-9@]|-----BEGIN|::|eyJ")
WORTH = re.compile(
    r"\d{5}|\d[ .:-]\d|@|eyJ|PRIVATE KEY|[A-Za-z]{2}\d{2}|[a-z0-9]{2,8}[_-][A-Za-z0-9]{10}|hooks\.slack|AccountKey|"
    r"::|[A-Z]{6}\d|\d[A-Z]\b|[A-Z]\d{2}"
)
ILLNESS = (
    "diagnos", "patient", "icd", "insulin", "cancer", "krebs", "hiv", "diabet", "depress", "pregnan", "schwanger",
    "symptom", "prescri", "surgery", "allerg", "epilep", "asthma", "hepatitis", "chemo", "psychiat", "krankheit",
    "maladie", "enfermedad", "malattia", "dementia", "tumor", "hypertension", "carcinoma", "schizo",
)  # fmt: skip
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
NAMED = re.compile("|".join(pattern.pattern for pattern in FIELDS.values()))


def field_name(name: str) -> str:
    """A field's name as the finders read it: camelCase and dashes become snake_case, lower case."""
    return CAMEL.sub("_", name).replace("-", "_").lower()


def _worth(text: str) -> bool:
    if ANY.search(text) and WORTH.search(text):
        return True
    lower = text.lower()
    return any(word in lower for word in ILLNESS)


def _one(text: str, name: str, where: str, direction: str, into: Tallies) -> None:
    text = text[:TEXT]
    named = bool(name) and bool(NAMED.search(name))
    if not named and not _worth(text):
        return
    secret = False
    for code, finder in NAMED_FINDERS if named else ():
        for value, good, prefix in finder(text, name):
            into.count(Place(code, where, direction), good, shape(value, prefix, code in SECRETS))
            secret = secret or code == "password"
    if secret:
        return
    for code, finder in FINDERS:
        for value, good, prefix in finder(text, name):
            shown = prefix if value.startswith(prefix) else ""
            into.count(Place(code, where, direction), good, shape(value, shown, code in SECRETS))


def _leaves(value: object, name: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    if depth > DEEP:
        return
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, field_name(str(key)), depth + 1)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(inner, name, depth + 1)
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, str | int | float):
        yield name, str(value)


FORM = re.compile(r"[\w.%\[\]-]{1,80}=[^\s]*(?:&[\w.%\[\]-]{1,80}(?:=[^\s]*)?)*")
HEADER = re.compile(r"([A-Za-z][\w-]{1,60}): (.*)", re.DOTALL)


def _pairs(text: str, where: str) -> list[tuple[str, str]]:
    """Names and values of a query, a form or a header that came as one text; empty when it is none."""
    if where == "header":
        header = HEADER.fullmatch(text)
        if header is None:
            return []
        name, value = header.groups()
        if name.lower() in ("cookie", "set-cookie"):
            pairs = (part.strip().partition("=") for part in value.split(";"))
            return [(key or name, inner) for key, equals, inner in pairs if equals]
        return [(name, value)]
    if where in ("query", "body") and FORM.fullmatch(text.lstrip("?")):
        return [(name or "_", value) for name, value in parse_qsl(text.lstrip("?"), max_num_fields=LEAVES)]
    return []


def _document(text: str) -> object:
    """The JSON document a text is, or the text itself."""
    if len(text) <= 4 * TEXT and text.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            pass
    return text


def classify(value: object, where: str, direction: str, field: str = "") -> Tallies:
    """Tallies of a text, number or JSON value; ``where`` path|query|header|body, ``direction`` request|response.

    ``field`` names the parameter or header the value came from. Nothing of a value is kept but its look.
    """
    found = Tallies()
    name = field_name(field) if field else ""
    if isinstance(value, bytes):
        value = value[: 4 * TEXT].decode(errors="replace")
    if isinstance(value, str):
        if not field and (pairs := _pairs(value[: 4 * TEXT], where)):
            for name, text in pairs:
                found.add(classify(text, where, direction, name))
            return found
        value = _document(value)
    for count, (leaf, text) in enumerate(_leaves(value, name)):
        if count >= LEAVES:
            break
        _one(text, leaf, where, direction, found)
    return found


def model_of(body: object) -> str:
    """The model a call's JSON body names, at most 100 characters; empty when it names none."""
    if isinstance(body, str | bytes):
        body = _document(body[: 4 * TEXT].decode(errors="replace") if isinstance(body, bytes) else body)
    model = body.get("model") if isinstance(body, Mapping) else None
    return model[:100] if isinstance(model, str) else ""
