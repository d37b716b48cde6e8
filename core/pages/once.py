"""What is shown a single time, on the page a form leads to: sealed in the session, gone once it was read.

The database never holds it in clear; a reload shows nothing and sends nothing again.
"""

import base64
import hashlib
import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.http import HttpRequest

KEPT_S = 600
"""Seconds until the showing must have happened."""
PREFIX = "once:"


def keep(request: HttpRequest, place: str, **values: Any) -> None:
    """Keep values for the next page named ``place`` in this session."""
    request.session[PREFIX + place] = _box().encrypt(json.dumps(values).encode()).decode()


def take(request: HttpRequest, place: str) -> dict[str, Any]:
    """Return what was kept, this once; nothing the second time, after ten minutes or for anybody else."""
    sealed = request.session.pop(PREFIX + place, "")
    try:
        return json.loads(_box().decrypt(sealed, ttl=KEPT_S)) if sealed else {}
    except InvalidToken:
        return {}


def _box() -> Fernet:
    key = hashlib.sha256(b"aims42 shown once" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
