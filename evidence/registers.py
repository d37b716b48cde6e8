"""The register of evidence: pages, exports and the API read it."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.registers import Column, Register, View
from core.registers.filters import Choice, Day, RegisterFilters
from evidence import kinds
from evidence.models import Evidence


class EvidenceFilters(RegisterFilters):
    """Typed filters of evidence."""

    kind = Choice("kind", label=_("Kind"), choices=kinds.labels)
    covers_from = Day("period_to", "gte", label=_("Covers days from"))
    covers_to = Day("period_from", "lte", label=_("Covers days until"))


class EvidenceRegister(Register):
    """All evidence, the newest first."""

    place = "evidence"
    key, model, title, noun = "evidence", Evidence, _("Evidence"), _("items of evidence")
    permission = "evidence.read"
    columns = (
        Column("ref", _("Reference"), kind="ref", head=_("Ref")),
        Column("title", _("Evidence"), kind="title"),
        Column("kind", _("Kind"), lambda one: str(kinds.kind_of(one.kind).label), sort="kind", wide="p2"),
        Column("from", _("From"), "period_from", kind="date"),
        Column("to", _("To"), "period_to", kind="date"),
        Column("number", _("Versions"), kind="number"),
        Column("collected", _("Collected"), "collected_at", kind="moment"),
        Column("sha256", _("Fingerprint"), shown=False),
    )
    filters = EvidenceFilters
    search = ("ref", "title", "sha256")
    sort = "-collected"
    views = (View("all", _("All evidence")),)
    blank_title = _("No evidence yet")
    blank_text = _("Evidence is collected by itself as soon as traffic or API descriptions are brought in.")

    @classmethod
    def begins_at(cls, url_name: str, button: Any, permission: str) -> None:
        """Say how the first evidence comes to be; rooms above call it in ``AppConfig.ready``."""
        cls.blank_url, cls.blank_button, cls.blank_permission = url_name, button, permission

    def url_of(self, record: Any, slug: str) -> str:
        """The page of an item."""
        return reverse("evidence_item", kwargs={"slug": slug, "ref": record.ref})
