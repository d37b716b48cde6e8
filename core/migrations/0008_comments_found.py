"""What was said before the search looked through comments is found too."""

import re

from django.db import migrations
from django.utils.text import Truncator


def find_comments(apps, schema_editor):
    """One search row for each comment that still says something and belongs to a record's page."""
    comments, found = apps.get_model("core", "Comment"), apps.get_model("core", "SearchRow")
    rows = comments.objects.exclude(text="").exclude(record_ref="")
    for one in rows.iterator(chunk_size=500):
        said = re.sub(r"@\[([0-9a-f-]{36})\]", "@…", one.text)
        values = {"ref": one.record_ref, "title": Truncator(" ".join(said.split())).chars(80), "text": said}
        same = {"record_type": "core.comment", "record_id": one.pk}
        place = {"management_system_id": one.management_system_id, "at": one.updated_at}
        found.objects.update_or_create(**same, defaults={**values, **place})


class Migration(migrations.Migration):
    dependencies = [("core", "0007_invitation_language")]

    operations = [migrations.RunPython(find_comments, migrations.RunPython.noop)]
