"""Settings, addresses, the Celery application (imported here so that every process publishes to its broker)."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
