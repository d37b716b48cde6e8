"""What traffic shows, whatever the description says. The figures are calls."""

from django.utils.translation import gettext_lazy as _

from apis.posture import ai
from apis.posture import traffic as seen
from apis.posture.rules import CALLED, CRITICAL, HIGH, LOW, MEDIUM, NOT_MINE, Judgement, rule
from apis.posture.traffic import Called, Traffic
from apis.posture.words import ADMIN, DEBUG

ENOUGH = 100  # calls before silence about refusals says anything
MANY = 1_000  # calls to a model before a missing 429 does
FAILING = 0.05  # share of calls
_FILES = ("/.env", "/.git", "/.aws", "/wp-config", "/id_rsa", "/server-status", "/phpinfo")


def _marked(one: Called, mark: str) -> Judgement:
    return {"calls": one.marks[mark], "all": one.calls} if one.marks[mark] else None


@rule(
    "aims:traffic:http", unit=CALLED, severity=HIGH,
    title=_("Called without encryption"),
    says=_("%(calls)s of %(all)s calls came over http."),
    why=_("What was sent and answered could be read on the way, keys included."),
    mend=_("Close http, send HSTS, and change the keys that were sent."),
    owasp=("API8:2023",), cwe=(319,), atlas=("AML.T0025",), apr=("APR-05",),
)  # fmt: skip
def http(one: Called, _all: Traffic) -> Judgement:
    return _marked(one, seen.HTTP)


@rule(
    "aims:traffic:old-tls", unit=CALLED, severity=MEDIUM,
    title=_("Called with outdated encryption"),
    says=_("%(calls)s of %(all)s calls used TLS older than 1.2."),
    why=_("TLS 1.0 and 1.1 are broken in known ways."),
    mend=_("Accept TLS 1.2 and 1.3 only; tell the consumers that still need the old one."),
    owasp=("API8:2023",), cwe=(326, 327), atlas=("AML.T0025",), apr=("APR-05",),
)  # fmt: skip
def old_tls(one: Called, _all: Traffic) -> Judgement:
    return _marked(one, seen.OLD_TLS)


@rule(
    "aims:traffic:credentials-in-query", unit=CALLED, severity=HIGH,
    title=_("Credentials were sent in the address"),
    says=_("%(calls)s of %(all)s calls carried what looks like a key or token in the query."),
    why=_("They now stand in this log, and in others on the way."),
    mend=_("Withdraw these keys, refuse keys in the query, and clean the logs."),
    owasp=("API2:2023",), cwe=(598, 532), atlas=("AML.T0055",), apr=("APR-10",),
)  # fmt: skip
def credentials_in_query(one: Called, _all: Traffic) -> Judgement:
    return _marked(one, seen.QUERY_CREDENTIAL)


@rule(
    "aims:traffic:basic", unit=CALLED, severity=MEDIUM,
    title=_("Passwords were sent with each call (HTTP Basic)"),
    says=_("%(calls)s of %(all)s calls used HTTP Basic."),
    why=_("Whoever sees one call has name and password for good."),
    mend=_("Move these consumers to tokens."),
    owasp=("API2:2023",), cwe=(522,), atlas=("AML.T0055",), apr=("APR-10",),
)  # fmt: skip
def basic(one: Called, _all: Traffic) -> Judgement:
    return _marked(one, seen.BASIC)


@rule(
    "aims:traffic:shared-key", unit=CALLED, severity=MEDIUM,
    title=_("One key is used from many places"),
    says=_("%(calls)s of %(all)s calls used a key that is shared."),
    why=_("A key that many share cannot be withdrawn from one, and misuse cannot be laid to anyone."),
    mend=_("Give each consumer a key of its own."),
    owasp=("API2:2023",), cwe=(522, 1391), atlas=("AML.T0012",), apr=("APR-10", "APR-14"),
)  # fmt: skip
def shared_key(one: Called, _all: Traffic) -> Judgement:
    return _marked(one, seen.SHARED_KEY)


@rule(
    "aims:traffic:cors-any", unit=CALLED, severity=MEDIUM,
    title=_("Any web page may call it (CORS *)"),
    says=_("%(calls)s of %(all)s answers let every origin in."),
    why=_("Pages of strangers can then use it from the browsers of your people."),
    mend=_("Name the origins that are meant."),
    owasp=("API8:2023",), cwe=(942,), apr=("APR-21",),
)  # fmt: skip
def cors_any(one: Called, _all: Traffic) -> Judgement:
    return _marked(one, seen.CORS_ANY)


@rule(
    "aims:traffic:answered-without-credentials", unit=CALLED, severity=HIGH,
    title=_("Calls without credentials were answered"),
    says=_("%(calls)s calls without credentials succeeded."),
    why=_("Whatever is described, it is open to anybody who reaches it."),
    mend=_("Ask for credentials, or accept the finding with the reason why it is public."),
    owasp=("API2:2023",), cwe=(306,), atlas=("AML.T0040",), apr=("APR-09",),
)  # fmt: skip
def answered_without_credentials(one: Called, _all: Traffic) -> Judgement:
    if not one.marks[seen.ANONYMOUS] and not one.marks[seen.ANONYMOUS_OK] and not one.with_credentials:
        return NOT_MINE
    return {"calls": one.marks[seen.ANONYMOUS_OK]} if one.marks[seen.ANONYMOUS_OK] else None


@rule(
    "aims:traffic:model-without-credentials", unit=CALLED, severity=CRITICAL,
    title=_("A model worked for somebody without credentials"),
    says=_("%(calls)s calls without credentials were answered by a model."),
    why=_("It is used at the organisation's cost by people nobody knows, and can be copied by asking."),
    mend=_("Ask for credentials at once, and look who used it."),
    owasp=("API2:2023", "LLM10:2025"), cwe=(306,), atlas=("AML.T0040", "AML.T0034"), apr=("APR-09",),
)  # fmt: skip
def model_without_credentials(one: Called, _all: Traffic) -> Judgement:
    if one.ai_kind not in ai.ANSWERS | ai.TRAINS:
        return NOT_MINE
    return {"calls": one.marks[seen.ANONYMOUS_OK]} if one.marks[seen.ANONYMOUS_OK] else None


@rule(
    "aims:traffic:description-not-kept", unit=CALLED, severity=CRITICAL,
    title=_("The description asks for credentials, but calls without them succeed"),
    says=_("%(calls)s calls without credentials succeeded."),
    why=_("The check that the description promises is not there, or can be passed by."),
    mend=_("Find out why the gateway lets them pass; treat it as an incident until known."),
    owasp=("API2:2023",), cwe=(306, 287), atlas=("AML.T0040",), apr=("APR-09", "APR-04"),
)  # fmt: skip
def description_not_kept(one: Called, _all: Traffic) -> Judgement:
    if one.operation is None or one.operation.secured is not True:
        return NOT_MINE
    return {"calls": one.marks[seen.ANONYMOUS_OK]} if one.marks[seen.ANONYMOUS_OK] else None


@rule(
    "aims:traffic:mixed-authentication", unit=CALLED, severity=MEDIUM,
    title=_("Some are asked for credentials and some are not"),
    says=_("%(known)s calls came with credentials, %(calls)s succeeded without."),
    why=_("Two ways to the same endpoint: one of them is not guarded."),
    mend=_("Find the way round the gateway, or split what is public from what is not."),
    owasp=("API2:2023",), cwe=(287,), apr=("APR-09",),
)  # fmt: skip
def mixed_authentication(one: Called, _all: Traffic) -> Judgement:
    known, unknown = one.with_credentials, one.marks[seen.ANONYMOUS_OK]
    if not known and not one.marks[seen.ANONYMOUS]:
        return NOT_MINE
    return {"known": known, "calls": unknown} if known and unknown else None


@rule(
    "aims:traffic:never-refused", unit=CALLED, severity=LOW,
    title=_("Nobody was ever refused"),
    says=_("%(calls)s calls, and not one answer 401 or 403."),
    why=_("Keys expire and people mistype them: an endpoint that never refuses may not check."),
    mend=_("Call it without credentials and see that it refuses."),
    owasp=("API2:2023",), cwe=(287,), apr=("APR-09", "APR-23"),
)  # fmt: skip
def never_refused(one: Called, _all: Traffic) -> Judgement:
    if one.calls < ENOUGH or one.operation is None or one.operation.secured is not True:
        return NOT_MINE
    return None if one.refused else {"calls": one.calls}


@rule(
    "aims:traffic:never-limited", unit=CALLED, severity=LOW,
    title=_("Nobody was ever slowed down at a model"),
    says=_("%(calls)s calls, and not one answer 429."),
    why=_("There may be no quota, or one so high that it does not protect."),
    mend=_("Set a quota per consumer and try that it holds."),
    owasp=("API4:2023", "LLM10:2025"), cwe=(770,), atlas=("AML.T0034",), apr=("APR-16",),
)  # fmt: skip
def never_limited(one: Called, _all: Traffic) -> Judgement:
    if one.calls < MANY or one.ai_kind not in ai.ANSWERS:
        return NOT_MINE
    return None if one.statuses[429] else {"calls": one.calls}


@rule(
    "aims:traffic:undescribed", unit=CALLED, severity=MEDIUM,
    title=_("Called, but not described"),
    says=_("%(calls)s calls succeeded."),
    why=_("What nobody described, nobody assessed, tested or owns."),
    mend=_("Describe it, or close it."),
    owasp=("API9:2023",), cwe=(1059,), atlas=("AML.T0006",), apr=("APR-02",),
)  # fmt: skip
def undescribed(one: Called, _all: Traffic) -> Judgement:
    if one.described is None or not one.succeeded:
        return NOT_MINE
    return None if one.described else {"calls": one.succeeded}


@rule(
    "aims:traffic:deprecated-called", unit=CALLED, severity=MEDIUM,
    title=_("Deprecated, but still called"),
    says=_("%(calls)s calls succeeded."),
    why=_("What is to go is still in use; when it goes, something breaks, and until then it ages."),
    mend=_("Tell the consumers, set an end, and close it then."),
    owasp=("API9:2023",), cwe=(1059,), apr=("APR-03",),
)  # fmt: skip
def deprecated_called(one: Called, _all: Traffic) -> Judgement:
    if one.operation is None or not one.operation.deprecated:
        return NOT_MINE
    return {"calls": one.succeeded} if one.succeeded else None


@rule(
    "aims:traffic:trace", unit=CALLED, severity=MEDIUM,
    title=_("A method nobody needs was answered"),
    says=_("%(method)s was answered %(calls)s times."),
    why=_("TRACE, CONNECT and the like send back what was sent or open ways into the network."),
    mend=_("Refuse them at the gateway."),
    owasp=("API8:2023",), cwe=(693,), apr=("APR-21",),
)  # fmt: skip
def trace(one: Called, _all: Traffic) -> Judgement:
    if one.method not in ("TRACE", "TRACK", "CONNECT", "DEBUG"):
        return NOT_MINE
    return {"method": one.method, "calls": one.succeeded} if one.succeeded else None


@rule(
    "aims:traffic:debug-answered", unit=CALLED, severity=HIGH,
    title=_("Files or pages of developers are answered"),
    says=_("%(calls)s calls succeeded."),
    why=_("Settings, sources and debugging pages give away keys and the way in."),
    mend=_("Take them off the server, and change what they gave away."),
    owasp=("API8:2023", "API9:2023"), cwe=(538, 489), atlas=("AML.T0049",), apr=("APR-21",),
)  # fmt: skip
def debug_answered(one: Called, _all: Traffic) -> Judgement:
    path = one.template.lower()
    if not path.startswith(_FILES) and not set(path.split("/")) & (DEBUG - {"testing", "reset", "internal", "env"}):
        return NOT_MINE
    return {"calls": one.succeeded} if one.succeeded else None


@rule(
    "aims:traffic:administration-without-credentials", unit=CALLED, severity=CRITICAL,
    title=_("Administration answered without credentials"),
    says=_("%(calls)s calls without credentials succeeded."),
    why=_("Anybody who finds it runs the service."),
    mend=_("Close it at once, and look what was done through it."),
    owasp=("API5:2023",), cwe=(306, 862), atlas=("AML.T0081",), apr=("APR-12",),
)  # fmt: skip
def administration_without_credentials(one: Called, _all: Traffic) -> Judgement:
    if not set(one.template.lower().split("/")) & ADMIN:
        return NOT_MINE
    return {"calls": one.marks[seen.ANONYMOUS_OK]} if one.marks[seen.ANONYMOUS_OK] else None


@rule(
    "aims:traffic:failing", unit=CALLED, severity=LOW,
    title=_("It fails often"),
    says=_("%(calls)s of %(all)s calls ended with an error of the server."),
    why=_("Errors hide attacks and lose data; for a model they may mean that it is overloaded."),
    mend=_("Find the cause; watch the share."),
    owasp=("API8:2023",), cwe=(755,), atlas=("AML.T0029",), apr=("APR-26",),
)  # fmt: skip
def failing(one: Called, _all: Traffic) -> Judgement:
    if one.calls < ENOUGH:
        return NOT_MINE
    failed = sum(calls for status, calls in one.statuses.items() if status >= 500)
    return {"calls": failed, "all": one.calls} if failed > FAILING * one.calls else None
