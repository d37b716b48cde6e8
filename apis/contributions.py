"""What this room adds elsewhere: addresses, words of the history."""

from django.utils.translation import gettext_lazy

from apis.models import Artefact, Endpoint, Service
from core import registries
from core.queries.history import say

registries.address(Service, "api_service", gettext_lazy("Service"))
registries.address(Endpoint, "api_endpoint", gettext_lazy("Endpoint"))
registries.address(Artefact, "api_artefact", gettext_lazy("Brought in"))
say(
    {
        "apis.bring_in": gettext_lazy("Brought in with traffic or a description"),
        "apis.change_service": gettext_lazy("Changed"),
        "apis.change_endpoint": gettext_lazy("Changed"),
    }
)
