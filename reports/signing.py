"""The three identities of a printed report. A signature is appended later, to exactly the bytes of the rendition.

- *content hash*: SHA-256 of the canonical JSON; printed, approved, embedded as data.json;
- *unsigned rendition*: the bytes the renderer made; the same for the same sequence number, options, lock file, Pango;
- *signed issue*: the rendition with a signature appended; it begins with exactly those bytes.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from reports.documents.common import content_hash


@dataclass(frozen=True)
class Identity:
    """How one file of a report is told apart. `signed_issue` is "" while nothing is appended."""

    content_hash: str
    unsigned_rendition: str
    signed_issue: str = ""


def identify(report: Any, rendition: bytes) -> Identity:
    """The identity of a rendition nobody has signed."""
    return Identity(content_hash(report), hashlib.sha256(rendition).hexdigest())


def begins_with_rendition(issue: bytes, identity: Identity, length: int) -> bool:
    """Whether a signed issue begins with the bytes of the unsigned rendition, `length` bytes long."""
    return hashlib.sha256(issue[:length]).hexdigest() == identity.unsigned_rendition
