"""Stamps: what has been done for which inputs, so that the second start does nothing twice and asks no network."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def digest(inputs: Iterable[Path | str]) -> str:
    """Return one hash over texts and the contents of files; an absent file counts as absent, not as empty."""
    running = hashlib.sha256()
    for part in inputs:
        if isinstance(part, str):
            content = b"text:" + part.encode()
        elif part.is_file():
            content = b"file:" + part.read_bytes()
        else:
            content = b"absent:"
        running.update(len(content).to_bytes(8, "big") + content)
    return running.hexdigest()


def outline(folder: Path) -> str:
    """Return a text that changes when a file of the folder is added, removed or written; contents are not read."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return "\n".join(f"{path.relative_to(folder)} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files)


class Stamp:
    """One piece of work and the inputs it was last done for."""

    def __init__(self, folder: Path, name: str, inputs: Iterable[Path | str]) -> None:
        self.path = folder / f"{name}.stamp"
        self.wanted = digest(inputs)

    def holds(self) -> bool:
        """Say whether the work was done for exactly these inputs."""
        return self.path.is_file() and self.path.read_text(encoding="ascii") == self.wanted

    def set(self) -> None:
        """Remember that the work was done; written whole or not at all."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_suffix(".new")
        temporary.write_text(self.wanted, encoding="ascii")
        temporary.replace(self.path)
