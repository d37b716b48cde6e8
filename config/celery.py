"""Celery application; the job row in the database, not the message, says what is to be done."""

import gc
import os
from pathlib import Path
from typing import Any

from celery import Celery, beat, bootsteps
from celery.signals import worker_init, worker_ready
from celery.worker import WorkController
from click import Option

LONGEST_PAUSE = 5.0

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
app = Celery("aims42")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


class BeatInside(bootsteps.StartStopStep):
    """The beat in the worker's own loop (``--beat-inside``); Celery's embedded one is a process of 50 MB."""

    requires = ("celery.worker.components:Timer",)

    def __init__(self, worker: WorkController, beat_inside: bool = False, **options: Any) -> None:
        super().__init__(worker, **options)
        self.enabled = beat_inside

    def start(self, worker: WorkController) -> None:
        """Open the schedule and look at it for the first time."""
        self.scheduler = beat.Service(worker.app, max_interval=LONGEST_PAUSE).scheduler
        self._look(worker)

    def _look(self, worker: WorkController) -> None:
        """Send what is due and come back when the next is, at the latest after the longest pause (seconds)."""
        pause = min(max(self.scheduler.tick(), 0.05), LONGEST_PAUSE)
        worker.timer.call_after(pause, self._look, (worker,))

    def stop(self, worker: WorkController) -> None:
        """Write the schedule down."""
        self.scheduler.close()


app.steps["worker"].add(BeatInside)
app.user_options["worker"].add(Option(("--beat-inside",), is_flag=True, help="Run the beat in this worker's loop."))


@worker_init.connect
def share(**_signal: Any) -> None:
    """Keep the collector from touching, and so copying, what the pool's processes share with the worker."""
    gc.collect()
    gc.freeze()


@worker_ready.connect
def announce(**_signal: Any) -> None:
    """Touch the file a supervisor waits for, where one is named."""
    if path := os.environ.get("WORKER_READY_FILE"):
        Path(path).touch()
