"""How the service is set up (OWASP API8)."""

import re
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from apis.posture.rules import (
    BROKEN,
    CRITICAL,
    HIGH,
    LOW,
    MEDIUM,
    NOT_MINE,
    OPERATION,
    SERVER,
    SERVICE,
    Judgement,
    rule,
)  # fmt: skip
from apis.posture.view import Operation, Server, View, mapping
from apis.posture.words import DEBUG

_SECRETS = re.compile(
    r"\b(?:sk-(?:proj-)?[A-Za-z0-9]{32,64}|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|xox[bpars]-[0-9A-Za-z-]{20,80}"
    r"|AIza[0-9A-Za-z_-]{35}|eyJ[\w-]{20,400}\.eyJ[\w-]{20,400}\.[\w-]{20,400})"
)
_PRIVATE_KEY = "-----BEGIN " + "PRIVATE KEY-----"


@rule(
    "owasp:api8:2023-define-cors-origin", unit=OPERATION, severity=LOW, on=False,
    title=_("Which web pages may call it is not described"),
    why=_("Access-Control-Allow-Origin is missing from the description. It is mostly set by the gateway, and traffic "
          "shows it better, so this is off until wanted."),
    mend=_("Describe the header, and name origins instead of *."),
    owasp=("API8:2023",), cwe=(942,), apr=("APR-21",),
)  # fmt: skip
def define_cors_origin(one: Operation, _view: View) -> Judgement:
    responses = [response for code, response in one.responses.items() if code.startswith("2")]
    if not responses:
        return NOT_MINE
    names = [{str(name).lower() for name in mapping(response.get("headers"))} for response in responses]
    return None if all("access-control-allow-origin" in one for one in names) else BROKEN


@rule(
    "owasp:api8:2023-no-scheme-http", unit=SERVER, severity=HIGH,
    title=_("Calls without encryption are offered (OpenAPI 2.0)"),
    says=_("%(url)s is offered."),
    why=_("Prompts, answers and keys can be read and changed on the way."),
    mend=_("Name https only, and redirect or close http."),
    owasp=("API8:2023",), cwe=(319,), atlas=("AML.T0025",), apr=("APR-05",),
)  # fmt: skip
def no_scheme_http(one: Server, view: View) -> Judgement:
    if not view.is_2:
        return NOT_MINE
    return {"url": one.url[:200]} if one.url.startswith(("http:", "ws:")) else None


@rule(
    "owasp:api8:2023-no-server-http", unit=SERVER, severity=HIGH,
    title=_("Calls without encryption are offered"),
    says=_("%(url)s is offered."),
    why=_("Prompts, answers and keys can be read and changed on the way."),
    mend=_("Name https only, and redirect or close http."),
    owasp=("API8:2023",), cwe=(319,), atlas=("AML.T0025",), apr=("APR-05",),
)  # fmt: skip
def no_server_http(one: Server, view: View) -> Judgement:
    if view.is_2:
        return NOT_MINE
    return {"url": one.url[:200]} if one.url.lower().startswith(("http:", "ws:")) else None


@rule(
    "owasp:api8:2023-define-error-validation", unit=OPERATION, severity=LOW,
    title=_("Refusing wrong input is not described"),
    why=_("An operation that takes input and describes neither 400 nor 422 may not check it."),
    mend=_("Check input against the schema, and describe how it is refused."),
    owasp=("API8:2023",), cwe=(20,), apr=("APR-18", "APR-21"),
)  # fmt: skip
def define_error_validation(one: Operation, _view: View) -> Judgement:
    if not one.requests:
        return NOT_MINE
    return None if one.answers("400", "422") else BROKEN


@rule(
    "owasp:api8:2023-define-error-responses-401", unit=OPERATION, severity=LOW,
    title=_("Refusing a call without credentials is not described"),
    why=_("The operation asks for credentials but never says that it refuses without."),
    mend=_("Describe 401, and test that it is answered."),
    owasp=("API8:2023", "API2:2023"), cwe=(287,), apr=("APR-21", "APR-09"),
)  # fmt: skip
def define_error_responses_401(one: Operation, _view: View) -> Judgement:
    if one.is_open:
        return NOT_MINE
    return None if one.answers("401") else BROKEN


@rule(
    "owasp:api8:2023-define-error-responses-500", unit=OPERATION, severity=LOW, on=False,
    title=_("What is answered in trouble is not described"),
    why=_("Undescribed errors are often those that tell too much. Nearly every description lacks it, so this is off "
          "until wanted."),
    mend=_("Describe 500 with a schema that holds a code and a reference only."),
    owasp=("API8:2023",), cwe=(755,), apr=("APR-21",),
)  # fmt: skip
def define_error_responses_500(one: Operation, _view: View) -> Judgement:
    return None if one.answers("500") else BROKEN


@rule(
    "aims:api8:2023-trace-method", unit=OPERATION, severity=MEDIUM,
    title=_("TRACE is answered"),
    why=_("TRACE sends back what was sent, credentials included."),
    mend=_("Close TRACE at the gateway and take it out of the description."),
    owasp=("API8:2023",), cwe=(693,), apr=("APR-21",),
)  # fmt: skip
def trace_method(one: Operation, _view: View) -> Judgement:
    return BROKEN if one.method == "TRACE" else None


@rule(
    "aims:api8:2023-debug-operation", unit=OPERATION, severity=HIGH,
    title=_("An operation for developers is described for everybody"),
    says=_("The path holds “%(name)s”."),
    why=_("Debugging, seeding and resetting are meant for machines of developers; in operation they open everything."),
    mend=_("Take it out of what is deployed, or put it behind administration."),
    owasp=("API8:2023", "API9:2023"), cwe=(489, 1188), atlas=("AML.T0049",), apr=("APR-21",),
)  # fmt: skip
def debug_operation(one: Operation, _view: View) -> Judgement:
    return next(({"name": part} for part in one.segments if part in DEBUG), None)


@rule(
    "aims:api8:2023-xml-accepted", unit=OPERATION, severity=LOW,
    title=_("XML is accepted"),
    why=_("Readers of XML that follow outside entities can be made to read files or call addresses (XXE)."),
    mend=_("Accept JSON only, or switch outside entities off and test it."),
    owasp=("API8:2023",), cwe=(611,), apr=("APR-18",),
)  # fmt: skip
def xml_accepted(one: Operation, _view: View) -> Judgement:
    if not one.requests:
        return NOT_MINE
    return BROKEN if any(re.search(r"[/+]xml\b", body.media) for body in one.requests) else None


@rule(
    "aims:api8:2023-any-media-type", unit=OPERATION, severity=MEDIUM,
    title=_("Any kind of content is accepted"),
    why=_("What is not declared is hard to check; files that run or unpack get in this way."),
    mend=_("Name the media types that are meant and answer 415 to others."),
    owasp=("API8:2023",), cwe=(434, 20), apr=("APR-18",),
)  # fmt: skip
def any_media_type(one: Operation, _view: View) -> Judgement:
    if not one.requests:
        return NOT_MINE
    return BROKEN if any(body.media.startswith("*/") for body in one.requests) else None


@rule(
    "aims:api8:2023-cookie-sign-in", unit=OPERATION, severity=MEDIUM,
    title=_("A write is signed in by a cookie alone"),
    why=_("Browsers send cookies along with calls that other sites start (CSRF)."),
    mend=_("Use a header, or a SameSite cookie together with a token against forgery."),
    owasp=("API8:2023", "API2:2023"), cwe=(352,), apr=("APR-10", "APR-21"),
)  # fmt: skip
def cookie_sign_in(one: Operation, view: View) -> Judgement:
    named = [view.schemes.get(str(name)) for requirement in one.requirements for name in requirement]
    cookies = [scheme for scheme in named if scheme and scheme.raw.get("in") == "cookie"]
    if not one.is_write or not cookies:
        return NOT_MINE
    guarded = any("csrf" in other.name.lower() or "xsrf" in other.name.lower() for other in one.parameters)
    return None if guarded or len(cookies) < len(named) else BROKEN


@rule(
    "aims:api8:2023-secret-in-description", unit=SERVICE, severity=CRITICAL,
    title=_("The description holds what looks like a real key"),
    says=_("What looks like a key stands %(times)s times, first at %(first)s."),
    why=_("Descriptions are shared and published, with the examples somebody pasted from a running system."),
    mend=_("Withdraw the key at once and put a made-up one in its place."),
    owasp=("API8:2023", "API2:2023"), cwe=(798, 540), atlas=("AML.T0055",), apr=("APR-10",),
)  # fmt: skip
def secret_in_description(view: View, _view: View) -> Judgement:
    found = [where for where, words in texts(view.document) if _PRIVATE_KEY in words or _SECRETS.search(words)]
    return {"times": len(found), "first": found[0][:200]} if found else None


def texts(document: Any) -> Iterator[tuple[str, str]]:
    """Every text of a document with the pointer to it, each shared part once."""
    waiting: list[tuple[str, Any]] = [("#", document)]
    seen: set[int] = set()
    while waiting:
        where, value = waiting.pop()
        if isinstance(value, str):
            yield where, value
        elif isinstance(value, dict | list) and id(value) not in seen:
            seen.add(id(value))
            named = value.items() if isinstance(value, dict) else enumerate(value)
            waiting.extend((f"{where}/{str(name).replace('/', '~1')}", one) for name, one in named if one)
