"""manage.py ledger verify|checkpoint --in <slug>"""

import datetime
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import keys, ledger, reconcile
from core.management.commands import management_system


class Command(BaseCommand):
    """Inspects the history of a management system, or of the instance."""

    help = "Verify the sealed history, or export a signed checkpoint to keep outside."

    def add_arguments(self, parser: CommandParser) -> None:
        """Subcommands verify and checkpoint."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        verify = verbs.add_parser("verify", help="walk the chain and name the first bad entry")
        verify.add_argument(
            "--checkpoint", action="append", default=[], metavar="FILE", help="kept outside; repeatable"
        )
        verify.add_argument("--records", action="store_true", help="also compare every record with its last entry")
        checkpoint = verbs.add_parser("checkpoint", help="sign the head and write it to a file")
        checkpoint.add_argument("--out", required=True, metavar="FILE")
        for verb in (verify, checkpoint):
            where = verb.add_mutually_exclusive_group(required=True)
            where.add_argument("--in", dest="slug", metavar="SLUG")
            where.add_argument("--instance", action="store_true", help="people and management systems themselves")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit status 0 only when nothing was found."""
        tenant = None if options["instance"] else management_system(options["slug"])
        chain = ledger.chain_of(tenant.pk) if tenant else ledger.instance_chain()
        if options["verb"] == "checkpoint":
            self._checkpoint(chain, Path(options["out"]))
            return
        verdict = ledger.verify(chain, [self._kept(Path(name)) for name in options["checkpoint"]])
        if verdict.sound and options["records"] and tenant is not None:
            verdict.records, verdict.fault = reconcile.records_fault(tenant.pk)
        if verdict.fault:
            raise CommandError(str(verdict.fault))
        compared = f", {verdict.records} records agree" if options["records"] else ""
        self.stdout.write(
            f"sound: {verdict.entries} entries, {verdict.checkpoints} checkpoints{compared}; head {chain.head}"
        )

    def _checkpoint(self, chain: ledger.Chain, out: Path) -> None:
        kept = ledger.exported(ledger.make_checkpoint(chain, "export"))
        try:
            out.write_text(json.dumps(kept, indent=2, sort_keys=True))
        except OSError as error:
            raise CommandError(f"{out} cannot be written: {error.strerror}") from error
        self.stdout.write(f"{out}: entry {kept['seq']}, key fingerprint {keys.fingerprint()}")

    def _kept(self, path: Path) -> dict[str, Any]:
        try:
            kept = json.loads(path.read_text())
            if not isinstance(kept, dict) or set(kept) != {"chain", "seq", "head", "at", "public_key", "signature"}:
                raise ValueError("other names than a checkpoint has")
            int(kept["seq"]), bytes.fromhex(kept["public_key"]), datetime.datetime.fromisoformat(kept["at"])
        except (OSError, ValueError, TypeError) as error:
            raise CommandError(f"{path} is not a checkpoint: {error}") from error
        return kept
