"""The risk report as parts: which chapter says what, in which order."""

from dataclasses import replace
from typing import Any

from reports.documents.common import LEVELS, Figure
from reports.documents.risk import AcceptanceRow, ActionRow, Decision, Rating, RiskReport, RiskRow
from reports.render import heat
from reports.render.front import (
    Issue,
    Line,
    Part,
    act_view,
    below,
    claim_lines,
    counted,
    front_part,
    shortened,
    stretches,
)
from reports.render.risk_sheets import sheet_views
from reports.render.tables import figures_of
from reports.render.words import Words

TOP = 8  # risks above the criteria named in the summary
LINES, TITLE_LINE, DECISION_LINE, TOLD = (
    4,
    42,
    96,
    180,
)  # room for decisions in the summary; characters of lines, of one
ROWS = 260  # rows of a long table per part
WHOLE = 320  # a register up to this length runs through; a longer one begins each level on a new page
WHY = 300  # characters of a reason among the changes
SHEETS = 20  # sheets per part: an even number, two fill a page


def risk_parts(issue: Issue) -> tuple[list[Part], list[Line]]:
    """All parts in order, without the contents, and the lines of the contents."""
    parts = [front_part(issue, "risk_summary.html", **_summary(issue))]
    parts.append(issue.part("method", "risk_method.html", **_method(issue)))
    parts += _systems(issue)
    parts.append(issue.part("maps", "risk_maps.html", **_maps(issue)))
    parts += _register(issue)
    for index, piece in enumerate(stretches(issue.report.sheets, SHEETS)):
        parts.append(
            issue.part(f"sheets-{index}", "risk_sheets.html", rows=sheet_views(issue, piece), first=index == 0)
        )
    parts += _plan(issue)
    parts += _acceptances(issue)
    parts.append(issue.part("end", "risk_end.html", **_end(issue)))
    return parts, _lines(issue)


def risk_reading(issue: Issue) -> dict[str, Any]:
    """How to read it, printed after the contents."""
    levels = [(level, issue.words.word("level", level)) for level in reversed(LEVELS)]
    return {"read": "risk_read.html", "read_joined": False, "read_levels": levels}


def _lines(issue: Issue) -> list[Line]:
    t, titles = issue.words.t, {row.ref: row.title for row in issue.report.register}
    chapters = ["summary", "method", "systems_title", "heat_maps", "register", "sheets"]
    lines = [Line(f"c{number}", t[key], str(number)) for number, key in enumerate(chapters, 1)]
    for sheet in issue.report.sheets:
        title = titles.get(sheet.ref, "")
        short = title if len(title) <= 90 else title[:88].rstrip() + "…"
        lines.append(Line(f"risk-{sheet.ref}", f"{sheet.ref}\u2002{short}"))
    chapters = ["plan", "acceptances", "opportunities", "risk_changes"]
    lines += [Line(f"c{number}", t[key], str(number)) for number, key in enumerate(chapters, 7)]
    return [
        *lines,
        Line("ca", t["comparison"], "A"),
        Line("cb", t["history_title"], "B"),
        Line("cf", t["claims_title"], "C"),
        Line("cc", t["acts_title"], "D"),
    ]


def rating_view(issue: Issue, rating: Rating | None) -> dict[str, str]:
    """A rating in a cell: badge and pair, or a dash."""
    if rating is None or not rating.level:
        return {"level": "", "word": issue.words.t["dash"], "lc": ""}
    return {"level": rating.level, "word": issue.words.word("level", rating.level), "lc": heat.lc(rating, issue.words)}


def _summary(issue: Issue) -> dict[str, Any]:
    report: RiskReport = issue.report
    words, t = issue.words, issue.words.t
    lead = words.clauses(
        "risk_lead",
        {
            "systems": report.systems_assessed,
            "risks": report.risks,
            "above": report.above,
            "ne": report.not_estimable,
            "na": report.not_assessed,
            "open": report.actions_open,
            "overdue": report.actions_overdue,
            "expired": report.acceptances_expired,
        },
    )
    figures = [
        (t["risks"], counted(issue, report.risks, dashed=False)),
        (t["above"], counted(issue, report.above, dashed=False)),
        (t["not_estimable"], counted(issue, report.not_estimable, dashed=False)),
        (t["actions_open"], counted(issue, report.actions_open, dashed=False)),
        (t["overdue"], counted(issue, report.actions_overdue, dashed=False)),
        (t["expired"], counted(issue, report.acceptances_expired, dashed=False)),
    ]
    rows = {row.ref: row for row in report.register}
    above = [rows[sheet.ref] for sheet in report.sheets]
    today = next((found for found in report.heat_maps if found.kind == "today"), None)
    small = heat.heat_map(report.method, words, today, large=False) if report.method and today else None
    if small:
        small["words"] = t["matrix_title"]
    decisions = _fitting(report.decisions, above[:TOP])
    waiting = len(report.decisions) - len(decisions)
    return {
        "lead": lead if report.risks.value else t["no_risk"],
        "figures": figures,
        "levels": _levels(issue),
        "top": [_top(issue, row) for row in above[:TOP]],
        "small_map": small,
        "top_title": t["top_title"] if len(above) <= TOP else words.say("top_first", n=TOP, all=len(above)),
        "decisions": decisions,
        "more_decisions": words.say("and_more", n=words.number(waiting)) if waiting > 0 else "",
    }


def _fitting(decisions: list[Decision], above: list[RiskRow]) -> list[Decision]:
    """The first decisions that still fit the one page of the summary below the risks named there; at least one."""
    room = LINES + 2 * TOP - sum(1 + len(f"{row.ref} {row.title}") // TITLE_LINE for row in above)
    found: list[Decision] = []
    for decision in decisions:
        told = replace(decision, text=shortened(decision.text, TOLD))
        room -= 1 + len(f"{told.ref}: {told.text}") // DECISION_LINE
        if found and room < (
            0 if len(found) + 1 == len(decisions) else 1
        ):  # the last line says how many more there are
            break
        found.append(told)
    return found


def _top(issue: Issue, row: RiskRow) -> dict[str, str]:
    words = issue.words
    today, target = rating_view(issue, row.today), rating_view(issue, row.target)
    return {
        "ref": row.ref,
        "title": row.title,
        "systems": words.listed(row.systems, 4) or words.t["whole"],
        "today": today["level"],
        "today_word": today["word"],
        "target": target["level"],
        "target_word": target["word"],
        "by": row.target_by,
        "option": words.word("option", row.option),
        "status": row.status,
    }


def _levels(issue: Issue) -> list[dict[str, Any]]:
    words, found = issue.words, []
    for line in issue.report.levels:
        moved = line.today.value - line.before.value
        found.append(
            {
                "level": line.level,
                "word": words.word("level", line.level),
                "before": counted(issue, line.before, dashed=False),
                "today": counted(issue, line.today, dashed=False),
                "target": counted(issue, line.target, dashed=False),
                "moved": f"{moved:+d}".replace("-", "\u2212") if moved else "0",
            }
        )
    sums = [sum(getattr(line, key).value for line in issue.report.levels) for key in ("before", "today", "target")]
    total = {key: {"n": words.number(n)} for key, n in zip(("before", "today", "target"), sums, strict=True)}
    return [*found, {"level": "", "word": words.t["all"], "total": True, "moved": ""} | total]


def _method(issue: Issue) -> dict[str, Any]:
    method, words, t = issue.report.method, issue.words, issue.words.t
    if method is None:
        return {"m": None}
    line = words.say("method_line", n=method.version)
    if method.approved_by:
        line += ", " + words.say(
            "method_approved", who=words.name(method.approved_by), moment=words.moment(method.approved_at)
        )
    values = [step.value for step in method.consequence]
    months = [
        {
            "level": a.level,
            "word": words.word("level", a.level),
            "who": a.who,
            "conditions": a.conditions,
            "review": words.say("n_months", n=a.review_months),
            "most": words.say("n_months", n=a.at_most_months),
            "since": a.since,
        }
        for a in method.authority
    ]
    return {
        "m": method,
        "method_line": line + ".",
        "matrix": heat.matrix_map(method, words),
        "authority": months,
        "likelihood_title": t["likelihood"] + (f", {method.likelihood_period}" if method.likelihood_period else ""),
        "dimensions": [words.word("dimension", code) for code in method.dimensions],
        "steps": method.consequence,
        "rated_in": words.say("rated_in", n=len(method.dimensions), low=min(values), high=max(values)),
    }


def _systems(issue: Issue) -> list[Part]:
    report, words = issue.report, issue.words
    rows = [
        {
            "ref": s.ref,
            "name": s.name or words.t["whole"],
            "on": s.assessed_on or words.t["dash"],
            "who": ", ".join(s.assessors) or words.t["dash"],
            "trigger": s.trigger or words.t["dash"],
            "risks": words.count(s.risks.value),
            "above": words.count(s.above.value),
            "owner": s.owner or words.t["dash"],
        }
        for s in report.systems
    ]
    listed = report.systems_not_assessed_count
    hidden = listed.value - len(report.systems_not_assessed) if listed else 0
    more = words.say("and_more", n=words.number(hidden)) if hidden > 0 else ""
    pieces = stretches(rows, ROWS)
    return [
        issue.part(
            f"systems-{index}",
            "risk_systems.html",
            rows=piece,
            first=index == 0,
            last=index == len(pieces) - 1,
            more_not_assessed=more,
        )
        for index, piece in enumerate(pieces)
    ]


def _maps(issue: Issue) -> dict[str, Any]:
    report = issue.report
    if report.method is None:
        return {"today": None}
    maps = {found.kind: found for found in report.heat_maps}
    views = {
        kind: heat.heat_map(report.method, issue.words, maps[kind], large=kind == "today")
        for kind in ("before", "today", "target")
    }
    return views | {"levels": _levels(issue)}


def _register(issue: Issue) -> list[Part]:
    words, t, report = issue.words, issue.words.t, issue.report
    above = set(report.method.above) if report.method else set()
    by_level: dict[str, list[RiskRow]] = {}
    for row in report.register:
        by_level.setdefault(row.today.level if row.today else "", []).append(row)
    groups = []
    for level in (*LEVELS, ""):
        rows = by_level.get(level, [])
        if not rows:
            continue
        place = t["above_criteria" if level in above else "within_criteria"] if level else t["group_na"]
        title = f"{words.word('level', level)}: {place}"
        pieces = [rows] if len(report.register) <= WHOLE else stretches(rows, ROWS)
        for piece in pieces:
            count = words.risks(len(rows)) if piece is pieces[0] else f"{piece[0].ref} …"
            groups.append({"title": title, "count": count, "rows": [_row(issue, row) for row in piece]})
    if len(report.register) <= WHOLE:
        return [issue.part("register", "risk_register.html", groups=groups, first=True)]
    return [
        issue.part(f"register-{index}", "risk_register.html", groups=[group], first=index == 0)
        for index, group in enumerate(groups)
    ]


def _row(issue: Issue, row: RiskRow) -> dict[str, Any]:
    words, dash = issue.words, issue.words.t["dash"]
    return {
        "ref": row.ref,
        "title": row.title,
        "systems": words.listed(row.systems, 6) or words.t["whole"],
        "owner": row.owner or dash,
        "ratings": [rating_view(issue, r) for r in (row.before, row.today, row.target)],
        "by": row.target_by or dash,
        "option": words.word("option", row.option),
        "status": row.status or dash,
        "alert": row.alert,
        "controls": words.stacked(row.controls) or dash,
        "next": row.next_review or dash,
    }


def action_state(issue: Issue, action: ActionRow) -> str:
    """Planned, Working, Done, Overdue 6 days."""
    if action.state == "overdue" and action.overdue_days:
        return issue.words.say("overdue_days", n=action.overdue_days)
    return issue.words.word("action_state", action.state)


def _plan(issue: Issue) -> list[Part]:
    words, dash, report = issue.words, issue.words.t["dash"], issue.report
    counts = {
        state: sum(action.state == state for action in report.actions)
        for state in ("working", "planned", "done", "overdue")
    }
    intro = words.say("plan_intro", n=words.number(len(report.actions)), **counts)
    rows = []
    for action in report.actions:
        notes = [words.say("effect", text=action.effect)] if action.effect else []
        notes += [words.say("checked", text=action.effectiveness)] if action.effectiveness else []
        cells, more = below(words, [(action.ref, action.text), ("", " ".join(notes))])
        rows.append(
            {
                "ref": action.ref,
                "text": cells[0],
                "note": cells[1],
                "more": more,
                "owner": action.owner or dash,
                "control": action.control or dash,
                "due": action.due or dash,
                "state": action_state(issue, action),
                "alert": action.state == "overdue",
            }
        )
    return [
        issue.part(f"plan-{index}", "risk_plan.html", rows=piece, first=index == 0, intro=intro)
        for index, piece in enumerate(stretches(rows, ROWS))
    ]


def _acceptance(words: Words, row: AcceptanceRow) -> dict[str, Any]:
    cells, more = below(words, [(row.risk, row.conditions or words.t["none"])])
    return {
        "risk": row.risk,
        "title": row.title,
        "state": words.word("acceptance", row.state),
        "alert": row.state == "expired",
        "until": row.until,
        "by": words.name(row.by),
        "residual": f"{words.word('level', row.residual.level)} {heat.lc(row.residual, words)}",
        "conditions": cells[0],
        "more": more,
    }


def _acceptances(issue: Issue) -> list[Part]:
    report, words = issue.report, issue.words
    rows = [_acceptance(words, acceptance) for acceptance in report.acceptances]
    context = {
        "opportunities": [
            {
                "ref": o.ref,
                "title": o.title,
                "systems": words.listed(o.systems) or words.t["whole"],
                "owner": o.owner,
                "decision": o.decision,
                "status": o.status,
                "next": o.next_review,
            }
            for o in report.opportunities
        ],
        "changes": [
            {
                "ref": c.ref,
                "kind": words.word("change_kind", c.kind),
                "then": c.then,
                "then_word": words.word("level", c.then),
                "now": c.now,
                "now_word": words.word("level", c.now),
                "why": shortened(c.why, WHY),
            }
            for c in report.changes
        ],
        "compared_with": words.say("compared_with", what=report.changes_since),
    }
    pieces = stretches(rows, ROWS)
    return [
        issue.part(
            f"acceptances-{index}",
            "risk_acceptances.html",
            rows=piece,
            first=index == 0,
            last=index == len(pieces) - 1,
            **context,
        )
        for index, piece in enumerate(pieces)
    ]


def _end(issue: Issue) -> dict[str, Any]:
    report, words, t = issue.report, issue.words, issue.words.t
    confirmed = t["comparison_open"]
    if report.comparison_confirmed_by:
        confirmed = words.say(
            "comparison_confirmed",
            who=words.name(report.comparison_confirmed_by),
            day=report.comparison_confirmed_at[:10],
        )
    rows = [
        {
            "ref": c.ref,
            "title": c.title,
            "risks": words.listed([r.rpartition("-")[2] for r in c.risks], 20) or t["dash"],
            "drivers": ", ".join(words.word("driver", d) for d in c.drivers) or t["dash"],
            "applies": words.word("applies_long", c.applies),
        }
        for c in report.comparison
    ]
    history = [
        {"entry": words.number(h.entry), "at": words.minute(h.at), "who": h.who, "what": h.what} for h in report.history
    ]
    plan = [act_view(issue, report.plan_approval, t["plan_act"], "approved")] if report.plan_approval else []
    residual = [act_view(issue, act, t["residual_act"], "accepted") for act in report.residual_acceptances]
    soa = words.say("in_soa", n=report.soa_version) if report.soa_version else t["in_soa_copy"]
    return {
        "comparison": rows,
        "confirmed": confirmed,
        "in_soa": soa,
        "history": history,
        "plan_acts": plan,
        "residual_acts": residual,
        "figures": claim_lines(issue, [*figures_of(report, words), *_cells(issue)]),
        "letter": "C",
    }


def _cells(issue: Issue) -> list[tuple[str, Figure]]:
    """The cells of the heat maps that hold risks, as figures."""
    words, t = issue.words, issue.words.t
    names = {"before": t["before"], "today": t["today"], "target": t["target"]}
    return [
        (
            words.say("cell_line", map=names[found.kind], l=cell.likelihood or "?", c=cell.consequence),
            Figure(len(cell.risks), cell.claim),
        )
        for found in issue.report.heat_maps
        for cell in found.cells
        if cell.risks
    ]
