"""Stored files as downloads, for page and REST alike."""

from typing import Any

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from core import blobs
from core.models import Blob

CHUNK = 1 << 16


def attachment(blob: Blob, name: str) -> StreamingHttpResponse:
    """A stored file as a download (TRUST T11)."""
    response = StreamingHttpResponse(_parts(blobs.open_blob(blob)), content_type=blob.media_type)
    response["Content-Length"] = str(blob.size)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    response["ETag"] = f'"{blob.sha256}"'
    return response


def _parts(file: Any) -> Any:
    with file:
        while part := file.read(CHUNK):
            yield part
