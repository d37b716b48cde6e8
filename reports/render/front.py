"""What all printed reports share: cover, contents, acts, verification, and the parts they are laid out in."""

from dataclasses import dataclass, field
from textwrap import wrap
from typing import Any

from reports.documents.common import Act, Cover, Figure, claim_id, content_hash
from reports.render.words import Words

LONG = 600  # characters, from here on a text runs below its row
SCOPE_AT_MOST = 1700  # characters on the cover
TITLE_LINE, SCOPE_LINE = 22, 68  # characters a line of the cover holds with certainty
ROOM = {"Letter": 52.0}
ROOM_ON_A4 = 66.0
"""Millimetres between the head of the cover and its band."""


@dataclass(frozen=True)
class Part:
    """A stretch of whole pages, laid out for itself: chapters that begin on a page of their own."""

    name: str
    template: str
    context: dict[str, Any]


@dataclass(frozen=True)
class Line:
    """A line of the contents; page and href are filled when all parts are laid out."""

    anchor: str
    title: str
    number: str = ""
    page: str = ""

    @property
    def sub(self) -> bool:
        return not self.number

    @property
    def href(self) -> str:
        """Parts are laid out apart, so that a link to another part is written as an address and joined later."""
        return f"part:{self.anchor}"


@dataclass(frozen=True)
class Dress:
    """How this copy is printed; none of it is part of what the report says, nor of its fingerprint."""

    seal_key: str = ""  # SHA-256 of the certificate that will seal the file; "" for a file without a seal
    accent: str = ""  # colour of numbers, rules and the band as #rrggbb; "" for the product's own
    site: str = ""  # address of the management system, ends with /; "" prints claim ids without a link
    logo: str = ""  # a PNG in base64, printed on the cover


@dataclass
class Issue:
    """One report on its way to the page: data, words, what every template needs."""

    report: Any
    words: Words
    base: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, report: Any, dress: Dress | None = None) -> "Issue":
        cover: Cover = report.cover
        words, seal_key = Words(cover.language), dress.seal_key if dress else ""
        digest = content_hash(report)
        base = {
            "t": words.t,
            "r": report,
            "cover": cover,
            "title": words.word("title", cover.report),
            "basis": f"{cover.standard}, {cover.clauses}",
            "fingerprint": grouped(digest),
            "digest": digest,
            "covers": words.say("covers", number=cover.number),
            "claims": f"{dress.site}claims/{cover.number}/" if dress and dress.site else "",
            "claims_at": words.say("claims_at", address=f"{dress.site}claims/{cover.number}/")
            if dress and dress.site
            else "",
            "logo": bool(dress and dress.logo),
            "seal": words.say("sealed", key=grouped(seal_key)) if seal_key else words.t["unsealed"],
        }
        return cls(report, words, base)

    def part(self, name: str, template: str, **context: Any) -> Part:
        return Part(name, template, self.base | context)


def grouped(digest: str) -> str:
    """64 digits in groups of eight, as they are compared by eye."""
    return " ".join(digest[start : start + 8] for start in range(0, len(digest), 8))


def state_text(cover: Cover, words: Words) -> str:
    """WORKING COPY, APPROVED v2 or SUPERSEDED v1."""
    return words.say(cover.state, n=cover.version) if cover.version else words.t["working_copy"]


def unapproved(cover: Cover, words: Words) -> str:
    """What stands for a signature where what is printed bears none: never approved, or approved and changed since."""
    if cover.differs and cover.replaces_version:
        day = words.long_day(cover.replaces_on)
        return words.say("approved_before", n=cover.replaces_version, day=day)
    return words.t["nobody"]


def band(cover: Cover, words: Words) -> dict[str, str]:
    """The band across the cover."""
    if cover.state == "working_copy" or not cover.version:
        return {
            "kind": "working",
            "text": words.t["working_copy"],
            "line": words.say("working_line", differs=cover.differs).strip(),
        }
    parts = [words.long_day(cover.approved_at)]
    if cover.state == "superseded" and cover.superseded_by:
        parts.append(words.say("superseded_line", n=cover.superseded_by, day=words.long_day(cover.superseded_on)))
    elif cover.replaces_version:
        parts.append(words.say("replaces", n=cover.replaces_version, day=words.long_day(cover.replaces_on)))
    return {"kind": cover.state, "text": state_text(cover, words), "line": " · ".join(p for p in parts if p)}


def cover_facts(issue: Issue) -> list[tuple[str, str, bool]]:
    """The lines at the foot of the cover: label, text, whether in fixed pitch."""
    cover, words, t = issue.report.cover, issue.words, issue.words.t
    system = cover.management_system
    if cover.scope_version:
        system += ", " + words.say("scope_version", n=cover.scope_version)
    approved = unapproved(cover, words)
    if cover.approved_by:
        approved = f"{words.name(cover.approved_by)}, {words.moment(cover.approved_at)}, {t['electronically']}"
    label = t["plan_approved_by"] if cover.report == "RPT-RISK" else t["approved_by"]
    entry = words.say("entry_line", n=words.number(cover.history_entry))
    return [
        (t["management_system"], system, False),
        (t["prepared_by"], words.name(cover.prepared_by), False),
        (label, approved, False),
        (t["as_of"], f"{words.moment(cover.as_of)}, {entry}", False),
        (t["report_id"], f"{cover.number}, {words.say('generated', moment=words.moment(cover.generated_at))}", False),
        (t["fingerprint"], issue.base["fingerprint"], True),
    ]


def is_crowded(title: str, cover: Cover) -> bool:
    """Whether title and scope, set in their usual size, would run into the band across the cover."""
    title_lines, scope_lines = len(wrap(title, TITLE_LINE)), len(wrap(cover.scope_sentence, SCOPE_LINE))
    return 14.1 * title_lines + 5.8 * scope_lines > ROOM.get(cover.paper, ROOM_ON_A4)


def front_part(issue: Issue, summary: str, **context: Any) -> Part:
    """Cover and summary."""
    cover = issue.report.cover
    return issue.part(
        "front",
        "front.html",
        band=band(cover, issue.words),
        facts=cover_facts(issue),
        summary=summary,
        crowded=is_crowded(issue.words.word("title", cover.report), cover),
        scope=shortened(cover.scope_sentence, SCOPE_AT_MOST),
        **context,
    )


def act_view(issue: Issue, act: Act, title: str, kind: str) -> dict[str, Any]:
    """One act in its box; its kind is approved or accepted."""
    words, t = issue.words, issue.words.t
    facts = [(t[f"what_{kind}"], act.what)] if act.what else []
    if act.submitted_by:
        facts.append((t["submitted_by"], f"{words.name(act.submitted_by)}, {words.moment(act.submitted_at)}"))
    facts += [(fact.label, fact.text) for fact in act.facts]
    if act.entries:
        key = "entry" if len(act.entries) == 1 else "entries"
        facts.append((t["history"], words.say(key, list=", ".join(map(words.number, act.entries)))))
    function = f"{act.by.function}, " if act.by.function else ""
    return {
        "title": title,
        "by": act.by.text,
        "line": function + words.say(f"{kind}_on", moment=words.moment(act.at)),
        "facts": facts,
    }


def shortened(text: str, at_most: int) -> str:
    """The text, or its beginning with an ellipsis; the whole text is in the embedded data."""
    return text if len(text) <= at_most else text[:at_most].rsplit(" ", 1)[0].rstrip(".,;: ") + " …"


def below(words: Words, pairs: list[tuple[str, str]]) -> tuple[list[str], list[tuple[str, str]]]:
    """What stands in the cells of a row, and what is too long for them and runs below it: label and text."""
    cells = [text if len(text) <= LONG else words.t["continues"] for _, text in pairs]
    return cells, [(label, text) for label, text in pairs if len(text) > LONG]


def counted(issue: Issue, figure: Figure, *, dashed: bool = True) -> dict[str, str]:
    """A figure in a cell with its claim id; nothing is a dash."""
    words = issue.words
    return {"n": words.count(figure.value) if dashed else words.number(figure.value), "id": claim_id(figure.claim)}


def claim_lines(issue: Issue, named: list[tuple[str, Figure]]) -> list[dict[str, str]]:
    """The lines of the appendix of figures: what is counted, how many, the claim id."""
    return [{"label": label, **counted(issue, figure, dashed=False)} for label, figure in named]


def stretches(rows: list[Any], size: int) -> list[list[Any]]:
    """Rows cut into stretches of nearly equal length, at most `size` each; one empty stretch for no rows."""
    if not rows:
        return [[]]
    pieces = -(-len(rows) // size)
    bounds = [round(index * len(rows) / pieces) for index in range(pieces + 1)]
    return [rows[low:high] for low, high in zip(bounds, bounds[1:], strict=False)]
