"""`python -m tests.with_demo MODULE…`: run a module beside an instance with the demo, of its own and then gone."""

import os
import subprocess
import sys

from tests import services


def main(arguments: list[str]) -> int:
    """Start the instance, run the module with the instance's address and data; return the module's exit status."""
    with services.instance(DEMO="yes") as running:
        told = {**os.environ, **running.told, "SHOTS_URL": running.address}
        command = [sys.executable, "-m", *arguments]
        return subprocess.run(command, cwd=services.ROOT, env=told, stdin=subprocess.DEVNULL, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
