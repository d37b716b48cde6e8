"""Names by which parameters, properties and paths give away what they hold. Compared in lower case, without - and _."""

import re
from collections.abc import Iterable

CREDENTIALS = frozenset(
    "password passwd pwd passphrase secret clientsecret token accesstoken refreshtoken idtoken authtoken sessiontoken "
    "apikey apisecret privatekey secretkey accesskey credential credentials authorization bearer jwt sessionid sid "
    "pin otp".split()
)
KEPT_SECRET = frozenset(
    "password passwd pwd passphrase passwordhash hashedpassword secret clientsecret refreshtoken privatekey secretkey "
    "apikey apisecret salt pin cvv cvc ssn mfasecret totpsecret recoverycodes".split()
)
ADDRESSES = frozenset(
    "url uri href link callback callbackurl redirect redirecturl redirecturi returnurl returnto next continue target "
    "dest destination webhook webhookurl endpoint endpointurl imageurl fileurl avatarurl feed feedurl host domain site "
    "fetch proxy remote serverurl baseurl source sourceurl load".split()
)
PRIVILEGES = frozenset(
    "role roles isadmin admin superuser issuperuser isstaff permission permissions privilege privileges scope scopes "
    "ownerid accountid tenantid organizationid orgid verified isverified emailverified approved isapproved balance "
    "credits quota plan".split()
)
TENANTS = frozenset(
    "tenant tenantid org orgid organization organizationid organisationid account accountid customerid userid owner "
    "ownerid companyid workspaceid".split()
)
DETAILS = frozenset("stack stacktrace trace traceback exception exceptionclass sql query debug debuginfo cause".split())
PAGING = frozenset("limit pagesize perpage size count top first last maxresults take max pagelimit".split())
PAGED = PAGING | frozenset("page offset cursor after before pagetoken nexttoken startingafter skip marker".split())
DEBUG = frozenset(
    "debug actuator console phpinfo trace heapdump threaddump env createdb seed reset testing _internal internal "
    "graphiql playground".split()
)
ADMIN = frozenset("admin admins administration administrator management internal superuser root sysadmin".split())
HEALTH = frozenset("health healthz livez live readyz ready ping liveness readiness".split())
ENVIRONMENTS = re.compile(
    r"(?<![a-z])(dev|develop|development|test|testing|qa|uat|stag|staging|sandbox|demo|local)(?![a-z])"
)
SIGN_IN = re.compile(r"log-?in|sign-?in|(?<![a-z])auth(?:enticate)?(?![a-z])|/tokens?$|password|otp|mfa|verify")
FLOWS = re.compile(
    r"regist|sign-?up|checkout|/orders?(?![a-z])|payment|purchase|transfer|coupon|voucher|invit|booking|reserv|vote|"
    r"password[-_]?reset|forgot|refund|withdraw|subscri|score|credit|loan|application"
)
MONEY = re.compile(r"payment|checkout|/orders?(?![a-z])|transfer|refund|purchase|withdraw|charge|billing")


def bare(name: str) -> str:
    """A name without capitals, dashes, underscores and brackets."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def among(name: str, names: Iterable[str]) -> bool:
    """Whether the bare name is one of these."""
    return bare(name) in names
