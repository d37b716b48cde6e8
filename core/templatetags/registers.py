"""Rows of registers in one tag, because a page draws six hundred cells."""

import datetime
from collections.abc import Callable, Iterable
from typing import Any

from django import template
from django.template import Context
from django.template.loader import render_to_string
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from core import spoken, when, wording
from core.registers.columns import Column, Level, State, Ticks
from core.templatetags import ui

register = template.Library()
NOTHING = SafeString("")
KEPT = 500
"""Drawings of one kind that are kept: rows repeat few of them, and a template for each takes longer than the rest."""


@register.filter
def in_words(value: Any) -> Any:
    """``{{ old|in_words }}``: a day as the language writes it, anything else as it is."""
    return when.day_text(value) if isinstance(value, datetime.date) else value


def css_of(column: Column) -> str:
    """Return the classes of a column's cells: cards show r, t, lvl and m; p2 and p3 need width."""
    own = {"ref": "r", "title": "t", "number": "num"}.get(column.kind, "")
    if column.wide:
        return f"{own} hide {column.wide}".strip()
    return own if own in {"r", "t"} else f"{own} lvl".strip() if column.kind == "level" else f"{own} m".strip()


@register.filter
def head_css(column: Column) -> str:
    """Return the classes of a column's head."""
    return " ".join(part for part in (column.wide, "num" if column.kind == "number" else "") if part)


@register.simple_tag(takes_context=True)
def rows(context: Context, listing: Any) -> SafeString:
    """``{% rows listing %}``: the rows of the page; the title is the row's head and its link."""
    pick = _box if listing.steps else lambda _register, _record: NOTHING
    return SafeString(
        "\n".join(
            f"<tr>{pick(listing.register, record)}{_cells(context, listing, record)}</tr>" for record in listing.page
        )
    )


def _box(kind: Any, record: Any) -> SafeString:
    name = gettext("Select %(name)s") % {"name": kind.name_of(record)}
    return format_html(
        '<td class="pick"><input class="form-check-input" type="checkbox" name="pick" value="{}" aria-label="{}"></td>',
        record.pk, name,
    )  # fmt: skip


def _cells(context: Context, listing: Any, record: Any) -> str:
    url = listing.register.url_of(record, listing.slug)
    return "".join([_cell(context, column, record, url) for column in listing.columns])


@register.simple_tag
def choosable(shown: Iterable[Column], others: Iterable[Column]) -> SafeString:
    """``{% choosable listing.columns listing.other_columns %}``: all columns, those shown ticked and in order."""
    return _drawn_choice(tuple(map(_named, shown)), tuple(map(_named, others)))


def _named(column: Column) -> tuple[str, str]:
    return column.key, str(column.label)


@spoken.kept(KEPT)
def _drawn_choice(shown: tuple[tuple[str, str], ...], others: tuple[tuple[str, str], ...]) -> SafeString:
    return SafeString(render_to_string("registers/choice.html", {"shown": shown, "others": others}))


def _cell(context: Context, column: Column, record: Any, url: str) -> SafeString:
    value = column.of(record)
    body = NOTHING if value is None or value == "" else DRAW[column.kind](context, value)
    if column.kind == "title":
        inner = format_html('<a href="{}">{}</a>', url, body) if url else body
        return format_html('<th class="t" scope="row">{}</th>', inner)
    if column.kind == "ref" and url:
        body = format_html('<a class="ref" href="{}">{}</a>', url, value)
    return SafeString(f'<td class="{css_of(column)}">{conditional_escape(body)}</td>')


def _text(context: Context, value: Any) -> SafeString:
    return conditional_escape(value)


def _number(context: Context, value: Any) -> SafeString:
    return conditional_escape(wording.number(value) if isinstance(value, int) else value)


def _date(context: Context, value: Any) -> SafeString:
    day = when.local(value, ui.zone_in(context)).date() if hasattr(value, "hour") else value
    return _drawn_day(day)


@spoken.kept(KEPT)
def _drawn_day(day: datetime.date) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', day.isoformat(), when.tight_text(day))


def _moment(context: Context, value: Any) -> SafeString:
    here = when.local(value, ui.zone_in(context))
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), when.tight_text(here))


def _level(context: Context, value: Any) -> SafeString:
    found = value if isinstance(value, Level) else Level(value)
    return _drawn_level(found.code, found.rate, found.ghost)


@spoken.kept(KEPT)
def _drawn_level(code: str | None, rate: str, ghost: bool) -> SafeString:
    return SafeString(render_to_string("components/level.html", ui.level(code, rate, ghost)))


def _state(context: Context, value: Any) -> SafeString:
    found = value if isinstance(value, State) else State(str(value), value)
    return _drawn_state(found.code, str(found.label))


@spoken.kept(KEPT)
def _drawn_state(code: str, label: str) -> SafeString:
    return ui.state(code, label)


def _person(context: Context, value: Any) -> SafeString:
    return conditional_escape(when.short_name(value))


def _tags(context: Context, value: Any) -> SafeString:
    items = [value] if isinstance(value, str) else [str(one) for one in value]
    if not items:
        return NOTHING
    if len(items) == 1:
        return conditional_escape(items[0])
    more = wording.filled(ngettext("and %(n)d more", "and %(n)d more", len(items) - 1), {"n": len(items) - 1})
    return format_html(
        '<span title="{}">{} <span aria-hidden="true">+{}</span><span class="vh">{}</span></span>',
        ", ".join(items), items[0], len(items) - 1, more,
    )  # fmt: skip


def _flags(context: Context, value: Any) -> SafeString:
    pairs = ((one, False) if isinstance(one, str) else one for one in value or ())
    return _drawn_flags(tuple((str(label), bool(hot)) for label, hot in pairs))


@spoken.kept(KEPT)
def _drawn_flags(pairs: tuple[tuple[str, bool], ...]) -> SafeString:
    return SafeString(render_to_string("components/flags.html", ui.flags(pairs))) if pairs else NOTHING


def _ticks(context: Context, value: Any) -> SafeString:
    if not isinstance(value, Ticks) or not value.total:
        return NOTHING
    return _drawn_ticks(value.done, value.total)


@spoken.kept(KEPT)
def _drawn_ticks(done: int, total: int) -> SafeString:
    return SafeString(render_to_string("components/ticks.html", ui.ticks(done, total)))


DRAW: dict[str, Callable[[Context, Any], SafeString]] = {
    "text": _text, "title": _text, "number": _number, "date": _date, "moment": _moment, "level": _level,
    "state": _state, "person": _person, "tags": _tags, "flags": _flags, "ticks": _ticks,
    "ref": lambda context, value: format_html('<span class="ref">{}</span>', value),
}  # fmt: skip
