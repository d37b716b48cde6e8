"""Python packages, exactly those of uv.lock, in .venv; uv itself is fetched by pip where the machine has none."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from deploy.trial import libraries
from deploy.trial.commands import must, succeeds
from deploy.trial.places import ROOT, TOOLS, VENV, VENV_PYTHON
from deploy.trial.stamps import Stamp
from deploy.trial.trouble import Trouble, say

UV = "uv==0.13.9"
OLDEST_UV = (0, 9)
WORDS = ROOT / "config" / "locale"
UV_FOLDER = TOOLS / "uv"
OFFLINE = "is this machine connected to a package index? The log is .tools/setup.log."


def _answer(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def _machine_uv() -> str | None:
    found = shutil.which("uv")
    version = re.search(r"(\d+)\.(\d+)", _answer([found, "--version"])) if found else None
    return found if version and (int(version[1]), int(version[2])) >= OLDEST_UV else None


def _fetch_uv() -> None:
    """Fetch uv with this Python's pip, or with that of a small environment; raises Trouble with one instruction."""
    say("  fetching uv")
    to_folder = ["install", "--quiet", "--no-input", "--target", str(UV_FOLDER), "--upgrade", UV]
    if succeeds([sys.executable, "-m", "pip", *to_folder]):
        return
    seed = TOOLS / "pip"
    if not succeeds([sys.executable, "-m", "venv", "--clear", str(seed)]):
        release = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        try:
            libraries.install([release])
        except Trouble as trouble:
            raise Trouble(f"This Python has neither pip nor venv. {trouble}") from trouble
        must([sys.executable, "-m", "venv", "--clear", str(seed)], "This Python cannot make a virtual environment.")
    must([seed / "bin" / "python", "-m", "pip", *to_folder], f"uv could not be fetched by pip: {OFFLINE}")
    shutil.rmtree(seed)


def uv() -> list[str]:
    """Return the command that starts uv: the machine's, else one fetched into .tools."""
    if machines := _machine_uv():
        return [machines]
    ours = UV_FOLDER / "bin" / "uv"
    if not ours.exists():
        _fetch_uv()
    return [str(ours)]


def environment() -> dict[str, str]:
    """Return what uv is told: copy instead of link, our .venv, no download of a Python."""
    told = {"UV_LINK_MODE": "copy", "UV_PYTHON_DOWNLOADS": "never", "UV_PROJECT_ENVIRONMENT": str(VENV)}
    return {**told, "UV_NO_PROGRESS": "1", "VIRTUAL_ENV": ""}


def _stamp(kind: str) -> Stamp:
    return Stamp(TOOLS / "stamps", f"python-{kind}", [ROOT / "uv.lock", kind])


def _works() -> bool:
    probe = "import sys, django; sys.exit(sys.version_info < (3, 11))"
    return (
        VENV_PYTHON.exists()
        and not subprocess.run([VENV_PYTHON, "-c", probe], stderr=subprocess.DEVNULL, check=False).returncode
    )


def sync(*, with_tools: bool) -> None:
    """Bring .venv to exactly the lock file; the developers' tools come with tests and lint and then stay."""
    everything = _stamp("all")
    works = _works()
    if works and (everything.holds() or (not with_tools and _stamp("product").holds())):
        return
    say("  Python packages")
    with_tools = with_tools or everything.path.exists() or (works and (VENV / "bin" / "ruff").exists())
    base = [] if works else ["--python", os.path.realpath(sys.executable)]
    groups = [] if with_tools else ["--no-dev"]
    command = [*uv(), "sync", "--frozen", "--quiet", *groups, *base]
    must(command, f"The Python packages of uv.lock could not be installed: {OFFLINE}", environment())
    _compile_renderer()
    _stamp("all" if with_tools else "product").set()


def _compile_renderer() -> None:
    """Keep the compiled form of what prints reports: its process writes nothing, and would compile for each report."""
    succeeds(
        [VENV_PYTHON, "-c", "import reports.render.pdf, reports.render.xlsx"],
        {**environment(), "PYTHONDONTWRITEBYTECODE": ""},
    )


def compile_words() -> None:
    """Compile the catalogues of the interface where their texts changed; the system's gettext is not needed."""
    changed = [words for words in WORDS.glob("*/LC_MESSAGES/*.po") if not _stands_for(words)]
    if changed:
        must([VENV_PYTHON, "-m", "core.translations"], "The catalogues of the interface could not be compiled.")


def _stands_for(words: Path) -> bool:
    compiled = words.with_suffix(".mo")
    return compiled.exists() and compiled.stat().st_mtime_ns > words.stat().st_mtime_ns


def tool_environment(folder: Path, package: str) -> None:
    """Make a small environment of its own for one tool from the package index."""
    must(
        [*uv(), "venv", "--quiet", "--clear", "--python", VENV_PYTHON, folder],
        f"{folder} cannot be made.",
        environment(),
    )
    pip: list[str | Path] = [*uv(), "pip", "install", "--quiet", "--python", folder / "bin" / "python", package]
    must(pip, f"{package} could not be fetched: {OFFLINE}", environment())
