"""Pages for tests and pictures only: every part once, a long form, a confirmation (the tests' ROOT_URLCONF)."""

import datetime as dt
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.template import RequestContext, Template
from django.urls import path

from config import urls
from controls.models import Control
from core import places
from core.change import change
from core.errors import Forbidden
from core.models import Profile
from core.pages import history, steps
from core.pages.fields import Boxes, DayField, Prose, RatingField, Segments
from core.pages.forms import PageForm, RecordForm
from core.pages.heat import HeatCell, Pin, heat_map
from core.pages.views import ConfirmPage, FormPage, MemberView
from core.workflow import Obstacle

HERE = Path(__file__).parent
LIKELIHOOD = [("1", "Rare"), ("2", "Unlikely"), ("3", "Possible"), ("4", "Likely"), ("5", "Almost certain")]
CONSEQUENCE = [(1, "Negligible"), (2, "Minor"), (3, "Moderate"), (4, "Major"), (5, "Severe")]
STATES = ["not_started", "planned", "partly_in_place", "in_place", "excluded", "draft", "closed"]
PARTIES = ("organisation", "individuals", "groups", "society", "environment")


def cell(consequence: int, likelihood: str) -> HeatCell:
    """Return a cell of a plain 5 × 5 matrix."""
    score = consequence * (5 if likelihood == "?" else int(likelihood))
    level = "critical" if score > 15 else "high" if score > 9 else "medium" if score > 4 else "low"
    count = 3 if score in {6, 12} else 1 if score == 20 else 0
    pins = (Pin("Today", "now"),) if score == 15 and likelihood == "3" else ()
    return HeatCell(level, count, "#rows", f"{count} risks, {level}", pins, unknown=likelihood == "?")


class Gallery(MemberView):
    """Every part once."""

    def get(self, request: Any) -> HttpResponse:
        """Draw the parts."""
        now = dt.datetime(2026, 11, 23, 12, 3, tzinfo=dt.UTC)
        owner = SimpleNamespace(name="Manager One")
        obstacle = Obstacle("own", "You assessed this risk; someone else must accept it.", "#ask", (owner,))
        context = {
            "tabs": [("Register", "#a", True), ("Heat map", "#b", False)],
            "now": now,
            "today": now.date(),
            "owner": owner,
            "who": [owner],
            "states": [(code, code.replace("_", " ").capitalize()) for code in STATES],
            "flags": [("Above criteria", True), "Review due"],
            "heat": heat_map(
                "Consequence down, likelihood across", [*LIKELIHOOD, ("?", "Cannot be estimated")], CONSEQUENCE, cell
            ),
            "areas": [
                (
                    "A.2",
                    [
                        {"ref": f"A.2.{n}", "title": "AI policy", "state": state, "label": state, "url": "#c"}
                        for n, state in enumerate([*STATES[:5], "undecided"])
                    ],
                )
            ],
            "changes": [
                history.Change(
                    "Reason rewritten",
                    "Manager One",
                    now,
                    "page",
                    "Audit of 3 October",
                    "A.9.4",
                    "#r",
                    [("Reason", "Copied from last year", "Rests on RSK-7"), ("Owner", "", "Manager One")],
                )
            ],
            "working": SimpleNamespace(pk=1, state="working", done=40, total=120, message="Reading rows", error=""),
            "failed": SimpleNamespace(pk=2, state="failed", done=0, total=0, message="", error="Row 7 has no name."),
            "offered": [
                steps.StepButton("assess", "Mark as assessed", primary=True),
                steps.StepButton("save", "Save draft"),
                steps.StepButton("accept", "Ask for acceptance", obstacles=(obstacle,)),
            ],
            "page": Paginator(range(130), 50).get_page(2),
        }
        source = Template((HERE / "gallery.html").read_text())
        return HttpResponse(source.render(RequestContext(request, context)))


class Progress(MemberView):
    """A job that is ready at the third look."""

    looks = 0

    def get(self, request: Any) -> HttpResponse:
        """Draw the meter: the page, or the part of it that htmx asks for."""
        Progress.looks += 1
        state = "ready" if Progress.looks > 2 else "working"
        job = SimpleNamespace(pk=7, state=state, done=Progress.looks, total=3, message="", error="")
        part = "{% load ui %}{% progress job request.path %}"
        frame = '{% extends "base.html" %}{% block title %}Job{% endblock %}{% block heading %}Job{% endblock %}'
        page = frame + "{% block content %}" + part.replace("{% load ui %}", "") + "{% endblock %}"
        source = (
            part
            if request.headers.get("HX-Request")
            else page.replace("{% block title", "{% load ui %}{% block title", 1)
        )
        return HttpResponse(Template(source).render(RequestContext(request, {"job": job})))


class RiskShape(RecordForm):
    """A long form with every kind of field."""

    starred = ("name", "classification")
    name = forms.CharField(label="Title", max_length=80)
    cause = forms.CharField(label="Because", help_text="The cause", widget=Prose(), required=False)
    likelihood = forms.ChoiceField(
        label="Likelihood",
        required=False,
        choices=[*((value, value) for value, _ in LIKELIHOOD), ("na", "?")],
        widget=Segments(
            {**dict(LIKELIHOOD), "na": "Cannot be estimated"},
            apart=("na",),
            says={"4": "4 Likely. Expected within a year at today's use."},
        ),
    )
    classification = forms.ChoiceField(
        label="Kind", choices=[("", "Choose"), ("Internal", "Threat"), ("Public", "Opportunity")]
    )
    review = DayField(label="Next review", required=False, help_text="For example 31 March 2027")
    who = forms.MultipleChoiceField(
        label="Who is affected", required=False, widget=Boxes(), choices=[("m", "Members"), ("s", "Staff")]
    )
    sure = forms.BooleanField(label="Compared with the catalogue", required=False, help_text="Once a year is enough")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for party in PARTIES:
            self.fields[party] = RatingField(
                label=party.capitalize(), says={"4": "4 Major. Lasting harm to a few people."}
            )


class Edit(FormPage):
    """Edits the profile through a form that looks like the risk form."""

    form_class = RiskShape

    def record(self) -> Profile:
        """Return the profile."""
        return Profile.objects.of(self.scope).get()

    def form_options(self) -> dict[str, Any]:
        """Return what is stored."""
        profile = self.record_or_none()
        return {"initial": {"name": profile.name, "classification": profile.classification}, "version": profile.version}

    def page_context(self, form: Any) -> dict[str, Any]:
        """Return the words."""
        return {"title": "Describe the risk", "back": "../"}

    def save(self, form: Any) -> str:
        """Store name and classification."""
        with change(self.actor, "sample.change") as unit:
            profile = unit.fetch(Profile, self.record_or_none().pk, form.expected_version)
            profile.name, profile.classification = form.cleaned_data["name"], form.cleaned_data["classification"]
            unit.save(profile)
        return "../parts/"


class Sure(ConfirmPage):
    """Asks before nothing happens."""

    def question(self) -> str:
        """Return the question."""
        return "Delete the draft RSK-20?"

    def consequences(self) -> tuple[str, ...]:
        """Return what else goes."""
        return ("Two actions planned for it are deleted too.",)

    def back(self) -> str:
        """Return the way back."""
        return "../parts/"

    def act(self) -> str:
        """Do nothing."""
        return "../parts/"


class Shut(MemberView):
    """Refuses everyone."""

    def get(self, request: Any) -> HttpResponse:
        """Refuse."""
        raise Forbidden("sample", "Only an approver may accept a risk above the criteria.", ["Approver One"])


class Small(PageForm):
    """A form of one field."""

    name = forms.CharField(label="Name")


urlpatterns = [
    path("<slug:slug>/parts/", Gallery.as_view(), name="sample_parts"),
    path("<slug:slug>/edit/", Edit.as_view(), name="sample_edit"),
    path("<slug:slug>/progress/", Progress.as_view(), name="sample_progress"),
    path("<slug:slug>/sure/", Sure.as_view(), name="sample_sure"),
    path("<slug:slug>/shut/", Shut.as_view(), name="sample_shut"),
    *urls.urlpatterns,
]
handler400, handler403, handler404, handler500, handler429 = (
    urls.handler400,
    urls.handler403,
    urls.handler404,
    urls.handler500,
    urls.handler429,
)
PLACES = (
    places.Place(
        "risks",
        "Parts",
        "sample_parts",
        count=lambda scope: Control.objects.of(scope),
        order=1,
        children=(places.Place("risks", "Register", "sample_parts"), places.Place("risks", "Form", "sample_edit")),
    ),
    places.Place("foot", "Help", "sample_sure", order=90),
    places.Place("ai", "Not built yet", "sample_nowhere", order=90),
)
