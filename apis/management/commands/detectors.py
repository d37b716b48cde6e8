"""`manage.py detectors evaluate DIR`: recall and false positives of every family, from labelled sets."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apis.threats.evaluating import Line, evaluate

ORDINARY = Path("tests/apis/threats/ordinary_prompts.txt")


def _share(hits: int, of: int, rate: float | None) -> str:
    return "–" if rate is None else f"{hits}/{of} {rate:.1%}"


def _row(line: Line) -> str:
    recall = _share(line.hits, line.positives, line.recall)
    false = _share(line.false, line.negatives, line.false_rate)
    return f"{line.part:<13} {line.family:<62} {recall:>18} {false:>18}"


class Command(BaseCommand):
    """Measures the detectors."""

    help = "Measure the detectors on labelled sets: attacks/*.jsonl, attacks/*prompt*.json, logs/ in a folder."

    def add_arguments(self, parser: CommandParser) -> None:
        """The folder, and the ordinary prompts."""
        parser.add_argument("action", choices=["evaluate"])
        parser.add_argument("folder", type=Path)
        parser.add_argument("--ordinary", type=Path, default=None, help="ordinary prompts, one a line")

    def handle(self, *args, **options) -> None:
        """Print one line a family: recall, then false positives, each with its counts."""
        folder: Path = options["folder"]
        if not folder.is_dir():
            raise CommandError(f"{folder} is no folder.")
        ordinary = options["ordinary"] or settings.BASE_DIR / ORDINARY
        lines = evaluate(folder, ordinary if ordinary.is_file() else None)
        self.stdout.write(f"{'set':<13} {'family':<62} {'recall':>18} {'false positives':>18}")
        for line in lines:
            self.stdout.write(_row(line))
