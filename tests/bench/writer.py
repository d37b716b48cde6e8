"""One writer of the ledger bench: `python -m tests.bench.writer SLUG COUNT`, told to start by a line on stdin."""

import os
import sys

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

    from core.actor import operator
    from core.change import change
    from core.models import Comment, ManagementSystem

    slug, count = sys.argv[1], int(sys.argv[2])
    tenant = ManagementSystem.objects.get(slug=slug)
    actor = operator(tenant.pk)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    for number in range(count):
        with change(actor, "bench") as unit:
            unit.save(Comment(record_type="core.profile", record_id=tenant.pk, text=f"line {number}"))
    sys.stdout.write("done\n")
