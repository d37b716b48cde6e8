"""`python -m tests.bench.bench_render [RISKS]`: seconds for a risk report, and for Chromium printing the same pages."""

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from reports.render import html
from reports.render.client import render
from reports.render.front import Issue
from reports.render.layout import CSS_FILE, running_lines
from reports.render.risk_pages import risk_parts, risk_reading
from tests.bench.figure import Figure
from tests.reports.samples import make_risk_report

RISKS, LIMIT_S = 1000, 14
CHROMIUM = ("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer")


def ours(report):
    """Seconds and bytes of our PDF, from asking for it to having it."""
    started = time.perf_counter()
    rendition = render(report, "pdf", timeout_s=300)
    return time.perf_counter() - started, len(rendition)


def page(report):
    """All parts as one HTML page with the same style sheet."""
    issue = Issue.of(report)
    parts, lines = risk_parts(issue)
    parts.insert(1, issue.part("contents", "contents.html", lines=lines, **risk_reading(issue)))
    bodies = [html.render(part.template, part.context).partition("<body>")[2].partition("</body>")[0] for part in parts]
    style = CSS_FILE.read_text("utf-8") + running_lines(report.cover, issue.words)
    return f'<!doctype html><html lang="en"><meta charset="utf-8"><style>{style}</style>{"".join(bodies)}</html>'


def chromium(report):
    """Seconds and bytes of Chromium's PDF of the same pages, untouched by archives and seals."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "report.html", Path(folder) / "report.pdf"
        source.write_text(page(report), "utf-8")
        started = time.perf_counter()
        subprocess.run(
            [*CHROMIUM, f"--user-data-dir={folder}/profile", f"--print-to-pdf={target}", source.as_uri()],
            check=True,
            capture_output=True,
            timeout=300,
        )
        return time.perf_counter() - started, target.stat().st_size


def figures(risks: int = RISKS) -> Iterator[Figure]:
    """Our seconds; beside them the work of all processes, and Chromium printing the same HTML right after."""
    report = make_risk_report(risks)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent, size = ours(report)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    work = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    told = f"{work:.1f} s of processor, {size / 1e6:.1f} MB, largest process {used.ru_maxrss // 1024} MB; "
    if shutil.which(CHROMIUM[0]):
        other, other_size = chromium(report)
        told += f"Chromium, the same HTML: {other:.1f} s, {other_size / 1e6:.1f} MB ({spent / other:.2f} ×)"
    else:
        told += "Chromium is not installed: apt-get install -y chromium"
    yield Figure(f"risk report PDF, {risks:,} risks", spent, "s", LIMIT_S, told)


if __name__ == "__main__":
    held = True
    for figure in figures(int(sys.argv[1]) if len(sys.argv) > 1 else RISKS):
        sys.stdout.write(f"{figure.line()}\n")
        held = held and figure.held
    sys.exit(not held)
