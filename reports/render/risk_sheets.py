"""The risks above the criteria in full, two to a page where they are short."""

from typing import Any

from reports.documents.risk import ActionRow, RiskRow, RiskSheet
from reports.render import heat
from reports.render.front import Issue, shortened

ROOM = 1250  # characters of text that a sheet holds unbroken beside its tables
PARAGRAPH = 900
ACTION = 300  # characters of an action on a sheet; the plan has it in full


def sheet_views(issue: Issue, sheets: list[RiskSheet]) -> list[dict[str, Any]]:
    """Everything the template of the sheets needs, for one stretch of them."""
    rows = {row.ref: row for row in issue.report.register}
    actions: dict[str, list[ActionRow]] = {}
    for action in issue.report.actions:
        actions.setdefault(action.risk, []).append(action)
    method = issue.report.method
    positions = heat.Positions(method, issue.words) if method else None
    views = []
    for sheet in sheets:
        view = _view(issue, sheet, rows[sheet.ref], actions.get(sheet.ref, []))
        view["map"] = positions.view(sheet.ref, _ratings(rows[sheet.ref])) if positions else None
        views.append(view)
    return views


def _ratings(row: RiskRow) -> dict[str, Any]:
    return {"before": row.before, "today": row.today, "target": row.target}


def _view(issue: Issue, sheet: RiskSheet, row: RiskRow, actions: list[ActionRow]) -> dict[str, Any]:
    words, t = issue.words, issue.words.t
    story = [(t["cause_words"], sheet.cause), (t["event_words"], sheet.event), (t["leading_words"], sheet.consequence)]
    story = [(label, text) for label, text in story if text]
    relied = [f"{c.ref} {c.title}: {words.word('status', c.status).lower()}" for c in sheet.relied_on]
    decided = [("", sheet.reason)] if sheet.reason else []
    decided += [(t["conditions"], sheet.conditions)] if sheet.conditions else []
    decided += [(t["objective"], sheet.objective)] if sheet.objective else []
    length = sum(len(text) for _, text in story + decided) + len(sheet.why) + len(row.title) + len(sheet.affected)
    length += sum(len(text) for text in relied) + len(sheet.decision) + sum(min(len(a.text), ACTION) for a in actions)
    return {
        "ref": row.ref,
        "anchor": f"risk-{row.ref}",
        "title": row.title,
        "level": row.today.level if row.today else "",
        "level_word": words.word("level", row.today.level if row.today else ""),
        "line": _line(issue, sheet, row),
        "story": [[pair] for pair in _paragraphs(story)] if length > ROOM else [story],
        "affected": sheet.affected,
        "why": _cut(sheet.why),
        "relied": relied,
        "decision": sheet.decision or words.word("option", row.option),
        "decided": _paragraphs(decided),
        "ratings": _rating_lines(issue, row),
        "assessed": _assessed(issue, sheet),
        "dimensions": _dimensions(issue, sheet),
        "actions": [_action(issue, action) for action in actions],
        "long": length > ROOM or len(relied) > 8 or len(actions) > 5,
    }


def _cut(text: str) -> list[str]:
    """A text in paragraphs: where its writer ended lines, else after a sentence, so that pages can break."""
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        while len(line) > PARAGRAPH:
            at = (
                max(line.rfind(". ", 0, PARAGRAPH) + 1, line.rfind(" ", 0, PARAGRAPH)) if " " in line[:PARAGRAPH] else 0
            )
            found.append(line[: at or PARAGRAPH].strip())
            line = line[at or PARAGRAPH :].strip()
        found.append(line)
    return found


def _paragraphs(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(label if index == 0 else "", piece) for label, text in pairs for index, piece in enumerate(_cut(text))]


def _line(issue: Issue, sheet: RiskSheet, row: RiskRow) -> str:
    words = issue.words
    parts = [words.listed(sheet.system_names, 4) or words.t["whole"], words.say("sheet_owner", who=row.owner)]
    parts += [sheet.stage] if sheet.stage else []
    parts += [words.say("sheet_from", what=sheet.source)] if sheet.source else []
    parts += [words.say("sheet_next", day=row.next_review)] if row.next_review else []
    return " · ".join(parts)


def _rating_lines(issue: Issue, row: RiskRow) -> list[dict[str, str]]:
    words, t = issue.words, issue.words.t
    target = f"{t['target']} {row.target_by}".strip()
    lines = [(t["before_controls"], row.before), (t["today"], row.today), (target, row.target)]
    return [
        {
            "label": label,
            "lc": heat.lc(rating, words),
            "level": rating.level if rating else "",
            "word": words.word("level", rating.level) if rating and rating.level else t["dash"],
        }
        for label, rating in lines
    ]


def _assessed(issue: Issue, sheet: RiskSheet) -> str:
    words, parts = issue.words, []
    if sheet.assessors:
        parts.append(words.say("assessed_by", who=", ".join(sheet.assessors), day=sheet.assessed_on))
    if sheet.method_version:
        parts.append(words.say("method_short", n=sheet.method_version))
    if sheet.confidence:
        parts.append(words.say("confidence_line", word=words.word("confidence", sheet.confidence)))
    if sheet.trigger:
        parts.append(sheet.trigger)
    return " · ".join(parts)


def _dimensions(issue: Issue, sheet: RiskSheet) -> list[dict[str, Any]]:
    words = issue.words
    return [
        {
            "label": words.word("dimension_short", d.dimension),
            "value": d.value if d.value is not None else words.word("dimension_state", d.state),
        }
        for d in sheet.dimensions
    ]


def _action(issue: Issue, action: ActionRow) -> dict[str, str]:
    words = issue.words
    state = words.word("action_state", action.state)
    return {
        "text": shortened(action.text, ACTION),
        "owner": action.owner or words.t["dash"],
        "due": action.due or words.t["dash"],
        "state": state,
    }
