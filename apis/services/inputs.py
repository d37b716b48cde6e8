"""What a run over a service looks at, from what was brought in."""

from apis.descriptions.loading import NotADescription
from apis.descriptions.reading import read
from apis.facts import Window
from apis.findings import PostureRun
from apis.models import Endpoint, Service, WindowPack
from apis.packs import unpacked, windows_of
from apis.services.posture import Looking, judge_service
from core import blobs
from core.actor import Actor

MOST_DAYS = 92
"""Days of traffic that a run looks at, the latest."""


def looking_at(service: Service) -> Looking:
    """The description of a service as it was stored, and the windows of its latest days."""
    kinds = {(row.method, row.template): row.ai_kind for row in Endpoint.objects.filter(service=service).current()}
    said = _description(service)
    return Looking(said.description, windows(service), kinds, said.name, said.hash)


def _description(service: Service) -> Looking:
    if not service.description_sha256:
        return Looking()
    path = blobs.path(service.management_system_id, service.description_sha256)
    try:
        found = read(path.read_bytes(), service.description_title)
    except (NotADescription, FileNotFoundError):
        return Looking()
    return Looking(found, name=service.description_title, hash=service.description_sha256)


def windows(service: Service) -> list[Window]:
    """The windows of a service, of its latest days."""
    packs = WindowPack.objects.filter(service=service).order_by("-day")[:MOST_DAYS]
    return [one for pack in packs for one in windows_of(unpacked(pack.windows), service.host)]


def judge_again(*, actor: Actor, service: Service) -> PostureRun:
    """Judge a service by its description and the traffic that was brought in. Raises Forbidden."""
    return judge_service(actor=actor, service=service, looking=looking_at(service))
