"""The tables of a report, as a workbook shows them: the same rows and numbers as on paper."""

from dataclasses import dataclass
from typing import Any

from reports.documents.common import Figure
from reports.documents.risk import Rating, RiskReport, RiskRow
from reports.documents.soa import ControlRow, SoaReport
from reports.render.words import Words


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


def tables(report: Any, words: Words) -> list[Table]:
    """All tables of a report."""
    found = _soa(report, words) if isinstance(report, SoaReport) else _risk(report, words)
    return [table for table in found if table.rows or table.name == words.t["controls_sheet"]]


def _refs(refs: list[str]) -> str:
    return ", ".join(refs)


def _figures(words: Words, named: list[tuple[str, Figure]]) -> Table:
    t = words.t
    return Table(
        t["summary"],
        [Column(t["figure"], 44), Column(t["count"], 12, "number"), Column(t["claim"], 34)],
        [[label, figure.value, figure.claim] for label, figure in named],
    )


def _soa(report: SoaReport, words: Words) -> list[Table]:
    t = words.t
    named = [
        (t[key], getattr(report, key))
        for key in ("decided", "applicable", "excluded", "undecided", "in_place", "partly", "planned", "not_started")
    ]
    named += [(t["own_controls"], report.own), (t["contradictions"], report.open_contradictions)]
    for area in report.areas:
        named += [
            (f"{area.ref} {area.title}: {t[key]}", getattr(area, key))
            for key in (
                "controls",
                "applicable",
                "excluded",
                "undecided",
                "in_place",
                "partly",
                "planned",
                "not_started",
            )
        ]
    named += [(f"{t['driver_head']}: {words.word('driver', d.driver)}", d.controls) for d in report.drivers]
    return [_figures(words, named), _controls(report, words), *_soa_lists(report, words)]


def _controls(report: SoaReport, words: Words) -> Table:
    t = words.t
    columns = [
        Column(t["control"], 9),
        Column(t["title_head"], 34),
        Column(t["applies_head"], 10),
        Column(t["where"], 24),
        Column(t["because"], 20),
        Column(t["grounds"], 24),
        Column(t["reason"], 46),
        Column(t["risks"], 22),
        Column(t["how"], 60),
        Column(t["status_head"], 15),
        Column(t["owner"], 20),
        Column(t["proof"], 30),
        Column(t["collected"], 12, "day"),
        Column(t["from_review"], 12, "day"),
        Column(t["next_review"], 12, "day"),
        Column(t["claim"], 26),
    ]
    return Table(
        t["controls_sheet"],
        columns,
        [_control(row, words) for row in (*report.controls, *report.own_controls)],
        frozen=2,
    )


def _control(row: ControlRow, words: Words) -> list[Any]:
    where = words.t["where_words"][row.where].format(systems=_refs(row.systems)) if row.applies == "yes" else ""
    return [
        row.ref,
        row.title,
        words.word("applies", row.applies),
        where,
        _refs([words.word("driver", d) for d in row.drivers]),
        _refs([words.word("ground", g) for g in row.grounds]),
        row.reason,
        _refs(row.risks),
        row.how,
        words.word("status", row.status) if row.status else "",
        row.owner,
        _refs([f"{p.ref} {p.title}".strip() for p in row.proofs]),
        max((p.collected_on for p in row.proofs), default=""),
        row.last_review,
        row.next_review,
        row.claim,
    ]


def _soa_lists(report: SoaReport, words: Words) -> list[Table]:
    t, wide = words.t, 46
    return [
        Table(
            t["local"],
            [
                Column(t["control"], 9),
                Column(t["title_head"], 34),
                Column(t["applies_to"], 34),
                Column(t["not_for"], 34),
                Column(t["why_not"], wide),
                Column(t["claim"], 26),
            ],
            [
                [c.ref, c.title, _refs(c.systems_in), _refs(c.systems_out), c.reason, c.claim]
                for c in report.local_exclusions
            ],
        ),
        Table(
            t["contradictions"],
            [Column(t["control"], 9), Column(t["what"], 90), Column(t["claim"], 26)],
            [[c.ref, c.text, c.claim] for c in report.contradictions],
        ),
        Table(
            t["first_version"],
            [
                Column(t["control"], 9),
                Column(t["then"], 26),
                Column(t["now"], 26),
                Column(t["why"], wide),
                Column(t["claim"], 26),
            ],
            [[c.ref, c.before, c.after, c.why, c.claim] for c in report.changes],
        ),
        Table(
            t["confirmations"],
            [Column(t["statement_head"], 80), Column(t["confirmed_by"], 26), Column(t["when_utc"], 19, "moment")],
            [[words.word("statement", c.statement), c.by, c.at] for c in report.confirmations],
        ),
        Table(
            t["ai_systems"],
            [
                Column(t["system"], 10),
                Column(t["name"], 34),
                Column(t["purpose"], wide),
                Column(t["role"], 40),
                Column(t["act_class"], 30),
                Column(t["stage"], 24),
                Column(t["owner"], 20),
            ],
            [[s.ref, s.name, s.purpose, s.role, s.act_class, s.stage, s.owner] for s in report.systems],
        ),
        Table(
            t["risks"],
            [
                Column(t["risk"], 9),
                Column(t["title_head"], wide),
                Column(t["ai_systems"], 22),
                Column(t["today"], 11),
                Column(t["status_head"], 26),
                Column(t["necessary"], 34),
                Column(t["claim"], 26),
            ],
            [
                [r.ref, r.title, _refs(r.systems), words.word("level", r.level), r.status, _refs(r.controls), r.claim]
                for r in report.risks
            ],
        ),
        Table(
            t["version"],
            [
                Column(t["version"], 9, "number"),
                Column(t["status_head"], 14),
                Column(t["approved_utc"], 19, "moment"),
                Column(t["by"], 24),
                Column(t["what_changed"], wide),
            ],
            [[v.version, words.word("version_state", v.state), v.approved_at, v.by, v.change] for v in report.versions],
        ),
    ]


def _risk(report: RiskReport, words: Words) -> list[Table]:
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
    return [
        _figures(words, named),
        _register(report, words),
        _sheets(report, words),
        _heat(report, words),
        *_risk_lists(report, words),
    ]


def _rating(rating: Rating | None, words: Words) -> list[Any]:
    if rating is None:
        return ["", None, ""]
    likelihood: Any = words.t["ne"] if rating.not_estimable else rating.likelihood
    return [likelihood, rating.consequence, words.word("level", rating.level) if rating.level else ""]


def _register(report: RiskReport, words: Words) -> Table:
    t = words.t
    columns = [Column(t["risk"], 9), Column(t["title_head"], 46), Column(t["ai_systems"], 22), Column(t["owner"], 20)]
    for kind in ("before", "today", "target"):
        columns += [
            Column(f"{t[kind]}: {t['likelihood']}", 11, "number"),
            Column(f"{t[kind]}: {t['consequence']}", 12, "number"),
            Column(f"{t[kind]}: {t['level_head']}", 11),
        ]
    columns += [
        Column(t["by_day"], 12, "day"),
        Column(t["decision"], 16),
        Column(t["status_head"], 26),
        Column(t["alert"], 10),
        Column(t["necessary"], 30),
        Column(t["next_review"], 12, "day"),
        Column(t["claim"], 20),
    ]
    return Table(t["register"], columns, [_risk_row(row, words) for row in report.register], frozen=2)


def _risk_row(row: RiskRow, words: Words) -> list[Any]:
    ratings = [cell for rating in (row.before, row.today, row.target) for cell in _rating(rating, words)]
    return [
        row.ref,
        row.title,
        _refs(row.systems),
        row.owner,
        *ratings,
        row.target_by,
        words.word("option", row.option),
        row.status,
        row.alert,
        _refs(row.controls),
        row.next_review,
        row.claim,
    ]


def _sheets(report: RiskReport, words: Words) -> Table:
    t, wide = words.t, 50
    columns = [
        Column(t["risk"], 9),
        Column(t["ai_systems"], 30),
        Column(t["cause"], wide),
        Column(t["event"], wide),
        Column(t["leading"], wide),
        Column(t["affected"].rstrip(":"), 34),
        Column(t["why_rated"], wide),
        Column(t["relied"], 40),
        Column(t["decision"], 40),
        Column(t["reason"], 40),
        Column(t["conditions"], 34),
        Column(t["assessors"], 26),
        Column(t["assessed_on"], 12, "day"),
        Column(t["confidence_title"], 12),
        Column(t["trigger"], 22),
    ]
    rows = [
        [
            s.ref,
            _refs(s.system_names),
            s.cause,
            s.event,
            s.consequence,
            s.affected,
            s.why,
            "; ".join(f"{c.ref} {c.title}: {words.word('status', c.status)}" for c in s.relied_on),
            s.decision,
            s.reason,
            s.conditions,
            _refs(s.assessors),
            s.assessed_on,
            words.word("confidence", s.confidence),
            s.trigger,
        ]
        for s in report.sheets
    ]
    return Table(t["sheets"], columns, rows)


def _heat(report: RiskReport, words: Words) -> Table:
    t = words.t
    columns = [
        Column(t["heat"], 30),
        Column(t["likelihood"], 11, "number"),
        Column(t["consequence"], 12, "number"),
        Column(t["level_head"], 11),
        Column(t["risks"], 10, "number"),
        Column(t["reference"], 60),
        Column(t["claim"], 24),
    ]
    rows = [
        [
            words.word("map", found.kind),
            t["ne"] if cell.likelihood is None else cell.likelihood,
            cell.consequence,
            words.word("level", cell.level),
            len(cell.risks),
            _refs(cell.risks),
            cell.claim,
        ]
        for found in report.heat_maps
        for cell in found.cells
    ]
    return Table(t["heat_maps"], columns, rows)


def _risk_lists(report: RiskReport, words: Words) -> list[Table]:
    t, wide = words.t, 46
    return [
        Table(
            t["plan"],
            [
                Column(t["no_word_short"], 11),
                Column(t["risk"], 9),
                Column(t["action"], 60),
                Column(t["control"], 10),
                Column(t["owner"], 20),
                Column(t["due"], 12, "day"),
                Column(t["state"], 12),
                Column(t["effect_head"], 34),
                Column(t["effectiveness"], 34),
                Column(t["claim"], 24),
            ],
            [
                [
                    a.ref,
                    a.risk,
                    a.text,
                    a.control,
                    a.owner,
                    a.due,
                    words.word("action_state", a.state),
                    a.effect,
                    a.effectiveness,
                    a.claim,
                ]
                for a in report.actions
            ],
        ),
        Table(
            t["acceptances"],
            [
                Column(t["risk"], 9),
                Column(t["title_head"], wide),
                Column(t["state"], 12),
                Column(t["until"], 12, "day"),
                Column(f"{t['residual']}: {t['likelihood']}", 11, "number"),
                Column(f"{t['residual']}: {t['consequence']}", 12, "number"),
                Column(t["residual"], 11),
                Column(t["accepted_by"], 30),
                Column(t["accepted_at"], 19, "moment"),
                Column(t["conditions"], wide),
                Column(t["claim"], 24),
            ],
            [
                [
                    a.risk,
                    a.title,
                    words.word("acceptance", a.state),
                    a.until,
                    *_rating(a.residual, words),
                    words.name(a.by),
                    a.accepted_at,
                    a.conditions,
                    a.claim,
                ]
                for a in report.acceptances
            ],
        ),
        Table(
            t["systems_title"],
            [
                Column(t["system"], 10),
                Column(t["name"], 34),
                Column(t["assessed"], 12, "day"),
                Column(t["assessors"], 30),
                Column(t["trigger"], 24),
                Column(t["risks"], 9, "number"),
                Column(t["above_short"], 9, "number"),
                Column(t["owner"], 20),
            ],
            [
                [
                    s.ref,
                    s.name or t["whole"],
                    s.assessed_on,
                    _refs(s.assessors),
                    s.trigger,
                    s.risks.value,
                    s.above.value,
                    s.owner,
                ]
                for s in report.systems
            ],
        ),
        Table(
            t["not_assessed_title"],
            [Column(t["system"], 10), Column(t["name"], 34), Column(t["state"], 18), Column(t["reason"], wide)],
            [[s.ref, s.name, s.state, s.reason] for s in report.systems_not_assessed],
        ),
        Table(
            t["opportunities"],
            [
                Column(t["opportunity"], 9),
                Column(t["title_head"], wide),
                Column(t["ai_systems"], 22),
                Column(t["owner"], 20),
                Column(t["decision"], 20),
                Column(t["status_head"], 20),
                Column(t["next_review"], 12, "day"),
            ],
            [
                [o.ref, o.title, _refs(o.systems), o.owner, o.decision, o.status, o.next_review]
                for o in report.opportunities
            ],
        ),
        Table(
            t["risk_changes"],
            [
                Column(t["risk"], 9),
                Column(t["then"], 12),
                Column(t["now"], 12),
                Column(t["why"], 60),
                Column(t["claim"], 24),
            ],
            [
                [
                    c.ref,
                    words.word("level", c.then) if c.then else "",
                    words.word("level", c.now) if c.now else "",
                    c.why,
                    c.claim,
                ]
                for c in report.changes
            ],
        ),
        Table(
            t["comparison_sheet"],
            [
                Column(t["control"], 9),
                Column(t["title_head"], wide),
                Column(t["risks"], 40),
                Column(t["other_driver"], 22),
                Column(t["in_soa_copy"], 12),
                Column(t["claim"], 24),
            ],
            [
                [
                    c.ref,
                    c.title,
                    _refs(c.risks),
                    _refs([words.word("driver", d) for d in c.drivers]),
                    words.word("applies_long", c.applies),
                    c.claim,
                ]
                for c in report.comparison
            ],
        ),
        Table(
            t["history_title"],
            [
                Column(t["entry_head"], 10, "number"),
                Column(t["when_utc"], 19, "moment"),
                Column(t["who"], 24),
                Column(t["what"], 80),
            ],
            [[h.entry, h.at, h.who, h.what] for h in report.history],
        ),
    ]
