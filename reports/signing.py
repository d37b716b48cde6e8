"""The three identities of a printed report, and the seal.

- *content hash*: SHA-256 of the canonical JSON; printed, approved, embedded as data.json;
- *unsigned rendition*: the bytes the renderer made; the same for the same sequence number, options, lock file, Pango;
- *sealed issue*: the rendition with a signature appended; it begins with exactly those bytes.
"""

from django.conf import settings


class SealFailed(Exception):
    """The seal could not be made; `reason` says why in words that can be shown to people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def seal(rendition: bytes, reason: str) -> bytes:
    """The rendition with this installation's seal appended: PAdES B-B, or B-T where a time-stamp authority is named.

    The seal certifies the document: a reader shows any later change. It says that this installation made the file,
    never that a person signed it. Raises SealFailed when the time-stamp authority does not answer.
    """
    from reports import pades  # noqa: PLC0415 (half a second and 50 MB that only a worker with something to seal spends)

    try:
        return pades.sealed(rendition, reason, settings.TSA_URL)
    except pades.Unanswered as error:
        raise SealFailed(f"the time-stamp authority did not answer: {error}") from error
