"""Whether a call carries an injection (OWASP API8:2023): values are decoded, signs weighed, reasons returned."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from apis.threats.decoding import LIMIT, layers
from apis.threats.injections import PROTOCOL, RUNNABLE, SCANNERS, SESSION_NAMES, SIGNS, UPLOAD, Sign
from apis.threats.values import Value, of_call

THRESHOLD = 0.7  # score from which a call counts; unit share of doubt removed, range 0.3 to 0.99
# A value of letters, digits and a little punctuation says nothing but what a few names say.
ORDINARY = re.compile(r"[\w ,:@+-]*(?:\.[\w ,:@+-]+)*")
LOUD = re.compile(
    r"__|select|union|ro0ab|kztaa|cs3aa|aced0|java|runtime|transformer|closure|factory|builder|jndi|_schema|sys|rce|"
    r"xp_|sp_|"
    r"whoami|\bcom\.|\borg\.|perf |cs[37]\w|session|ifconfig|ipconfig|netstat|\bor\b|\band\b|\blike\b|import|"
    r"\b(?:drop|insert|delete|update|create|alter)\b|power|invoke|get-|new-|null|ansible|chef|^id$|^ls$|^pwd$|printenv|visudo|system|tasklist|regedit|"
    r"hostname|lsof|dmesg|chmod|sudo|uname|time |[-]{2}|exec|ping|adw|prototype|\d\.e|localhost|^env|\.(?:sql|bak|old|"
    r"php|jsp|asp|pem|ppk|pfx|p12|key|db|dump|mdb|orig|sav|sw[op]|sqlite|ini|inc|conf|cfg)|lo_|(?:passthru|process|"
    r"console|require|fs)\.|config"
)
WORTH_DECODING = re.compile(r"[A-Za-z0-9+/_-]{10,}|\\|%")
PATH = re.compile(r"(?:/[\w ,@+-]*(?:\.[a-z]{2,4})?)+")
SYSTEM = re.compile(r"/(?:etc|s?bin|proc|var|dev|usr|root|home|boot|windows|winnt)\b|//|~|[A-Za-z0-9+_-]{16}")
# Signs that say something only where the value is not a path, or only where it is one.
NOT_IN_PATHS = {"sql.noise", "command.bare", "command.path", "sql.any_function", "php.ini", "sql.trailing_comment",
                "nosql.lookup", "nosql.lookup_path", "xss.object"}  # fmt: skip
NOT_IN_AGENTS = {
    "command.chained",
    "sql.noise",
    "command.chained_word",
    "template.hash",
    "sql.trailing_comment",
    "sql.quote_semicolon",
}
# Commands and code are an ordinary subject of texts in bodies (tickets, prompts, documents): they weigh less there.
SUBJECTS = ("command.", "php.", "traversal.", "sql.select", "sql.statement")
SUBJECT_WEIGHT, LONG_WEIGHT = 0.5, 0.1
# Signs that texts about computers carry too. Judged cautiously they are not enough by themselves: for services whose
# users write about commands, paths and addresses, such as assistants for code.
CONTESTED = {
    "command.chained", "command.chained_word", "command.leading", "command.path", "command.wrapped", "command.redirect",
    "command.substitution", "command.glob", "php.function", "php.short_function", "php.variable",
    "php.tag", "ssrf.metadata", "ssrf.address_url", "traversal.system_file", "sql.quote_operator", "sql.nulls",
}  # fmt: skip
CONTESTED_WEIGHT = 0.3
CAUTIOUS = True  # how one call is judged; behaviour looks at several calls and judges each by all signs
PROSE = re.compile(r"(?<![\w/.-])[a-z]{2,14}(?![\w/=(.-])")
PROSE_WORDS, LONG_PROSE = 5, 40
KEY_ONLY = {"protocol.break", "nosql.lookup", "nosql.lookup_path"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """A score between 0 and 1 and the codes of the signs behind it, heaviest first."""

    score: float
    reasons: tuple[str, ...] = ()
    where: str = ""

    @property
    def families(self) -> tuple[str, ...]:
        """Families of the reasons, heaviest first."""
        return tuple(dict.fromkeys(code.partition(".")[0] for code in self.reasons))


NOTHING = Verdict(0.0)


def _applies(sign: Sign, where: str) -> bool:
    if sign.code in KEY_ONLY:
        return where == "key"
    if where == "path":
        return sign.code not in NOT_IN_PATHS
    if where == "key" and sign.code == "command.bare":
        return False
    if where == "agent":
        return sign.code not in NOT_IN_AGENTS
    return True


def _share(code: str, prose: int) -> float:
    """How much of its weight a sign keeps in a text of so many ordinary words."""
    if prose >= LONG_PROSE and code.startswith(("sql.", *SUBJECTS)):
        return LONG_WEIGHT
    return SUBJECT_WEIGHT if prose >= PROSE_WORDS and code.startswith(SUBJECTS) else 1.0


def _weigh(found: Mapping[str, float], where: str) -> Verdict:
    doubt = 1.0
    for weight in found.values():
        doubt *= 1 - weight
    reasons = tuple(sorted(found, key=lambda code: -found[code]))
    return Verdict(1 - doubt, reasons, where) if found else NOTHING


def _says_nothing(text: str, lower: str, where: str) -> bool:
    """Whether a value is so plain that no sign needs to be tried."""
    if LOUD.search(lower):
        return False
    if where == "path":
        return bool(PATH.fullmatch(lower)) and not SYSTEM.search(text)
    hidden_in = WORTH_DECODING.search(text)
    if hidden_in and not hidden_in.group().replace("-", "").isdigit():
        return False
    return bool(ORDINARY.fullmatch(lower))


def judge_value(text: str, where: str = "query", *, cautious: bool = CAUTIOUS) -> Verdict:
    """Judge one raw value; ``where`` as in values.Value; ``cautious`` lets contested signs weigh little."""
    text = text[:LIMIT]
    lower = text.lower()
    runnable = where == "file" and RUNNABLE.search(lower)
    if not runnable and _says_nothing(text, lower, where):
        return NOTHING
    found: dict[str, float] = {}
    if where == "file":
        if runnable:
            found["upload.runnable"] = 0.9
        where = "header"
    readings = layers(text)
    if where == "agent" and SCANNERS.search(readings[0]):
        found["scanner.agent"] = 0.9
    prose = len(PROSE.findall(readings[0])) if where == "body" else 0
    for sign in SIGNS:
        if _applies(sign, where) and any(sign.pattern.search(reading) for reading in readings):
            share = CONTESTED_WEIGHT if cautious and sign.code in CONTESTED else _share(sign.code, prose)
            found[sign.code] = sign.weight * share
    return _weigh(found, where)


def _foreign_session(values: Iterable[Value], headers: Mapping[str, str]) -> bool:
    """A session id set by the address a stranger's page gave (session fixation)."""
    lower = {name.lower(): str(value) for name, value in headers.items()}
    names = any(value.where == "key" and SESSION_NAMES.match(value.text.lower()) for value in values)
    referer = lower.get("referer")
    if not names:
        return False
    own = lower.get("host", "").partition(":")[0]
    return referer is None or (referer.startswith("http") and bool(own) and f"//{own}" not in referer)


def judge_call(
    uri: str, headers: Mapping[str, str] | None = None, body: str = "", *, cautious: bool = CAUTIOUS
) -> Verdict:
    """Judge one call: the worst of its values. ``uri`` is path and query as sent."""
    headers = headers or {}
    values = of_call(uri, headers, body)
    judged = (judge_value(value.text, value.where, cautious=cautious) for value in values)
    worst = max(judged, key=lambda one: one.score, default=NOTHING)
    if worst.score < THRESHOLD and _foreign_session(of_call(uri), headers):
        return Verdict(0.8, (f"{PROTOCOL}.session_fixation",), "query")
    return worst


__all__ = ["THRESHOLD", "UPLOAD", "Verdict", "judge_call", "judge_value"]
