"""The Statement of Applicability as parts: which chapter says what, in which order."""

from typing import Any

from reports.documents.soa import ControlRow, SoaReport
from reports.render.front import LONG, Issue, Line, Part, act_view, below, claim_lines, counted, front_part, stretches
from reports.render.tables import figures_of

ROWS = 260  # rows of a long appendix per part


def soa_parts(issue: Issue) -> tuple[list[Part], list[Line]]:
    """All parts in order, without the contents, and the lines of the contents."""
    report: SoaReport = issue.report
    parts = [front_part(issue, "soa_summary.html", **_summary(issue))]
    parts.append(issue.part("controls", "soa_controls.html", groups=_area_groups(issue)))
    own = [{"ref": "", "rows": [_row(issue, row) for row in report.own_controls]}] if report.own_controls else []
    parts.append(issue.part("own", "soa_own.html", groups=own, local=_local(issue)))
    parts += _long(issue, "systems", "soa_systems.html", report.systems, _more_not_screened(issue))
    parts += _long(issue, "risks", "soa_risks.html", [_risk(issue, risk) for risk in report.risks], {})
    figures = claim_lines(issue, figures_of(report, issue.words))
    parts.append(issue.part("end", "soa_end.html", figures=figures, letter="E", **_end(issue)))
    return parts, _lines(issue)


def soa_reading(issue: Issue) -> dict[str, Any]:
    """How to read it, printed after the contents."""
    rows = [(issue.words.t[key], text) for key, text in issue.words.t["soa_read_rows"]]
    return {"read": "soa_read.html", "read_joined": True, "read_rows": rows}


def _lines(issue: Issue) -> list[Line]:
    t = issue.words.t
    areas = [Line(_anchor(area.ref), f"{area.ref}\u2002{area.title}") for area in issue.report.areas]
    return [
        Line("c1", t["summary"], "1"),
        Line("c2", t["how_to_read_soa"], "2"),
        Line("c3", t["annex_controls"], "3"),
        *areas,
        Line("c4", t["own_controls"], "4"),
        Line("c5", t["local"], "5"),
        Line("ca", t["systems_in_scope"], "A"),
        Line("cb", t["risks_named"], "B"),
        Line("cc", t["versions_title"], "C"),
        Line("cd", t["approvals_title"], "D"),
        Line("cf", t["claims_title"], "E"),
    ]


def _anchor(area: str) -> str:
    return "area-" + area.replace(".", "-")


def _long(issue: Issue, name: str, template: str, rows: list[Any], context: dict[str, Any]) -> list[Part]:
    pieces = stretches(rows, ROWS)
    return [
        issue.part(f"{name}-{index}", template, rows=piece, first=index == 0, last=index == len(pieces) - 1, **context)
        for index, piece in enumerate(pieces)
    ]


def _summary(issue: Issue) -> dict[str, Any]:
    report, words, t = issue.report, issue.words, issue.words.t
    cover = report.cover
    total = sum(area.controls.value for area in report.areas)
    lead = words.clauses(
        "soa_lead",
        {
            key: getattr(report, key)
            for key in (
                "applicable",
                "excluded",
                "undecided",
                "in_place",
                "partly",
                "planned",
                "not_started",
                "own",
                "open_contradictions",
            )
        },
        total=words.number(total),
    )
    figures = [
        (t["decided"], counted(issue, report.decided, dashed=False), words.say("of_n", n=words.number(total))),
        (t["applicable"], counted(issue, report.applicable, dashed=False), ""),
        (t["excluded"], counted(issue, report.excluded, dashed=False), ""),
        (t["in_place"], counted(issue, report.in_place, dashed=False), ""),
        (t["own_controls"], counted(issue, report.own, dashed=False), ""),
        (t["contradictions"], counted(issue, report.open_contradictions, dashed=False), ""),
    ]
    earlier, excluded = cover.replaces_version, _excluded(issue)
    return {
        "lead": lead,
        "figures": figures,
        "areas": _area_counts(issue),
        "excluded": excluded,
        "side_by_side": sum(len(c["reason"]) for c in excluded) < 700 and len(report.contradictions) < 4,
        "area_heads": [
            t["controls"],
            t["applicable"],
            t["excluded"],
            t["undecided"],
            t["in_place"],
            t["partly"],
            t["planned"],
            t["not_started"],
        ],
        "drivers": [{"label": words.word("driver", d.driver), **counted(issue, d.controls)} for d in report.drivers],
        "has_local": bool(report.local_exclusions),
        "changes_title": words.say("changes_since", n=earlier, day=words.long_day(cover.replaces_on))
        if earlier
        else t["first_version"],
        "then": words.say("in_version", n=earlier) if earlier else t["then"],
        "now": words.say("in_version", n=cover.version) if cover.version and earlier else t["now"],
        "no_changes": t["no_change"] if earlier else t["no_earlier"],
        "confirmations": [
            {"text": words.word("statement", c.statement), "by": c.by or t["not_confirmed"], "at": words.minute(c.at)}
            for c in report.confirmations
        ],
    }


COUNTED = ("controls", "applicable", "excluded", "undecided", "in_place", "partly", "planned", "not_started")


def _area_counts(issue: Issue) -> list[dict[str, Any]]:
    report, words = issue.report, issue.words
    rows = [
        {"ref": area.ref, "title": area.title, "numbers": [counted(issue, getattr(area, key)) for key in COUNTED]}
        for area in report.areas
    ]
    totals = [sum(getattr(area, key).value for area in report.areas) for key in COUNTED]
    rows.append({"title": words.t["all_areas"], "numbers": [{"n": words.count(n)} for n in totals], "total": True})
    return rows


def _grounds(issue: Issue, row: ControlRow) -> str:
    text = ", ".join(issue.words.word("ground", ground) for ground in row.grounds)
    return text[:1].upper() + text[1:] + ":" if text else ""


def _excluded(issue: Issue) -> list[dict[str, str]]:
    return [
        {"ref": row.ref, "title": row.title, "grounds": _grounds(issue, row), "reason": row.reason}
        for row in issue.report.controls
        if row.applies == "no"
    ]


def _area_groups(issue: Issue) -> list[dict[str, Any]]:
    rows: dict[str, list[Any]] = {}
    for row in issue.report.controls:
        rows.setdefault(row.area, []).append(_row(issue, row))
    return [
        {
            "ref": area.ref,
            "anchor": _anchor(area.ref),
            "title": area.title,
            "objective": area.objective,
            "rows": rows.get(area.ref, []),
        }
        for area in issue.report.areas
    ]


def _where(issue: Issue, row: ControlRow) -> str:
    if row.applies != "yes":
        return issue.words.t["dash"]
    return issue.words.t["where_words"][row.where].format(systems=issue.words.listed(row.systems))


def _row(issue: Issue, row: ControlRow) -> dict[str, Any]:
    words, t = issue.words, issue.words.t
    excluded = row.applies == "no"
    reason = f"{_grounds(issue, row)} {row.reason}".strip() if excluded else row.reason
    cells, more = below(
        words, [(words.say("reason_of", ref=row.ref), reason), (words.say("how_of", ref=row.ref), row.how)]
    )
    more += [("", signal) for signal in row.signals]
    proofs = [f"{proof.ref} {proof.collected_on}".strip() for proof in row.proofs]
    if len(proofs) > 4:
        proofs = [*proofs[:4], words.say("and_more", n=len(proofs) - 4)]
    return {
        "ref": row.ref,
        "title": row.title,
        "excluded": excluded,
        "applies": words.word("applies", row.applies),
        "where": _where(issue, row),
        "risks": words.listed(row.risks, 8),
        "reason": cells[0],
        "drivers": ", ".join(words.word("driver", d) for d in row.drivers) or t["dash"],
        "how": cells[1],
        "status": row.status if not excluded else "",
        "status_word": words.word("status", row.status),
        "owner": row.owner,
        "proofs": "\n".join(proofs),
        "last": row.last_review,
        "next": row.next_review,
        "more": more,
    }


def _local(issue: Issue) -> list[dict[str, Any]]:
    words = issue.words
    return [
        {
            "ref": row.ref,
            "title": row.title,
            "systems_in": words.listed(row.systems_in),
            "systems_out": words.listed(row.systems_out),
            "reason": row.reason,
            "tall": len(row.reason) > LONG,
        }
        for row in issue.report.local_exclusions
    ]


def _more_not_screened(issue: Issue) -> dict[str, str]:
    report = issue.report
    hidden = report.not_screened_count.value - len(report.not_screened) if report.not_screened_count else 0
    return {"more_not_screened": issue.words.say("and_more", n=issue.words.number(hidden)) if hidden > 0 else ""}


def _risk(issue: Issue, risk: Any) -> dict[str, str]:
    words = issue.words
    return {
        "ref": risk.ref,
        "title": risk.title,
        "systems": words.listed(risk.systems) or words.t["whole"],
        "level": risk.level,
        "word": words.word("level", risk.level),
        "status": risk.status,
        "controls": words.stacked(risk.controls),
    }


def _end(issue: Issue) -> dict[str, Any]:
    report, words, t = issue.report, issue.words, issue.words.t
    return {
        "versions": [
            {
                "version": v.version,
                "state": words.word("version_state", v.state),
                "at": words.minute(v.approved_at),
                "by": v.by,
                "change": v.change,
            }
            for v in report.versions
        ],
        "acts": [act_view(issue, act, t["approval_soa"], "approved") for act in report.approvals],
    }
