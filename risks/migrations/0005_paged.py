"""Pages of the REST interface are found by an index, however long the register is."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("risks", "0004_counts")]

    operations = [
        migrations.AddIndex(
            model_name="risk",
            index=models.Index(fields=["management_system", "created_at", "id"], name="risks_risk_paged"),
        ),
    ]
