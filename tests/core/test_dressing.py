"""Colour and logo of printed reports: checked, written anew, kept with their time."""

import io

import pytest
from django.core.exceptions import ValidationError
from PIL import Image, ImageFile, PngImagePlugin

from core import clock, images, scope
from core.errors import Forbidden, NotFound
from core.models import Blob, Profile
from core.services.dressing import contrast_with_white, dress_reports, logo_of
from tests.makers import actor_for, make_management_system, make_manager, make_member
from tests.risks.test_pages import signed_in

pytestmark = pytest.mark.django_db


def picture(size=(300, 100), mode="RGBA", kind="PNG", **options):
    out = io.BytesIO()
    Image.new(mode, size, (12, 74, 87, 0) if mode == "RGBA" else (12, 74, 87)).save(out, kind, **options)
    return out.getvalue()


@pytest.fixture
def tenant():
    return make_management_system("here")


def profile_of(tenant):
    return Profile.objects.get(management_system=tenant)


def test_a_logo_is_written_anew_on_white_without_what_came_along(tenant):
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", "secret")
    data = images.logo(picture(size=(2400, 200), pnginfo=told))
    with Image.open(io.BytesIO(data)) as found:
        assert (found.format, found.mode, found.size) == ("PNG", "RGB", (1200, 100))
        assert found.getpixel((5, 5)) == (255, 255, 255)
    assert b"secret" not in data
    assert images.logo(picture(mode="RGB", kind="JPEG")).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "data",
    [
        b"", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", b"GIF89a" + b"\0" * 40,
        picture()[:60], b"\x89PNG\r\n\x1a\n" + b"\0" * 600_000,
    ],
    ids=("nothing", "svg", "gif", "cut", "large"),
)  # fmt: skip
def test_anything_else_than_a_small_png_or_jpeg_is_refused(data):
    with pytest.raises(ValidationError):
        images.logo(data)


def test_a_cut_picture_is_refused_where_a_library_forgives_it(monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    with pytest.raises(ValidationError):
        images.logo(picture()[:60])


def test_a_picture_that_unpacks_to_too_much_is_refused():
    with pytest.raises(ValidationError, match="too many pixels"):
        images.logo(picture(size=(4000, 4000), mode="RGB"))


@pytest.mark.parametrize(
    ("colour", "says"), [("teal", "six digits"), ("#12345", "six digits"), ("#ffdd00", "Too light"), ("#777777", "4.5")]
)
def test_a_colour_that_cannot_be_read_on_white_is_refused(tenant, colour, says):
    with pytest.raises(ValidationError, match=says):
        dress_reports(actor=make_manager(tenant), accent=colour)


def test_contrast_is_counted_as_wcag_does():
    assert round(contrast_with_white("#000000")) == 21
    assert contrast_with_white("#ffffff") == 1
    assert round(contrast_with_white("#767676"), 2) == 4.54


def test_a_past_moment_wears_the_logo_of_its_time(tenant):
    manager = make_manager(tenant)
    dress_reports(actor=manager, accent="#0A3A6B", logo=picture())
    first = profile_of(tenant)
    moment = clock.now()
    assert (first.accent, logo_of(first)) == ("#0a3a6b", images.logo(picture()))
    dress_reports(actor=manager, logo=picture(size=(50, 50)))
    assert profile_of(tenant).logo != first.logo
    dress_reports(actor=manager, without_logo=True)
    assert (profile_of(tenant).logo, logo_of(profile_of(tenant))) == ("", b"")
    past = scope.as_of(tenant.pk, moment).profile
    assert (past.accent, logo_of(past)) == ("#0a3a6b", images.logo(picture()))


def test_the_page_takes_a_logo_and_says_what_is_wrong_with_it(tenant):
    person = make_member(tenant, "administrator")
    page = signed_in(person)

    def send(file, **fields):
        upload = io.BytesIO(file)
        upload.name = "logo.png"
        given = {"version": str(profile_of(tenant).version), "logo": upload, **fields}
        return page.post("/here/settings/dress/", given)

    assert page.get("/here/settings/logo/").status_code == 404
    assert "no PNG or JPEG" in send(b"<svg/>").content.decode()
    assert send(picture(), accent="#0a3a6b").status_code == 302
    shown = page.get("/here/settings/logo/")
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/png")
    assert "#0a3a6b" in page.get("/here/settings/").content.decode()
    with pytest.raises(Forbidden):
        dress_reports(actor=actor_for(make_member(tenant, "contributor"), tenant), accent="#0a3a6b")


def test_another_colour_keeps_the_logo_and_a_lost_file_is_not_found(tenant):
    manager = make_manager(tenant)
    with_logo = dress_reports(actor=manager, accent="#0c4a57", logo=picture())
    kept = dress_reports(actor=manager, accent="#5c1a1b")
    assert (kept.logo, kept.accent) == (with_logo.logo, "#5c1a1b")
    Blob.objects.filter(sha256=kept.logo).delete()
    with pytest.raises(NotFound):
        logo_of(kept)
