"""Words for codes of reading: formats, and why something could not be read."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from apis.traffic import Unreadable, structured, text

LABELS: dict[str, Any] = {
    **{one.code: one.label for one in (*text.FORMATS, *structured.FORMATS)},
    "har": _("HAR recording"), "map": _("Own field map"), "openapi": _("OpenAPI description"), "": _("Not recognised"),
}  # fmt: skip
REASONS: dict[str, Any] = {
    "empty": _("There is nothing in it."),
    "only_assets": _("It holds pages, pictures, styles and scripts only, and no call of an API."),
    "damaged": _("It is compressed and damaged: only what stands before the damage can be read."),
    "cut_off": _("It is compressed and cut off: only what stands before the cut can be read."),
    "bomb": _("It unpacks to far more than its size allows."),
    "too_large": _("It is one JSON document of more than 256 MiB. Send one object a line instead."),
    "too_long": _("Lines of more than 1 MiB"),
    "not_understood": _("Lines of no format known here"),
    "not_json": _("Lines that begin like JSON and are none"),
    "not_an_object": _("Values that are no JSON objects"),
    "no_request": _("Lines that tell of no call"),
    "bad_time": _("Lines whose time makes no sense"),
}


def label_of(form: str) -> Any:
    """The name of a format."""
    return LABELS.get(form, form)


def reason_of(code: str) -> Any:
    """Why something could not be read."""
    return REASONS.get(code, code)


def why(error: Unreadable) -> str:
    """Why nothing of a file could be read, with the first of its lines, masked."""
    samples = [text for one in error.unread.values() for _line, text in one.samples[:2] if text]
    return " ".join([str(reason_of(error.reason)), *(f"“{sample}”" for sample in samples[:2])])
