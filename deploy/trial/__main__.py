"""`python3 -m deploy.trial setup|run|fresh`: what the Makefile calls."""

import argparse
import fcntl
import os
import signal
import subprocess
import sys
import time

from deploy.trial import assets, fresh, ground, libraries, packages, places, stack
from deploy.trial.supervise import Ended, Supervisor
from deploy.trial.trouble import Trouble, say

PURPOSES = ("product", "lint", "tests", "bench")


def set_up(purpose: str) -> None:
    """Bring what the purpose needs; does nothing, and asks no network, when it is there."""
    places.make_writable(places.TOOLS)
    with (places.TOOLS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a second set-up waits for the first
        _provide(purpose)


def _provide(purpose: str) -> None:
    packages.sync(with_tools=purpose != "product")
    packages.compile_words()
    if purpose != "lint":
        assets.provide()
        libraries.provide(libraries.PRINTING)
    if purpose in {"tests", "bench"}:
        libraries.provide(libraries.TESTING)
    if purpose == "bench":
        libraries.provide(libraries.PEERS)


def _prepare(told: dict[str, str]) -> None:
    command = [str(places.VENV_PYTHON), "-m", "deploy.trial.prepare"]
    if subprocess.run(command, cwd=places.ROOT, env=told, stdin=subprocess.DEVNULL, check=False).returncode:
        raise Trouble("The data could not be prepared; the reason stands above.")


def _greet(here: places.Places, seconds: float) -> None:
    say(f"AIMS 42 is ready after {seconds:.1f} seconds: {here.address}/")
    if here.sign_ins.is_file():
        say(here.sign_ins.read_text(encoding="utf-8").rstrip())
    say(f"Data and logs: {here.data}. Ctrl-C ends it.")


def run() -> None:
    """Start an instance and keep it until the end is asked for."""
    began = time.monotonic()
    here = places.read(dict(os.environ))
    places.make_writable(here.data)
    with ground.hold(here), ground.listen(here) as server:
        set_up("product")
        os.umask(0o077)  # what the instance writes is its owner's alone
        told = stack.environment(here, os.environ)
        _prepare(told)
        supervisor = Supervisor(here, told)
        try:
            if "BROKER_SOCKET" in told:
                supervisor.start(stack.broker(here, told))
            supervisor.start(stack.web(here, server), stack.worker(here, told))
            _greet(here, time.monotonic() - began)
            supervisor.watch()
        except Ended:
            say("Ending.")
        finally:
            supervisor.stop()
            stack.tidy(told)


def main(arguments: list[str]) -> int:
    """Do what is asked; return the exit status, with one sentence where it is not 0."""
    parser = argparse.ArgumentParser(prog="deploy.trial", description=__doc__)
    parser.add_argument("what", choices=("setup", "run", "fresh"))
    parser.add_argument("--for", dest="purpose", choices=PURPOSES, default="product")
    parser.add_argument("--only", choices=("run", "test"), help="of the fresh trial, only this")
    asked = parser.parse_args(arguments)
    try:
        if asked.what == "setup":
            set_up(asked.purpose)
        elif asked.what == "run":
            run()
        else:
            fresh.main(asked.only)
    except Trouble as trouble:
        sys.stderr.write(f"{trouble}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        return 128 + signal.SIGINT
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
