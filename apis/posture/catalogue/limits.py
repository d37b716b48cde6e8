"""How much may be asked: resources (OWASP API4) and business flows (API6)."""

from django.utils.translation import gettext_lazy as _

from apis.posture.catalogue.data import places
from apis.posture.rules import BROKEN, LOW, MEDIUM, NOT_MINE, OPERATION, PARAMETER, SHAPE, Judgement, rule
from apis.posture.shapes import Node, Shape, bounded, types_of
from apis.posture.view import Operation, Parameter, View, mapping
from apis.posture.words import FLOWS, MONEY, PAGED, PAGING, among, bare

_LIMIT_HEADERS = ("ratelimit", "x-ratelimit", "x-rate-limit", "retry-after")


def has_limit_headers(one: Operation) -> bool:
    """Whether some answer says how much may still be asked."""
    return any(
        str(name).lower().startswith(_LIMIT_HEADERS)
        for response in one.responses.values()
        for name in mapping(response.get("headers"))
    )


@rule(
    "owasp:api4:2023-rate-limit", unit=OPERATION, severity=LOW, on=False,
    title=_("Answers do not say how much may still be asked"),
    why=_("Callers that do not know the limit run into it. Gateways often add these headers without a word in the "
          "description, so this is off until wanted."),
    mend=_("Describe the RateLimit headers of the answers."),
    owasp=("API4:2023",), cwe=(770,), atlas=("AML.T0029",), apr=("APR-16",),
)  # fmt: skip
def rate_limit(one: Operation, _view: View) -> Judgement:
    return None if has_limit_headers(one) else BROKEN


@rule(
    "owasp:api4:2023-rate-limit-responses-429", unit=OPERATION, severity=LOW,
    title=_("Too many calls are not refused"),
    why=_("An operation that never answers 429 may have no limit per consumer."),
    mend=_("Limit calls per consumer, answer 429 beyond, and describe it."),
    owasp=("API4:2023",), cwe=(770,), atlas=("AML.T0029",), apr=("APR-16",),
)  # fmt: skip
def rate_limit_responses_429(one: Operation, _view: View) -> Judgement:
    return None if one.answers("429") else BROKEN


@rule(
    "owasp:api4:2023-rate-limit-retry-after", unit=OPERATION, severity=LOW,
    title=_("A refused caller is not told when to try again"),
    why=_("Without Retry-After, callers try again at once and make the load worse."),
    mend=_("Add the header Retry-After to the answer 429."),
    owasp=("API4:2023",), cwe=(770,), apr=("APR-16",),
)  # fmt: skip
def rate_limit_retry_after(one: Operation, _view: View) -> Judgement:
    refused = one.responses.get("429")
    if refused is None:
        return NOT_MINE
    return None if "retry-after" in {str(name).lower() for name in mapping(refused.get("headers"))} else BROKEN


def _unlimited(node: Node, kind: str, *keywords: str) -> bool:
    schema = node[1]
    return kind in types_of(schema) and not any(keyword in schema for keyword in (*keywords, "enum", "const"))


@rule(
    "owasp:api4:2023-array-limit", unit=SHAPE, severity=LOW,
    title=_("Lists in requests have no end"),
    says=_("%(times)s lists have no maxItems, such as %(first)s."),
    why=_("Each entry of a list costs time and memory; a list without limit lets one call take all of it."),
    mend=_("Say maxItems and refuse longer lists."),
    owasp=("API4:2023",), cwe=(770,), atlas=("AML.T0029",), apr=("APR-16", "APR-18"),
)  # fmt: skip
def array_limit(one: Shape, _view: View) -> Judgement:
    return places(one, lambda node: _unlimited(node, "array", "maxItems")) if one.asked else NOT_MINE


@rule(
    "owasp:api4:2023-string-limit", unit=SHAPE, severity=LOW, on=False,
    title=_("Texts in requests have no greatest length"),
    says=_("%(times)s texts have no maxLength, such as %(first)s."),
    why=_("Long texts cost time and memory. A limit on the whole request is usual instead, so this is off until "
          "wanted."),
    mend=_("Say maxLength, or limit the whole request and accept the finding for the service."),
    owasp=("API4:2023",), cwe=(770,), apr=("APR-16", "APR-18"),
)  # fmt: skip
def string_limit(one: Shape, _view: View) -> Judgement:
    return places(one, lambda node: _unlimited(node, "string", "maxLength")) if one.asked else NOT_MINE


@rule(
    "owasp:api4:2023-string-restricted", unit=SHAPE, severity=LOW, on=False,
    title=_("Texts in requests may be anything"),
    says=_("%(times)s texts have no format, pattern or list, such as %(first)s."),
    why=_("Free text is where injections go in; but prompts and names are free by nature, so this is off until "
          "wanted."),
    mend=_("Say format, pattern, enum or const where the text is not free."),
    owasp=("API4:2023", "API8:2023"), cwe=(20,), apr=("APR-18",),
)  # fmt: skip
def string_restricted(one: Shape, _view: View) -> Judgement:
    return places(one, lambda node: _unlimited(node, "string", "format", "pattern")) if one.asked else NOT_MINE


@rule(
    "owasp:api4:2023-integer-limit", unit=SHAPE, severity=LOW, on=False,
    title=_("Numbers in requests have no bounds (OpenAPI 3.1)"),
    says=_("%(times)s numbers have no minimum or maximum, such as %(first)s."),
    why=_("Numbers often say how much is done. Those that matter have rules of their own, so this is off until "
          "wanted."),
    mend=_("Say minimum and maximum, or exclusiveMinimum and exclusiveMaximum."),
    owasp=("API4:2023",), cwe=(770, 20), apr=("APR-16", "APR-18"),
)  # fmt: skip
def integer_limit(one: Shape, view: View) -> Judgement:
    if not one.asked or view.description.dialect != "3.1":
        return NOT_MINE
    return places(one, _boundless)


def _boundless(node: Node) -> bool:
    low = _unlimited(node, "integer", "minimum", "exclusiveMinimum")
    return low or _unlimited(node, "integer", "maximum", "exclusiveMaximum")


@rule(
    "owasp:api4:2023-integer-limit-legacy", unit=SHAPE, severity=LOW, on=False,
    title=_("Numbers in requests have no bounds (OpenAPI 2.0 and 3.0)"),
    says=_("%(times)s numbers have no minimum or maximum, such as %(first)s."),
    why=_("Numbers often say how much is done. Those that matter have rules of their own, so this is off until "
          "wanted."),
    mend=_("Say minimum and maximum."),
    owasp=("API4:2023",), cwe=(770, 20), apr=("APR-16", "APR-18"),
)  # fmt: skip
def integer_limit_legacy(one: Shape, view: View) -> Judgement:
    if not one.asked or view.description.dialect == "3.1":
        return NOT_MINE
    return places(one, lambda node: _unlimited(node, "integer", "minimum") or _unlimited(node, "integer", "maximum"))


@rule(
    "owasp:api4:2023-integer-format", unit=SHAPE, severity=LOW, on=False,
    title=_("Numbers in requests do not say their size"),
    says=_("%(times)s numbers have no format, such as %(first)s."),
    why=_("Numbers that are read in 32 and in 64 bits are not the same number. Rarely a hole, so this is off "
          "until wanted."),
    mend=_("Say format: int32 or int64."),
    owasp=("API4:2023",), cwe=(190,), apr=("APR-18",),
)  # fmt: skip
def integer_format(one: Shape, _view: View) -> Judgement:
    return places(one, lambda node: _unlimited(node, "integer", "format")) if one.asked else NOT_MINE


@rule(
    "aims:api4:2023-page-without-maximum", unit=PARAMETER, severity=MEDIUM,
    title=_("The caller says how much is answered, without a maximum"),
    says=_("“%(name)s” has no maximum."),
    why=_("One call can then read everything, which is slow, dear and good for copying."),
    mend=_("Say a maximum and hold to it whatever is asked."),
    owasp=("API4:2023",), cwe=(770,), apr=("APR-16",),
)  # fmt: skip
def page_without_maximum(one: Parameter, view: View) -> Judgement:
    if one.where != "query" or not among(one.name, PAGING) or not {"integer", "number"} & set(types_of(one.schema)):
        return NOT_MINE
    return None if bounded(view.document, one.schema, "maximum", "exclusiveMaximum") else {"name": one.name}


@rule(
    "aims:api4:2023-list-without-pages", unit=OPERATION, severity=LOW,
    title=_("A list is answered whole"),
    why=_("A list that grows and has no pages grows each answer with it."),
    mend=_("Answer pages of a bounded size."),
    owasp=("API4:2023",), cwe=(770,), apr=("APR-16",),
)  # fmt: skip
def list_without_pages(one: Operation, view: View) -> Judgement:
    if one.method != "GET" or not any("array" in types_of(mapping(body.schema)) for body in one.results):
        return NOT_MINE
    return None if any(bare(other.name) in PAGED for other in one.parameters) else BROKEN


@rule(
    "aims:api4:2023-batch-without-limit", unit=OPERATION, severity=MEDIUM,
    title=_("A batch may be of any length"),
    why=_("One call that does the work of a million is not seen by limits on calls."),
    mend=_("Say maxItems for the batch and count its entries against the limit."),
    owasp=("API4:2023",), cwe=(770,), atlas=("AML.T0029",), apr=("APR-16",),
)  # fmt: skip
def batch_without_limit(one: Operation, view: View) -> Judgement:
    lists = [body for body in one.requests if "array" in types_of(mapping(body.schema))]
    if not lists:
        return NOT_MINE
    return None if all(bounded(view.document, body.schema, "maxItems") for body in lists) else BROKEN


@rule(
    "aims:api6:2023-flow-without-limit", unit=OPERATION, severity=MEDIUM,
    title=_("A flow worth abusing has no limit"),
    why=_("Sign-up, orders, votes, bookings and scoring can be played by programs, call by call in order."),
    mend=_("Limit the flow per person and device, ask for proof of a human where it matters, and describe 429."),
    owasp=("API6:2023",), cwe=(799, 837), atlas=("AML.T0046",), apr=("APR-17",),
)  # fmt: skip
def flow_without_limit(one: Operation, _view: View) -> Judgement:
    if one.method not in ("POST", "PUT") or not FLOWS.search(one.path.lower()):
        return NOT_MINE
    return None if one.answers("429") else BROKEN


@rule(
    "aims:api6:2023-payment-twice", unit=OPERATION, severity=LOW,
    title=_("A payment or order can happen twice"),
    why=_("Nothing in the call tells a repeated one from a second one."),
    mend=_("Ask for a key of idempotency in a header or the body."),
    owasp=("API6:2023",), cwe=(837,), apr=("APR-17",),
)  # fmt: skip
def payment_twice(one: Operation, _view: View) -> Judgement:
    if one.method != "POST" or not MONEY.search(one.path.lower()):
        return NOT_MINE
    names = [*(other.name for other in one.parameters), *one.fields]
    return None if any(bare(name).endswith(("idempotencykey", "requestid", "nonce")) for name in names) else BROKEN
