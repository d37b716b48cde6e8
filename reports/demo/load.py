"""Loads the demo organisation, knows whether it is there, and takes it away."""

import datetime

from core import clock, ledger, purge
from core.actor import operator
from core.models import Checkpoint, ManagementSystem, Person
from core.queries.people import person_by_email
from core.services.people import create_person
from core.services.tenancy import create_management_system
from reports.demo import DOOR, MAIL, SLUG, calendar, script, sign_ins
from reports.demo.stage import Stage
from reports.demo.verbs import play

OCCASION = "demo loaded"
"""The checkpoint that says the story was played to its end."""


class Taken(Exception):
    """The address belongs to somebody's own management system."""


class Broken(Exception):
    """An event of the story was refused."""


def found() -> ManagementSystem | None:
    """The demo, whole or not. Raises Taken."""
    tenant = ManagementSystem.objects.filter(slug=SLUG).first()
    if tenant is not None and not tenant.is_demo:
        raise Taken(f"/{SLUG}/ is a management system of your own; the demo needs this address")
    return tenant


def is_whole(tenant: ManagementSystem) -> bool:
    """Whether loading came to its end."""
    return Checkpoint.objects.filter(chain__management_system=tenant, occasion=OCCASION).exists()


def load() -> ManagementSystem:
    """Play the story into a new management system; leaves none behind when an event is refused. Raises Broken."""
    today = clock.now().astimezone(calendar.ZONE).date()
    past = list(calendar.timed(script.events(), today))
    begin = past[0][0] - datetime.timedelta(minutes=10)
    with clock.simulated(begin, running=True):
        people = {one["key"]: _person(one) for one in script.chapter("people")}
        tenant = _start(people)
    try:
        _play(Stage(tenant, people, today), past)
    except BaseException:
        remove(tenant, "Loading the demo failed.")
        raise
    sign_ins.renew(tenant)
    ledger.make_checkpoint(ledger.chain_of(tenant.pk), OCCASION)
    return tenant


def remove(tenant: ManagementSystem, reason: str) -> purge.Purged:
    """Take the demo away, its sign-ins too; its people stay for the next time."""
    sign_ins.path().unlink(missing_ok=True)
    return purge.purge(actor=operator(door=DOOR), management_system=tenant, reason=reason)


def _play(stage: Stage, past: list[tuple[datetime.datetime, script.Event]]) -> None:
    for moment, event in past:
        with clock.simulated(moment, running=True):
            try:
                play(stage, event)
            except Exception as refusal:
                raise Broken(f"{event}: {refusal!r}") from refusal


def _person(one: dict) -> Person:
    """Somebody of the story, new or from an earlier loading; passwords come at the end."""
    email = f"{one['mailbox']}@{MAIL}"
    return person_by_email(email) or create_person(actor=operator(door=DOOR), email=email, name=one["name"])


def _start(people: dict[str, Person]) -> ManagementSystem:
    chapter = script.chapter("organisation")[0]
    return create_management_system(
        actor=operator(door=DOOR), slug=SLUG, administrator=people[chapter["administrator"]],
        roles=("administrator",), is_demo=True, **chapter["profile"],
    )  # fmt: skip
