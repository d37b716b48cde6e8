"""What reports add to the frame: their place in the navigation."""

from django.utils.translation import gettext_lazy as _

from core import places, registries
from reports.models import IssuedReport

places.register(places.Place("system", _("Reports"), "reports", "reports.read", order=40))
registries.address(IssuedReport, "report", _("Report"))
