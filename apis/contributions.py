"""What this room adds elsewhere."""

from django.utils.translation import gettext_lazy

from apis import posture_room
from core import places
from core.places import Place

places.register(
    Place(
        "ai", gettext_lazy("APIs"), "posture", "apis.read", count=posture_room.open_findings, order=40,
        children=(posture_room.PLACE,),
    )
)  # fmt: skip
