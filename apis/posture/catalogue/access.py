"""Who may call: object level, authentication, function level (OWASP API1, API2, API5)."""

from django.utils.translation import gettext_lazy as _

from apis.posture.rules import (
    BROKEN,
    CRITICAL,
    HIGH,
    LOW,
    MEDIUM,
    NOT_MINE,
    OPERATION,
    PARAMETER,
    SCHEME,
    SERVER,
    Judgement,
    rule,
)  # fmt: skip
from apis.posture.shapes import types_of
from apis.posture.view import Operation, Parameter, Scheme, Server, View, mapping, text
from apis.posture.words import ADMIN, CREDENTIALS, HEALTH, SIGN_IN, TENANTS, among, bare

_IDENTIFIES = ("id", "uuid", "guid", "key", "number", "no")


def _is_id(one: Parameter) -> bool:
    return one.where == "path" and (bare(one.name).endswith(_IDENTIFIES) or one.operation.path.endswith("}"))


@rule(
    "owasp:api1:2023-no-numeric-ids", unit=PARAMETER, severity=MEDIUM,
    title=_("Objects have numbers that can be guessed"),
    says=_("The identifier “%(name)s” is a number."),
    why=_("Numbers in sequence let a caller try the objects of others, one after the other."),
    mend=_("Use identifiers that cannot be guessed, such as random UUIDs, and check for each call whose object it is."),
    owasp=("API1:2023",), cwe=(639, 340), atlas=("AML.T0036",), apr=("APR-11",),
)  # fmt: skip
def no_numeric_ids(one: Parameter, _view: View) -> Judgement:
    if not _is_id(one):
        return NOT_MINE
    return {"name": one.name} if {"integer", "number"} & set(types_of(one.schema)) else None


@rule(
    "aims:api1:2023-tenant-from-caller", unit=PARAMETER, severity=MEDIUM,
    title=_("The caller says whose data it is"),
    says=_("“%(name)s” is taken from the call."),
    why=_("Where the tenant or owner comes from the call and not from the credentials, a changed value may show the "
          "data of others."),
    mend=_("Take the tenant from the token; refuse a value that differs from it."),
    owasp=("API1:2023",), cwe=(639,), atlas=("AML.T0036",), apr=("APR-11",),
)  # fmt: skip
def tenant_from_caller(one: Parameter, _view: View) -> Judgement:
    if one.where not in ("query", "header", "cookie"):
        return NOT_MINE
    return {"name": one.name} if bare(one.name).removeprefix("x") in TENANTS else None


@rule(
    "aims:api1:2023-object-answers-403", unit=OPERATION, severity=LOW, on=False,
    title=_("Refusing the objects of others is not described"),
    why=_("An operation on one object that describes neither 403 nor 404 may never have been tested with the objects "
          "of others. Says little about much, so it is off until wanted."),
    mend=_("Describe 403 or 404, and test the operation with an object of somebody else."),
    owasp=("API1:2023",), cwe=(639,), apr=("APR-11", "APR-23"),
)  # fmt: skip
def object_answers_403(one: Operation, _view: View) -> Judgement:
    if "{" not in one.path or one.is_open:
        return NOT_MINE
    return None if one.answers("403", "404") else BROKEN


@rule(
    "owasp:api2:2023-no-http-basic", unit=SCHEME, severity=HIGH,
    title=_("Passwords are sent with every call (HTTP Basic)"),
    why=_("Basic sends name and password each time; whoever sees one call has them for good."),
    mend=_("Use short-lived tokens (OAuth 2.0 or OpenID Connect) or scoped keys in a header."),
    owasp=("API2:2023",), cwe=(522, 287), atlas=("AML.T0055",), apr=("APR-10",),
)  # fmt: skip
def no_http_basic(one: Scheme, _view: View) -> Judgement:
    return BROKEN if one.kind == "basic" else None


@rule(
    "owasp:api2:2023-no-api-keys-in-url", unit=SCHEME, severity=HIGH,
    title=_("The key is part of the address"),
    says=_("The key “%(name)s” is sent in the address."),
    why=_("Addresses are kept in logs, browser histories and proxies; a key in them is known to all of these."),
    mend=_("Send the key in a header such as Authorization; withdraw keys that were sent in addresses."),
    owasp=("API2:2023",), cwe=(598, 522), atlas=("AML.T0055",), apr=("APR-10",),
)  # fmt: skip
def no_api_keys_in_url(one: Scheme, _view: View) -> Judgement:
    if one.kind != "apiKey":
        return NOT_MINE
    return {"name": text(one.raw.get("name"))} if one.raw.get("in") in ("query", "path") else None


@rule(
    "owasp:api2:2023-no-credentials-in-url", unit=PARAMETER, severity=HIGH,
    title=_("Credentials are parameters of the address"),
    says=_("The parameter “%(name)s” looks like a credential."),
    why=_("What stands in an address is written into logs and handed on with links."),
    mend=_("Move it to a header or the body, and withdraw what was sent so far."),
    owasp=("API2:2023",), cwe=(598, 522), atlas=("AML.T0055",), apr=("APR-10",),
)  # fmt: skip
def no_credentials_in_url(one: Parameter, _view: View) -> Judgement:
    if one.where not in ("query", "path"):
        return NOT_MINE
    if one.where == "path" and among(one.name, ("sessionid", "sid", "pin", "otp", "credential", "credentials")):
        return None  # these name what the path leads to
    return {"name": one.name} if among(one.name, CREDENTIALS) else None


@rule(
    "owasp:api2:2023-auth-insecure-schemes", unit=SCHEME, severity=HIGH,
    title=_("An outdated way to sign in"),
    says=_("The scheme is “%(kind)s”."),
    why=_("Digest, Negotiate and OAuth 1 are no longer held to be safe against eavesdropping and replay."),
    mend=_("Use OAuth 2.0, OpenID Connect or mutual TLS."),
    owasp=("API2:2023",), cwe=(287, 327), apr=("APR-10",),
)  # fmt: skip
def auth_insecure_schemes(one: Scheme, _view: View) -> Judgement:
    return {"kind": one.kind} if one.kind in ("negotiate", "oauth", "digest", "hoba") else None


@rule(
    "owasp:api2:2023-jwt-best-practices", unit=SCHEME, severity=LOW, on=False,
    title=_("Nothing says that tokens are checked as RFC 8725 asks"),
    why=_("Tokens are often accepted with the wrong algorithm, issuer or audience. A description can only claim the "
          "contrary, so this is off until wanted."),
    mend=_("Check algorithm, issuer, audience and expiry, and say in the scheme that RFC 8725 is followed."),
    owasp=("API2:2023",), cwe=(347,), apr=("APR-10",),
)  # fmt: skip
def jwt_best_practices(one: Scheme, _view: View) -> Judgement:
    is_token = one.kind in ("oauth2", "openIdConnect") or "jwt" in text(one.raw.get("bearerFormat")).lower()
    if not is_token:
        return NOT_MINE
    return None if "RFC8725" in text(one.raw.get("description")).replace(" ", "") else BROKEN


@rule(
    "owasp:api2:2023-short-lived-access-tokens", unit=SCHEME, severity=LOW, on=False,
    title=_("Access tokens cannot be renewed"),
    why=_("Without renewal, tokens tend to live long, and a stolen one is of use for as long. Many services renew "
          "without saying so, so this is off until wanted."),
    mend=_("Give a refreshUrl and let access tokens end after minutes."),
    owasp=("API2:2023",), cwe=(613,), apr=("APR-10",),
)  # fmt: skip
def short_lived_access_tokens(one: Scheme, _view: View) -> Judgement:
    flows = [flow for name, flow in one.flows.items() if name != "clientCredentials"]
    if one.kind != "oauth2" or not flows:
        return NOT_MINE
    return None if all(text(flow.get("refreshUrl")) for flow in flows) else BROKEN


@rule(
    "owasp:api2:2023-write-restricted", unit=OPERATION, severity=CRITICAL,
    title=_("Writing needs no credentials"),
    why=_("Anyone who reaches the service can change or delete what it holds."),
    mend=_("Ask for credentials on this operation, or accept the finding with the reason why it is public."),
    owasp=("API2:2023",), cwe=(306,), atlas=("AML.T0040",), apr=("APR-09",),
)  # fmt: skip
def write_restricted(one: Operation, _view: View) -> Judgement:
    if not one.is_write or _is_sign_in(one):
        return NOT_MINE
    return BROKEN if one.is_open else None


@rule(
    "owasp:api2:2023-read-restricted", unit=OPERATION, severity=HIGH,
    title=_("Reading needs no credentials"),
    why=_("Anyone who reaches the service can read what it answers."),
    mend=_("Ask for credentials on this operation, or accept the finding with the reason why it is public."),
    owasp=("API2:2023",), cwe=(306,), atlas=("AML.T0040",), apr=("APR-09",),
)  # fmt: skip
def read_restricted(one: Operation, _view: View) -> Judgement:
    if one.method not in ("GET", "HEAD", "QUERY") or set(one.segments) & HEALTH:
        return NOT_MINE
    return BROKEN if one.is_open else None


def _is_sign_in(one: Operation) -> bool:
    """Signing in comes before there are credentials."""
    return one.method == "POST" and bool(SIGN_IN.search(one.path.lower()))


@rule(
    "aims:api2:2023-optional-credentials", unit=OPERATION, severity=MEDIUM,
    title=_("Credentials are optional"),
    why=_("An empty alternative lets a call without credentials pass; who called cannot be told afterwards."),
    mend=_("Take the empty alternative out, or split the operation into a public one and one that asks."),
    owasp=("API2:2023",), cwe=(306, 287), apr=("APR-09",),
)  # fmt: skip
def optional_credentials(one: Operation, _view: View) -> Judgement:
    if len(one.requirements) < 2:
        return NOT_MINE
    return None if all(one.requirements) else BROKEN


@rule(
    "aims:api2:2023-unknown-scheme", unit=OPERATION, severity=HIGH,
    title=_("It asks for a way to sign in that is not defined"),
    says=_("The scheme “%(name)s” is not defined."),
    why=_("Gateways that are set up from the description then enforce nothing, or refuse everybody."),
    mend=_("Define the scheme, or name the one that is meant."),
    owasp=("API2:2023", "API8:2023"), cwe=(1188,), apr=("APR-09", "APR-04"),
)  # fmt: skip
def unknown_scheme(one: Operation, view: View) -> Judgement:
    named = [str(name) for requirement in one.requirements for name in requirement]
    if not named:
        return NOT_MINE
    return next(({"name": name} for name in named if name not in view.schemes), None)


@rule(
    "aims:api2:2023-oauth-implicit", unit=SCHEME, severity=HIGH,
    title=_("Tokens are handed out in the address (implicit flow)"),
    why=_("The implicit flow puts the token into the address of the browser; OAuth 2.1 has dropped it."),
    mend=_("Use the authorisation code flow with PKCE."),
    owasp=("API2:2023",), cwe=(522, 598), apr=("APR-10",),
)  # fmt: skip
def oauth_implicit(one: Scheme, _view: View) -> Judgement:
    if one.kind != "oauth2":
        return NOT_MINE
    return BROKEN if "implicit" in one.flows else None


@rule(
    "aims:api2:2023-oauth-password", unit=SCHEME, severity=HIGH,
    title=_("Applications ask for people's passwords (password flow)"),
    why=_("The application sees the password, and neither a second factor nor single sign-on can be used."),
    mend=_("Use the authorisation code flow with PKCE."),
    owasp=("API2:2023",), cwe=(522,), apr=("APR-10",),
)  # fmt: skip
def oauth_password(one: Scheme, _view: View) -> Judgement:
    if one.kind != "oauth2":
        return NOT_MINE
    return BROKEN if "password" in one.flows else None


@rule(
    "aims:api2:2023-oauth-over-http", unit=SCHEME, severity=HIGH,
    title=_("Tokens are fetched without encryption"),
    says=_("%(url)s is not https."),
    why=_("Whoever listens on the way gets the token."),
    mend=_("Use https for every address of the flow."),
    owasp=("API2:2023", "API8:2023"), cwe=(319,), apr=("APR-05", "APR-10"),
)  # fmt: skip
def oauth_over_http(one: Scheme, _view: View) -> Judgement:
    keys = ("authorizationUrl", "tokenUrl", "refreshUrl")
    urls = [text(flow.get(key)) for flow in one.flows.values() for key in keys]
    urls = [url for url in (*urls, text(one.raw.get("openIdConnectUrl"))) if url]
    if not urls:
        return NOT_MINE
    return next(({"url": url[:200]} for url in urls if url.lower().startswith("http:")), None)


@rule(
    "aims:api2:2023-server-with-credentials", unit=SERVER, severity=CRITICAL,
    title=_("The address of the server holds a password"),
    why=_("Everybody who reads the description has it."),
    mend=_("Take it out of the description and change it."),
    owasp=("API2:2023",), cwe=(798, 522), atlas=("AML.T0055",), apr=("APR-10",),
)  # fmt: skip
def server_with_credentials(one: Server, _view: View) -> Judgement:
    return BROKEN if "@" in one.url.partition("://")[2].partition("/")[0] else None


@rule(
    "aims:api2:2023-sign-in-without-limit", unit=OPERATION, severity=MEDIUM,
    title=_("Signing in can be tried without limit"),
    why=_("Nothing described slows down somebody who tries stolen passwords."),
    mend=_("Limit attempts per account and address, answer 429, and describe it."),
    owasp=("API2:2023", "API4:2023"), cwe=(307,), apr=("APR-16", "APR-10"),
)  # fmt: skip
def sign_in_without_limit(one: Operation, _view: View) -> Judgement:
    if not _is_sign_in(one):
        return NOT_MINE
    return None if "429" in one.responses else BROKEN


def _schemes_of(one: Operation) -> frozenset[str]:
    return frozenset(str(name) for requirement in one.requirements for name in requirement)


def is_admin(one: Operation) -> bool:
    """Whether its path says that it is for administration."""
    return any(part in ADMIN for part in one.segments)


@rule(
    "owasp:api5:2023-admin-security-unique", unit=OPERATION, severity=HIGH,
    title=_("Administration is open to the same credentials as everything else"),
    why=_("A key of any consumer then opens administration too."),
    mend=_("Give administration a scheme or scope of its own."),
    owasp=("API5:2023",), cwe=(285, 269), atlas=("AML.T0081",), apr=("APR-12",),
)  # fmt: skip
def admin_security_unique(one: Operation, view: View) -> Judgement:
    if not is_admin(one):
        return NOT_MINE
    if "ordinary" not in view.memory:
        view.memory["ordinary"] = {keys_of(other) for other in view.operations if not is_admin(other)}
    return BROKEN if keys_of(one) & frozenset().union(*view.memory["ordinary"], frozenset()) else None


def keys_of(one: Operation) -> frozenset[str]:
    """The schemes and scopes that open an operation, as words: OAuth:models.write, or ApiKey."""
    found = set()
    for requirement in one.requirements:
        for name, scopes in mapping(requirement).items():
            found |= {f"{name}:{scope}" for scope in scopes} if isinstance(scopes, list) and scopes else {str(name)}
    return frozenset(found)


@rule(
    "aims:api5:2023-no-scopes", unit=OPERATION, severity=MEDIUM,
    title=_("A write needs no scope"),
    why=_("The scheme has scopes, but this operation asks for none: every token may do it."),
    mend=_("Name the scope that this operation needs."),
    owasp=("API5:2023",), cwe=(862,), apr=("APR-12", "APR-14"),
)  # fmt: skip
def no_scopes(one: Operation, view: View) -> Judgement:
    scoped = [
        (name, scopes)
        for requirement in one.requirements
        for name, scopes in requirement.items()
        if name in view.schemes and view.schemes[name].kind == "oauth2"
    ]
    if not one.is_write or not scoped:
        return NOT_MINE
    return None if all(scopes for _name, scopes in scoped) else BROKEN
