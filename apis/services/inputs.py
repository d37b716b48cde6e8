"""What a run over a service looks at, from what was brought in."""

from apis.descriptions.loading import NotADescription
from apis.descriptions.reading import read
from apis.findings import PostureRun
from apis.models import ApiDescription, Service
from apis.services.posture import Looking, judge_service
from core import blobs
from core.actor import Actor


def looking_at(description: ApiDescription) -> Looking:
    """The description as it was stored. Raises NotADescription."""
    content = blobs.read(description.blob)
    return Looking(read(content, description.name), name=description.name, hash=description.blob.sha256)


def judge_again(*, actor: Actor, service: Service) -> PostureRun:
    """Judge a service by the last description that was brought in. Raises Forbidden."""
    newest = service.descriptions.order_by("created_at").last()
    try:
        looking = looking_at(newest) if newest is not None else Looking()
    except NotADescription:
        looking = Looking()
    return judge_service(actor=actor, service=service, looking=looking)
