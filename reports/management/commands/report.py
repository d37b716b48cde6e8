"""manage.py report RPT-SOA --in <slug> --out FILE [--as-of DATE] [--format pdf|xlsx|json]"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import clock, scope, when
from core.errors import NotFound
from core.models import ManagementSystem
from reports import signing
from reports.definitions import DEFINITIONS, Options
from reports.issuing import LANGUAGES, PAPERS, RENDER_LIMIT_S, build, look_of, written
from reports.render import client


class Command(BaseCommand):
    """Writes a report to a file, as it is now or as of a past moment; it keeps nothing in the product."""

    help = "Write a report to a file. Exit status 0 only when the file is complete."

    def add_arguments(self, parser: CommandParser) -> None:
        """Arguments as operators type them."""
        parser.add_argument("kind", choices=sorted(DEFINITIONS))
        parser.add_argument("--in", dest="slug", required=True, metavar="SLUG")
        parser.add_argument("--out", required=True, metavar="FILE")
        parser.add_argument(
            "--as-of", dest="as_of", default="", metavar="DATE", help="a date (its end) or an ISO moment"
        )
        parser.add_argument("--format", dest="wanted", choices=["pdf", "xlsx", "json"], default="")
        parser.add_argument("--language", choices=LANGUAGES, default="")
        parser.add_argument("--paper", choices=PAPERS, default="")

    def handle(self, *args: Any, **options: Any) -> None:
        """Build, render, write whole."""
        out = Path(options["out"])
        wanted = options["wanted"] or out.suffix.lstrip(".").lower() or "pdf"
        if wanted not in RENDER_LIMIT_S:
            raise CommandError(f"{wanted} is not a format; choose pdf, xlsx or json")
        tenant = ManagementSystem.objects.filter(slug=options["slug"]).first()
        if tenant is None:
            raise CommandError(f"there is no management system {options['slug']}")
        if not out.name or out.is_dir():
            raise CommandError(f"{out} is a folder; say the file to write")
        report, look = self._build(tenant, options)
        temporary = out.with_name(f".{out.name}.part")
        try:
            data, _identity = written(report, wanted, look)
            temporary.write_bytes(data)
            temporary.replace(out)
        except (client.RenderFailed, signing.SealFailed) as failure:
            raise CommandError(f"{options['kind']} was not made: {failure.reason}") from failure
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise CommandError(f"{out} cannot be written: {error.strerror}") from error
        self.stdout.write(f"{out}: {report.cover.number}, as of {report.cover.as_of}, {len(data)} bytes")

    def _build(self, tenant: ManagementSystem, options: dict[str, Any]) -> tuple[Any, dict[str, str]]:
        """The report, and how it looked at its moment."""
        with scope.snapshot(tenant.pk) as now:
            profile = now.profile
            chosen = Options(options["language"] or profile.language, options["paper"] or profile.paper)
            if not options["as_of"]:
                return build(now, options["kind"], chosen), look_of(profile)
            moment = when.parse_moment(options["as_of"], now.zone)
        if moment is None:
            raise CommandError(f"--as-of: {options['as_of']} is not a date")
        try:
            then = scope.as_of(tenant.pk, min(moment, clock.now()))
            return build(then, options["kind"], chosen), look_of(then.profile)
        except (ValueError, NotFound) as error:
            raise CommandError(f"--as-of {options['as_of']}: {error}") from error
