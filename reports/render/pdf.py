"""A report as PDF/A-3a and PDF/UA-1: parts laid out in processes of their own, numbered together, joined.

The parts follow from the data alone, and each is laid out in a fresh child, so that the bytes do not depend on the
number of processors.
"""

import gc
import multiprocessing
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from typing import Any

from weasyprint.urls import FatalURLFetchingError

from core.frames import roomy
from reports.documents.common import to_json
from reports.render import html
from reports.render.front import Dress, Issue, Part
from reports.render.layout import Laid, Numbering, Workshop, draw
from reports.render.merge import Data, Drawn, join
from reports.render.risk_pages import risk_parts, risk_reading
from reports.render.soa_pages import soa_parts, soa_reading
from reports.render.swift import hasten
from reports.render.text import printable

POINT = 0.75  # points per CSS pixel
CONTENTS = 1  # place of the contents among the parts
MAKERS = {"RPT-SOA": (soa_parts, soa_reading), "RPT-RISK": (risk_parts, risk_reading)}
FORK = multiprocessing.get_context("fork")


class PartFailed(Exception):
    """A part could not be laid out; the text says which and why."""


@dataclass
class _Child:
    """A process that lays out one part."""

    part: Part
    process: Any
    pipe: Connection  # what it tells
    reply: Connection  # what it is told
    laid: Laid | None = None
    drawn: Drawn | None = None


def to_pdf(report: Any, progress: Any = None, dress: Dress | None = None) -> bytes:
    """The report as PDF. Same report, same lock file and same Pango: same bytes. Raises PartFailed."""
    issue = Issue.of(report, dress)
    make, reading = MAKERS[report.KIND]
    parts, lines = make(issue)
    parts.insert(CONTENTS, issue.part("contents", "contents.html", lines=lines, **reading(issue)))
    workshop = Workshop(report.cover, issue.words, dress or Dress())
    gc.collect()
    gc.freeze()
    children = _start(parts, workshop)
    try:
        list(_told(children, "laid", progress, (0, 2 * len(parts))))
        _number(children)
        drawn = (child.drawn for child in _told(children, "drawn", progress, (len(parts), 2 * len(parts))))
        titles = {line.anchor: line.title for line in lines}
        return join(filter(None, drawn), Data(to_json(report), report.cover.generated_at), titles)
    finally:
        for child in children:
            child.process.kill()
            child.process.join()


@dataclass
class _Wires:
    """How a child talks: to its parent, and with the gate that lets a few work at a time."""

    tell: Connection
    listen: Connection
    gate: Any

    def ask(self, laid: Laid) -> tuple[Numbering, dict[str, str]]:
        """Say how long the part became, and wait for the answer without holding up others."""
        self.tell.send(("laid", laid))
        self.gate.release()
        answer = self.listen.recv()
        self.gate.acquire()
        return answer


def _start(parts: list[Part], workshop: Workshop) -> list[_Child]:
    """A child per part, the heaviest started first, so that no long one is left over at the end."""
    children: dict[int, _Child] = {}
    gate = FORK.Semaphore(processors())
    for place in sorted(range(len(parts)), key=lambda place: -_weight(parts[place])):
        ours, theirs = FORK.Pipe(duplex=False)  # one-way: the other kind would be a socket
        listen, reply = FORK.Pipe(duplex=False)
        process = FORK.Process(target=_work, args=(parts[place], workshop, _Wires(theirs, listen, gate)), daemon=True)
        process.start()
        theirs.close()
        listen.close()
        children[place] = _Child(parts[place], process, ours, reply)
    return [children[place] for place in range(len(parts))]


def _weight(part: Part) -> int:
    rows = sum(len(group["rows"]) for group in part.context.get("groups", []))
    return rows + len(part.context.get("rows", [])) * (6 if part.name.startswith("sheets") else 1)


def processors() -> int:
    """How many parts are laid out at the same time."""
    return max(1, len(os.sched_getaffinity(0)))


def _told(children: list[_Child], what: str, progress: Any, done: tuple[int, int]) -> Iterator[_Child]:
    """The children in their order, each as soon as it and all before it said `what`; progress hears how many have."""
    open_pipes = {child.pipe: child for child in children}
    count, place = done[0], 0
    while open_pipes:
        for pipe in [pipe for pipe in wait(list(open_pipes)) if isinstance(pipe, Connection)]:
            child = open_pipes.pop(pipe)
            try:
                kind, value = pipe.recv()
            except EOFError:
                raise PartFailed(f"part {child.part.name} ended without a result") from None
            if kind == "failed":
                raise PartFailed(f"part {child.part.name}: {value}")
            setattr(child, what, value)
            count += 1
            if progress:
                progress(count, done[1])
        while place < len(children) and getattr(children[place], what):
            yield children[place]
            place += 1


def _number(children: list[_Child]) -> None:
    """Tell each part where it begins, and the contents where everything is."""
    starts, total = [], 0
    for child in children:
        starts.append(total)
        total += child.laid.pages if child.laid else 0
    pages = {
        name: str(start + page + 1)
        for child, start in zip(children, starts, strict=True)
        if child.laid
        for name, page in child.laid.anchors.items()
    }
    for child, start in zip(children, starts, strict=True):
        child.reply.send((Numbering(start, total), pages))


@roomy
def _work(part: Part, workshop: Workshop, wires: _Wires) -> None:
    """A child: lay out, say how long it became, wait for the numbers, draw. The gate is held only while working."""
    gc.disable()
    hasten()
    wires.gate.acquire()
    try:
        wires.tell.send(("drawn", _lay_out_and_draw(part, workshop, wires)))
    except FatalURLFetchingError as error:
        wires.tell.send(("failed", str(error)))
    except Exception as error:  # noqa: BLE001 (the parent turns it into one clear reason)
        wires.tell.send(("failed", f"{type(error).__name__}: {error}"))
    finally:
        wires.gate.release()
        wires.tell.close()
        os._exit(0)


def _lay_out_and_draw(part: Part, workshop: Workshop, wires: _Wires) -> Drawn:
    if part.template == "contents.html":
        document = _contents(part, workshop, wires)
    else:
        document = workshop.lay_out(_page(part), lambda laid: wires.ask(laid)[0])
    return Drawn(draw(document, part.name), _places(document), _bookmarks(document))


def _contents(part: Part, workshop: Workshop, wires: _Wires) -> Any:
    """The contents are laid out twice: once to learn their own length, once with the numbers of all pages."""
    first = workshop.lay_out(_page(part), lambda laid: Numbering(0, laid.pages))
    numbering, pages = wires.ask(Laid(len(first.pages), _anchors(first)))
    lines = [replace(line, page=pages.get(line.anchor, "")) for line in part.context["lines"]]
    again = Part(part.name, part.template, part.context | {"lines": lines})
    document = workshop.lay_out(_page(again), lambda _laid: numbering)
    if len(document.pages) != len(first.pages):
        raise PartFailed("the contents changed their length")
    return document


def _page(part: Part) -> str:
    return printable(html.render(part.template, part.context))


def _places(document: Any) -> dict[str, tuple[int, float, float]]:
    return {
        name: (number, x * POINT, (page.height - y) * POINT)
        for number, page in reversed(list(enumerate(document.pages)))
        for name, (x, y, *_) in page.anchors.items()
    }


def _anchors(document: Any) -> dict[str, int]:
    return {name: place[0] for name, place in _places(document).items()}


def _bookmarks(document: Any) -> list[tuple[int, str, int, float]]:
    found: list[tuple[int, str, int, float]] = []

    def walk(branches: Any, level: int) -> None:
        for label, (page, _x, y), below, _state in branches:
            found.append((level, label, page, y))
            walk(below, level + 1)

    walk(document.make_bookmark_tree(POINT, transform_pages=True), 1)
    return found
