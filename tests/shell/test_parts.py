"""The parts: levels by colour and word, states by shape, figures that lead on, names, dates; everything escaped."""

import datetime as dt
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory

from core import when
from core.pages.heat import HeatCell, heat_map
from core.pages.steps import StepButton
from core.workflow import Obstacle

EVIL = '"><script>alert(1)</script>'
NOON = dt.datetime(2026, 11, 23, 12, 3, tzinfo=dt.UTC)
BERLIN = SimpleNamespace(zone=ZoneInfo("Europe/Berlin"))


def draw(source, **context):
    return Template("{% load ui %}" + source).render(Context(context)).strip()


@pytest.mark.parametrize(
    ("code", "word"), [("low", "Low"), ("medium", "Medium"), ("high", "High"), ("critical", "Critical")]
)
def test_a_level_is_colour_mark_and_word(code, word):
    html = draw("{% level code rate='4 × 3' %}", code=code)
    assert f"lv-{code}" in html
    assert f"#l-{code}" in html
    assert f"{word}</span>" in html
    assert "4 × 3" in html
    assert "ghost" in draw("{% level code ghost=True %}", code=code)


@pytest.mark.parametrize("code", [None, "", "unheard of", EVIL])
def test_no_level_is_not_rated(code):
    html = draw("{% level code %}", code=code)
    assert html == '<span class="lv lv-none">Not rated</span>'


@pytest.mark.parametrize(
    ("code", "glyph", "idle"),
    [("not_started", "not", True), ("planned", "plan", False), ("in_place", "in", False), ("draft", "draft", True),
     ("closed", "closed", True), ("of a room we do not know", "plan", False)],
)  # fmt: skip
def test_a_state_is_a_shape_and_a_word(code, glyph, idle):
    html = draw("{% state code word %}", code=code, word="Word")
    assert f"#s-{glyph}" in html
    assert ("idle" in html) is idle
    assert "Word</span>" in html


def test_a_band_is_solid_when_approved_and_dashed_else():
    assert draw("{% band 'approved' 'Approved v1' %}").startswith('<span class="band">')
    assert draw("{% band 'working_copy' 'Working copy' %}").startswith('<span class="band draft">')


def test_tiers_have_their_words():
    assert "Blocks certification" in draw("{% tier 'blocks' %}")


def test_the_first_flag_shows_and_the_rest_is_counted_and_said():
    html = draw("{% flags items %}", items=[("Above criteria", True), "Review due", "No owner"])
    assert '<span class="flag hot">Above criteria</span>' in html
    assert '+2<span class="vh"> Review due, No owner</span>' in html
    assert draw("{% flags items %}", items=[]) == ""


def test_a_figure_leads_to_its_rows_and_zero_is_quiet():
    assert draw("{% fig 9 '/rows/' %}") == '<a class="fig" href="/rows/">9</a>'
    assert draw("{% fig 9 '/rows/' 'nine risks' %}") == '<a class="fig" href="/rows/" aria-label="nine risks">9</a>'
    assert draw("{% fig 0 '/rows/' %}") == draw("{% fig None '/rows/' %}") == '<span class="quiet">0</span>'
    assert draw("{% fig 9 %}") == "9"


@pytest.mark.parametrize(
    ("done", "total", "filled", "empty"), [(2, 4, 2, 2), (0, 3, 0, 3), (30, 60, 10, 10), (0, 0, 0, 0)]
)
def test_ticks_draw_n_of_m_and_say_it(done, total, filled, empty):
    html = draw("{% ticks done total %}", done=done, total=total)
    assert html.count("<i></i>") == filled
    assert html.count('<i class="o">') == empty
    assert f"{done} of {total} done" in html


def test_people_are_named_long_or_short_and_nobody_is_said():
    person = SimpleNamespace(name="Manager One", email="m@example.org")
    assert draw("{% person who %}", who=person) == "Manager One"
    assert draw("{% person who short=True %}", who=person) == "M. One"
    assert draw("{% person who short=True %}", who=SimpleNamespace(name="Prince")) == "Prince"
    assert "No one" in draw("{% person who %}", who=None)


def test_dates_and_moments_stand_in_the_zone_of_the_system():
    late = dt.datetime(2026, 11, 23, 23, 30, tzinfo=dt.UTC)
    assert ">24 Nov 2026<" in draw("{% day late %}", late=late, shell=BERLIN)
    assert ">23 Nov 2026<" in draw("{% day late %}", late=late)
    assert ">23 November 2026<" in draw("{% day noon long=True %}", noon=NOON)
    assert ">23 Nov 2026, 13:03 CET<" in draw("{% moment noon %}", noon=NOON, shell=BERLIN)
    assert ">13:03<" in draw("{% moment noon clock=True %}", noon=NOON, shell=BERLIN)
    assert draw("{% day nothing %}{% moment nothing %}", nothing=None) == ""
    assert "never" in draw("{% day nothing none='never' %}", nothing=None)


@pytest.mark.parametrize(("text", "moment"), [
    ("2026-11-23", dt.datetime(2026, 11, 23, 22, 59, 59, 999999, tzinfo=dt.UTC)),
    ("2026-11-23T12:03:00+00:00", NOON),
    ("2026-11-23T12:03:00 00:00", NOON),
    ("2026-11-23T13:03", NOON),
    ("soon", None),
])  # fmt: skip
def test_a_past_moment_is_a_time_or_the_end_of_a_day_there(text, moment):
    assert when.parse_moment(text, BERLIN.zone) == moment


@pytest.mark.parametrize("name", ["", "Nowhere/Land", "../etc"])
def test_an_unknown_zone_is_utc(name):
    assert when.zone_named(name) == dt.UTC


def test_days_are_counted_in_words():
    assert (when.days_text(1), when.days_text(9)) == ("1 day", "9 days")


def test_a_heat_map_stands_from_the_severest_down_with_the_unknown_apart():
    likelihood = [("1", "Rare"), ("2", "Likely"), ("?", "Cannot be estimated")]

    def cell(consequence, value):
        count = 2 if value == "1" else 0
        return HeatCell("high", count, f"/rows/?c={consequence}", "2 risks, high", unknown=value == "?")

    cells = heat_map("Risks", likelihood, [(1, "Minor"), (2, "Severe")], cell)
    html = draw("{% heat_map heat %}", heat=cells)
    assert html.index("Severe 2") < html.index("Minor 1")
    assert html.count('class="gap"') == 3
    assert '<a href="/rows/?c=2" aria-label="2 risks, high">2</a>' in html


def test_a_blank_place_puts_the_button_before_the_other_ways():
    html = draw(
        "{% blank 'None yet' url='/new/' button='New' minutes=1 %}<p>Why</p><ul><li>Other</li></ul>{% endblank %}"
    )
    assert html.index("Why") < html.index("/new/") < html.index("About 1 minute<") < html.index("Other")


def test_a_step_that_cannot_be_taken_says_why_and_who_can():
    other = SimpleNamespace(name="Approver One")
    buttons = [StepButton("accept", "Accept", obstacles=(Obstacle("own", "You assessed it.", "/ask/", (other,)),)),
               StepButton("save", "Save", primary=True), StepButton("open", "Open", url="/open/")]  # fmt: skip
    html = draw("{% steps buttons %}", buttons=buttons)
    assert 'aria-disabled="true" aria-describedby="why-accept"' in html
    assert "You assessed it." in html
    assert "Can do it: Approver One." in html
    assert '<button class="btn btn-primary" type="submit" name="step" value="save">' in html
    assert 'href="/open/"' in html


@pytest.mark.parametrize(
    ("state", "asks"), [("waiting", True), ("working", True), ("ready", False), ("failed", False), ("cancelled", False)]
)
def test_a_job_is_asked_again_only_while_it_runs(state, asks):
    job = SimpleNamespace(pk=1, state=state, done=1, total=3, message="Reading", error="Row 7")
    html = draw("{% progress job '/job/' %}", job=job)
    assert ("every 2s" in html) is asks
    assert ('href="/job/"' in html) is asks
    assert ("Row 7" in html) is (state == "failed")


def test_pages_keep_the_rest_of_the_address():
    request = RequestFactory().get("/risks/?level=high&page=2")
    html = draw("{% pagination page %}", page=Paginator(range(30), 10).get_page(2), request=request)
    assert "11 to 20 of 30" in html
    assert 'href="/risks/?level=high&amp;page=1"' in html
    assert 'href="/risks/?level=high&amp;page=3"' in html


GIVEN_EVIL = [
    "{% level 'high' rate=evil label=evil %}",
    "{% state evil evil %}",
    "{% band evil evil %}",
    "{% tier 'fix' evil %}",
    "{% flag evil %}",
    "{% flags list %}",
    "{% fig 3 evil evil %}",
    "{% person who %}",
    "{% secret evil evil %}",
    "{% refusal evil who=people url=evil label=evil %}",
    "{% difference rows evil evil %}",
    "{% crumbs evil evil '' evil %}",
    "{% tabs evil tabs %}",
    "{% pane evil 'x' text=evil end_url=evil end_label=evil %}{{ evil }}{% endpane %}",
    "{% box evil %}{{ evil }}{% endbox %}",
    "{% note evil %}{{ evil }}{% endnote %}",
    "{% table evil %}{{ evil }}{% endtable %}",
    "{% section 1 evil evil %}{{ evil }}{% endsection %}",
    "{% blank evil url=evil button=evil %}{{ evil }}{% endblank %}",
    "{% history changes %}",
    "{% icon evil %}",
]


@pytest.mark.parametrize("source", GIVEN_EVIL)
def test_every_part_escapes_what_it_is_given(source):
    change = SimpleNamespace(
        what=EVIL, who=EVIL, at=NOON, door=EVIL, reason=EVIL, ref=EVIL, url=EVIL, rows=[(EVIL,) * 3]
    )
    people = [SimpleNamespace(name=EVIL)]
    given = {"evil": EVIL, "list": [EVIL, EVIL], "who": people[0], "people": people, "rows": [(EVIL,) * 3]}
    html = draw(source, tabs=[(EVIL, EVIL, True)], changes=[change], **given)
    assert "<script>" not in html
