"""A form that is sent twice does its work once: a double click, a press on reload, a request the browser repeats.

The proof is the form's ticket, which is new with every showing, together with what was typed. The cache remembers
it for an hour; while the cache is away a form does its work as often as it is sent.
"""

import hashlib
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext as _

from core.drafts import TICKET
from core.errors import StepRefused
from core.workflow import Obstacle

HELD_S = 3600
WAITED_S = 5.0
PAUSE_S = 0.05
UNDER_WAY = "!"
OPEN_TICKET = "sending"
"""The ticket's field in a form that anybody may send; drafts belong to people who are signed in."""


def ticket() -> str:
    """A ticket for the forms of a page that parks no drafts."""
    return secrets.token_hex(16)


class Sending:
    """One sending of a form. ``led_to`` is where the same sending led before, "" when this is the first."""

    def __init__(self, key: str, led_to: str = "") -> None:
        self.key, self.led_to = key, led_to

    def leads_to(self, url: str) -> None:
        """Remember where the work led."""
        self.led_to = url


@contextmanager
def sending(request: HttpRequest) -> Iterator[Sending]:
    """Hold a sending while its work is done; forget it when the work fails or leads nowhere.

    Raises StepRefused while the first sending is still at work after five seconds.
    """
    ticket = request.POST.get(TICKET, "") or request.POST.get(OPEN_TICKET, "")
    if not ticket or request.FILES:
        yield Sending("")
        return
    typed = sorted((name, request.POST.getlist(name)) for name in request.POST if name != "csrfmiddlewaretoken")
    key = "sent:" + hashlib.sha256(repr((request.user.pk, request.path, typed)).encode()).hexdigest()
    if not cache.add(key, UNDER_WAY, HELD_S):
        yield Sending("", _led_to(key))
        return
    one = Sending(key)
    try:
        yield one
    finally:
        if one.led_to:
            cache.set(key, one.led_to, HELD_S)
        else:
            cache.delete(key)


def _led_to(key: str) -> str:
    until = time.monotonic() + WAITED_S
    while (found := cache.get(key)) == UNDER_WAY and time.monotonic() < until:
        time.sleep(PAUSE_S)
    if found == UNDER_WAY:
        says = _("This is being saved already. Wait a moment, then look whether it is there.")
        raise StepRefused("save", [Obstacle("under-way", says)])
    return found or ""
