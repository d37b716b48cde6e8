"""Paths named by people: renamed, merged, split and pinned; what is learned later respects them."""

import re
import uuid
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from apis.models import Endpoint, EndpointTraffic, Service
from apis.paths import Known
from apis.services import exposing, folding, placing
from core import policy
from core.actor import Actor
from core.change import change

PIN, RENAME, MERGE, SPLIT = "pin", "rename", "merge", "split"
LONGEST_PATH = 2000
_PARAMETER = re.compile(r"\{([^{}]*)\}")
_PATH = re.compile(r"/|(?:/(?:[^/{}?#\s]|\{[A-Za-z_][A-Za-z0-9_-]*\})+)+")


@dataclass(frozen=True)
class Effect:
    """What naming the path of an endpoint does."""

    kind: str  # PIN, RENAME, MERGE or SPLIT
    template: str
    joined: tuple[Endpoint, ...]  # that become part of it
    kept: tuple[Endpoint, ...]  # that it would cover but that are described or pinned, and stay
    calls: int  # so far: of all that become one; of a split those seen with the path


def cleaned(template: str) -> str:
    """A path as it is kept: one slash between parts, none at the end. Raises ValidationError."""
    path = "/" + "/".join(part for part in template.strip().split("/") if part)
    names = _PARAMETER.findall(path)
    if len(path) > LONGEST_PATH or not _PATH.fullmatch(path):
        raise ValidationError({"template": _("Write a path such as /v1/files/{file_id}")})
    if len(set(names)) != len(names):
        raise ValidationError({"template": _("Give each part in braces a name of its own")})
    return path


def effect_of(endpoint: Endpoint, template: str) -> Effect:
    """What naming its path would do. Raises ValidationError where the path is no name for this endpoint."""
    path, method = cleaned(template), endpoint.method
    if endpoint.replaced_by_id is not None:
        raise ValidationError({"template": _("Another path has replaced this endpoint. Change that one.")})
    rows = Endpoint.objects.filter(service_id=endpoint.service_id, method=method).current().exclude(pk=endpoint.pk)
    others = list(rows.order_by("template"))
    if Known([(method, path)]).covering(method, endpoint.template):
        return _covering(endpoint, path, others)
    if not Known([(method, endpoint.template)]).match(method, path):
        raise ValidationError({"template": _("This path does not cover what was called, and is no part of it")})
    calls = _calls_seen(endpoint, path)
    if any(_bare(one.template) == _bare(path) for one in others):
        raise ValidationError({"template": _("Another endpoint has this path")})
    if not calls:
        raise ValidationError({"template": _("No call to this path was seen, so there is nothing to take out")})
    return Effect(SPLIT, path, (), (), calls)


def _covering(endpoint: Endpoint, path: str, others: list[Endpoint]) -> Effect:
    same = path == endpoint.template
    if endpoint.described and not same:
        raise ValidationError({"template": _("Its description names this path. Bring in a description that differs.")})
    fits = [one for one in others if Known([(one.method, path)]).covering(one.method, one.template)]
    kept = tuple(one for one in fits if one.described or one.pinned)
    if any(_bare(one.template) == _bare(path) and one.template != path for one in kept):
        raise ValidationError({"template": _("An endpoint that is described or pinned has this path already")})
    joined = tuple(one for one in fits if one not in kept)
    kind = MERGE if joined or any(one.template == path for one in kept) else PIN if same else RENAME
    rows = EndpointTraffic.objects.filter(pk__in=[endpoint.pk, *(one.pk for one in joined)])
    return Effect(kind, path, joined, tuple(one for one in kept if one.template != path),
                  sum(rows.values_list("calls", flat=True)))  # fmt: skip


def _bare(template: str) -> str:
    """A path without the names of its parameters."""
    return _PARAMETER.sub("{}", template)


def _calls_seen(endpoint: Endpoint, path: str) -> int:
    known = Known([(endpoint.method, path)])
    calls = placing.paths_of(endpoint.service)[0].calls
    return sum(
        number for (method, shape), number in calls.items() if method == endpoint.method and known.match(method, shape)
    )


def name_path(
    *, actor: Actor, endpoint_id: uuid.UUID, template: str, expected_version: int | None = None, reason: str = ""
) -> Endpoint:
    """Name the path of an endpoint: it is pinned, and what it covers becomes one with it; a part is taken out of it.

    Returns the endpoint that bears the path. Raises NotFound, Forbidden, Stale, ValidationError.
    """
    with change(actor, "apis.name_path", reason=reason) as unit:
        endpoint = unit.fetch(Endpoint, endpoint_id, expected_version)
        service = Service.objects.get(pk=endpoint.service_id)
        policy.require(actor, "apis.change_service", service)
        effect = effect_of(endpoint, template)
        inventory, method = folding.Inventory(unit, service), endpoint.method
        paths = placing.Paths(inventory)
        if effect.kind == SPLIT:
            named = inventory.get((method, effect.template))
            # Of calls that were not kept apart these days are the best that is known.
            named.first_seen, named.last_seen = endpoint.first_seen, endpoint.last_seen
        else:
            inventory.all[method, endpoint.template].pinned = False
            inventory.fold({(method, endpoint.template): effect.template})
            inventory.fold({(method, one.template): effect.template for one in effect.joined})
            named = inventory.get((method, effect.template))
        named.pinned = True
        paths.settle()
        paths.save()
        exposing.mark(service)
    return Endpoint.objects.get(pk=named.pk)
