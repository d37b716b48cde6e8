"""The parts pages are made of (docs/developer/pages.md shows each). Colour means risk level, shape means state."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from django import template
from django.template import Context
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import when, wording

register = template.Library()

ICON_SIZES = {"down": 10, "x": 10, "left": 10, "right": 10, "tick": 12, "no": 12, "lock": 12, "grip": 12, "logo": 20}

LEVELS = {
    "low": gettext_lazy("Low"),
    "medium": gettext_lazy("Medium"),
    "high": gettext_lazy("High"),
    "critical": gettext_lazy("Critical"),
}

# What a state looks like: dotted ring, ring, half, full with tick, struck ring, dashed square, square, solid square.
GLYPHS = {
    "not": "not_started to_be_screened not_assessed waiting unknown silent never_seen undecided no_data",
    "plan": "planned assessed submitted in_scope open active waiting_for_decision inception acceptance_asked",
    "part": "partly_in_place partly in_treatment working in_progress returned partly_met findings_open",
    "in": "mended in_place met accepted approved ready done in_order confirmed current in_line",
    "ex": "excluded out_of_scope not_met failed cancelled withdrawn undocumented deprecated refused contradicts",
    "draft": "draft working_copy proposed proposal",
    "closed": "closed retired superseded ended",
}
GLYPH_OF = {state: glyph for glyph, states in GLYPHS.items() for state in states.split()}
IDLE = {"not", "ex", "draft", "closed"}
SOLID_BANDS = {"approved", "in_place", "accepted", "current", "ready"}

TIERS = {
    "blocks": gettext_lazy("Blocks certification"),
    "likely": gettext_lazy("Likely nonconformity"),
    "fix": gettext_lazy("Worth fixing"),
    "tidy": gettext_lazy("Tidy"),
}
MARKS = {"in_place": "in", "partly_in_place": "part", "planned": "plan", "not_started": "not", "excluded": "ex"}
MARK_CLASSES = {"not": "x", "ex": "x", "und": "u"}


# Words and marks --------------------------------------------------------------------------------------------------


@lru_cache(500)
def svg(symbol: str, width: int, height: int | None = None) -> SafeString:
    """Return a picture of the symbol sheet, hidden from screen readers."""
    return format_html(
        '<svg width="{}" height="{}" aria-hidden="true"><use href="#{}"/></svg>', width, height or width, symbol
    )


@register.simple_tag
def icon(name: str, size: int = 0) -> SafeString:
    """``{% icon "plus" %}``: a picture of components/sprite.html by its name."""
    return svg(f"i-{name}", size or ICON_SIZES.get(name, 14))


@register.inclusion_tag("components/level.html")
def level(value: str | None, rate: str = "", ghost: bool = False, label: str = "") -> dict[str, Any]:
    """``{% level risk.level_today rate="4 × 3" %}``: filled is Today, ``ghost=True`` Before and Target."""
    known = value if value in LEVELS else ""
    return {"value": known, "label": label or LEVELS.get(known, _("Not rated")), "rate": rate, "ghost": ghost}


@register.filter
def level_letter(value: str) -> str:
    """``{{ cell.level|level_letter }}``: the letter a map names a level by, in the reader's language."""
    return str(LEVELS.get(value, ""))[:1].upper()


@register.simple_tag
def state(code: str, label: str = "", idle: bool | None = None) -> SafeString:
    """``{% state risk.state risk.get_state_display %}``: a glyph and the word; an unknown code is a ring."""
    glyph = GLYPH_OF.get(code, "plan")
    quiet = glyph in IDLE if idle is None else idle
    return format_html('<span class="st{}">{}{}</span>', " idle" if quiet else "", svg(f"s-{glyph}", 12), label or code)


@register.simple_tag
def band(code: str, label: str) -> SafeString:
    """``{% band "approved" "Approved v1" %}``: the state of a document, solid when approved, else dashed."""
    solid = code in SOLID_BANDS
    mark = svg("i-tick", 12) if solid else svg(f"s-{GLYPH_OF.get(code, 'draft')}", 12)
    return format_html('<span class="band{}">{}{}</span>', "" if solid else " draft", mark, label)


@register.simple_tag
def tier(code: str, label: str = "") -> SafeString:
    """``{% tier "blocks" %}``: blocks, likely, fix or tidy."""
    return format_html('<span class="tier">{}{}</span>', svg(f"t-{code}", 12), label or TIERS[code])


@register.simple_tag
def flag(label: str, hot: bool = False) -> SafeString:
    """``{% flag "Review due" %}``: an outlined word; ``hot=True`` when someone must act."""
    return format_html('<span class="flag{}">{}</span>', " hot" if hot else "", label)


@register.inclusion_tag("components/flags.html")
def flags(items: Iterable[Any]) -> dict[str, Any]:
    """``{% flags risk.flags %}``: the first shows, the rest is "+1". Items are words or (word, hot) pairs."""
    pairs = [(item, False) if isinstance(item, str) else tuple(item) for item in items or ()]
    return {"first": pairs[0] if pairs else None, "rest": [label for label, _hot in pairs[1:]]}


@register.simple_tag
def fig(number: int | None, url: str = "", label: str = "") -> SafeString:
    """``{% fig counts.open url "9 risks above criteria" %}``: leads to its rows; zero is quiet and no link."""
    if not number or not url:
        shown = wording.number(number or 0)
        return format_html("{}", shown) if number else format_html('<span class="quiet">{}</span>', shown)
    if label:
        return format_html('<a class="fig" href="{}" aria-label="{}">{}</a>', url, label, wording.number(number))
    return format_html('<a class="fig" href="{}">{}</a>', url, wording.number(number))


@register.inclusion_tag("components/ticks.html")
def ticks(done: int, total: int) -> dict[str, Any]:
    """``{% ticks 2 4 %}``: n of m drawn as ticks (at most 20), said as words; never a percentage."""
    shown = min(total, 20)
    filled = done if total <= shown else round(done * shown / total)
    return {"filled": range(filled), "open": range(shown - filled), "done": done, "total": total}


# People, dates ----------------------------------------------------------------------------------------------------


def zone_in(context: Context) -> Any:
    """Return the zone of the page's management system."""
    frame = context.get("shell")
    return frame.zone if frame else when.UTC


@register.simple_tag
def person(who: Any, short: bool = False, nobody: str = "") -> SafeString | str:
    """``{% person risk.owner %}``: the printed name, ``short=True`` gives "L. Aster"; nobody is said in quiet words."""
    if not who:
        return format_html('<span class="quiet">{}</span>', nobody or _("No one"))
    return when.short_name(who) if short else when.name_of(who)


@register.simple_tag(takes_context=True)
def day(context: Context, value: Any, long: bool = False, none: str = "") -> SafeString:
    """``{% day risk.review_on %}``: "20 Nov 2026"; a moment is put into the management system's zone first."""
    if not value:
        return format_html('<span class="quiet">{}</span>', none) if none else SafeString("")
    text = when.day_text(value, zone_in(context), long=long)
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), text)


@register.simple_tag(takes_context=True)
def moment(context: Context, value: Any, clock: bool = False) -> SafeString:
    """``{% moment entry.at %}``: "20 Nov 2026, 12:03 CET"; ``clock=True`` gives "12:03"."""
    if not value:
        return SafeString("")
    zone = zone_in(context)
    text = when.clock_text(value, zone) if clock else when.moment_text(value, zone)
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), text)


# Blocks -----------------------------------------------------------------------------------------------------------


def block(name: str, content: SafeString, **context: Any) -> SafeString:
    """Return a component with a body."""
    return SafeString(render_to_string(f"components/{name}.html", {"content": content, **context}))


@register.simple_block_tag
def note(content: SafeString, kind: str = "") -> SafeString:
    """``{% note "warn" %}…{% endnote %}``: kind is "", "act" (something to do here) or "warn"."""
    return block("note", content, kind=kind)


@register.simple_block_tag
def pane(content: SafeString, title: str, id: str, **more: str) -> SafeString:
    """``{% pane "Findings" "findings" text="33 open" span="c6" end_url=url end_label="All" %}…{% endpane %}``."""
    return block("pane", content, title=title, id=id, **more)


@register.simple_block_tag
def box(content: SafeString, title: str = "") -> SafeString:
    """``{% box "Level" %}…{% endbox %}``: only for the frozen statement, the level, who could decide."""
    return block("box", content, title=title)


@register.simple_block_tag
def section(content: SafeString, number: int, title: str, text: str = "") -> SafeString:
    """``{% section 1 "What could happen" "From the catalogue" %}…{% endsection %}``: a numbered part of a long form."""
    return block("section", content, number=number, title=title, text=text)


@register.simple_block_tag
def blank(content: SafeString, title: str, url: str = "", button: str = "", minutes: int = 0) -> SafeString:
    """``{% blank "No AI systems yet" url=… button="New AI system" minutes=4 %}why{% endblank %}``."""
    why, list_begins, ways = content.partition("<ul")  # other ways in stand below the button
    parts = {"why": SafeString(why), "ways": SafeString(list_begins + ways)}
    return block("blank", content, title=title, url=url, button=button, minutes=minutes, **parts)


@register.simple_block_tag
def table(content: SafeString, label: str, wide: bool = False, folds: bool = False) -> SafeString:
    """``{% table "Actions" %}<thead>…<tbody>…{% endtable %}``: narrow, it folds (``folds``), or pans (``wide``)."""
    return block("table", content, label=label, wide=wide, folds=folds)


# Composite --------------------------------------------------------------------------------------------------------


@register.inclusion_tag("components/heat.html")
def heat_map(heat: Any) -> dict[str, Any]:
    """``{% heat_map heat %}``: a core.pages.heat.HeatMap."""
    return {"heat": heat}


@register.inclusion_tag("components/strip.html")
def strip(areas: Sequence[Any], legend: bool = True) -> dict[str, Any]:
    """``{% strip areas %}``: areas are (label, [{ref, title, state, label, url}])."""
    shown = []
    for label, controls in areas:
        cells = []
        for control in controls:
            mark = MARKS.get(control["state"], "und")
            cells.append({**control, "mark": mark, "css": MARK_CLASSES.get(mark, "")})
        shown.append({"label": label, "cells": cells})
    return {"areas": shown, "legend": legend}


@register.inclusion_tag("components/steps.html")
def steps(offered: Iterable[Any], name: str = "step") -> dict[str, Any]:
    """``{% steps offered %}``: of core.pages.steps.offered; what cannot be done now says why and who can."""
    return {"offered": list(offered), "name": name}


@register.inclusion_tag("components/history.html", takes_context=True)
def history(context: Context, changes: Iterable[Any]) -> dict[str, Any]:
    """``{% history changes %}``: core.pages.history.Change rows, newest first: who, when, by which door, what."""
    return {"changes": changes, "shell": context.get("shell")}


@register.inclusion_tag("components/comments.html", takes_context=True)
def comments(context: Context, thread: Any, span: str = "") -> dict[str, Any]:
    """``{% comments thread %}``: core.pages.comments.Thread, what was said and the box that says one more."""
    return {"thread": thread, "span": span, "shell": context.get("shell"), "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("components/progress.html", takes_context=True)
def progress(context: Context, job: Any, url: str) -> dict[str, Any]:
    """``{% progress job url %}``: a meter and words; asks ``url`` again every 2 s while working, or by a link."""
    return {"job": job, "url": url, "shell": context.get("shell"), "finished": job.state not in {"waiting", "working"}}


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(context: Context, page: Any, name: str = "page") -> dict[str, Any]:
    """``{% pagination page %}``: of a Django Page; keeps the rest of the address."""
    request = context["request"]

    def address(number: int) -> str:
        query = request.GET.copy()
        query[name] = str(number)
        return f"{request.path}?{query.urlencode()}"

    return {
        "page": page,
        "before": address(page.previous_page_number()) if page.has_previous() else "",
        "after": address(page.next_page_number()) if page.has_next() else "",
    }


@register.inclusion_tag("components/secret.html")
def secret(value: str, label: str, text: str = "") -> dict[str, Any]:
    """``{% secret token "Token" %}``: shown once, with a button that copies it."""
    return {"value": value, "label": label, "text": text}


@register.inclusion_tag("components/difference.html")
def difference(rows: Iterable[Any], before: str = "", after: str = "") -> dict[str, Any]:
    """``{% difference rows %}``: rows of (field, old, new)."""
    return {"rows": list(rows), "before": before or _("Before"), "after": after or _("After")}


@register.inclusion_tag("components/refusal.html")
def refusal(says: str, who: Iterable[Any] = (), url: str = "", label: str = "") -> dict[str, Any]:
    """``{% refusal "Only …" who=people %}``: why not, and who can."""
    return {"says": says, "who": [when.name_of(one) for one in who], "url": url, "label": label}


@register.inclusion_tag("components/rating_grid.html")
def rating_grid(fields: Iterable[Any], caption: str) -> dict[str, Any]:
    """``{% rating_grid fields "Consequence for each party" %}``: bound RatingFields, one a row."""
    return {"fields": list(fields), "caption": caption}


@register.simple_tag
def crumbs(*pairs: str) -> SafeString:
    """``{% crumbs risks_url "Risks" "" "RSK-7" %}``: pairs of address and label; "" is the page itself."""
    trail = [{"url": pairs[at], "label": pairs[at + 1]} for at in range(0, len(pairs) - 1, 2)]
    return SafeString(render_to_string("components/crumbs.html", {"trail": trail}))


@register.inclusion_tag("components/tabs.html")
def tabs(label: str, items: Iterable[tuple[Any, str, bool]]) -> dict[str, Any]:
    """``{% tabs "Risks" items %}``: items are (label, url, current)."""
    return {"label": label, "items": items}


# Forms ------------------------------------------------------------------------------------------------------------


@register.simple_tag
def field(bound: Any, **attrs: Any) -> SafeString:
    """``{% field form.title %}``: label, hint, error, control; keywords become attributes (rows=3)."""
    given = {name.replace("_", "-"): value for name, value in attrs.items()}
    if given:
        bound.field.widget.attrs.update(given)
    return bound.as_field_group()


@register.simple_tag
def control(bound: Any) -> SafeString:
    """Render the widget of a bound field with the classes of its kind."""
    kind = getattr(bound.field.widget, "input_type", "")
    css = {"checkbox": "form-check-input", "radio": "", "hidden": "", "select": "form-select", "file": "form-control"}
    given = bound.field.widget.attrs.get("class", "")
    name = css.get(kind, "form-control")
    return bound.as_widget(attrs={"class": f"{name} {given}".strip()} if name or given else {})


@register.filter
def kind_of(bound: Any) -> str:
    """Return how a field is laid out: "tick", "seg", "ticks" (several boxes), "hidden" or "line"."""
    widget = bound.field.widget
    if bound.is_hidden:
        return "hidden"
    layout = getattr(widget, "layout", "")
    return layout or {"checkbox": "tick"}.get(getattr(widget, "input_type", ""), "line")


@register.filter
def starred(bound: Any) -> bool:
    """Return whether a field carries the star (what a step needs)."""
    form = bound.form
    names = getattr(form, "starred", None)
    return (
        bound.name in names
        if names is not None
        else bool(getattr(form, "marks_required", False) and bound.field.required)
    )
