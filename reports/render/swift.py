"""WeasyPrint's slow spots, done once for equal input: the pages stay the same, to the byte.

A report repeats itself: a thousand cells share a style, and half of them a text. WeasyPrint shares the style objects
but resolves, shapes and draws each box anew. What follows from a style (and a text) alone is kept with the style.
Only for processes that lay out one part and end: nothing is ever forgotten.
"""

import functools
import sys
from collections.abc import Callable
from typing import Any

import pydyf  # type: ignore[import-untyped]
from weasyprint.draw import text as draw_text
from weasyprint.formatting_structure import boxes
from weasyprint.html import UA_STYLESHEET
from weasyprint.layout import percent
from weasyprint.matrix import Matrix
from weasyprint.text import line_break

SIDES = ("top", "right", "bottom", "left")
RESOLVED = (
    *(f"margin_{side}" for side in SIDES),
    *(f"padding_{side}" for side in SIDES),
    *(f"border_{side}_width" for side in SIDES),
    *(f"{bound}{axis}" for bound in ("", "min_", "max_") for axis in ("width", "height")),
)
NOTES = ("note-call", "note-marker", "note-callback")
FOOTNOTES = ("footnote-call", "footnote-marker")
SHOWN = ("set_font_size", "show_text", "set_text_rise")


def hasten() -> None:
    """Put our functions in the place of WeasyPrint's, in this process."""
    _replace(percent.resolve_percentages, resolve_percentages)
    _replace(line_break.strut, strut)
    _replace(line_break.split_first_line, split_first_line)
    _replace(draw_text.draw_text, draw_line)
    pydyf.PDF.page_references = property(_page_references)
    _narrow(UA_STYLESHEET.matcher)


def _replace(plain: Callable[..., Any], ours: Callable[..., Any]) -> None:
    for name, module in list(sys.modules.items()):
        if name.startswith("weasyprint.") and getattr(module, plain.__name__, None) is plain:
            setattr(module, plain.__name__, ours)


def _narrow(matcher: Any) -> None:
    """WeasyPrint styles a marker, a footnote and notes for every element; ours have them on `li` and `.fn` alone."""
    general, matcher.other_selectors = matcher.other_selectors, []
    for entry in general:
        pseudo = entry[3]
        if pseudo == "marker":
            matcher.lower_local_name_selectors.setdefault("li", []).append(entry)
        elif pseudo in FOOTNOTES:
            matcher.class_selectors.setdefault("fn", []).append(entry)
        elif pseudo not in NOTES:
            matcher.other_selectors.append(entry)


def _kept(style: Any, what: str) -> dict[Any, Any]:
    """A dictionary that lives as long as the style."""
    found: dict[Any, Any] = vars(style).setdefault(what, {})
    return found


def resolve_percentages(
    box: Any, containing_block: Any, plain: Callable[..., None] = percent.resolve_percentages
) -> None:
    """Margins, paddings, borders and sizes of a box: they follow from its style and its container's size."""
    if isinstance(containing_block, boxes.Box):
        size = containing_block.width, containing_block.height
    else:
        size = tuple(containing_block)
    style = box.style
    if style["border_collapse"] == "collapse" or isinstance(box, boxes.PageBox):
        plain(box, containing_block)
        return
    known = _kept(style, "resolved")
    if size in known:
        box.__dict__.update(known[size])
        return
    plain(box, containing_block)
    known[size] = {name: box.__dict__[name] for name in RESOLVED}


def strut(style: Any, plain: Callable[..., Any] = line_break.strut) -> Any:
    """Line height and baseline of a style; WeasyPrint keeps them under a text of fourteen properties."""
    known = vars(style)
    if "strut" not in known:
        known["strut"] = plain(style)
    return known["strut"]


def split_first_line(  # noqa: PLR0913 (the signature of WeasyPrint's)
    text: str,
    style: Any,
    context: Any,
    max_width: float | None,
    justification_spacing: float,
    is_line_start: bool = True,
    minimum: bool = False,
    plain: Callable[..., Any] = line_break.split_first_line,
) -> Any:
    """The first line of a text. Equal texts of one style and width break alike."""
    known, key = _kept(style, "lines"), (text, max_width, justification_spacing, is_line_start, minimum)
    if key not in known:
        known[key] = plain(text, style, context, max_width, justification_spacing, is_line_start, minimum)
    layout, *measures = known[key]
    copied = line_break.Layout.__new__(line_break.Layout)
    copied.__dict__.update(layout.__dict__)
    return (copied, *measures)


class _Recorder:
    """A stream that remembers what was shown."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.shown: list[tuple[str, tuple[Any, ...]]] = []

    def __getattr__(self, name: str) -> Any:
        plain = getattr(self.stream, name)
        return functools.partial(self._show, name, plain) if name in SHOWN else plain

    def _show(self, name: str, plain: Callable[..., None], *values: Any) -> None:
        self.shown.append((name, values))
        plain(*values)


def draw_line(
    stream: Any,
    textbox: Any,
    offset_x: float,
    text_overflow: str,
    block_ellipsis: Any,
    plain: Callable[..., None] = draw_text.draw_text,
) -> None:
    """A line of text. Equal lines of one style show the same glyphs in another place."""
    style, layout = textbox.style, textbox.pango_layout
    special = text_overflow != "clip" or block_ellipsis != "none" or style["text_decoration_line"] != "none"
    if special or style["visibility"] != "visible" or not textbox.text.strip() or style["font_size"] < 1:
        plain(stream, textbox, offset_x, text_overflow, block_ellipsis)
        return
    known, key = _kept(style, "shown"), (layout.text, layout.justification_spacing)
    x, y = textbox.position_x, textbox.position_y + textbox.baseline
    stream.set_color(style["color"])
    if key in known:
        stream.begin_text()
        stream.set_text_matrix(1, 0, 0, -1, x, y)
        for name, values in known[key]:
            getattr(stream, name)(*values)
        stream.end_text()
        return
    layout.reactivate(style)
    recorder = _Recorder(stream)
    stream.begin_text()
    emojis = draw_text.draw_first_line(recorder, textbox, text_overflow, block_ellipsis, Matrix(d=-1, e=x, f=y))
    stream.end_text()
    draw_text.draw_emojis(stream, style, x, y, emojis)
    layout.deactivate()
    if not emojis:
        known[key] = recorder.shown


def _page_references(pdf: Any) -> tuple[bytes, ...]:
    """The pages so far; WeasyPrint asks for all of them with each tag."""
    numbers = pdf.pages["Kids"][::3]
    known: tuple[bytes, ...] = vars(pdf).get("known_references", ())
    if len(known) != len(numbers):
        known = pdf.known_references = tuple(f"{number} 0 R".encode() for number in numbers)
    return known
