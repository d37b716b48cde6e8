"""Registers of jobs and of the history."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core import jobs, records
from core.actor import PERSON, Actor
from core.models import Entry, Job
from core.queries import history
from core.registers import Column, Register, View
from core.registers.filters import ME, NOBODY, Choice, Moment, People, RegisterFilters, Text
from core.scope import Scope


class JobFilters(RegisterFilters):
    """Filters of jobs."""

    state = Choice("state", label=_("State"), choices=Job.STATES)
    who = People("requested_by", label=_("Asked by"))
    since = Moment("requested_at", "gte", label=_("Asked since"))


def last_word(job: Job) -> str:
    """Return why a job failed, else what it said last."""
    return (job.error if job.state == Job.FAILED else job.message)[:120]


class JobRegister(Register):
    """Long work: what was asked, by whom, how far it is."""

    place = "jobs"
    key, model, title, noun, sort = "jobs", Job, _("Jobs"), _("jobs"), "-asked"
    filters = JobFilters
    search = ("title", "kind", "message")
    select = ("requested_by",)
    ties = ("requested_at", "pk")
    columns = (
        Column("title", _("Job"), lambda j: j.title or j.kind, kind="title", sort="title"),
        Column("state", _("State"), kind="state"),
        Column("progress", _("Done"), lambda j: f"{j.done} / {j.total}" if j.total else "", sort=("done", "total")),
        Column("who", _("Asked by"), "requested_by", kind="person"),
        Column("asked", _("Asked"), "requested_at", kind="moment"),
        Column("finished", _("Finished"), "finished_at", kind="moment", wide="p2"),
        Column("message", _("Last word"), last_word, sort="message", wide="p3"),
    )  # fmt: skip
    views = (
        View("all", _("All jobs")),
        View("mine", _("Mine"), {"who": ME}),
        View("open", _("Waiting or working"), {"state": [Job.WAITING, Job.WORKING]}),
        View("failed", _("Failed"), {"state": [Job.FAILED]}),
    )
    blank_title = _("No jobs yet")
    blank_text = _("Reports, large exports and imports run as jobs. They go on when you close the page.")

    def rows(self, scope: Scope, actor: Actor) -> QuerySet:
        """Return the jobs of the management system the actor may read, asked for before the scope's moment."""
        rows = Job.objects.filter(management_system_id=scope.management_system_id, requested_at__lte=scope.moment)
        return rows.filter(parent=None).exclude(kind__in=jobs.hidden_from(actor))

    def url_of(self, record: Job, slug: str) -> str:
        """Return the job's page."""
        return reverse("job", kwargs={"slug": slug, "pk": record.pk})


def record_types() -> list[tuple[str, Any]]:
    """Return the record types an entry can be about."""
    return sorted(((key, history.type_label(key)) for key in records.record_models()), key=lambda one: one[1])


class Actors(People):
    """Who wrote an entry: entries keep ids as text."""

    def condition(self, value: Any) -> Q:
        """Return "was written by one of these"."""
        ids = {one for one in value if one not in {ME, NOBODY}}
        if ME in value and self.parent.actor is not None:
            ids.add(str(self.parent.actor.person_id))
        found = Q(actor_kind=PERSON, actor_id__in=ids)
        return found | ~Q(actor_kind=PERSON) if NOBODY in value else found

    def occurring(self) -> Iterable[str]:
        """Return the ids of people who wrote entries."""
        rows = self.parent.queryset.order_by().filter(actor_kind=PERSON)
        return rows.values_list("actor_id", flat=True).distinct()


class EntryFilters(RegisterFilters):
    """Filters of the history."""

    who = Actors("actor_id", label=_("Who"))
    what = Choice("record_type", label=_("What kind"), choices=record_types)
    since = Moment("at", "gte", label=_("Since"))
    until = Moment("at", "lte", label=_("Until"))
    door = Choice("door", label=_("Door"), choices=list(history.DOORS.items()))
    op = Choice(
        "op", label=_("Kind of change"),
        choices=[(Entry.CREATE, _("Added")), (Entry.UPDATE, _("Changed")), (Entry.DELETE, _("Deleted"))],
    )  # fmt: skip
    ref = Text("ref", "iexact", label=_("Reference"))
    record = Text("record_id", "exact", label=_("Record id"))
    step = Text("change_id", "exact", label=_("Step"))


def changed_fields(entry: Any) -> list[str]:
    """Return the names of the fields an entry changed; of an added record all are new, so none is named."""
    return [] if entry.op == Entry.CREATE else [row[0] for row in entry.words.rows]


class EntryRegister(Register):
    """Every write of every record, sealed in a chain."""

    place = "history"
    key, model, title, noun, sort = "history", Entry, _("History"), _("entries"), "-seq"
    filters = EntryFilters
    search = ("ref", "action", "reason")
    ties = ("seq",)
    columns = (
        Column("seq", _("Entry"), lambda e: str(e.seq), kind="number", sort="seq", export=lambda e: e.seq, head="#"),
        Column("what", _("What"), lambda e: e.words.what, kind="title", sort="action"),
        Column("about", _("About"), lambda e: e.words.ref, sort="ref"),
        Column("kind", _("What kind"), lambda e: history.type_label(e.record_type), sort="record_type", wide="p2"),
        Column("fields", _("Changed fields"), changed_fields, kind="tags", sort=("op", "record_type")),
        Column("who", _("Who"), lambda e: e.words.who, sort=("actor_kind", "actor_id")),
        Column("door", _("Door"), lambda e: e.words.door, sort="door", wide="p2"),
        Column("at", _("When"), kind="moment"),
        Column("reason", _("Reason"), wide="p3"),
    )
    views = (
        View("all", _("Everything"), counted=False),
        View("mine", _("By me"), {"who": ME}, counted=False),
        View("doors", _("Not by people"), {"who": NOBODY}, counted=False),
    )

    def rows(self, scope: Scope, actor: Actor) -> QuerySet:
        """Return the entries up to the scope's moment; the chain itself is never replayed."""
        return history.entries(scope)

    def prepare(self, found: list[Any], scope: Scope, slug: str) -> None:
        """Put each entry into words, all at once."""
        for entry, words in zip(found, history.told(found, scope, slug), strict=True):
            entry.words = words

    def url_of(self, record: Entry, slug: str) -> str:
        """Return the entry's page."""
        return reverse("entry", kwargs={"slug": slug, "seq": record.seq})

    def name_of(self, record: Entry) -> str:
        """Return the entry's number."""
        return str(record.seq)
