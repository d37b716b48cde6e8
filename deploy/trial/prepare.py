"""Brings the data of an instance up to date; runs inside the virtual environment, once per start."""

import io
import os
import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command, get_commands
from django.db import OperationalError

from deploy.trial.places import ROOT
from deploy.trial.stamps import Stamp, outline
from deploy.trial.trouble import say


def _static(stamps: Path) -> None:
    """Collect and compress the static files when one of them or a package changed."""
    stamp = Stamp(stamps, "static", [ROOT / "uv.lock", outline(ROOT / "static")])
    if not (stamp.holds() and Path(settings.STATIC_ROOT).is_dir()):
        say("  static files")
        call_command("collectstatic", interactive=False, verbosity=0, clear=True)
        stamp.set()


def _demo(stamps: Path) -> None:
    """Load the demo organisation once per data folder and database."""
    stamp = Stamp(stamps, "demo", [os.environ.get("DATABASE_URL", "")])
    if "demo" in get_commands() and os.environ.get("DEMO", "yes") not in {"no", "0"} and not stamp.holds():
        say("  demo organisation")
        call_command("demo")
        stamp.set()


def main() -> int:
    """Migrate, collect static files, load the demo; return the exit status."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        django.setup()
        stamps = Path(settings.DATA_DIR) / "stamps"
        call_command("migrate", interactive=False, verbosity=0)
        call_command("check", databases=["default"], stdout=io.StringIO())
        _static(stamps)
        _demo(stamps)
    except (ImproperlyConfigured, CommandError) as refusal:
        sys.stderr.write(f"{refusal}\n")
    except OperationalError as refusal:
        sys.stderr.write(f"The database {settings.DATABASES['default']['NAME']} cannot be used: {refusal}\n")
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
