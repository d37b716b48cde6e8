"""`python -m tests.bench.bench_render [RISKS]`: seconds for a risk report, and for Chromium printing the same pages."""

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from reports.render import html
from reports.render.client import render
from reports.render.front import Issue
from reports.render.layout import CSS_FILE, running_lines
from reports.render.risk_pages import risk_parts, risk_reading
from tests.reports.samples import make_risk_report

LIMIT_S = 14
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


def main(risks):
    """Print both figures and their ratio. Returns the exit status: 1 when our figure is above the limit."""
    report = make_risk_report(risks)
    spent, size = ours(report)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    memory, work = used.ru_maxrss // 1024, used.ru_utime + used.ru_stime
    out = sys.stdout.write
    out(f"{risks} risks, {len(report.sheets)} sheets, {len(report.actions)} actions, ")
    out(f"{len(report.acceptances)} acceptances\n")
    out(f"ours      {spent:6.1f} s  {work:5.1f} s of processor  {size / 1e6:5.1f} MB  ")
    out(f"largest process {memory} MB  (limit {LIMIT_S} s)\n")
    if shutil.which(CHROMIUM[0]):
        other, other_size = chromium(report)
        out(f"chromium  {other:6.1f} s  {other_size / 1e6:5.1f} MB\nratio     {spent / other:6.1f}\n")
    else:
        out("chromium is not installed: apt-get install -y chromium\n")
    return int(spent > LIMIT_S)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
