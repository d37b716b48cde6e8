"""Where a finding is: stable English words, on which fingerprints rest, said in the language of the reader."""

import re
from collections.abc import Callable
from typing import Final

from django.utils.translation import gettext as _

SERVICE, TRAFFIC = "", "traffic"
SCHEME, SERVER, SCHEMA = "scheme ", "server ", "schema "
_Says = Callable[[str, str], str]  # of what stands around: the operation, the name

_NAMED: Final[dict[str, _Says]] = {
    SCHEME: lambda _operation, name: _("scheme %(name)s") % {"name": name},
    SERVER: lambda _operation, name: _("server %(name)s") % {"name": name},
    SCHEMA: lambda _operation, name: _("schema %(name)s") % {"name": name},
}
_OF_OPERATION: Final[dict[str, _Says]] = {
    "path": lambda operation, name: _("%(operation)s path %(name)s") % {"operation": operation, "name": name},
    "query": lambda operation, name: _("%(operation)s query %(name)s") % {"operation": operation, "name": name},
    "header": lambda operation, name: _("%(operation)s header %(name)s") % {"operation": operation, "name": name},
    "cookie": lambda operation, name: _("%(operation)s cookie %(name)s") % {"operation": operation, "name": name},
    "formData": lambda operation, name: _("%(operation)s formData %(name)s") % {"operation": operation, "name": name},
    "body": lambda operation, name: _("%(operation)s body %(name)s") % {"operation": operation, "name": name},
    "request": lambda operation, name: _("%(operation)s, request %(name)s") % {"operation": operation, "name": name},
    "answer": lambda operation, name: _("%(operation)s, answer %(name)s") % {"operation": operation, "name": name},
}
_ONE = re.compile(r"(scheme |server |schema )(.*)\Z", re.DOTALL)
_PART = re.compile(
    r"([A-Z]+ /.*?)(?: (path|query|header|cookie|formData|body)|, (request|answer)) (.*)\Z", re.DOTALL
)  # fmt: skip


def of_parameter(operation: str, where: str, name: str) -> str:
    """A parameter of an operation: "GET /v1/files query limit"."""
    return f"{operation} {where} {name}"


def of_body(operation: str, media: str, *, asks: bool) -> str:
    """What an operation is sent or answers as one media type: "POST /v1/files, request application/json"."""
    return f"{operation}, {'request' if asks else 'answer'} {media}"


def say(place: str) -> str:
    """Say a place in the language of the reader; operations and data on its way read the same in each."""
    if place == TRAFFIC:
        return _("traffic")
    if named := _ONE.match(place):
        return _NAMED[named[1]]("", named[2])
    if part := _PART.match(place):
        return _OF_OPERATION[part[2] or part[3]](part[1], part[4])
    return place
