"""What there is and who says so: inventory (OWASP API9), what others answer (API10), and what consumers are told."""

import re

from django.utils.translation import gettext_lazy as _

from apis.descriptions.pointers import resolved
from apis.posture.catalogue.setup import texts
from apis.posture.rules import BROKEN, HIGH, LOW, MEDIUM, NOT_MINE, OPERATION, SERVER, SERVICE, Judgement, rule
from apis.posture.view import Operation, Server, View, listed, mapping, text
from apis.posture.words import ENVIRONMENTS

_VERSION = re.compile(r"v\d{1,3}$")
_ENDS = re.compile(r"sunset|end of life|shut ?down|retire|remov|\b20\d\d-\d\d")
_PRODUCTION = re.compile(r"prod|live")
_SIGNED = re.compile(r"sign|hmac|digest|secret|token|authorization")


@rule(
    "owasp:api9:2023-inventory-access", unit=SERVER, severity=LOW, on=False,
    title=_("Whether a server is inside or outside is not said"),
    why=_("What can be reached from outside should be known. x-internal is one way to say it, and few do; the "
          "inventory of this product records it too, so this is off until wanted."),
    mend=_("Say x-internal: true or false at each server."),
    owasp=("API9:2023",), cwe=(1059,), apr=("APR-01",),
)  # fmt: skip
def inventory_access(one: Server, _view: View) -> Judgement:
    return None if isinstance(one.raw.get("x-internal"), bool | str) else BROKEN


@rule(
    "owasp:api9:2023-inventory-environment", unit=SERVER, severity=LOW,
    title=_("Whether a server is for production or for tests is not said"),
    says=_("%(url)s does not say what it is for."),
    why=_("Tests that run against production, and data of production in tests, begin with addresses nobody told "
          "apart."),
    mend=_("Say the environment in the description of each server."),
    owasp=("API9:2023",), cwe=(1059,), apr=("APR-01",),
)  # fmt: skip
def inventory_environment(one: Server, view: View) -> Judgement:
    if view.is_2:
        return NOT_MINE
    words = f"{text(one.raw.get('description'))} {one.url}".lower()
    return None if ENVIRONMENTS.search(words) or _PRODUCTION.search(words) else {"url": one.url[:200]}


@rule(
    "aims:api9:2023-deprecated-without-end", unit=OPERATION, severity=LOW,
    title=_("It is deprecated, but nobody says until when it works"),
    why=_("Without an end, old versions stay and are forgotten with their holes."),
    mend=_("Say the day it ends: in words, with x-sunset, or with the header Sunset."),
    owasp=("API9:2023",), cwe=(1059,), apr=("APR-03",),
)  # fmt: skip
def deprecated_without_end(one: Operation, _view: View) -> Judgement:
    if one.raw.get("deprecated") is not True:
        return NOT_MINE
    said = f"{text(one.raw.get('description'))} {text(one.raw.get('summary'))}".lower()
    headers = {str(name).lower() for response in one.responses.values() for name in mapping(response.get("headers"))}
    ends = "sunset" in headers or any("sunset" in str(key).lower() for key in one.raw) or _ENDS.search(said)
    return None if ends else BROKEN


@rule(
    "aims:api9:2023-several-versions", unit=SERVICE, severity=LOW,
    title=_("Several versions are described side by side"),
    says=_("Versions %(versions)s are described."),
    why=_("Each version that answers has to be kept safe; old ones seldom are."),
    mend=_("Say which is current, deprecate the others and give them an end."),
    owasp=("API9:2023",), cwe=(1059,), apr=("APR-03",),
)  # fmt: skip
def several_versions(one: View, _view: View) -> Judgement:
    found = sorted({part for operation in one.operations for part in operation.segments if _VERSION.match(part)})
    return {"versions": ", ".join(found[:6])} if len(found) > 1 else None


@rule(
    "aims:api9:2023-test-beside-production", unit=SERVER, severity=LOW,
    title=_("A server for tests stands in the description for consumers"),
    says=_("%(url)s looks like a server for tests."),
    why=_("Servers for tests are less guarded and often hold copies of real data."),
    mend=_("Describe it apart, or close it to the outside."),
    owasp=("API9:2023",), cwe=(1059,), apr=("APR-01", "APR-21"),
)  # fmt: skip
def test_beside_production(one: Server, view: View) -> Judgement:
    if len(view.servers) == 1:
        return NOT_MINE
    return {"url": one.url[:200]} if ENVIRONMENTS.search(one.host) else None


test_beside_production.__test__ = False  # type: ignore[attr-defined]


@rule(
    "aims:api9:2023-no-version", unit=SERVICE, severity=LOW,
    title=_("The description has no version"),
    why=_("Without one, nobody can say which description belongs to what runs."),
    mend=_("Say info.version and raise it with every change."),
    owasp=("API9:2023",), cwe=(1059,), apr=("APR-04", "APR-24"),
)  # fmt: skip
def no_version(one: View, _view: View) -> Judgement:
    return None if one.description.version else BROKEN


@rule(
    "aims:api9:2023-no-contact", unit=SERVICE, severity=LOW,
    title=_("Nobody is named for reports"),
    why=_("Who finds a hole or a harm has nobody to tell."),
    mend=_("Name a contact with e-mail or address in info.contact."),
    owasp=("API9:2023",), cwe=(1059,), apr=("APR-29", "APR-01"),
)  # fmt: skip
def no_contact(one: View, _view: View) -> Judgement:
    contact = mapping(one.info.get("contact"))
    return None if text(contact.get("email")) or text(contact.get("url")) else BROKEN


@rule(
    "aims:api9:2023-nothing-said", unit=OPERATION, severity=LOW, on=False,
    title=_("What an operation does is not said"),
    why=_("Operations without a word are those nobody feels responsible for. Off until wanted."),
    mend=_("Say it in a summary."),
    owasp=("API9:2023",), cwe=(1059,), apr=("APR-04",),
)  # fmt: skip
def nothing_said(one: Operation, _view: View) -> Judgement:
    return None if text(one.raw.get("summary")) or text(one.raw.get("description")) else BROKEN


@rule(
    "aims:api10:2023-callback-where-the-caller-says", unit=OPERATION, severity=MEDIUM,
    title=_("The service calls back where the caller says"),
    says=_("It calls %(url)s."),
    why=_("The caller chooses where answers go; they can be led inside the network or to somebody else."),
    mend=_("Let addresses be registered and proved first; refuse private ones."),
    owasp=("API10:2023", "API7:2023"), cwe=(918, 346), apr=("APR-20", "APR-22"),
)  # fmt: skip
def callback_where_the_caller_says(one: Operation, _view: View) -> Judgement:
    urls = [str(url) for callback in mapping(one.raw.get("callbacks")).values() for url in mapping(callback)]
    if not urls:
        return NOT_MINE
    return next(({"url": url[:200]} for url in urls if "{$request." in url), None)


@rule(
    "aims:api10:2023-callback-over-http", unit=OPERATION, severity=HIGH,
    title=_("The service calls back without encryption"),
    says=_("It calls %(url)s."),
    why=_("What it sends can be read and changed on the way."),
    mend=_("Call https only."),
    owasp=("API10:2023",), cwe=(319,), apr=("APR-05", "APR-22"),
)  # fmt: skip
def callback_over_http(one: Operation, _view: View) -> Judgement:
    urls = [str(url) for callback in mapping(one.raw.get("callbacks")).values() for url in mapping(callback)]
    if not urls:
        return NOT_MINE
    return next(({"url": url[:200]} for url in urls if url.lower().startswith("http:")), None)


@rule(
    "aims:api10:2023-webhook-unsigned", unit=SERVICE, severity=MEDIUM,
    title=_("Web hooks are not signed"),
    says=_("%(times)s web hooks say nothing of a signature, such as %(first)s."),
    why=_("Receivers cannot tell the service's calls from forged ones, and act on what they are told."),
    mend=_("Sign each call, and describe the header that holds the signature."),
    owasp=("API10:2023",), cwe=(345, 347), apr=("APR-22", "APR-07"),
)  # fmt: skip
def webhook_unsigned(one: View, _view: View) -> Judgement:
    hooks = mapping(one.document.get("webhooks"))
    if not hooks:
        return NOT_MINE
    bare = [str(name) for name, item in hooks.items() if not _is_signed(mapping(item), one)]
    return {"times": len(bare), "first": bare[0][:200]} if bare else None


def _is_signed(item: object, view: View) -> bool:
    for operation in mapping(item).values():
        node = mapping(operation)
        named = [mapping(resolved(view.document, one)) for one in listed(node.get("parameters")) if one]
        if node.get("security") or any(_SIGNED.search(text(one.get("name")).lower()) for one in named):
            return True
    return False


@rule(
    "aims:api10:2023-foreign-reference", unit=SERVICE, severity=LOW,
    title=_("Parts of the description are taken from elsewhere"),
    says=_("%(times)s references lead elsewhere, first %(first)s."),
    why=_("Who changes the other file changes what this service promises and checks."),
    mend=_("Bundle the description into one file."),
    owasp=("API10:2023",), cwe=(829,), apr=("APR-04", "APR-22"),
)  # fmt: skip
def foreign_reference(one: View, _view: View) -> Judgement:
    found = [word for where, word in texts(one.document) if where.endswith("/$ref") and not word.startswith("#")]
    return {"times": len(found), "first": found[0][:200]} if found else None


@rule(
    "aims:api10:2023-answers-of-others-unbounded", unit=OPERATION, severity=MEDIUM,
    title=_("Results of tools that others run are taken in unchecked"),
    says=_("“%(name)s” brings in what others answer."),
    why=_("What a connector, plug-in or remote tool answers becomes part of the prompt: instructions hide in it."),
    mend=_("Allow only registered connectors, validate what they answer, and keep it apart from instructions."),
    owasp=("API10:2023", "LLM01:2025"), cwe=(346, 20), atlas=("AML.T0051.001", "AML.T0110"), apr=("APR-22", "APR-15"),
)  # fmt: skip
def answers_of_others_unbounded(one: Operation, _view: View) -> Judgement:
    if not one.is_write or not one.fields:
        return NOT_MINE
    names = ("connector", "connectors", "connector_id", "plugins", "plugin", "server_url", "mcp_servers", "mcp_server")
    return next(({"name": name} for name in one.asks_for(names)), None)
