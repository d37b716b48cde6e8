"""Celery tasks of the room: doors of three lines; the services do the work."""

from celery import shared_task

from apis.services import keeping


@shared_task(name="apis.roll_up", ignore_result=True, expires=3600)
def roll_up() -> None:
    """Roll up traffic that is old enough."""
    keeping.roll_up()
