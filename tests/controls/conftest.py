"""A browser, a server that shares the test's transaction, and a house with systems and a half-decided statement."""

import datetime as dt

import pytest
from django.conf import settings
from django.test import Client

from controls.models import Control
from controls.services import add_own_control, confirm_annex_a, decide_control
from core.change import change
from tests.controls.makers import approved, make_house, make_system, submit
from tests.shell.conftest import served

__all__ = ["served"]

DONE = {
    "A.2.2": ("in_place", "One policy directs every AI system; supervisors ask for it.", ["law", "business"]),
    "A.2.3": ("partly", "Security, privacy and staff policies must not contradict the AI policy.", ["contract"]),
    "A.4.2": ("in_place", "What is not listed cannot be retired in time.", ["risk", "law"]),
    "A.5.2": ("in_place", "Triage, scoring and hiring change people's lives.", ["law", "impact"]),
    "A.6.2.4": ("partly", "Triage and credit models are tested before release.", ["risk", "law"]),
    "A.6.2.8": ("in_place", "Advice must be traceable to the version that gave it.", ["risk"]),
    "A.9.4": ("planned", "Scores are used for one purpose only.", ["risk"]),
}


@pytest.fixture(scope="session")
def chromium(browser):
    """The run's Chromium; it keeps an event loop in this thread, beside which the database is used."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield browser


@pytest.fixture
def house(db):
    """A house with four systems."""
    made = make_house("sample", name="Sample Mutual", time_zone="Europe/Berlin")
    make_system(
        made, name="Instalment credit scoring", development="in_house", datasets="Claims 2019 to 2025", stage="OM"
    )
    make_system(
        made, name="Member chatbot", development="bought", supplier="Model maker", affected="Members", stage="OM"
    )
    make_system(
        made, name="Symptom triage", ai_act_class="HIGH_RISK_ANNEX_III", personal_data="yes", affected="Patients"
    )
    make_system(made, name="Code assistant", development="bought", supplier="Another maker")
    return made


@pytest.fixture
def filled(house):
    """v1 approved, then three edits, one of them contradicted by systems, two controls undecided again."""
    approved(house)
    records = {control.code: control for control in Control.objects.filter(management_system=house.tenant)}
    for code, (status, reason, drivers) in DONE.items():
        records[code].status, records[code].reason, records[code].drivers = status, reason, drivers
        records[code].implementation = "Test plan with preset limits, kept per version"
        records[code].proof = "Policy v2, signed"
    with change(house.manager, "controls.decide") as unit:
        unit.save_many([records[code] for code in DONE])
    everything = list(house.control("A.9.4").systems.model.objects.filter(management_system=house.tenant))
    decide_control(actor=house.manager, code="A.10.2", where="only", systems=[everything[1].pk, everything[3].pk])
    decide_control(
        actor=house.manager, code="A.10.3", applies="no", drivers=["not_needed", "not_required"],
        reason="No supplier provides anything that matters here.", next_review=dt.date(2027, 1, 15),
    )  # fmt: skip
    for code in ("A.8.5", "A.9.3"):
        decide_control(actor=house.manager, code=code, applies="undecided", reason="", drivers=[])
    add_own_control(actor=house.manager, title="Model cards for every system that is sold")
    confirm_annex_a(actor=house.manager)
    return house


@pytest.fixture
def asked(house):
    """v1 approved, two edits, submitted again."""
    approved(house)
    decide_control(
        actor=house.manager, code="A.2.2", reason="One policy directs every AI system; supervisors ask for it."
    )
    decide_control(
        actor=house.manager, code="A.10.3", applies="no", drivers=["not_needed"],
        reason="No supplier provides anything that matters here.",
    )  # fmt: skip
    submit(house)
    return house


@pytest.fixture
def cookies(house):
    """Cookies of a person of the house by role."""

    def of(who: str) -> dict[str, str]:
        client = Client()
        client.force_login(house.person(getattr(house, who)))
        return {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}

    return of


@pytest.fixture
def browse(chromium, served, cookies):
    """Open a page as somebody of the house."""
    contexts = []

    def opened(path: str, who: str = "manager", width: int = 1440):
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, base_url=served, reduced_motion="reduce"
        )
        context.add_cookies([{"name": name, "value": value, "url": served} for name, value in cookies(who).items()])
        page = context.new_page()
        page.goto(path, wait_until="networkidle")
        contexts.append(context)
        return page

    yield opened
    for context in contexts:
        context.close()
