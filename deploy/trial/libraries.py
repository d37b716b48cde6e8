"""What must come from the system: shared libraries, fonts and programs; through apt where that is permitted."""

import ctypes
import os
import shutil
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from deploy.trial.commands import must, succeeds
from deploy.trial.trouble import Trouble, say

NO_CLUSTER = Path("/etc/postgresql-common/createcluster.conf")
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts", "/Library/Fonts")
JAR_FOLDERS = ("/usr/share/java", "/usr/share/java/jaxb")


@dataclass(frozen=True)
class Need:
    """One thing the system must have: how to see that it is there, and Debian's package with it."""

    thing: str
    package: str
    present: Callable[[], bool]


def _library(*names: str) -> Callable[[], bool]:
    def present() -> bool:
        for name in names:
            try:
                ctypes.CDLL(name)
            except OSError:
                continue
            return True
        return False

    return present


def _program(*names: str) -> Callable[[], bool]:
    return lambda: any(map(shutil.which, names))


def _file(pattern: str, folders: Iterable[str]) -> Callable[[], bool]:
    return lambda: any(next(Path(folder).expanduser().rglob(pattern), None) for folder in folders)


def _postgres() -> bool:
    return bool(shutil.which("initdb")) or any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


PRINTING = (
    Need("the Pango library", "libpango-1.0-0", _library("libpango-1.0.so.0", "libpango-1.0.0.dylib")),
    Need("the PangoFT2 library", "libpangoft2-1.0-0", _library("libpangoft2-1.0.so.0", "libpangoft2-1.0.0.dylib")),
    Need("the HarfBuzz library", "libharfbuzz0b", _library("libharfbuzz.so.0", "libharfbuzz.0.dylib")),
    Need(
        "the HarfBuzz subsetting library",
        "libharfbuzz-subset0",
        _library("libharfbuzz-subset.so.0", "libharfbuzz-subset.0.dylib"),
    ),
    Need("the Fontconfig library", "libfontconfig1", _library("libfontconfig.so.1", "libfontconfig.1.dylib")),
    Need("the DejaVu fonts", "fonts-dejavu-core", _file("DejaVuSans.ttf", FONT_FOLDERS)),
)
TESTING = (
    Need("PostgreSQL's programs", "postgresql", _postgres),
    Need("redis-server", "redis-server", _program("redis-server")),
    Need("chromium", "chromium", _program("chromium", "chromium-browser")),
    Need("pdftotext", "poppler-utils", _program("pdftotext")),
    Need("qpdf", "qpdf", _program("qpdf")),
    Need("java", "default-jre-headless", _program("java")),
    Need("the JAXB library for Java", "libjaxb-java", _file("jaxb-api*.jar", JAR_FOLDERS)),
)
PEERS = (Need("GoAccess, which our reading of logs is measured beside", "goaccess", _program("goaccess")),)


def missing(needs: Iterable[Need]) -> list[Need]:
    """Return the needs this machine does not meet."""
    return [need for need in needs if not need.present()]


def instruction(packages: list[str]) -> str:
    """Return the one command that brings the packages."""
    return f"sudo apt-get install -y --no-install-recommends {' '.join(packages)}"


def _as_root() -> list[str] | None:
    if os.getuid() == 0:
        return []
    return ["sudo", "-n"] if shutil.which("sudo") and succeeds(["sudo", "-n", "true"]) else None


def _keep_quiet(prefix: list[str], packages: list[str]) -> None:
    """Let Debian install the database's programs without starting a database of its own."""
    if "postgresql" in packages and not NO_CLUSTER.exists():
        script = f"mkdir -p {NO_CLUSTER.parent} && echo 'create_main_cluster = false' > {NO_CLUSTER}"
        must([*prefix, "sh", "-c", script], f"{NO_CLUSTER} cannot be written.")


def install(packages: list[str]) -> None:
    """Install Debian packages; raises Trouble with one exact instruction where that is not permitted."""
    by_hand = f"Run: {instruction(packages)} — then repeat the command."
    prefix = _as_root() if shutil.which("apt-get") else None
    if prefix is None:
        raise Trouble(
            by_hand if shutil.which("apt-get") else f"Install what Debian calls {' '.join(packages)}, then repeat."
        )
    _keep_quiet(prefix, packages)
    # RUNLEVEL=1: a service that comes with a package is installed, not started.
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1"]
    command = [*prefix, *quiet, "apt-get", "install", "-y", "--no-install-recommends", *packages]
    if not succeeds(command):
        must([*prefix, "apt-get", "update"], f"apt-get update failed. {by_hand}")
        must(command, f"apt-get could not install {' '.join(packages)}. {by_hand}")


def provide(needs: tuple[Need, ...]) -> None:
    """See that the machine meets the needs, installing what is missing; raises Trouble if one stays unmet."""
    absent = missing(needs)
    if not absent:
        return
    say(f"  system packages: {', '.join(need.package for need in absent)}")
    if not sys.platform.startswith("linux"):
        raise Trouble(f"Install {', '.join(need.thing for need in absent)}, then repeat the command.")
    install([need.package for need in absent])
    if still := missing(absent):
        raise Trouble(f"{', '.join(need.thing for need in still)} cannot be found even after installing it.")
