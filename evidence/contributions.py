"""What this room adds elsewhere: a place, an address, words of the history."""

from django.utils.translation import gettext_lazy

from core import places, registries
from core.places import Place
from core.queries.history import say
from evidence import registers as _registers  # noqa: F401 (it makes itself known)
from evidence.models import Evidence

places.register(Place("risks", gettext_lazy("Evidence"), "evidence", "evidence.read", order=30))
registries.commented(Evidence)
registries.address(Evidence, "evidence_item", gettext_lazy("Evidence"))
say({"evidence.collect": gettext_lazy("Evidence collected")})
