"""What reports add to the frame: their place in the navigation."""

from django.utils.translation import gettext_lazy as _

from core import places, registries
from core.queries import fields
from reports.models import IssuedReport

places.register(places.Place("system", _("Reports"), "reports", "reports.read", order=40))
registries.address(IssuedReport, "report", _("Report"))
fields.call(
    {
        "seq": _("History entry"),
        "people_seq": _("Entry of the people"),
        "past": _("Past"),
        "files": _("Files"),
        "job_id": _("Job"),
        "format": _("Format"),
        "media_type": _("Type"),
        "sha256": _("SHA-256"),
        "size": _("Size"),
    }
)
