"""Pictures from outside: read within limits and written anew, so that nothing but pixels is kept (TRUST T11)."""

import io
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

MOST_BYTES = 512 * 1024
MOST_PIXELS = 12_000_000
LARGEST = (1200, 480)
"""Width and height of a stored logo: 300 dots an inch at the size it is printed."""


def logo(data: bytes) -> bytes:
    """A PNG or JPEG as a plain PNG on white, at most as large as it is printed. Raises ValidationError."""
    from PIL import Image  # noqa: PLC0415 (ten megabytes that only this rare request needs)

    if len(data) > MOST_BYTES:
        raise ValidationError(_("Choose a file of at most %(most)d kB.") % {"most": MOST_BYTES // 1024})
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise ValidationError(_("This picture has too many pixels; make it smaller."))
            picture.verify()  # reading alone forgives a cut file where a library of this process said so
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as picture:
            return _written(picture)
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise ValidationError(_("This is no PNG or JPEG that can be read.")) from error


def _written(picture: Any) -> bytes:
    from PIL import Image  # noqa: PLC0415 (as above)

    shown = picture.convert("RGBA")
    shown.thumbnail(LARGEST)
    paper = Image.new("RGB", shown.size, "white")
    paper.paste(shown, mask=shown.getchannel("A"))
    out = io.BytesIO()
    paper.save(out, "PNG")
    return out.getvalue()
