"""Forms: dates as people write them, clean text, errors in our words at their place, ratings that may stay open."""

import datetime

import pytest
from django import forms
from django.core.exceptions import ValidationError

from core.models import Profile
from core.pages.fields import DayField, Rating, RatingField, Segments, clean_text
from core.pages.forms import PageForm, RecordForm, RecordModelForm
from core.pages.views import add_errors

MARCH = datetime.date(2027, 3, 31)


class Sheet(PageForm):
    title = forms.CharField(label="Title")
    owner = forms.ChoiceField(label="Owner", choices=[("", "Choose"), ("1", "Manager One")])
    due = DayField(label="Due")
    sure = forms.BooleanField(label="Sure")
    harm = RatingField(label="Individuals", says={"4": "Lasting harm"})


@pytest.mark.parametrize(
    "typed",
    ["31 March 2027", "31 Mar 2027", "31.3.2027", "31.03.2027", "2027-03-31", "31/03/2027", " 31  march, 2027 "],
)
def test_a_date_is_read_as_people_write_it(typed):
    assert DayField().clean(typed) == MARCH


@pytest.mark.parametrize("typed", ["31 Foo 2027", "30.2.2027", "03/31/2027", "tomorrow", "2027"])
def test_a_wrong_date_says_the_spelling(typed):
    with pytest.raises(ValidationError, match="like 31 March 2027"):
        DayField().clean(typed)


@pytest.mark.parametrize("typed", ["1.1.0027", "1.1.9999"])
def test_a_year_outside_reason_is_refused(typed):
    with pytest.raises(ValidationError, match="between 1990 and 2200"):
        DayField().clean(typed)


def test_a_stored_date_is_shown_long_and_what_is_typed_stays():
    assert 'value="31 March 2027"' in str(Sheet(initial={"due": MARCH})["due"])
    assert 'value="31.3.20x"' in str(Sheet({"due": "31.3.20x"})["due"])


def test_another_spelling_of_the_same_date_is_no_change():
    assert not DayField().has_changed(MARCH, "31.3.2027")
    assert DayField().has_changed(MARCH, "1.4.2027")
    assert DayField().has_changed(MARCH, "nonsense")


def test_text_is_cleaned():
    assert clean_text("a\x00b\r\nc\rd e\u0301") == "ab\nc\nd é"
    assert Sheet({"title": "a\x00\r\nb"}).data["title"] == "a\nb"


def test_what_is_missing_is_named_with_the_error_before_the_control():
    form = Sheet({})
    html = str(form)
    assert form.errors["title"] == ["Enter title"]
    assert form.errors["owner"] == ["Choose: owner"]
    assert form.errors["due"] == ["Give a date, for example 31 March 2027"]
    assert form.errors["sure"] == ["Tick this to go on"]
    assert html.index('for="id_title"') < html.index('id="id_title_error"') < html.index('name="title"')
    assert 'aria-describedby="id_title_error"' in html


def test_what_does_not_fit_says_what_would_fit():
    class Kept(PageForm):
        days = forms.IntegerField(label="Days", min_value=7, max_value=3660)
        ticket = forms.URLField(label="Ticket", required=False, assume_scheme="https")

    for typed in ("-3", "9999", "many"):
        form = Kept({"days": typed, "ticket": "not an address"})
        assert form.errors["days"] == ["Days: write a number from 7 to 3660"]
        assert form.errors["ticket"] == ["Write the whole address, such as https://tickets.example.org/7"]


def test_the_star_marks_what_a_step_needs():
    class Step(Sheet):
        starred = ("due",)

    html = str(Step())
    assert html.count('class="need"') == 1


@pytest.mark.parametrize(("typed", "stored"), [("", None), ("0", 0), ("5", 5), (None, None)])
def test_a_rating_is_open_none_or_one_to_five(typed, stored):
    assert RatingField().clean(typed) == stored


def test_a_rating_outside_the_scale_is_refused():
    with pytest.raises(ValidationError):
        RatingField().clean("6")


def test_not_assessed_is_chosen_where_nothing_is_stored():
    html = str(Sheet(initial={"harm": None})["harm"])
    assert 'class="na"><input type="radio" name="harm" value="" id="id_harm_0" checked>' in html
    assert "checked" in str(Sheet(initial={"harm": 0})["harm"]).split('value="0"')[1][:40]


def test_the_chosen_rating_is_described():
    assert '<p class="says" aria-live="polite">Lasting harm</p>' in str(Sheet(initial={"harm": 4})["harm"])


def test_choices_are_escaped():
    widget = Segments({"<b>": "<i>"}, says={"<b>": '"><script>'})
    widget.choices = [("<b>", "<u>")]
    html = widget.render("x", "<b>", {"id": "x"})
    assert "<script>" not in html
    assert "<i>" not in html
    assert "<u>" not in html


def test_the_version_travels_hidden():
    form = RecordForm(version=7)
    assert '<input type="hidden" name="version" value="7"' in str(form)
    bound = RecordForm({"version": "7"}, version=9)
    assert bound.is_valid()
    assert bound.expected_version == 7


def test_a_model_form_does_not_save():
    with pytest.raises(NotImplementedError):
        RecordModelForm.save(None)


def test_errors_of_a_rule_stand_at_their_fields_and_the_rest_in_the_summary():
    form = Sheet({"title": "x", "owner": "1", "due": "31.3.2027", "sure": "on"})
    assert form.is_valid()
    add_errors(form, ValidationError({"title": "Too vague", "elsewhere": "Not here"}))
    assert form.errors["title"] == ["Too vague"]
    assert form.non_field_errors() == ["Not here"]
    add_errors(form, ValidationError("Both are wrong"))
    assert "Both are wrong" in form.non_field_errors()


def test_the_scale_has_seven_places():
    assert [value for value, _ in Rating.SCALE] == ["", "0", "1", "2", "3", "4", "5"]


def test_a_failed_form_says_error_in_the_title_and_leads_to_its_fields(page):
    answer = page.post("/sample/edit/", {"name": "", "review": "soon"})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "<title>Error: Describe the risk" in html
    assert '<a href="#id_name">Enter title</a>' in html
    assert 'value="soon"' in html


class ProfileShape(RecordModelForm):
    """A model form takes its fields in our shapes."""

    class Meta(RecordModelForm.Meta):
        model = Profile
        fields = ("name", "scope_statement", "next_audit_on")


def test_a_model_form_takes_our_fields_and_the_version_of_its_record():
    form = ProfileShape(instance=Profile(name="Sample", version=4, next_audit_on=MARCH))
    html = str(form)
    assert 'value="31 March 2027"' in html
    assert 'rows="3"' in html
    assert '<input type="hidden" name="version" value="4"' in html
    assert ProfileShape({"name": "x", "next_audit_on": "31.3.2027"}).fields["next_audit_on"].required is False
    assert ProfileShape().fields["version"].initial is None
