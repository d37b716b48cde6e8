"""ETag carries the record's version; writes must say which version they were made from (TRUST T19)."""

import re
from typing import Any

from rest_framework.response import Response

from core.api.problems import Problem
from core.errors import Stale

TAG = re.compile(r'^(?:W/)?"(\d{1,9})(?:[-;][^"]*)?"$')
"""Proxies that compress make tags weak or add a suffix; the version in front is what counts."""


def tagged(response: Response, record: Any) -> Response:
    """Set the ETag of a record's answer."""
    response["ETag"] = f'"{record.version}"'
    return response


def expected_version(request: Any, *, required: bool = True) -> int | None:
    """The version named by If-Match; raises 428 when required and absent or any (*), 400 when it is no version."""
    given = request.headers.get("If-Match", "*").strip()
    if given == "*":
        if required:
            raise Problem(428, "version-required", "Send If-Match with the ETag you read.")
        return None
    found = TAG.match(given)
    if not found:
        raise Problem(400, "bad-version", 'If-Match must look like "7".')
    return int(found[1])


def check_version(record: Any, expected: int | None) -> None:
    """Raise Stale unless the record has the expected version."""
    if expected is not None and record.version != expected:
        raise Stale(record, expected, record.version)
