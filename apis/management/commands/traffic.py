"""``manage.py traffic FILE… --in <slug>``: bring in logs, recordings and descriptions from the command line."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from aims.models import AISystem
from apis.findings import PostureRun
from apis.models import FieldMap
from apis.posture.rules import SEVERITIES
from apis.queries_of_posture import told_of
from apis.services import Brought, Delivery, bring, label_of, reason_of
from apis.traffic import Unreadable
from core.actor import Actor, operator
from core.management.commands import management_system, messages
from core.scope import current


def _counted(run: PostureRun) -> str:
    """Open findings by severity, the worst first."""
    return ", ".join(f"{run.counts[code]} {code}" for code in SEVERITIES if run.counts.get(code)) or "no open findings"


class Command(BaseCommand):
    """Exit status 0 only when every file was brought in, now or before."""

    help = "Bring in API traffic and descriptions."

    def add_arguments(self, parser: CommandParser) -> None:
        """``traffic FILE… --in SLUG``."""
        parser.add_argument("files", nargs="+", type=Path, help="Access logs, recordings (HAR), OpenAPI descriptions.")
        parser.add_argument("--in", dest="slug", required=True, help="Address of the management system.")
        parser.add_argument("--ai-system", action="append", default=[], help="AI system the services serve, as SYS-1.")
        parser.add_argument("--map", default="", help="Field map for lines of your own, as MAP-1.")
        parser.add_argument("--host", default="", help="Host of calls and descriptions that name none.")

    def handle(self, *args: Any, **options: Any) -> None:
        """One file after the other; what fails does not stop the rest."""
        actor = operator(management_system(options["slug"]).pk)
        systems = tuple(self._system(actor, ref) for ref in options["ai_system"])
        fields = self._fields(actor, options["map"])
        failed = 0
        for path in options["files"]:
            try:
                self._say(bring(actor=actor, delivery=Delivery(path, path.name, options["host"], fields, systems)))
            except (Unreadable, ValidationError, OSError) as error:
                failed += 1
                self._complain(path, error)
        if failed:
            raise CommandError(f"{failed} of {len(options['files'])} files could not be brought in.")

    def _system(self, actor: Actor, ref: str) -> AISystem:
        found = AISystem.objects.visible_to(actor).filter(ref=ref).first()
        if found is None:
            raise CommandError(f"There is no AI system {ref}.")
        return found

    def _fields(self, actor: Actor, ref: str) -> dict[str, str] | None:
        found = FieldMap.objects.visible_to(actor).filter(ref=ref).first() if ref else None
        if ref and found is None:
            raise CommandError(f"There is no field map {ref}.")
        return found.fields if found else None

    def _say(self, brought: Brought) -> None:
        one = brought.artefact
        if not brought.is_new:
            self.stdout.write(f"{one.name}: brought in before as {one.ref}; nothing changed.")
            return
        self.stdout.write(f"{one.name}: {label_of(one.form)}, {one.ref}")
        if one.kind == one.TRAFFIC:
            period = f"{one.first_at:%Y-%m-%d %H:%M} to {one.last_at:%Y-%m-%d %H:%M} UTC"
            self.stdout.write(f"  {one.read} of {one.lines} lines read, {period}")
        if one.continues:
            before = f"the {one.lines_before} lines in that do not count again"
            self.stdout.write(f"  goes on from {one.continues.ref}; {before}")
        if one.left_out:
            self.stdout.write(f"  {one.left_out} pages, pictures, styles and scripts left out")
        if one.undated:
            self.stdout.write(f"  {one.undated} calls without a time count at the moment they were brought in")
        for reason in one.unread:
            self.stdout.write(f"  {reason['lines']} lines: {reason_of(reason['reason'])}")
            for number, sample in reason["samples"][:2]:
                self.stdout.write(f"    line {number}: {sample}")
        for host, count in sorted(one.hosts.items()):
            self.stdout.write(
                f"  {host or '(host not named)'}: {count} {'calls' if one.kind == one.TRAFFIC else 'operations'}"
            )
        self.stdout.write(f"  new services: {brought.services}, new endpoints: {brought.endpoints}")
        for service, run in told_of(current(one.management_system_id), one.hosts):
            score = f"score {run.points} of 100 by {len(run.looked)} rules" if run.points is not None else "no score"
            self.stdout.write(f"  posture of {service.name}: {_counted(run)}; {score}")

    def _complain(self, path: Path, error: Exception) -> None:
        if isinstance(error, ValidationError):
            self.stderr.write(f"{path.name}: {messages(error)}")
            return
        if isinstance(error, OSError):
            self.stderr.write(f"{path.name}: {error.strerror or error}")
            return
        assert isinstance(error, Unreadable)  # noqa: S101 (the only other kind that is caught)
        self.stderr.write(f"{path.name}: {reason_of(error.reason)}")
        for one in error.unread.values():
            for number, sample in one.samples[:2]:
                self.stderr.write(f"  line {number}: {sample}")
