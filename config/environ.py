"""Loud readers of the environment: a wrong value stops the start with one sentence that says what to do."""

import os
import secrets
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}
INSECURE_SECRETS = {"secret", "changeme", "change-me", "django-insecure"}
SHORTEST_SECRET = 32


def text(name: str, default: str = "") -> str:
    """Return the variable, stripped, or the default."""
    return os.environ.get(name, default).strip()


def flag(name: str, *, default: bool) -> bool:
    """Return a yes/no variable; raises ImproperlyConfigured on anything else."""
    value = os.environ.get(name)
    if value is None:
        return default
    if value.strip().lower() in TRUE:
        return True
    if value.strip().lower() in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be yes or no, not {value!r}.")


def number(name: str, default: int, *, least: int = 0) -> int:
    """Return a whole number not below ``least``; raises ImproperlyConfigured otherwise."""
    value = text(name)
    if not value:
        return default
    if not value.isdigit() or int(value) < least:
        raise ImproperlyConfigured(f"{name} must be a whole number of at least {least}, not {value!r}.")
    return int(value)


def listing(name: str, default: list[str]) -> list[str]:
    """Return a comma-separated variable as a list of stripped parts."""
    value = text(name)
    return [part.strip() for part in value.split(",") if part.strip()] if value else default


def choice(name: str, allowed: tuple[str, ...], default: str) -> str:
    """Return one of the allowed words; raises ImproperlyConfigured otherwise."""
    value = text(name, default)
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}, not {value!r}.")
    return value


def folder(name: str, default: Path) -> Path:
    """Return a writable folder, created if absent; raises ImproperlyConfigured when it cannot be written."""
    path = Path(text(name) or default).expanduser().resolve()
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o750)
    except OSError as error:
        raise ImproperlyConfigured(f"{name}: {path} cannot be created ({error.strerror}).") from error
    if not os.access(path, os.W_OK):
        raise ImproperlyConfigured(f"{name}: {path} is not writable. Choose another folder or change its rights.")
    return path


def kept_secret(name: str, keep_in: Path, *, may_generate: bool) -> str:
    """Return the secret from the environment or, where allowed, one generated once that only its owner can read."""
    value = text(name)
    if value:
        if len(value) < SHORTEST_SECRET or value.lower() in INSECURE_SECRETS or value.startswith("django-insecure"):
            raise ImproperlyConfigured(f"{name} must be at least {SHORTEST_SECRET} random characters.")
        return value
    if not may_generate:
        raise ImproperlyConfigured(f"{name} is not set. Give at least {SHORTEST_SECRET} random characters.")
    if not keep_in.exists():
        temporary = keep_in.with_suffix(f".{os.getpid()}")
        temporary.touch(mode=0o600)
        temporary.write_text(secrets.token_urlsafe(48))
        try:
            os.link(temporary, keep_in)  # the first of two starting processes wins, both then read the same secret
        except FileExistsError:
            pass
        temporary.unlink()
    return keep_in.read_text().strip()


def database(url: str) -> dict[str, object]:
    """Return Django's settings for ``sqlite:///path`` or ``postgres://user:pass@host:port/name?host=/socket``."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": unquote(parts.path)}
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(f"DATABASE_URL must start with sqlite:// or postgres://, not {parts.scheme!r}.")
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "config.postgres",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", "") or parts.hostname or "",
        "PORT": str(parts.port or query.pop("port", "")),
        "OPTIONS": dict(query),
    }
