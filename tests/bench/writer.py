"""One writer of the ledger bench: `python -m tests.bench.writer SLUG COUNT`, told to start by a line on stdin.

It has connected and written a little before it is ready, as the processes of a running product have.
"""

import os
import sys

import django

WARM = 5

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

    from core.actor import operator
    from core.change import change
    from core.models import Comment, ManagementSystem

    slug, count = sys.argv[1], int(sys.argv[2])
    tenant = ManagementSystem.objects.get(slug=slug)
    actor = operator(tenant.pk)

    def write(times: int) -> None:
        for number in range(times):
            with change(actor, "bench") as unit:
                unit.save(Comment(record_type="core.profile", record_id=tenant.pk, text=f"line {number}"))

    write(WARM)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    write(count)
    sys.stdout.write("done\n")
