"""What this room adds elsewhere: places, addresses, words of the history, names of fields."""

from django.utils.translation import gettext_lazy

from apis import evidence_room, exposure_room, posture_room, threats_room
from apis import exposure_told as _exposure  # noqa: F401 (its section and card make themselves known)
from apis import inventory_registers as _registers  # noqa: F401 (they make themselves known)
from apis import system_panel as _panel  # noqa: F401 (it makes itself known)
from apis import threats_told as _threats  # noqa: F401 (its section and card make themselves known)
from apis.models import Artefact, Endpoint, FieldMap, Retention, Service
from apis.queries import every_service
from apis.services import BRING_IN_JOB, reason_of
from apis.words import label_of
from core import jobs, places, registries
from core.places import Place
from core.queries import fields
from core.queries.history import say

jobs.tells(
    BRING_IN_JOB, "apis/job_result.html",
    lambda job: {
        "unread": [
            (reason_of(one["reason"]), one["lines"], one["samples"]) for one in job.result.get("unread", [])
        ]
    },
)  # fmt: skip
places.register(
    Place(
        "ai", gettext_lazy("APIs"), "api_overview", "apis.read", count=every_service, order=40,
        children=(
            evidence_room.OVERVIEW,
            Place("ai", gettext_lazy("Services"), "api_services"),
            Place("ai", gettext_lazy("Endpoints"), "api_endpoints"),
            Place("ai", gettext_lazy("Not registered"), "api_unregistered"),
            posture_room.PLACE,
            exposure_room.PLACE,
            threats_room.PLACE,
            evidence_room.REQUIREMENTS,
            Place("ai", gettext_lazy("Bring in"), "api_artefacts"),
        ),
    )
)  # fmt: skip
registries.commented(Service)
registries.address(Service, "api_service", gettext_lazy("Service"))
registries.address(Endpoint, "api_endpoint", gettext_lazy("Endpoint"))
registries.address(Artefact, "api_artefact", gettext_lazy("Brought in"))
fields.read(Artefact, form=lambda value, _state, _zone: str(label_of(value)))
registries.address(FieldMap, "api_field_map", gettext_lazy("Field map"), dated=False)
registries.address(Retention, "api_retention", gettext_lazy("Retention of traffic"), by="", dated=False)
say(
    {
        "apis.choose_retention": gettext_lazy("Retention chosen"),
        "apis.add_map": gettext_lazy("Field map added"),
        "apis.change_map": gettext_lazy("Field map changed"),
        "apis.bring_in": gettext_lazy("Brought in with traffic or a description"),
        "apis.change_service": gettext_lazy("Changed"),
        "apis.change_endpoint": gettext_lazy("Changed"),
        "apis.name_path": gettext_lazy("Path named"),
    }
)
fields.call(
    {
        "systems": gettext_lazy("AI systems"),
        "description_sha256": gettext_lazy("Fingerprint of the description"),
        "parser": gettext_lazy("Version of the reader"),
        "content_sha256": gettext_lazy("Fingerprint of what it says, unpacked"),
        "content_size": gettext_lazy("Bytes of what it says, unpacked"),
        "content_head": gettext_lazy("Fingerprint of how it begins"),
    }
)
