"""Laying out one part: fonts only, running lines, page numbers that count through all parts."""

import base64
import importlib.util
import io
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pydyf  # type: ignore[import-untyped]
import weasyprint
from weasyprint import layout as weasy_layout
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from reports.documents.common import Cover
from reports.render.front import Dress, state_text
from reports.render.words import Words

FONT_PACKAGES = ("font_source_sans_pro", "font_source_serif_pro")
CSS_FILE = Path(__file__).with_name("print.css")
VARIANT = "pdf/a-3a"
LEVEL = 4  # of compression
SIZES = {"A4": "A4", "Letter": "Letter"}


LOGO = "logo:cover"
ACCENT = "#0c4a57"
COVER_WITHOUT_RULES = (
    "@page cover { @top-left { border-bottom-color: transparent } @top-right { border-bottom-color: transparent } }"
)
DRAFT = (
    "width: 10mm; white-space: nowrap; vertical-align: middle; font-size: 118pt; line-height: 118pt; font-weight: 700; "
    "letter-spacing: .08em; color: rgba(22, 35, 46, .07); transform-origin: 0 50%; "
)
TURNED = {
    "upright": "translate(-150mm, 78mm) rotate(-54deg)",
    "wide": "translate(-225mm, 62mm) rotate(-33deg)",
}
MARK = (
    "width: 6mm; white-space: nowrap; vertical-align: middle; transform: rotate(-90deg) translate(-38mm, -9mm); "
    "font-size: 8.4pt; font-weight: 600; letter-spacing: .2em; color: #5b6973"
)


class FontsOnly(URLFetcher):
    """Denies everything but the logo and font:NAME of the installed font packages. A refusal stops the rendering."""

    def __init__(self, logo: bytes = b"") -> None:
        super().__init__(allowed_protocols=())
        self.logo = logo
        self.fonts: dict[str, Path] = {}
        for package in FONT_PACKAGES:
            spec = importlib.util.find_spec(package)
            for folder in spec.submodule_search_locations if spec and spec.submodule_search_locations else ():
                self.fonts.update({font.name: font for font in (Path(folder) / "files").glob("*.ttf")})

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        """The bytes of a bundled font or the logo of this copy, or FatalURLFetchingError."""
        scheme, _, name = url.partition(":")
        if url == LOGO and self.logo:
            return URLFetcherResponse(url, self.logo, {"Content-Type": "image/png"})
        if scheme != "font" or name not in self.fonts:
            raise FatalURLFetchingError(f"not allowed in a report: {url[:80]}")
        return URLFetcherResponse(url, self.fonts[name].read_bytes(), {"Content-Type": "font/ttf"})


@dataclass
class Laid:
    """What a part tells the others before it is drawn: its length, where its anchors are, its bookmarks."""

    pages: int
    anchors: dict[str, int] = field(default_factory=dict)  # name -> page of the part, from 0


@dataclass
class Numbering:
    """Where a part stands in the whole."""

    offset: int = 0
    total: int = 0


class Workshop:
    """Fonts and style sheet, read once; children of this process inherit them."""

    def __init__(self, cover: Cover, words: Words, dress: Dress) -> None:
        self.fetcher, self.fonts = FontsOnly(base64.b64decode(dress.logo)), FontConfiguration()
        text = coloured(CSS_FILE.read_text("utf-8"), dress.accent) + running_lines(cover, words)
        self.css = weasyprint.CSS(string=text, url_fetcher=self.fetcher, font_config=self.fonts)

    def lay_out(self, html: str, number: Callable[[Laid], Numbering]) -> weasyprint.Document:
        """The pages of a part. `number` is asked once, when the text is on its pages and before they are numbered."""
        document = weasyprint.HTML(string=html, base_url="report:", url_fetcher=self.fetcher)
        with _numbered_pages(number):
            return document.render(stylesheets=[self.css], font_config=self.fonts, pdf_variant=VARIANT)


def draw(document: weasyprint.Document, prefix: str) -> bytes:
    """The part as a tagged PDF. `prefix` keeps the header ids of its tables apart from those of other parts."""
    out = io.BytesIO()

    def finish(_document: Any, pdf: pydyf.PDF) -> None:
        for item in pdf.objects:
            if isinstance(item, pydyf.Stream):
                _compress(item)
            elif isinstance(item, pydyf.Dictionary) and isinstance(item.get("ID"), pydyf.String):
                item["ID"].string = f"{prefix}-{item['ID'].string}"

    document.write_pdf(out, finisher=finish, pdf_variant=VARIANT, pdf_identifier=False, uncompressed_pdf=True)
    return out.getvalue()


def _compress(stream: pydyf.Stream) -> None:
    """Quickly rather than tightly; pydyf itself takes the slowest level, a fifth of the drawing."""
    if "Filter" not in stream.extra and stream.extra.get("Type") != "/Metadata":
        whole = b"\n".join(pydyf._to_bytes(piece) for piece in stream.stream)
        stream.stream = [zlib.compress(whole, LEVEL)]
        stream.extra["Filter"] = "/FlateDecode"


class _numbered_pages:
    """While laying out, margin boxes are made with the page numbers of the whole report.

    WeasyPrint makes all margin boxes after all pages are broken; that is the moment to learn how many pages the
    other parts have.
    """

    def __init__(self, number: Callable[[Laid], Numbering]) -> None:
        self.number = number
        self.numbering: Numbering | None = None

    def __enter__(self) -> None:
        self.plain, self.plain_pages = weasy_layout.make_margin_boxes, weasy_layout.make_all_pages
        weasy_layout.make_margin_boxes, weasy_layout.make_all_pages = self._make, self._collect

    def __exit__(self, *_exc: object) -> None:
        weasy_layout.make_margin_boxes, weasy_layout.make_all_pages = self.plain, self.plain_pages

    def _collect(self, *args: Any) -> list[Any]:
        self.pages = list(self.plain_pages(*args))
        return self.pages

    def _anchors(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for number, page in enumerate(self.pages):
            for box in page.descendants():
                if box.element is not None and (name := box.style["anchor"]):
                    found.setdefault(name, number)
        return found

    def _make(self, context: Any, page: Any, state: Any) -> Any:
        if self.numbering is None:
            self.numbering = self.number(Laid(len(self.pages), self._anchors()))
        counters = dict(state[1])
        counters["page"] = [context.current_page + self.numbering.offset]
        counters["pages"] = [self.numbering.total]
        return self.plain(context, page, (state[0], counters, *state[2:]))


def coloured(css: str, accent: str) -> str:
    """The style sheet in the colour of the management system, rules of the running lines too."""
    if not re.fullmatch(r"#[0-9a-f]{6}", accent):
        return css
    rules = f"@page {{ @top-left {{ border-bottom-color: {accent} }} @top-right {{ border-bottom-color: {accent} }} }}"
    return css.replace(ACCENT, accent) + rules + COVER_WITHOUT_RULES


def running_lines(cover: Cover, words: Words) -> str:
    """Page sizes, header and footer of this report as a style sheet; every text is written as escaped characters."""
    page, of = words.t["page_of"]
    size = SIZES.get(cover.paper, "A4")
    status = f"{state_text(cover, words)}  ·  {cover.classification[:40].upper()}"
    system = f"{cover.organisation[:60]} · " + words.say("as_of_line", day=cover.as_of[:10])
    lines = [
        f"@top-left {{ content: {css_text(words.word('title', cover.report))} }}",
        f"@top-right {{ content: {css_text(status)} }}",
        f"@bottom-left {{ content: {css_text(cover.number[:40])} }}",
        f"@bottom-center {{ content: {css_text(system)} }}",
        f"@bottom-right {{ content: {css_text(page)} counter(page) {css_text(of)} counter(pages) }}",
    ]
    mark = {"working_copy": "mark", "superseded": "mark_old"}.get(cover.state)
    if mark:
        lines.append(f"@left-middle {{ content: {css_text(words.t[mark])}; {MARK} }}")
    if cover.draft:
        lines.append(
            f"@right-middle {{ content: {css_text(words.t['draft'])}; {DRAFT}transform: {TURNED['upright']} }}"
        )
    wide = "@left-middle { transform: rotate(-90deg) translate(-38mm, -4mm) }" if mark else ""
    if cover.draft:
        wide += f" @right-middle {{ transform: {TURNED['wide']} }}"
    cover_page = "@page cover { @left-middle { content: none } }" if mark else ""
    return f"@page {{ size: {size}; {' '.join(lines)} }} @page wide {{ size: {size} landscape; {wide} }} {cover_page}"


def css_text(text: str) -> str:
    """A CSS string in which every character but letters and digits is escaped."""
    return '"' + "".join(c if c.isalnum() and c.isascii() else f"\\{ord(c):06x} " for c in text) + '"'
