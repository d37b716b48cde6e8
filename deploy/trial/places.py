"""Where things lie and where the product answers, read from the environment."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from deploy.trial.trouble import Trouble

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".tools"
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
LONGEST_SOCKET_PATH = 107
HIGHEST_PORT = 65535


@dataclass(frozen=True)
class Places:
    """One instance: its data folder, its host and its port (1 to 65535)."""

    data: Path
    host: str
    port: int

    @property
    def address(self) -> str:
        """Return the address a browser on this machine opens."""
        host = "127.0.0.1" if self.host in {"", "0.0.0.0", "::"} else self.host  # noqa: S104 (compared, not bound)
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def logs(self) -> Path:
        """Return the folder of the logs."""
        return self.data / "log"

    @property
    def lock(self) -> Path:
        """Return the file whose lock says that an instance runs on this data."""
        return self.data / "run.lock"

    @property
    def sign_ins(self) -> Path:
        """Return the file in which the demo keeps its passwords, readable by its owner only."""
        return self.data / "sign-ins.txt"


def read(environment: dict[str, str]) -> Places:
    """Return the places named by DATA_DIR, HOST and PORT; raises Trouble on a port that is none."""
    data = Path(environment.get("DATA_DIR", "").strip() or ROOT / "var").expanduser().resolve()
    port = environment.get("PORT", "").strip() or "8042"
    if not port.isdigit() or not 0 < int(port) <= HIGHEST_PORT:
        raise Trouble(f"PORT must be a number from 1 to {HIGHEST_PORT}, not {port!r}.")
    return Places(data, environment.get("HOST", "").strip() or "127.0.0.1", int(port))


def make_writable(folder: Path) -> None:
    """Create the folder if absent and write a file into it; raises Trouble if that is not allowed."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        with tempfile.TemporaryFile(dir=folder):
            return
    except OSError as error:
        reason = error.strerror or "no reason given"
        raise Trouble(
            f"{folder} cannot be written ({reason}); change its rights or name another folder: make run DATA_DIR=/path."
        ) from error


def socket_folder(data: Path) -> Path:
    """Return a private folder with a short path for the broker's socket, the same for the same data folder."""
    mark = hashlib.sha256(str(data).encode()).hexdigest()[:12]
    base = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    folder = base / f"aims42-{os.getuid()}-{mark}"
    if len(str(folder / "broker.sock").encode()) > LONGEST_SOCKET_PATH or not os.access(base, os.W_OK):
        folder = Path("/tmp") / folder.name  # noqa: S108 (private folder, its owner and mode are checked below)
    folder.mkdir(mode=0o700, exist_ok=True)
    held = folder.lstat()
    if held.st_uid != os.getuid() or held.st_mode & 0o077 or folder.is_symlink():
        raise Trouble(f"{folder} belongs to somebody else; remove it, then run make run again.")
    return folder
