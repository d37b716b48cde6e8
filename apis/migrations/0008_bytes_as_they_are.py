"""On Postgres, columns that hold compressed frames are not compressed again, which took longer than to store them."""

from django.db import migrations

COLUMNS = {
    "WindowPack": ("windows", "daily", "latency"),
    "SignalPack": ("activities", "values", "slots", "signs", "hours"),
    "PartialDigest": ("content",),
}


def _store(how):
    def store(apps, schema_editor):
        if schema_editor.connection.vendor != "postgresql":
            return
        quote = schema_editor.quote_name
        for name, columns in COLUMNS.items():
            table = quote(apps.get_model("apis", name)._meta.db_table)
            changes = ", ".join(f"ALTER COLUMN {quote(column)} SET STORAGE {how}" for column in columns)
            schema_editor.execute(f"ALTER TABLE {table} {changes}")

    return store


class Migration(migrations.Migration):
    dependencies = [("apis", "0007_evidence")]

    operations = [migrations.RunPython(_store("EXTERNAL"), _store("EXTENDED"))]
