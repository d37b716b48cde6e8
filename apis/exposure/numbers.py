"""Numbers that carry their own proof: cards, accounts, identity numbers of countries."""

import re
from collections.abc import Callable
from importlib import import_module

from stdnum import iban as iban_rules
from stdnum import luhn

CARD = re.compile(
    r"(?<![\w.+#/=-])(?:\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -])\d{6}\2\d{4,5}|\d{13,19})(?![\w-]|\.\d)"
)
ISSUERS = re.compile(
    r"4\d{12}(?:\d{3})?(?:\d{3})?|5[1-5]\d{14}|2(?:2[2-9]|[3-6]\d|7[01])\d{13}|2720\d{12}|3[47]\d{13}|3(?:0[0-5]|"
    r"[68]\d)\d{11}|"
                     r"6(?:011|5\d\d|4[4-9]\d)\d{12,15}|35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17}")  # fmt: skip
IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])")
CARD_FIELD = re.compile(r"card|\bpan\b|kredit|karte|carte|tarjeta|cc_?num|ccn\b")
OTHER_FIELD = re.compile(
    r"order|invoice|\bid\b|_id\b|trans|track|time|stamp|ref|serial|sku|ean|gtin|isbn|imei|uuid|nonce|seq|parcel|ticket|"
    r"session|request|trace|span|phone|hash|created|updated|version|batch|job|offset|cursor"
)

# Country: form as it is written, names of its field, and whether the form alone is enough to try the check.
_COUNTRIES: tuple[tuple[str, str, str, bool], ...] = (
    ("us.ssn", r"\d{3}-\d{2}-\d{4}", r"ssn|social.?security", False),
    ("gb.nhs", r"\d{3}[ -]?\d{3}[ -]?\d{4}", r"nhs", False),
    ("gb.nino", "", "", False),
    ("de.idnr", r"\d{2} ?\d{3} ?\d{3} ?\d{3}", r"steuer.?id|idnr|tax.?id|identifikationsnummer", False),
    ("fr.nir",
        r"[12]\d{2}(?:0\d|1[0-2])\d{2}\d{3}\d{3}\d{2}|[12] \d{2} \d{2} \d{2} \d{3} \d{3} \d{2}",
        r"nir\b|s[ée]curit[ée].?sociale|insee", True),
    ("it.codicefiscale", r"[A-Z]{6}\d{2}[A-EHLMPR-T]\d{2}[A-Z]\d{3}[A-Z]", r"codice|fiscale", True),
    ("es.dni", r"\d{8}-?[A-HJ-NP-TV-Z]", r"dni\b|nif\b", True),
    ("es.nie", r"[XYZ]-?\d{7}-?[A-HJ-NP-TV-Z]", r"nie\b", True),
    ("nl.bsn", r"\d{9}", r"bsn|burgerservice", False),
    ("be.nn", r"\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}", r"rijksregister|registre|\bnn\b", True),
    ("pl.pesel", r"\d{11}", r"pesel", False),
    ("se.personnummer", r"(?:\d{2})?\d{6}[-+]\d{4}", r"personnummer|personal.?number", True),
    ("dk.cpr", r"\d{6}-\d{4}", r"cpr", False),
    ("fi.hetu", r"\d{6}[-+A]\d{3}[0-9A-FHJ-NPR-Y]", r"hetu|henkil", True),
    ("no.fodselsnummer", r"\d{6} ?\d{5}", r"f[oø]dselsn|personnummer", False),
    ("ch.ssn", r"756\.?\d{4}\.?\d{4}\.?\d{2}", r"ahv|avs", True),
    ("br.cpf", r"\d{3}\.\d{3}\.\d{3}-\d{2}|\d{11}", r"cpf", False),
    ("in_.aadhaar", r"[2-9]\d{3} ?\d{4} ?\d{4}", r"aadhaar|uidai", False),
    ("ca.sin", r"\d{3}[ -]\d{3}[ -]\d{3}", r"\bsin\b|social.?insurance", False),
    ("au.tfn", r"\d{3} ?\d{3} ?\d{3}", r"tfn|tax.?file", False),
    ("kr.rrn", r"\d{6}-[1-8]\d{6}", r"rrn|resident|주민", True),
    ("cn.ric", r"\d{6}(?:19|20)\d{2}(?:0\d|1[0-2])\d{2}\d{3}[\dX]", r"身份证|ric\b", True),
    ("mx.curp", r"[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z0-9]\d", r"curp", True),
    ("za.idnr", r"\d{13}", r"id.?number|said\b", False),
    ("tr.tckimlik", r"[1-9]\d{10}", r"kimlik|tckn", False),
    ("pt.cc", r"\d{8} ?\d ?[A-Z0-9]{2}\d", r"cart[aã]o.?cidad", False),
)  # fmt: skip


def _rule(name: str) -> Callable[[str], bool] | None:
    """Whether-valid of a country's rule in the number library; None when this version does not have it."""
    try:
        return import_module(f"stdnum.{name}").is_valid
    except ImportError:
        return None


NATIONAL = tuple(
    (
        name.partition(".")[0].strip("_"),
        re.compile(rf"(?<![\w.+-])(?:{form})(?![\w-]|\.\d)"),
        re.compile(field),
        alone,
        rule,
    )
    for name, form, field, alone in _COUNTRIES
    if form and (rule := _rule(name)) is not None
)
BRITISH = re.compile(r"(?<![A-Za-z0-9])[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D](?![A-Za-z0-9])")
NEAR = 40  # characters before a number in which its name is looked for


def cards(text: str, name: str) -> list[tuple[str, bool]]:
    """Card numbers: (value, validated). A bare run of digits in a field of another name is none."""
    if OTHER_FIELD.search(name) and not CARD_FIELD.search(name):
        return []
    found = []
    for match in CARD.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        named = bool(
            CARD_FIELD.search(name) or CARD_FIELD.search(text[max(0, match.start() - NEAR) : match.start()].lower())
        )
        if not named and OTHER_FIELD.search(text[max(0, match.start() - NEAR) : match.start()].lower()):
            continue
        if ISSUERS.fullmatch(digits) and luhn.is_valid(digits) and len(set(digits)) > 1:
            found.append((match.group(), True))
        elif named and 13 <= len(digits) <= 19 and len(set(digits)) > 1:
            found.append((match.group(), False))
    return found


def ibans(text: str) -> list[tuple[str, bool]]:
    """Account numbers whose check digits hold."""
    return [(match.group(), True) for match in IBAN.finditer(text) if iban_rules.is_valid(match.group())]


def national_numbers(text: str, name: str) -> list[tuple[str, bool]]:
    """Identity numbers: tried where the field or the words before name them, or where the form alone says enough."""
    found: dict[str, bool] = {}
    for _country, form, field, alone, rule in NATIONAL:
        for match in form.finditer(text):
            before = text[max(0, match.start() - NEAR) : match.start()].lower()
            named = bool(field.search(name) or field.search(before))
            if (named or (alone and not OTHER_FIELD.search(name))) and rule(match.group()):
                found[match.group()] = True
    for match in BRITISH.finditer(text):
        found.setdefault(match.group(), True)
    return list(found.items())
