"""What goes in and comes out: property level (OWASP API3) and addresses the service is asked to fetch (API7)."""

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from apis.posture.catalogue.access import is_admin
from apis.posture.rules import BROKEN, HIGH, LOW, MEDIUM, NOT_MINE, OPERATION, PARAMETER, SHAPE, Judgement, rule
from apis.posture.shapes import Node, Shape, types_of
from apis.posture.view import Operation, Parameter, View, mapping, text
from apis.posture.words import ADDRESSES, DETAILS, KEPT_SECRET, PRIVILEGES, among, bare


def places(shape: Shape, wrong: Callable[[Node], bool]) -> Judgement:
    """How many places of a shape are wrong, and the first of them by name."""
    found = sorted({where or "(all)" for where, schema in shape.nodes if wrong((where, schema))})
    return {"times": len(found), "first": found[0][:200]} if found else None


@rule(
    "owasp:api3:2023-no-additionalProperties", unit=SHAPE, severity=LOW,
    title=_("Requests may hold properties that nobody described"),
    says=_("Undescribed properties are let in at %(times)s places, such as %(first)s."),
    why=_("What is let in undescribed may be stored or used: mass assignment and poisoned records begin there."),
    mend=_("Say additionalProperties: false, and refuse what is not described."),
    owasp=("API3:2023",), cwe=(915,), atlas=("AML.T0020",), apr=("APR-13", "APR-07"),
)  # fmt: skip
def no_additional_properties(one: Shape, view: View) -> Judgement:
    if not one.asked:
        return NOT_MINE
    return places(one, lambda node: node[1].get("additionalProperties") is True)


@rule(
    "owasp:api3:2023-constrained-additionalProperties", unit=SHAPE, severity=LOW, on=False,
    title=_("A mapping may hold any number of entries"),
    says=_("Mappings have no maxProperties at %(times)s places, such as %(first)s."),
    why=_("Mappings without a limit let a request grow; most services have a general limit on size, so this is off "
          "until wanted."),
    mend=_("Say maxProperties."),
    owasp=("API3:2023", "API4:2023"), cwe=(770,), apr=("APR-13", "APR-16"),
)  # fmt: skip
def constrained_additional_properties(one: Shape, view: View) -> Judgement:
    if not one.asked:
        return NOT_MINE
    return places(one, lambda node: bool(node[1].get("additionalProperties")) and "maxProperties" not in node[1])


@rule(
    "owasp:api3:2023-no-unevaluatedProperties", unit=SHAPE, severity=LOW, on=False,
    title=_("Combined schemas let undescribed properties in"),
    says=_("unevaluatedProperties is not false at %(times)s places, such as %(first)s."),
    why=_("As with additionalProperties, but across combined schemas (OpenAPI 3.1). Few descriptions use it, so it is "
          "off until wanted."),
    mend=_("Say unevaluatedProperties: false."),
    owasp=("API3:2023",), cwe=(915,), apr=("APR-13",),
)  # fmt: skip
def no_unevaluated_properties(one: Shape, view: View) -> Judgement:
    if not one.asked or view.description.dialect != "3.1":
        return NOT_MINE
    return places(one, lambda node: node[1].get("unevaluatedProperties", False) is not False)


@rule(
    "owasp:api3:2023-constrained-unevaluatedProperties", unit=SHAPE, severity=LOW, on=False,
    title=_("Combined schemas may hold any number of entries"),
    says=_("unevaluatedProperties comes without maxProperties at %(times)s places, such as %(first)s."),
    why=_("As with mappings, but across combined schemas (OpenAPI 3.1). Off until wanted."),
    mend=_("Say maxProperties."),
    owasp=("API3:2023", "API4:2023"), cwe=(770,), apr=("APR-13", "APR-16"),
)  # fmt: skip
def constrained_unevaluated_properties(one: Shape, view: View) -> Judgement:
    if not one.asked or view.description.dialect != "3.1":
        return NOT_MINE
    return places(one, lambda node: bool(node[1].get("unevaluatedProperties")) and "maxProperties" not in node[1])


@rule(
    "aims:api3:2023-secret-in-answer", unit=SHAPE, severity=HIGH,
    title=_("Answers hold secrets"),
    says=_("“%(name)s” is part of an answer."),
    why=_("Passwords, keys and their hashes that are answered reach logs, caches and models that read the answer."),
    mend=_("Leave it out of answers; show a new key once, when it is made, and accept this finding for that place."),
    owasp=("API3:2023", "LLM02:2025"), cwe=(200, 522), atlas=("AML.T0057",), apr=("APR-13", "APR-19"),
)  # fmt: skip
def secret_in_answer(one: Shape, _view: View) -> Judgement:
    if not one.answered:
        return NOT_MINE
    return next(({"name": where[:200]} for where, schema in one.nodes if _tells(where, schema)), None)


def _tells(where: str, schema: object) -> bool:
    node = mapping(schema)
    return (
        among(where.rpartition(".")[2], KEPT_SECRET)
        and "string" in types_of(node)
        and node.get("writeOnly") is not True
    )


@rule(
    "aims:api3:2023-privileges-in-request", unit=OPERATION, severity=MEDIUM,
    title=_("A request may say what the caller is allowed to do"),
    says=_("“%(name)s” can be set by the caller."),
    why=_("Where roles, owners or balances are taken from the request, a caller can raise its own rights."),
    mend=_("Mark the property readOnly and ignore it in requests; set it in an operation of administration."),
    owasp=("API3:2023",), cwe=(915, 269), apr=("APR-13", "APR-12"),
)  # fmt: skip
def privileges_in_request(one: Operation, _view: View) -> Judgement:
    if not one.is_write or not one.fields or is_admin(one) or one.ai_kind:
        return NOT_MINE
    named = (name for name, schema in one.fields.items() if _raises(name, schema))
    return next(({"name": name} for name in named), None)


def _raises(name: str, schema: object) -> bool:
    return among(name, PRIVILEGES) and mapping(schema).get("readOnly") is not True


@rule(
    "aims:api3:2023-answer-without-schema", unit=OPERATION, severity=LOW,
    title=_("The answer is not described"),
    why=_("Without a schema nobody can tell whether an answer holds more than it should."),
    mend=_("Describe the answer, and let the service answer only what is described."),
    owasp=("API3:2023",), cwe=(213,), apr=("APR-13", "APR-04"),
)  # fmt: skip
def answer_without_schema(one: Operation, _view: View) -> Judgement:
    bodies = [body for body in one.results if "json" in body.media]
    if not bodies:
        return NOT_MINE
    return None if all(mapping(body.schema) for body in bodies) else BROKEN


@rule(
    "aims:api3:2023-details-in-errors", unit=OPERATION, severity=MEDIUM,
    title=_("Errors tell how the service is built"),
    says=_("An error answers “%(name)s”."),
    why=_("Stack traces and queries show an attacker where to push."),
    mend=_("Answer a code and a reference; keep details in the log."),
    owasp=("API8:2023", "API3:2023"), cwe=(209,), apr=("APR-21",),
)  # fmt: skip
def details_in_errors(one: Operation, view: View) -> Judgement:
    if not one.error_fields:
        return NOT_MINE
    return next(({"name": name} for name in one.error_fields if among(name, DETAILS)), None)


@rule(
    "owasp:api7:2023-concerning-url-parameter", unit=PARAMETER, severity=MEDIUM,
    title=_("A parameter may send the service somewhere"),
    says=_("The parameter “%(name)s” looks like an address."),
    why=_("A service that fetches what callers name can be sent to addresses inside the network (SSRF)."),
    mend=_("Allow only known hosts, refuse private addresses and redirects, and log what is fetched."),
    owasp=("API7:2023",), cwe=(918,), atlas=("AML.T0049",), apr=("APR-20",),
)  # fmt: skip
def concerning_url_parameter(one: Parameter, _view: View) -> Judgement:
    if one.where not in ("query", "path", "formData"):
        return NOT_MINE
    return {"name": one.name} if _is_address(one.name, one.schema) else None


def _is_address(name: str, schema: object) -> bool:
    node = mapping(schema)
    if node.get("enum"):
        return False
    if text(node.get("format")) in ("uri", "url", "iri"):
        return True
    return "string" in types_of(node) and among(name, ADDRESSES - {"source", "target", "host", "next", "load"})


@rule(
    "aims:api7:2023-address-in-body", unit=SHAPE, severity=MEDIUM,
    title=_("A request may name addresses to fetch"),
    says=_("“%(first)s” takes an address (%(times)s in all)."),
    why=_("Images, files, tools and web hooks given by address let a caller, or a prompt that a model follows, reach "
          "into the network."),
    mend=_("Allow only known hosts, refuse private addresses and redirects, and log what is fetched."),
    owasp=("API7:2023", "LLM01:2025"), cwe=(918,), atlas=("AML.T0049", "AML.T0025"), apr=("APR-20",),
)  # fmt: skip
def address_in_body(one: Shape, _view: View) -> Judgement:
    if not one.asked:
        return NOT_MINE
    return places(one, lambda node: bool(bare(node[0])) and _is_address(node[0].rpartition(".")[2], node[1]))
