"""Running other programs: quiet when they succeed, their last words when they do not."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.trial.places import ROOT, TOOLS
from deploy.trial.trouble import Trouble

LAST_LINES = 12
LOG = TOOLS / "setup.log"


def succeeds(command: Sequence[str | Path], extra: Mapping[str, str] | None = None) -> bool:
    """Run a command with its output in the set-up log; say whether it succeeded."""
    LOG.parent.mkdir(parents=True, exist_ok=True)
    words = list(map(str, command))
    with LOG.open("ab") as log:
        log.write(f"\n$ {' '.join(words)}\n".encode())
        log.flush()
        try:
            environment = {**os.environ, **(extra or {})}
            done = subprocess.run(
                words, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False
            )
        except OSError as error:
            log.write(f"{error}\n".encode())
            return False
    return done.returncode == 0


def must(command: Sequence[str | Path], sentence: str, extra: Mapping[str, str] | None = None) -> None:
    """Run a command; if it fails show its last lines and raise Trouble with the sentence."""
    begin = LOG.stat().st_size if LOG.exists() else 0
    if succeeds(command, extra):
        return
    with LOG.open("rb") as log:
        log.seek(begin)
        lines = log.read().decode(errors="replace").strip().splitlines()
    sys.stderr.write("".join(f"  | {line}\n" for line in lines[-LAST_LINES:]))
    raise Trouble(sentence)
