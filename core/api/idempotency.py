"""Idempotency-Key on POST (TRUST T20): claimed in its own short transaction with a lease, completed in the work's."""

import datetime
from collections.abc import Callable
from typing import Any

import orjson
from django.db import IntegrityError, transaction
from rest_framework.response import Response

from core import canonical, clock
from core.api.problems import Problem
from core.models import IdempotencyKey

LEASE = datetime.timedelta(seconds=60)
LONGEST = 200
KEPT_HEADERS = ("ETag", "Location", "Content-Type")


def answer_once(request: Any, work: Callable[[], Response]) -> Response:
    """Run ``work`` once per key: the same key and body get the stored answer.

    Another body is 422, a key whose first request still runs is 409. Only successes are stored.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return work()
    if not key or len(key) > LONGEST:
        raise Problem(400, "bad-idempotency-key", f"Idempotency-Key must have 1 to {LONGEST} characters.")
    claim, stored = _claim(request, key)
    if stored is not None:
        return stored
    try:
        with transaction.atomic():
            response = work()
            if response.status_code >= 400:
                transaction.set_rollback(True)
            else:
                _complete(claim, response)
    except BaseException:
        _release(claim)
        raise
    if response.status_code >= 400:
        _release(claim)
    return response


def _claim(request: Any, key: str) -> tuple[IdempotencyKey, Response | None]:
    actor, now = request.auth, clock.now()
    fingerprint = canonical.digest(f"{request.method} {request.path}\n".encode() + orjson.dumps(request.data))
    same = {"management_system_id": actor.management_system_id, "owner": actor.id or str(actor.token_id), "key": key}
    for _try in range(2):
        with transaction.atomic():
            found = IdempotencyKey.objects.select_for_update().filter(**same).first()
            if found is not None:
                return _meet(found, fingerprint, now)
        try:
            with transaction.atomic():
                claim = IdempotencyKey.objects.create(
                    **same, fingerprint=fingerprint, lease_until=now + LEASE, created_at=now
                )
            return claim, None
        except IntegrityError:
            continue  # somebody else was a moment faster; look again
    raise Problem(409, "in-flight", "A request with this key is being worked on.")


def _meet(found: IdempotencyKey, fingerprint: str, now: datetime.datetime) -> tuple[IdempotencyKey, Response | None]:
    if found.fingerprint != fingerprint:
        raise Problem(422, "key-reused", "This Idempotency-Key was used for another request.")
    if found.status is not None:
        body = orjson.loads(bytes(found.body)) if found.body else None
        answer = Response(body, status=found.status)
        for name, value in found.headers.items():
            answer[name] = value
        answer["Idempotency-Replayed"] = "true"
        return found, answer
    if found.lease_until > now:
        raise Problem(409, "in-flight", "A request with this key is being worked on.")
    found.lease_until = now + LEASE
    found.save(update_fields=["lease_until"])
    return found, None


def _complete(claim: IdempotencyKey, response: Response) -> None:
    headers = {name: response[name] for name in KEPT_HEADERS if name in response}
    kept = getattr(response, "kept", response.data)  # what is shown once is not kept for a second time
    body = None if kept is None else orjson.dumps(kept, default=_text)
    mine = IdempotencyKey.objects.filter(pk=claim.pk, status=None, lease_until=claim.lease_until)
    if not mine.update(status=response.status_code, headers=headers, body=body):
        raise Problem(409, "in-flight", "This took too long; another request with the key took over.")


def _text(value: Any) -> Any:
    try:
        return canonical.plain(value)
    except TypeError:
        return str(value)


def _release(claim: IdempotencyKey) -> None:
    IdempotencyKey.objects.filter(pk=claim.pk, status=None, lease_until=claim.lease_until).delete()
