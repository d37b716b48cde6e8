"""Classes of sensitive data, as data: what they are called, what kind of data they are, how grave a leak would be."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PERSONAL, SPECIAL, FINANCIAL, SECRET, CONTENT = "personal", "special", "financial", "secret", "content"
KINDS: dict[str, str | Promise] = {
    PERSONAL: _("Personal data"),
    SPECIAL: _("Special categories of personal data"),
    FINANCIAL: _("Financial data"),
    SECRET: _("Secrets"),
    CONTENT: _("Content"),
}


@dataclass(frozen=True, slots=True)
class DataClass:
    """One class: code, words, kind (of KINDS), severity of a leak from 1 (low) to 4 (critical), how it is validated."""

    code: str
    label: str | Promise
    kind: str
    severity: int
    validated_by: str | Promise


CLASSES = {
    one.code: one
    for one in (
        DataClass("payment_card", _("Payment card number"), FINANCIAL, 4, _("issuer range and check digit")),
        DataClass("iban", _("Bank account number (IBAN)"), FINANCIAL, 3, _("country format and check digits")),
        DataClass("national_number", _("National identity number"), PERSONAL, 4, _("country format and check digits")),
        DataClass("email", _("E-mail address"), PERSONAL, 2, _("form of the address and of its domain")),
        DataClass("phone", _("Telephone number"), PERSONAL, 2, _("numbering plan of its country")),
        DataClass("person_name", _("Name of a person"), PERSONAL, 2, _("name of the field")),
        DataClass("postal_address", _("Postal address"), PERSONAL, 2, _("name of the field")),
        DataClass("birth_date", _("Date of birth"), PERSONAL, 3, _("calendar, 1900 until today")),
        DataClass("ip_address", _("Public IP address"), PERSONAL, 1, _("address registry ranges")),
        DataClass("location", _("Geographic position"), PERSONAL, 2, _("range of latitude and longitude")),
        DataClass("health", _("Health data"), SPECIAL, 4, _("form of an ICD-10 code")),
        DataClass("jwt", _("Signed token (JWT)"), SECRET, 3, _("header decoded")),
        DataClass(
            "api_key", _("API key of a known provider"), SECRET, 4, _("prefix, length and checksum where it has one")
        ),
        DataClass("private_key", _("Private key"), SECRET, 4, _("encoded key material")),
        DataClass("password", _("Password in a field"), SECRET, 4, _("name of the field")),
        DataClass(
            "access_token", _("Access token in a field"), SECRET, 3, _("name of the field and variety of letters")
        ),
        DataClass("free_text", _("Free text written by people or for a model"), CONTENT, 1, _("name of the field")),
    )
}
WHERE = ("path", "query", "header", "body")
DIRECTIONS = ("request", "response")
