"""Pages of the REST interface are found by an index, however long the register is."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("aims", "0004_screening")]

    operations = [
        migrations.AddIndex(
            model_name="aisystem",
            index=models.Index(fields=["management_system", "created_at", "id"], name="aims_system_paged"),
        ),
    ]
