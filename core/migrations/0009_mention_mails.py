from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0008_comments_found")]

    operations = [
        migrations.AddField(
            model_name="person",
            name="mention_mails",
            field=models.BooleanField(default=True, verbose_name="mail about mentions in comments"),
        ),
    ]
