"""Whatever is typed or asked for, by whom: an answer in words, never a failure; refused means that nothing changed."""

import html

import pytest
from django.db import transaction
from django.utils.html import strip_tags

from aims.services.systems import register_system
from controls.services import add_own_control, decide_control
from core.models import Entry, Membership
from core.services.members import invite
from risks import services
from risks.services.actions import add_action
from tests.makers import actor_for, make_management_system, make_member
from tests.pages.conftest import browser
from tests.risks.makers import make_assessed, make_risk
from tests.security.crawl import forms, pages

pytestmark = pytest.mark.django_db
thorough = pytest.mark.exploration
"""Every role, page and form: a minute or two. The first test is a sample of it on every run and on Postgres."""
ROLES = ("administrator", "manager", "contributor", "approver", "internal_auditor", "external_auditor")
QUERIES = (
    "page=0", "page=-1", "page=1000000000", "page=abc", "page=%00", "sort=nope", "sort=-", "sort=%00", "q=%00",
    "q=" + "x" * 5000, "nope=1", "view=nope", "show=nope", "columns=%00&columns=ref", "export=nope", "draft=1",
    "as_of=garbage", "as_of=0001-01-01", "as_of=9999-12-31", "as_of=2026-02-31", "as_of=%00", "as_of=1999-01-01",
    "owner=nope&state=%00&level=x&flag=nope&until=31.2.2026&who=%F0&since=0001-01-01&system=%27", "%ff=%fe",
)  # fmt: skip
SCRIPT = "<script>alert(1)</script>\"'{{ 7|add:7 }}"
WORDS = {
    "empty": "", "too long": "x" * 10_000, "NUL": "a\x00b", "HTML": SCRIPT, "right to left": "\u202eלא\u202c 😀",
    "huge": "9" * 400, "negative": "-1", "infinite": "1e999", "first year": "0001-01-01", "last year": "9999-12-31",
    "no day": "31 February 2026", "JSON": "[" * 3000, "superscript": "²",
}  # fmt: skip
ASIDE = {"appearance", "draft_park", "draft_discard", "account_logout"}
"""Forms of the shell that write no record; they have tests of their own."""


AUDITING = {"report_ask", "history_check", "checkpoint"}
"""What an external auditor sends: reports are asked for, seals checked and taken away."""


@pytest.fixture
def place():
    """A management system with something of everything, its people by role."""
    tenant = make_management_system("odd", name="Sample Mutual", time_zone="Europe/Berlin")
    people = {role: make_member(tenant, role, name=f"{role.replace('_', ' ').capitalize()} One") for role in ROLES}
    administrator, actor = (actor_for(people[role], tenant) for role in ("administrator", "manager"))
    owner = people["contributor"]
    register_system(actor=actor, name="Symptom triage", owner=owner)
    add_action(actor=actor, risk=make_risk(actor, owner=owner), what="Label the buttons", owner=owner.pk)
    services.ask_for_acceptance(actor=actor, risk=make_assessed(actor, owner))
    make_assessed(actor, owner)
    add_own_control(actor=actor, title="Prompt library")
    decide_control(actor=actor, code="A.2.2", applies="yes", reason="A policy for AI is needed.", owner=owner)
    invite(actor=administrator, email="x@example.org", roles=["contributor"])
    return people


@pytest.fixture
def foreign():
    """Ids of another management system: a person, a system, a risk, a membership."""
    tenant = make_management_system("elsewhere")
    person = make_member(tenant, "manager")
    actor = actor_for(person, tenant)
    system = register_system(actor=actor, name="Elsewhere")
    return [str(one.pk) for one in (person, system, make_risk(actor), Membership.objects.get(person=person))]


def last():
    return Entry.objects.order_by("-id").values_list("id", flat=True).first()


def fault_of(answer, changed):
    """What is wrong with an answer; "" when nothing is."""
    text = "" if answer.streaming else answer.content.decode(errors="replace")
    if answer.status_code >= 500:
        return f"answered {answer.status_code}"
    if answer.status_code >= 400 and changed:
        return f"answered {answer.status_code} and wrote"
    if answer.status_code >= 400 and len(" ".join(strip_tags(text.partition("<main")[2] or text).split())) < 20:
        return f"answered {answer.status_code} without a word"
    return "and the script came back" if SCRIPT in text else ""


def sent(client, form, values):
    """Send a form, judge the answer, take back what it did; returns (answer, fault)."""
    before = last()
    with transaction.atomic():
        answer = client.post(form.action, values)
        fault = fault_of(answer, last() != before)
        transaction.set_rollback(True)
    return answer, fault


@pytest.mark.data
def test_a_sample_of_forms_and_addresses_answers_hostile_words(place, foreign):
    client, faults = browser(place["manager"]), []
    found, dead = pages(client, "/odd/", "/odd/", parameters=False)
    assert dead == []
    mixes = (["NUL", "HTML"], ["too long", "huge", "last year"], [*foreign, "first year"])
    for number, (route, form) in enumerate(forms(found)):
        if route not in ASIDE:
            words = [WORDS.get(one, one) for one in mixes[number % len(mixes)]]
            names = [name for name in form.values if name not in {"version", "shown"}]
            values = {name: words[at % len(words)] for at, name in enumerate(names)}
            _answer, fault = sent(client, form, {**form.values, **values, **dict(form.buttons[:1])})
            faults += [f"{route}: {fault}"] if fault else []
    for number, name in enumerate(sorted(key[0] for key in found)):
        path = found[name,].path.partition("?")[0]
        fault = fault_of(client.get(f"{path}?{QUERIES[number % len(QUERIES)]}"), False)
        faults += [f"{path}: {fault}"] if fault else []
    assert faults == []


@thorough
@pytest.mark.parametrize("role", ROLES)
def test_no_link_leads_nowhere_and_odd_addresses_are_answered(place, role):
    client = browser(place[role])
    found, dead = pages(client, "/odd/", "/odd/")
    assert dead == [] and len(found) > 25
    before, faults = last(), []
    for number, (name, *asked) in enumerate(found):
        if asked:
            continue
        path = found[name,].path.partition("?")[0]
        for query in QUERIES[number % 8 :: 8]:  # every page a part, every part some pages
            fault = fault_of(client.get(f"{path}?{query}"), last() != before)
            faults += [f"{path}?{query[:80]} {fault}"] if fault else []
    assert faults == []


@thorough
def test_every_form_answers_whatever_is_typed_in_words_and_keeps_it(place, foreign):
    client, faults, statuses = browser(place["manager"]), [], set()
    found, _dead = pages(client, "/odd/", "/odd/")
    for number, (route, form) in enumerate(forms(found)):
        if route in ASIDE:
            continue
        hostile = {**WORDS, **{f"foreign {at}": pk for at, pk in enumerate(foreign)}}
        for what, value in list(hostile.items())[number % 3 :: 3]:  # every form a third, every word a third of forms
            keep = {"version", "shown", *(name for name, _value in form.buttons)}
            values = {name: one if name in keep else value for name, one in form.values.items()}
            answer, fault = sent(client, form, {**values, **dict(form.buttons[:1])})
            statuses.add(answer.status_code)
            if not fault and answer.status_code == 422 and what in {"too long", "HTML", "right to left", "no day"}:
                text = html.unescape(answer.content.decode())
                lost = [name for name in form.texts & set(values) if f'name="{name}"' in text and value not in text]
                fault = f"lost what was typed: {lost}" if lost else ""
            faults += [f"{route} with {what}: {fault}"] if fault else []
    assert faults == []
    assert {302, 422} <= statuses


@thorough
def test_a_form_without_fields_or_with_another_version_changes_nothing(place):
    client, faults = browser(place["manager"]), []
    found, _dead = pages(client, "/odd/", "/odd/")
    for route, form in forms(found):
        if route in ASIDE:
            continue
        button = dict(form.buttons[:1])
        tries = {"nothing": {}, "only the button": button, "more": {**form.values, **button, "state": "approved"}}
        if any(form.values.get("version", ())):  # a form of something stored
            tries |= {f"version {one}": {**form.values, **button, "version": one} for one in ("0", "-1", "²", "99")}
        for what, values in tries.items():
            before = last()
            answer, fault = sent(client, form, values)
            if "version" in what and answer.status_code == 302 and not fault:
                fault = "went on"
            faults += [f"{route} with {what}: {fault}"] if fault else []
            assert last() == before
    assert faults == []


@thorough
def test_an_external_auditor_changes_nothing_by_any_form(place):
    found, _dead = pages(browser(place["manager"]), "/odd/", "/odd/")
    auditor, faults = browser(place["external_auditor"]), []
    for route, form in forms(found):
        if route in ASIDE or route in AUDITING:
            continue
        before = last()
        with transaction.atomic():
            answer = auditor.post(form.action, {**form.values, **dict(form.buttons[:1])})
            wrote = last() != before
            transaction.set_rollback(True)
        if wrote or answer.status_code not in {403, 404, 405}:
            faults.append(f"{route} answered {answer.status_code}{' and wrote' if wrote else ''}")
    assert faults == []
