"""What gives each class away: finders that read one text in one field and return (value, validated, public prefix)."""

import base64
import binascii
import datetime
import ipaddress
import json
import re
from collections.abc import Callable, Iterator

import phonenumbers

from apis.exposure.keys import KEY, SHOWN, github_checksum, varied
from apis.exposure.numbers import OTHER_FIELD, cards, ibans, national_numbers

Found = tuple[str, bool, str]  # value, validated, prefix that may be shown
EMAIL = re.compile(r"(?<![\w.+-])[A-Za-z0-9][\w.+%-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24}(?![\w@])")
PHONE = re.compile(r"(?<![\w+])(?:\+|00)[1-9][\d ().\-/]{6,20}\d(?!\w)")
LOCAL_PHONE = re.compile(r"^\(?0?[\d ().\-/]{6,20}\d$")
JWT = re.compile(r"(?<![\w-])eyJ[\w-]{10,2000}\.eyJ[\w-]{2,8000}\.[\w-]{0,2000}")
PRIVATE_KEY = re.compile(r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:\\n|[\s\S]){0,120}")
IPV4 = re.compile(r"(?<![\w.-])(?:\d{1,3}\.){3}\d{1,3}(?![\w-]|\.\d)")
IPV6 = re.compile(
    r"(?<![\w:.])(?:[0-9a-fA-F]{1,4}:){3,7}(?::?[0-9a-fA-F]{1,4}){1,4}(?![\w:])|"
    r"(?<![\w:.])(?:[0-9a-fA-F]{1,4}:){1,6}:(?:[0-9a-fA-F]{1,4}:?){1,6}(?![\w:])"
)
VERSION = re.compile(r"(?:version|release|build|\bv|chrome/|safari/|firefox/|/)\s?$")
PAIR = re.compile(r"(?<![\d.])(-?\d{1,2}\.\d{4,10}),\s?(-?\d{1,3}\.\d{4,10})(?![\d.])")
DATE = re.compile(
    r"(?<!\d)(?:((?:19|20)\d{2})[-/.](\d{1,2})[-/.](\d{1,2})|(\d{1,2})[-/.](\d{1,2})[-/.]((?:19|20)\d{2}))(?!\d)"
)
BORN = re.compile(
    r"(?:date of birth|birth ?date|\bdob\b|\bborn(?: on)?|geburtsdatum|geboren am|né(?:e)? le|fecha de nacimiento|"
    r"data di nascita)\W{0,12}$"
)
ICD = re.compile(r"(?<![\w.-])[A-TV-Z]\d{2}(?:\.\d{1,4})?(?![\w-])")
HEALTH = re.compile(
    r"\b(?:diagnos(?:is|ed|e)|icd(?:-?10)?|patient|prescri(?:bed|ption)|chemotherapy|radiotherapy|insulin|diabet\w+|"
    r"hiv|aids|cancer|carcinoma|tumou?r|depress(?:ion|ive)|schizophren\w+|bipolar|epilep\w+|asthma|"
    r"pregnan\w+|miscarriage|abortion|hypertension|stroke|dementia|alzheimer\w*|parkinson\w*|hepatitis|allerg(?:y|ic|"
    r"ies)|symptoms?|surgery|blood pressure|psychiatr\w+|antidepressants?|disabilit\w+|"
    r"diagnose|krankheit|krebs|medikament\w*|schwanger\w*|maladie|diabète|enfermedad|malattia)\b"
)
FIELDS: dict[str, re.Pattern[str]] = {
    "password": re.compile(
        r"(?:^|[_.\s-])(?:pass(?:word|wd|phrase|code)?|pwd|kennwort|passwort|mot_?de_?passe|contrase[nñ]a|senha|"
        r"client_?secret|secret(?:_?key)?|new_?password|old_?password)(?:$|[_.\s-](?:hash|confirm\w*|again|repeat|old|"
        r"new)?\d?$)"
    ),
    "access_token": re.compile(
        r"(?:^|[_.\s-])(?:access_?token|refresh_?token|id_?token|auth(?:_?token|orization)?|bearer|api_?key|apikey|"
        r"x_api_key|session_?(?:token|key)|token|signature|subscription_?key|credential)$"
    ),
    "person_name": re.compile(
        r"(?:^|[_.\s-])(?:first_?name|last_?name|full_?name|sur_?name|given_?name|family_?name|middle_?name|"
        r"maiden_?name|(?:patient|customer|employee|contact|applicant|cardholder|recipient|sender|student|client|"
        r"person|holder)_?name|vorname|nachname|nombre|apellidos?|pr[ée]nom|nom_?de_?famille|cognome)$"
    ),
    "postal_address": re.compile(
        r"(?:^|[_.\s-])(?:street(?:_?address|_?name)?|address_?(?:line)?_?\d?|addr\d?|postal_?address|home_?address|"
        r"(?:shipping|billing)_?address|stra(?:ss|ß)e|anschrift|adresse|direcci[oó]n|indirizzo)$"
    ),
    "birth_date": re.compile(
        r"(?:^|[_.\s-])(?:birth_?(?:date|day)|date_?of_?birth|dob|born(?:_?on)?|geburts(?:datum|tag)|"
        r"fecha_?de_?nacimiento|date_?de_?naissance|data_?di_?nascita)$"
    ),
    "health": re.compile(
        r"(?:^|[_.\s-])(?:diagnos(?:is|es|e)|icd(?:_?10)?(?:_?codes?)?|medications?|allergies|symptoms?|"
        r"medical_?(?:history|condition|record)|blood_?type|disability|health_?\w*|anamnes\w*|befund)$"
    ),
    "phone": re.compile(
        r"(?:^|[_.\s-])(?:phone(?:_?(?:number|no))?|tel(?:efon|ephone|efono)?|mobile(?:_?(?:number|phone))?|"
        r"cell(?:_?phone)?|handy|fax|msisdn|whatsapp)$"
    ),
    "location": re.compile(
        r"(?:^|[_.\s-])(?:lat(?:itude)?|lng|lon(?:g(?:itude)?)?|geo(?:_?(?:location|point|position))?|coordinates?|"
        r"position)$"
    ),
    "free_text": re.compile(
        r"(?:^|[_.\s-])(?:prompt|content|text|input|message|query|question|instructions?|completion|comment|"
        r"description|notes?|feedback|system)$"
    ),
}
EMPTY = re.compile(
    r"(?i)^(?:null|none|true|false|undefined|\*+|•+|x+|<[^>]*>|\{\{?[^}]*\}?\}|\$\{?\w+\}?|redacted|\[?(?:redacted|"
    r"filtered|masked|hidden)\]?|string|password|changeme|required|\s*)$"
)


def _field(code: str) -> Callable[[str], bool]:
    pattern = FIELDS[code]
    return lambda name: bool(pattern.search(name))


def _emails(text: str, name: str) -> Iterator[Found]:
    for match in EMAIL.finditer(text):
        local, _, domain = match.group().rpartition("@")
        good = (
            ".." not in match.group()
            and not local.endswith(".")
            and not domain.lower().endswith((".png", ".jpg", ".js", ".css", ".svg"))
        )
        if good:
            yield match.group(), not domain.startswith("-"), ""


def _valid_phone(text: str, region: str | None) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text, region))
    except phonenumbers.NumberParseException:
        return False


def _phones(text: str, name: str) -> Iterator[Found]:
    for match in PHONE.finditer(text):
        written = match.group()
        if _valid_phone(f"+{written[2:]}" if written.startswith("00") else written, None):
            yield written, True, ""
    if (
        FIELDS["phone"].search(name)
        and "+" not in text
        and not text.startswith("00")
        and LOCAL_PHONE.match(text.strip())
    ):
        yield text, any(_valid_phone(text, region) for region in ("US", "DE", "GB", "FR")), ""


def _jwts(text: str, name: str) -> Iterator[Found]:
    for match in JWT.finditer(text):
        head = match.group().partition(".")[0]
        try:
            header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
        except (binascii.Error, ValueError):
            continue
        yield match.group(), isinstance(header, dict) and "alg" in header, "eyJ"


def _keys(text: str, name: str) -> Iterator[Found]:
    for match in KEY.finditer(text):
        value, provider = match.group(), str(match.lastgroup)
        if not varied(value):
            continue
        checked = (
            github_checksum(value)
            if provider == "github" and value[:3] in ("ghp", "gho", "ghu", "ghs", "ghr")
            else True
        )
        yield value, checked, SHOWN.get(provider, "")


def _private_keys(text: str, name: str) -> Iterator[Found]:
    for match in PRIVATE_KEY.finditer(text):
        yield (
            match.group(),
            bool(re.search(r"-----(?:\\n|\s)*(?:[A-Za-z0-9+/]{20}|Proc-Type|Version)", match.group())),
            "-----BEGIN ",
        )


def _addresses(text: str, name: str) -> Iterator[Found]:
    if "version" in name or "agent" in name:
        return
    for pattern in (IPV4, IPV6):
        for match in pattern.finditer(text):
            try:
                address = ipaddress.ip_address(match.group())
            except ValueError:
                continue
            if address.is_global and not VERSION.search(text[max(0, match.start() - 12) : match.start()].lower()):
                yield match.group(), True, ""


def _positions(text: str, name: str) -> Iterator[Found]:
    for match in PAIR.finditer(text):
        if abs(float(match.group(1))) <= 90 and abs(float(match.group(2))) <= 180:
            yield match.group(), True, ""
    if FIELDS["location"].search(name) and re.fullmatch(r"-?\d{1,3}\.\d{3,12}", text.strip()):
        yield text, abs(float(text)) <= 180, ""


def _is_past_date(match: re.Match[str]) -> bool:
    year, month, day, first, second, late = match.groups()
    tries = ((year, month, day),) if year else ((late, second, first), (late, first, second))
    for one in tries:
        try:
            return datetime.date(*map(int, one)) <= datetime.date(2100, 1, 1)
        except ValueError:
            continue
    return False


def _birth_dates(text: str, name: str) -> Iterator[Found]:
    named = FIELDS["birth_date"].search(name)
    for match in DATE.finditer(text):
        if named or BORN.search(text[max(0, match.start() - 40) : match.start()].lower()):
            yield match.group(), _is_past_date(match), ""


def _health(text: str, name: str) -> Iterator[Found]:
    named = FIELDS["health"].search(name)
    words = {match.group() for match in HEALTH.finditer(text.lower())}
    codes = (
        ICD.findall(text)
        if named or words & {"diagnosis", "diagnosed", "icd", "icd-10", "icd10", "patient", "diagnose"}
        else []
    )
    for code in codes:
        yield code, True, ""
    if not codes and ((named and not EMPTY.match(text)) or len(words) >= 2):
        yield " ".join(sorted(words)) or text, False, ""


def _passwords(text: str, name: str) -> Iterator[Found]:
    if FIELDS["password"].search(name) and not EMPTY.match(text) and len(text) <= 256 and "\n" not in text:
        yield text, True, ""


def _tokens(text: str, name: str) -> Iterator[Found]:
    value = re.sub(r"^(?i:bearer|basic|token)\s+", "", text.strip())
    if FIELDS["access_token"].search(name) and len(value) >= 16 and " " not in value and not EMPTY.match(value):
        if not JWT.match(value) and not KEY.match(value):
            yield value, varied(value), ""


def _names(text: str, name: str) -> Iterator[Found]:
    if (
        FIELDS["person_name"].search(name)
        and 2 <= len(text) <= 60
        and re.fullmatch(r"[^\W\d_][\w .,'’-]*", text)
        and not re.search(r"\d", text)
    ):
        yield text, True, ""


def _postal(text: str, name: str) -> Iterator[Found]:
    if (
        FIELDS["postal_address"].search(name)
        and 5 <= len(text) <= 200
        and re.search(r"[^\W\d_]{3}", text)
        and "@" not in text
        and "://" not in text
        and " " in text
    ):
        yield text, bool(re.search(r"\d", text)), ""


def _free_text(text: str, name: str) -> Iterator[Found]:
    if FIELDS["free_text"].search(name) and text.count(" ") >= 3:
        yield text[:60], True, ""


def _pairs(finder: Callable[..., list[tuple[str, bool]]], named: bool) -> Callable[[str, str], Iterator[Found]]:
    def find(text: str, name: str) -> Iterator[Found]:
        for value, good in finder(text, name) if named else finder(text):
            yield value, good, ""

    return find


FINDERS: tuple[tuple[str, Callable[[str, str], Iterator[Found]]], ...] = (
    ("payment_card", _pairs(cards, True)),
    ("iban", _pairs(ibans, False)),
    ("national_number", _pairs(national_numbers, True)),
    ("email", _emails),
    ("phone", _phones),
    ("jwt", _jwts),
    ("api_key", _keys),
    ("private_key", _private_keys),
    ("ip_address", _addresses),
    ("location", _positions),
    ("birth_date", _birth_dates),
    ("health", _health),
)
NAMED_FINDERS: tuple[tuple[str, Callable[[str, str], Iterator[Found]]], ...] = (
    ("password", _passwords),
    ("access_token", _tokens),
    ("person_name", _names),
    ("postal_address", _postal),
    ("free_text", _free_text),
)
__all__ = ["FIELDS", "FINDERS", "NAMED_FINDERS", "OTHER_FIELD", "Found"]
