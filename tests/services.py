"""Real services for tests: a private Postgres, a private Redis, and whole instances of the product; all end with us."""

import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
import redis as redis_client
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
INSTRUCTION = "run: python3 -m deploy.trial setup --for tests"
SET_PARENT_DEATH_SIGNAL = 1
LONGEST_WAIT = 60.0


def _until(
    ready: Callable[[], bool], process: subprocess.Popen, what: str, log: Path, within: float = LONGEST_WAIT
) -> None:
    end = time.monotonic() + within
    while not ready():
        if process.poll() is not None or time.monotonic() > end:
            words = log.read_text(errors="replace")[-3000:] if log.exists() else ""
            raise RuntimeError(f"{what} did not start:\n{words}")
        time.sleep(0.05)


def _dies_with_us(how: signal.Signals) -> Callable[[], None]:
    libc = ctypes.CDLL(None)

    def child() -> None:
        libc.prctl(SET_PARENT_DEATH_SIGNAL, how, 0, 0, 0)

    return child


def _end(process: subprocess.Popen, how: signal.Signals, grace: float = 20.0) -> None:
    if process.poll() is None:
        process.send_signal(how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace)
    if process.poll() is None:
        process.kill()
        process.wait()


def postgres_programs() -> Path:
    """Return the folder with Postgres' programs, the newest; raises RuntimeError with one instruction."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    if not found and not on_path:
        raise RuntimeError(f"PostgreSQL's programs are missing; {INSTRUCTION}")
    return found[-1].parent if found else Path(os.path.realpath(str(on_path))).parent


def _unprivileged() -> dict[str, object]:
    """Return how to start a program that refuses root: as the database's own user, else as nobody."""
    if os.getuid():
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    entry = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


@contextlib.contextmanager
def postgres(*, durable: bool = False) -> Iterator[str]:
    """Yield the DATABASE_URL of a private Postgres on a socket in a temporary folder; ``durable`` keeps fsync on."""
    programs = postgres_programs()
    identity = _unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="aims42-pg-", dir="/tmp"))
    data, log = folder / "data", folder / "log"
    log.touch()
    if identity:
        for path in (folder, log):
            os.chown(path, identity["user"], identity["group"])
    plain = {
        "cwd": folder,
        "stdin": subprocess.DEVNULL,
        "env": {"PATH": os.defpath, "HOME": str(folder), "LC_ALL": "C"},
    }
    create = [programs / "initdb", "-D", data, "-U", "aims", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    made = subprocess.run(create, capture_output=True, text=True, check=False, **plain, **identity)
    if made.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        raise RuntimeError(f"initdb failed: {made.stderr.strip()[-1000:]}")
    options = ["listen_addresses=", f"unix_socket_directories={folder}", "max_connections=120"]
    if not durable:
        options += ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
    serve = [programs / "postgres", "-D", data, *(part for option in options for part in ("-c", option))]
    with log.open("ab") as output:
        child = _dies_with_us(signal.SIGINT)
        process = subprocess.Popen(serve, stdout=output, stderr=output, preexec_fn=child, **plain, **identity)
    try:
        _until(lambda: _postgres_answers(folder), process, "Postgres", log)
        with psycopg.connect(host=str(folder), user="aims", dbname="postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE aims42")
        yield database_url(folder, "aims42")
    finally:
        _end(process, signal.SIGINT)
        shutil.rmtree(folder, ignore_errors=True)


def database_url(folder: Path | str, name: str) -> str:
    """Return the address of a database behind the socket in a folder."""
    return f"postgres://aims@/{name}?host={quote(str(folder), safe='/')}"


def _postgres_answers(folder: Path) -> bool:
    try:
        psycopg.connect(host=str(folder), user="aims", dbname="postgres", connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def free_port() -> int:
    """Return a port of the loopback interface that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _redis_answers(url: str) -> bool:
    try:
        with redis_client.Redis.from_url(url, socket_connect_timeout=1) as client:
            return bool(client.ping())
    except redis_client.RedisError:
        return False


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """Yield the REDIS_URL of a private Redis that keeps nothing."""
    program = shutil.which("redis-server")
    if not program:
        raise RuntimeError(f"redis-server is missing; {INSTRUCTION}")
    port = free_port()
    url = f"redis://127.0.0.1:{port}/0"
    with tempfile.TemporaryDirectory(prefix="aims42-redis-") as folder:
        log = Path(folder) / "log"
        door = ["--port", str(port), "--bind", "127.0.0.1", "--protected-mode", "yes"]
        command = [program, *door, "--save", "", "--appendonly", "no", "--databases", "64", "--dir", folder]
        with log.open("ab") as output:
            child = _dies_with_us(signal.SIGTERM)
            process = subprocess.Popen(
                command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output, preexec_fn=child
            )
        try:
            _until(lambda: _redis_answers(url), process, "Redis", log)
            yield url
        finally:
            _end(process, signal.SIGTERM)


class Server:
    """One Postgres on which databases are made as copies of a migrated template."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.folder = url.partition("?host=")[2]
        self._template = ""

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(host=self.folder, user="aims", dbname="postgres", autocommit=True) as connection:
            connection.execute(statement)

    def template(self) -> str:
        """Return the name of a database with all migrations and nothing else, made once."""
        if not self._template:
            name = f"template_{uuid.uuid4().hex[:8]}"
            self._execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            with tempfile.TemporaryDirectory(prefix="aims42-data-") as data:
                told = {"DATABASE_URL": database_url(self.folder, name), "DATA_DIR": data, "AIMS_ENV": "trial"}
                manage(told, "migrate", "--verbosity", "0")
            self._template = name
        return self._template

    @contextlib.contextmanager
    def copy(self) -> Iterator[str]:
        """Yield the address of a fresh copy of the template; it is dropped in the end."""
        name = f"copy_{uuid.uuid4().hex[:8]}"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self._execute(statement.format(sql.Identifier(name), sql.Identifier(self.template())))
        try:
            yield database_url(self.folder, name)
        finally:
            self._execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


NOT_INHERITED = {"PYTEST_VERSION", "_RJEM_MALLOC_CONF"}
"""What this process or a library in it wrote into its environment and an instance would not have."""


def manage(told: dict[str, str], *arguments: str, timeout: float = 600) -> str:
    """Run one command of manage.py in an environment; return what it wrote; raises RuntimeError if it fails."""
    environment = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED} | told
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"manage.py {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


@dataclass
class Instance:
    """A running instance: its address, its data folder, its environment and its supervisor."""

    address: str
    data: Path
    told: dict[str, str]
    process: subprocess.Popen

    def manage(self, *arguments: str) -> str:
        """Run one command of manage.py on this instance's data."""
        return manage(self.told, *arguments)

    def get(self, path: str, timeout: float = 30) -> bytes:
        """Return a page that needs no sign-in."""
        with urllib.request.urlopen(self.address + path, timeout=timeout) as answer:  # noqa: S310 (our own loopback)
            return answer.read()

    def services(self) -> dict[str, int]:
        """Return the process ids of what the supervisor started: broker, web, worker."""
        names = {"valkey": "broker", "gunicorn": "web", "celery": "worker"}
        found = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                if int(stat.read_text().rpartition(")")[2].split()[1]) == self.process.pid:
                    words = (stat.parent / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    found |= {name: int(stat.parent.name) for mark, name in names.items() if mark in words}
        return found

    def kill(self, service: str) -> None:
        """Kill a service and all its processes, as a machine that runs out of memory would."""
        os.killpg(self.services()[service], signal.SIGKILL)


#: Static files collected once per run: each further instance starts with a copy.
COLLECTED = tempfile.TemporaryDirectory(prefix="aims42-static-")
KEPT = ("static", "stamps")


def _share_static(source: Path, target: Path) -> None:
    for name in KEPT:
        if (source / name).is_dir() and not (target / name).exists():
            shutil.copytree(source / name, target / name, ignore=shutil.ignore_patterns("demo.stamp"))


@contextlib.contextmanager
def instance(*, database: str = "", broker: str = "", **more: str) -> Iterator[Instance]:
    """Yield an instance with its own data folder; without addresses it brings its own SQLite and broker."""
    with tempfile.TemporaryDirectory(prefix="aims42-data-") as folder:
        port, data = free_port(), Path(folder) / "var"
        told = {"DATA_DIR": str(data), "PORT": str(port), "AIMS_ENV": "trial", "DEMO": "no", "JOB_LEASE_SECONDS": "5"}
        told |= {"DATABASE_URL": database, "REDIS_URL": broker} | more
        inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
        log = Path(folder) / "run.log"
        _share_static(Path(COLLECTED.name), data)
        with log.open("ab") as output:
            child = _dies_with_us(signal.SIGTERM)
            process = subprocess.Popen(
                [sys.executable, "-m", "deploy.trial", "run"],
                cwd=ROOT,
                env=inherited | told,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=child,
            )
        try:
            _until(lambda: "is ready after" in log.read_text(), process, "The instance", log, within=240)
            _share_static(data, Path(COLLECTED.name))
            yield Instance(f"http://127.0.0.1:{port}", data, told, process)
        finally:
            _end(process, signal.SIGTERM, grace=60)
