"""The tables of a report, as a workbook shows them: the same rows and numbers as on paper."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from reports.documents.common import Figure, claim_id
from reports.documents.risk import HeatCell, HeatMap, Rating, RiskReport, RiskSheet
from reports.documents.soa import ControlRow, SoaReport
from reports.render.words import Words

Cell = Callable[[Any, Words], Any]


@dataclass(frozen=True)
class Column:
    """A column: title, width in characters, and text, number, day or moment."""

    title: str
    width: int = 18
    kind: str = "text"


@dataclass(frozen=True)
class Table:
    """A sheet."""

    name: str
    columns: list[Column]
    rows: list[list[Any]]
    frozen: int = 1  # columns that stay in sight


@dataclass(frozen=True)
class Field:
    """A column before it has words: the keys of its title, and the attribute or the function that fills it."""

    title: str  # one key, or some joined by ": "
    width: int
    cell: str | Cell
    kind: str = "text"


@dataclass(frozen=True)
class Listing:
    """A table before it has words: the key of its name, which rows of the report, and its columns."""

    name: str
    rows: str | Callable[[Any], list[Any]]
    fields: tuple[Field, ...]
    frozen: int = 1

    def table(self, report: Any, words: Words) -> Table:
        """The table of a report in a language."""
        rows = getattr(report, self.rows) if isinstance(self.rows, str) else self.rows(report)
        columns = [Column(_title(field.title, words), field.width, field.kind) for field in self.fields]
        cells = [_attribute(field.cell) if isinstance(field.cell, str) else field.cell for field in self.fields]
        return Table(words.t[self.name], columns, [[cell(row, words) for cell in cells] for row in rows], self.frozen)


def _title(keys: str, words: Words) -> str:
    return ": ".join(words.t[key] for key in keys.split(": ")).rstrip(":")


def _attribute(name: str) -> Cell:
    return lambda row, _words: getattr(row, name)


def _refs(name: str) -> Cell:
    return lambda row, _words: ", ".join(getattr(row, name))


def _word(kind: str, name: str) -> Cell:
    return lambda row, words: words.word(kind, getattr(row, name))


def _word_if_any(kind: str, name: str) -> Cell:
    return lambda row, words: words.word(kind, getattr(row, name)) if getattr(row, name) else ""


def _words_of(kind: str, name: str) -> Cell:
    return lambda row, words: ", ".join(words.word(kind, code) for code in getattr(row, name))


def _figure(name: str) -> Cell:
    return lambda row, _words: getattr(row, name).value


def _likelihood(rating: Rating | None, words: Words) -> Any:
    if rating is None:
        return ""
    return words.t["ne"] if rating.not_estimable else rating.likelihood


def _ratings(title: str, name: str, level_title: str) -> tuple[Field, ...]:
    """Likelihood, consequence and level of a rating."""

    def level(row: Any, words: Words) -> str:
        rating = getattr(row, name)
        return words.word("level", rating.level) if rating and rating.level else ""

    return (
        Field(f"{title}: likelihood", 11, lambda row, words: _likelihood(getattr(row, name), words), "number"),
        Field(f"{title}: consequence", 12, lambda row, _: getattr(getattr(row, name), "consequence", None), "number"),
        Field(level_title, 11, level),
    )


def _where(row: ControlRow, words: Words) -> str:
    said: str = words.t["where_words"][row.where].format(systems=", ".join(row.systems)) if row.applies == "yes" else ""
    return said


def _proofs(row: ControlRow, _words: Words) -> str:
    return ", ".join(f"{proof.ref} {proof.title}".strip() for proof in row.proofs)


def _collected(row: ControlRow, _words: Words) -> str:
    return max((proof.collected_on for proof in row.proofs), default="")


def _relied(row: RiskSheet, words: Words) -> str:
    return "; ".join(f"{c.ref} {c.title}: {words.word('status', c.status)}" for c in row.relied_on)


def _heat_cells(report: RiskReport) -> list[tuple[HeatMap, HeatCell]]:
    return [(found, cell) for found in report.heat_maps for cell in found.cells]


def _heat_likelihood(row: tuple[HeatMap, HeatCell], words: Words) -> Any:
    return words.t["ne"] if row[1].likelihood is None else row[1].likelihood


SOA = (
    Listing(
        "controls_sheet",
        lambda report: [*report.controls, *report.own_controls],
        (
            Field("control", 9, "ref"),
            Field("title_head", 34, "title"),
            Field("applies_head", 10, _word("applies", "applies")),
            Field("where", 24, _where),
            Field("because", 20, _words_of("driver", "drivers")),
            Field("grounds", 24, _words_of("ground", "grounds")),
            Field("reason", 46, "reason"),
            Field("risks", 22, _refs("risks")),
            Field("how", 60, "how"),
            Field("status_head", 15, _word_if_any("status", "status")),
            Field("owner", 20, "owner"),
            Field("proof", 30, _proofs),
            Field("collected", 12, _collected, "day"),
            Field("from_review", 12, "last_review", "day"),
            Field("next_review", 12, "next_review", "day"),
            Field("claim", 26, "claim"),
        ),
        frozen=2,
    ),
    Listing(
        "local",
        "local_exclusions",
        (
            Field("control", 9, "ref"),
            Field("title_head", 34, "title"),
            Field("applies_to", 34, _refs("systems_in")),
            Field("not_for", 34, _refs("systems_out")),
            Field("why_not", 46, "reason"),
            Field("claim", 26, "claim"),
        ),
    ),
    Listing(
        "contradictions",
        "contradictions",
        (Field("control", 9, "ref"), Field("what", 90, "text"), Field("claim", 26, "claim")),
    ),
    Listing(
        "first_version",
        "changes",
        (
            Field("control", 9, "ref"),
            Field("then", 26, "before"),
            Field("now", 26, "after"),
            Field("why", 46, "why"),
            Field("claim", 26, "claim"),
        ),
    ),
    Listing(
        "confirmations",
        "confirmations",
        (
            Field("statement_head", 80, _word("statement", "statement")),
            Field("confirmed_by", 26, "by"),
            Field("when_utc", 19, "at", "moment"),
        ),
    ),
    Listing(
        "ai_systems",
        "systems",
        (
            Field("system", 10, "ref"),
            Field("name", 34, "name"),
            Field("purpose", 46, "purpose"),
            Field("role", 40, "role"),
            Field("act_class", 30, "act_class"),
            Field("stage", 24, "stage"),
            Field("owner", 20, "owner"),
        ),
    ),
    Listing(
        "risks",
        "risks",
        (
            Field("risk", 9, "ref"),
            Field("title_head", 46, "title"),
            Field("ai_systems", 22, _refs("systems")),
            Field("today", 11, _word("level", "level")),
            Field("status_head", 26, "status"),
            Field("necessary", 34, _refs("controls")),
            Field("claim", 26, "claim"),
        ),
    ),
    Listing(
        "version",
        "versions",
        (
            Field("version", 9, "version", "number"),
            Field("status_head", 14, _word("version_state", "state")),
            Field("approved_utc", 19, "approved_at", "moment"),
            Field("by", 24, "by"),
            Field("what_changed", 46, "change"),
        ),
    ),
)
RISK = (
    Listing(
        "register",
        "register",
        (
            Field("risk", 9, "ref"),
            Field("title_head", 46, "title"),
            Field("ai_systems", 22, _refs("systems")),
            Field("owner", 20, "owner"),
            *_ratings("before", "before", "before: level_head"),
            *_ratings("today", "today", "today: level_head"),
            *_ratings("target", "target", "target: level_head"),
            Field("by_day", 12, "target_by", "day"),
            Field("decision", 16, _word("option", "option")),
            Field("status_head", 26, "status"),
            Field("alert", 10, "alert"),
            Field("necessary", 30, _refs("controls")),
            Field("next_review", 12, "next_review", "day"),
            Field("claim", 20, "claim"),
        ),
        frozen=2,
    ),
    Listing(
        "sheets",
        "sheets",
        (
            Field("risk", 9, "ref"),
            Field("ai_systems", 30, _refs("system_names")),
            Field("cause", 50, "cause"),
            Field("event", 50, "event"),
            Field("leading", 50, "consequence"),
            Field("affected", 34, "affected"),
            Field("why_rated", 50, "why"),
            Field("relied", 40, _relied),
            Field("decision", 40, "decision"),
            Field("reason", 40, "reason"),
            Field("conditions", 34, "conditions"),
            Field("assessors", 26, _refs("assessors")),
            Field("assessed_on", 12, "assessed_on", "day"),
            Field("confidence_title", 12, _word("confidence", "confidence")),
            Field("trigger", 22, "trigger"),
        ),
    ),
    Listing(
        "heat_maps",
        _heat_cells,
        (
            Field("heat", 30, lambda row, words: words.word("map", row[0].kind)),
            Field("likelihood", 11, _heat_likelihood, "number"),
            Field("consequence", 12, lambda row, _: row[1].consequence, "number"),
            Field("level_head", 11, lambda row, words: words.word("level", row[1].level)),
            Field("risks", 10, lambda row, _: len(row[1].risks), "number"),
            Field("reference", 60, lambda row, _: ", ".join(row[1].risks)),
            Field("claim", 24, lambda row, _: row[1].claim),
        ),
    ),
    Listing(
        "plan",
        "actions",
        (
            Field("no_word_short", 11, "ref"),
            Field("risk", 9, "risk"),
            Field("action", 60, "text"),
            Field("control", 10, "control"),
            Field("owner", 20, "owner"),
            Field("due", 12, "due", "day"),
            Field("state", 12, _word("action_state", "state")),
            Field("effect_head", 34, "effect"),
            Field("effectiveness", 34, "effectiveness"),
            Field("claim", 24, "claim"),
        ),
    ),
    Listing(
        "acceptances",
        "acceptances",
        (
            Field("risk", 9, "risk"),
            Field("title_head", 46, "title"),
            Field("state", 12, _word("acceptance", "state")),
            Field("until", 12, "until", "day"),
            *_ratings("residual", "residual", "residual"),
            Field("accepted_by", 30, lambda row, words: words.name(row.by)),
            Field("accepted_at", 19, "accepted_at", "moment"),
            Field("conditions", 46, "conditions"),
            Field("claim", 24, "claim"),
        ),
    ),
    Listing(
        "systems_title",
        "systems",
        (
            Field("system", 10, "ref"),
            Field("name", 34, lambda row, words: row.name or words.t["whole"]),
            Field("assessed", 12, "assessed_on", "day"),
            Field("assessors", 30, _refs("assessors")),
            Field("trigger", 24, "trigger"),
            Field("risks", 9, _figure("risks"), "number"),
            Field("above_short", 9, _figure("above"), "number"),
            Field("owner", 20, "owner"),
        ),
    ),
    Listing(
        "not_assessed_title",
        "systems_not_assessed",
        (
            Field("system", 10, "ref"),
            Field("name", 34, "name"),
            Field("state", 18, "state"),
            Field("reason", 46, "reason"),
        ),
    ),
    Listing(
        "opportunities",
        "opportunities",
        (
            Field("opportunity", 9, "ref"),
            Field("title_head", 46, "title"),
            Field("ai_systems", 22, _refs("systems")),
            Field("owner", 20, "owner"),
            Field("decision", 20, "decision"),
            Field("status_head", 20, "status"),
            Field("next_review", 12, "next_review", "day"),
        ),
    ),
    Listing(
        "risk_changes",
        "changes",
        (
            Field("risk", 9, "ref"),
            Field("change", 16, _word("change_kind", "kind")),
            Field("then", 12, _word_if_any("level", "then")),
            Field("now", 12, _word_if_any("level", "now")),
            Field("why", 60, "why"),
            Field("claim", 24, "claim"),
        ),
    ),
    Listing(
        "comparison_sheet",
        "comparison",
        (
            Field("control", 9, "ref"),
            Field("title_head", 46, "title"),
            Field("risks", 40, _refs("risks")),
            Field("other_driver", 22, _words_of("driver", "drivers")),
            Field("in_soa_copy", 12, _word("applies_long", "applies")),
            Field("claim", 24, "claim"),
        ),
    ),
    Listing(
        "history_title",
        "history",
        (
            Field("entry_head", 10, "entry", "number"),
            Field("when_utc", 19, "at", "moment"),
            Field("who", 24, "who"),
            Field("what", 80, "what"),
        ),
    ),
)
COUNTED = ("applicable", "excluded", "undecided", "in_place", "partly", "planned", "not_started")


def tables(report: Any, words: Words) -> list[Table]:
    """All tables of a report."""
    soa = isinstance(report, SoaReport)
    figures = _figures(words, figures_of(report, words))
    found = [figures, *(listing.table(report, words) for listing in (SOA if soa else RISK))]
    return [table for table in found if table.rows or table.name == words.t["controls_sheet"]]


def figures_of(report: Any, words: Words) -> list[tuple[str, Figure]]:
    """The figures of the summary in words, in their order."""
    return _soa_figures(report, words) if isinstance(report, SoaReport) else _risk_figures(report, words)


def _figures(words: Words, named: list[tuple[str, Figure]]) -> Table:
    t = words.t
    return Table(
        t["summary"],
        [Column(t["figure"], 44), Column(t["count"], 12, "number"), Column(t["claim_id"], 10), Column(t["claim"], 34)],
        [[label, figure.value, claim_id(figure.claim), figure.claim] for label, figure in named],
    )


def _soa_figures(report: SoaReport, words: Words) -> list[tuple[str, Figure]]:
    t = words.t
    named = [(t[key], getattr(report, key)) for key in ("decided", *COUNTED)]
    named += [(t["own_controls"], report.own), (t["contradictions"], report.open_contradictions)]
    for area in report.areas:
        named += [(f"{area.ref} {area.title}: {t[key]}", getattr(area, key)) for key in ("controls", *COUNTED)]
    named += [(f"{t['driver_head']}: {words.word('driver', d.driver)}", d.controls) for d in report.drivers]
    return named


def _risk_figures(report: RiskReport, words: Words) -> list[tuple[str, Figure]]:
    t = words.t
    named = [
        (t["risks"], report.risks),
        (t["above"], report.above),
        (t["not_estimable"], report.not_estimable),
        (words.word("level", ""), report.not_assessed),
        (t["actions_open"], report.actions_open),
        (t["overdue"], report.actions_overdue),
        (t["expired"], report.acceptances_expired),
        (t["ai_systems"], report.systems_assessed),
    ]
    for line in report.levels:
        named += [
            (f"{words.word('level', line.level)}: {t[kind]}", getattr(line, kind))
            for kind in ("before", "today", "target")
        ]
    return named
