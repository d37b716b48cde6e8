"""Celery application; the job row in the database, not the message, says what is to be done."""

import os
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
app = Celery("aims42")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_ready.connect
def announce(**_signal: Any) -> None:
    """Touch the file a supervisor waits for, where one is named."""
    if path := os.environ.get("WORKER_READY_FILE"):
        Path(path).touch()
