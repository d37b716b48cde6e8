"""The doors of the room, each once: they call the rules and show what these say."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from core import clock
from core.models import Entry, Person
from core.scope import current
from risks import queries, services
from risks.effects import Decision
from risks.models import Acceptance, Methodology, Risk
from risks.workflow import ACCEPTANCE
from tests.makers import PASSWORD, make_management_system, make_manager
from tests.pages.conftest import confirmed
from tests.risks.makers import MILD, SENTENCE, make_assessed, make_control, make_risk, make_system, today

pytestmark = pytest.mark.django_db


def signed_in(person, *, recently=False):
    client = Client()
    if recently:
        answer = client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
        assert answer.status_code == 302
    else:
        client.force_login(person)
    return client


def person_of(actor):
    """The person behind an actor."""
    return Person.objects.get(pk=actor.person_id)


@pytest.fixture
def page(manager):
    """The manager's browser, without scripts."""
    return signed_in(person_of(manager))


def at(name, **parts):
    return reverse(name, kwargs={"slug": "risky", **parts})


def newest(record):
    """The version its page would send."""
    return str(type(record).objects.get(pk=record.pk).version)


def filled(owner, /, **fields):
    """What a browser sends when the form is filled in."""
    return {
        **SENTENCE, "title": "People are shut out", "whole_system": "on", "owner": str(owner.pk), "kind": "threat",
        "before_likelihood": "4", "before_individuals": "4", "today_follows": "yes", "way": "change_likelihood",
        **fields,
    }  # fmt: skip


def test_save_draft_keeps_what_was_typed_and_looks_the_level_up(page, owner):
    answer = page.post(at("risk_new"), filled(owner, step="save"))
    risk = Risk.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, at("risk_edit", ref=risk.ref))
    assert (risk.state, risk.before_level, risk.today_level) == (Risk.DRAFT, "high", "high")


def test_today_follows_before_without_scripts_until_it_is_rated_apart(page, owner):
    page.post(at("risk_new"), filled(owner, step="save"))
    risk = Risk.objects.get()
    stored = {"version": "1", "today_likelihood": "4", "today_individuals": "4"}
    page.post(at("risk_edit", ref=risk.ref), filled(owner, step="save", before_likelihood="5", **stored))
    risk.refresh_from_db()
    assert (risk.before_likelihood, risk.today_likelihood) == (5, 5)
    apart = {"version": "2", "today_likelihood": "2", "today_individuals": "4"}
    page.post(at("risk_edit", ref=risk.ref), filled(owner, step="save", before_likelihood="5", **apart))
    risk.refresh_from_db()
    assert (risk.before_likelihood, risk.today_likelihood) == (5, 2)


def test_marking_as_assessed_names_everything_that_is_missing_and_keeps_nothing(page):
    answer = page.post(at("risk_new"), {"step": "assess", "action_1_what": "Test each release"})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "<title>Error:" in text
    for says in (
        "Say in a few words what could happen", "Choose who owns this risk", "Rate the likelihood before controls",
        "Say why you rated", "Give action 1 a due date", "Choose who carries out action 1",
    ):  # fmt: skip
        assert text.count(says) >= 2, says
    assert "Rate the likelihood today" not in text
    assert 'value="Test each release"' in text
    assert not Risk.objects.exists()


def test_marking_as_assessed_with_a_plan(page, owner):
    action = {"action_1_what": "Rebuild", "action_1_owner": str(owner.pk), "action_1_due": "31 March 2030"}
    answer = page.post(at("risk_new"), filled(owner, step="assess", **action))
    risk = Risk.objects.get()
    assert answer["Location"] == at("risk", ref=risk.ref)
    assert (risk.state, risk.actions.get().what) == (Risk.IN_TREATMENT, "Rebuild")


def test_the_catalogue_fills_the_form_and_writes_nothing(page):
    before = Entry.objects.count()
    text = page.get(at("risk_new") + "?from=CAT-01").content.decode()
    assert "the model completes patterns" in text
    assert "CAT-01" in text
    assert Entry.objects.count() == before


def test_the_preview_answers_level_and_who_could_accept_and_writes_nothing(page, owner, approver):
    before = Entry.objects.count()
    unknown = {"before_likelihood": "0", "before_individuals": "5", "not_estimable_reason": "New"}
    text = page.post(at("risk_preview"), filled(owner, **unknown)).content.decode()
    assert "lv-critical" in text
    assert "Approver One, approver" in text
    assert "Owner One: up to Low" in text
    assert 'id="verdict" hx-swap-oob="true"' in text
    assert Entry.objects.count() == before


def test_a_stale_form_is_a_conflict_that_keeps_what_was_typed(page, manager, owner):
    risk = make_risk(manager, title="First")
    services.change_risk(actor=manager, risk=risk, title="Second")
    answer = page.post(at("risk_edit", ref=risk.ref), filled(owner, step="save", title="Third", version="1"))
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Second" in text
    assert 'value="Third"' in text


def test_saving_a_note_keeps_what_the_target_says_for_each_party(page, manager, owner):
    risk = make_risk(
        manager, title="Shut out", target_likelihood=1, target_consequences={"individuals": 3, "groups": 2}
    )
    sent = filled(owner, step="save", version=str(risk.version), target_likelihood="1", target_consequence="3")
    page.post(at("risk_edit", ref=risk.ref), sent)  # rates before and today, so the target follows once
    Risk.objects.filter(pk=risk.pk).update(target_consequences={"individuals": 3, "groups": 2})
    stored = {"today_likelihood": "4", "today_individuals": "4", "today_follows": "", "note": "A note"}
    risk.refresh_from_db()
    page.post(at("risk_edit", ref=risk.ref), {**sent, **stored, "version": str(risk.version)})
    risk.refresh_from_db()
    assert (risk.note, risk.target_consequences) == ("A note", {"individuals": 3, "groups": 2})


def test_foreign_ids_are_errors_beside_their_field(page, manager, owner):
    other = make_management_system()
    stranger = make_manager(other)
    foreign = services.add_action(actor=stranger, risk=make_risk(stranger), what="Elsewhere")
    before = Entry.objects.count()
    tries = {
        "systems": str(make_system(other).pk),
        "controls": str(make_control(other, "O.1").pk),
        "owner": str(stranger.person_id),
        "action_1_owner": str(stranger.person_id),
        "action_1_control": str(make_control(other, "O.2").pk),
    }
    before = Entry.objects.count()
    for name, value in tries.items():
        answer = page.post(at("risk_new"), filled(owner, **{"step": "save", name: value}))
        assert answer.status_code == 422, name
        assert f'id="id_{name}_error"' in answer.content.decode(), name
    answer = page.post(at("risk_new"), filled(owner, step="save", action_1_pk=str(foreign.pk), action_1_what="Mine"))
    assert answer.status_code == 422
    assert Entry.objects.count() == before
    assert page.get(at("risk", ref="RSK-1")).status_code == 404


@pytest.mark.usefixtures("approved")
def test_the_accept_page_signs_what_was_shown_and_never_for_the_author(manager, owner, approver):
    risk = make_assessed(manager, owner)
    acceptance = services.ask_for_acceptance(actor=manager, risk=risk)
    address = at("risk_acceptance", ref=acceptance.ref)
    decision = {
        "version": "1", "shown": ACCEPTANCE.shown_hash(acceptance), "valid_until": "1 March 2027",
        "reason": "Nurses read every answer.", "step": "accept",
    }  # fmt: skip
    author = signed_in(person_of(manager), recently=True)
    assert "Can do it: Approver One" in " ".join(author.get(address).content.decode().split())
    assert author.post(address, decision).status_code == 409
    decider = signed_in(person_of(approver), recently=True)
    assert decision["shown"] in decider.get(address).content.decode()
    decision["valid_until"] = today().replace(day=1, year=today().year + 1).isoformat()
    services.change_risk(actor=manager, risk=risk, cause="Something else")
    assert decider.post(address, decision).status_code == 409
    services.change_risk(actor=manager, risk=risk, cause=SENTENCE["cause"])
    assert decider.post(address, decision).status_code == 302
    acceptance.refresh_from_db()
    assert acceptance.state == Acceptance.ACCEPTED


def test_a_request_whose_risk_changed_names_who_can_withdraw_it(page, manager, owner, approver):
    risk = make_assessed(manager, owner)
    acceptance = services.ask_for_acceptance(actor=manager, risk=risk)
    address = at("risk_acceptance", ref=acceptance.ref)
    client = signed_in(person_of(approver))
    assert person_of(approver) in client.get(address).context["able"]
    services.change_risk(actor=manager, risk=risk, cause="Something else")
    able = client.get(address).context["able"]
    assert person_of(manager) in able and person_of(approver) not in able


def test_a_decision_asks_for_the_password_again_and_keeps_what_was_typed(manager, owner, approver):
    acceptance = services.ask_for_acceptance(actor=manager, risk=make_assessed(manager, owner))
    address = at("risk_acceptance", ref=acceptance.ref)
    client = signed_in(person_of(approver))
    answer = client.post(address, {"step": "accept", "reason": "My long reason", "version": "1"})
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert "My long reason" in client.get(f"{address}?draft=1").content.decode()


def test_return_with_question_asks_for_the_question(manager, owner, approver):
    acceptance = services.ask_for_acceptance(actor=manager, risk=make_assessed(manager, owner))
    client, address = signed_in(person_of(approver)), at("risk_acceptance", ref=acceptance.ref)
    assert client.post(address, {"step": "return", "version": "1"}).status_code == 422
    assert client.post(address, {"step": "return", "version": "1", "reason": "And nights?"}).status_code == 302
    assert "And nights?" in client.get(address).content.decode()


@pytest.fixture
def some_risks(manager, owner, tenant):
    """Risks all over the map, a draft and an opportunity."""
    system = make_system(tenant)
    for likelihood, consequences in ((0, {"individuals": 5}), (4, {"groups": 4}), (4, {"organisation": 4}), (1, MILD)):
        make_assessed(
            manager, owner, systems=[system], before_likelihood=likelihood, before_consequences=consequences,
            not_estimable_reason="New", target_likelihood=1, target_consequences=consequences,
        )  # fmt: skip
    make_assessed(manager, owner, before_likelihood=5, before_consequences={"society": 0})
    make_assessed(manager, owner, kind="opportunity")
    make_risk(manager, before_likelihood=4, before_consequences={"groups": 4})


def test_each_cell_of_the_maps_counts_the_rows_behind_its_link(page, some_risks):
    text = page.get(at("risk_heat")).content.decode()
    cells = re.findall(r'<a href="([^"]+place=[^"]+)"[^>]*>(\d+)</a>', text)
    assert sum(int(count) for _url, count in cells) == 12
    for url, count in cells:
        rows = page.get(url).context["listing"]
        assert rows.total == int(count), url
    assert any("today-0x5" in url for url, _count in cells)
    assert "1 draft is not on the maps" in text


def test_register_views_and_flags_count_their_rows(page, some_risks):
    listing = page.get(at("risks")).context["listing"]
    for tab in listing.tabs:
        assert page.get(tab.url).context["listing"].total == tab.count
    assert page.get(at("risks") + "?flag=above").context["listing"].total == 3


def test_every_flag_and_filter_of_the_registers_can_be_asked(page, some_risks):
    for name in ("risks", "risk_actions", "risk_acceptances"):
        filters = page.get(at(name)).context["listing"].filterset.filters
        for key in filters["flag"].conditions:
            assert page.get(f"{at(name)}?flag={key}").status_code == 200
    for query in (
        "system=SYS-1",
        "owner=me",
        "objective=C.2.8",
        "control=A.5.4",
        "level=high&sort=systems",
        "sort=-state",
    ):
        assert not page.get(f"{at('risks')}?{query}").context["listing"].ignored, query


@pytest.mark.parametrize(
    "name", ["risks", "risk_heat", "risk_actions", "risk_acceptances", "risk_catalogue", "risk_criteria", "risk_new"]
)
def test_pages_answer_members_and_nobody_else(name, page, some_risks):
    assert page.get(at(name)).status_code == 200
    stranger = signed_in(person_of(make_manager(make_management_system())))
    assert stranger.get(at(name)).status_code == 404
    assert Client().get(at(name)).status_code == 302


def test_an_external_auditor_reads_every_page_and_changes_nothing(auditor, manager, owner, some_risks, tenant):
    client = signed_in(auditor)
    risk = Risk.objects.filter(state=Risk.ASSESSED, kind="threat").first()
    action = services.add_action(actor=manager, risk=risk, what="Test")
    acceptance = services.ask_for_acceptance(actor=manager, risk=risk)
    for address in (
        at("risks"), at("risk", ref=risk.ref), at("risk_action", ref=action.ref), at("risk_heat"),
        at("risk_acceptance", ref=acceptance.ref), at("risk_criteria"),
    ):  # fmt: skip
        assert client.get(address).status_code == 200, address
    before = Entry.objects.count()
    refused = [
        (at("risk_new"), filled(owner, step="save")), (at("risk_edit", ref=risk.ref), filled(owner, step="save")),
        (at("risk_confirm", ref=risk.ref), {"sentence": "x"}), (at("risk_close", ref=risk.ref), {"reason": "x"}),
        (at("risk_reopen", ref=risk.ref), {"reason": "x"}), (at("risk_delete", ref=risk.ref), {}),
        (at("risk", ref=risk.ref), {"step": "ask_for_acceptance"}),
        (at("risk_action_new", ref=risk.ref), {"what": "x"}),
        (at("risk_action_edit", ref=action.ref), {"what": "x"}),
        (at("risk_action_done", ref=action.ref), {"outcome": "x"}),
        (at("risk_action_drop", ref=action.ref), {"outcome": "x"}),
        (at("risk_action_check", ref=action.ref), {"effectiveness": "effective"}),
        (at("risk_acceptance_withdraw", ref=acceptance.ref), {"reason": "x"}),
        (at("risk_acceptance", ref=acceptance.ref), {"step": "return", "reason": "x"}),
        (at("risk_criteria"), {"step": "submit"}), (at("risk_criteria_edit"), {}),
        (at("risk_opportunities"), {"conclusion": "x"}),
    ]  # fmt: skip
    for address, data in refused:
        assert client.post(address, data).status_code in (403, 404), address
    assert Entry.objects.count() == before


def test_still_right_takes_one_sentence(page, manager, owner):
    risk = make_assessed(manager, owner)
    address = at("risk_confirm", ref=risk.ref)
    assert "Why it is still right" in page.get(address).content.decode()
    answer = page.post(address, {"sentence": "Nothing changed.", "version": str(risk.version)})
    assert answer["Location"] == at("risk", ref=risk.ref)
    assert risk.assessments.count() == 2


def test_small_steps_of_a_risk_and_its_actions(page, manager, owner):
    risk = make_assessed(manager, owner)
    page.post(at("risk_action_new", ref=risk.ref), {"what": "Test", "owner": str(owner.pk), "due": "1 March 2030"})
    action = risk.actions.get()
    assert page.post(at("risk", ref=risk.ref), {"step": "treat", "version": str(risk.version)}).status_code == 302
    page.post(at("risk_action_done", ref=action.ref), {"outcome": "14 of 14", "version": "1"})
    page.post(at("risk_action_check", ref=action.ref), {"effectiveness": "effective", "version": "2"})
    action.refresh_from_db()
    assert (action.state, action.effectiveness) == ("done", "effective")
    page.post(at("risk_reopen", ref=risk.ref), {"reason": "New release", "version": newest(risk)})
    page.post(at("risk_close", ref=risk.ref), {"reason": "Switched off", "version": newest(risk)})
    risk.refresh_from_db()
    assert (risk.state, risk.closed_reason) == (Risk.CLOSED, "Switched off")
    assert "Switched off" in page.get(at("risk", ref=risk.ref)).content.decode()
    draft = make_risk(manager)
    assert confirmed(page, at("risk_delete", ref=draft.ref)).status_code == 302
    assert not Risk.objects.filter(pk=draft.pk).exists()


def test_criteria_are_changed_submitted_and_approved_on_their_page(page, manager, approver, tenant):
    form = page.get(at("risk_criteria_edit")).context["form"]
    data = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    data = {name: value for name, value in data.items() if value not in (None, False)}
    answer = page.post(at("risk_criteria_edit"), {**data, "cell_1_1": "medium", "version": "1"})
    assert answer.status_code == 302
    criteria = Methodology.objects.get(management_system=tenant)
    assert criteria.content["matrix"]["1"][0] == "medium"
    page.post(at("risk_criteria"), {"step": "submit", "version": newest(criteria)})
    client = signed_in(person_of(approver), recently=True)
    shown = client.get(at("risk_criteria")).context["shown"]
    assert (
        client.post(
            at("risk_criteria"), {"step": "approve", "shown": "0" * 64, "version": newest(criteria)}
        ).status_code
        == 409
    )
    assert (
        client.post(at("risk_criteria"), {"step": "approve", "shown": shown, "version": newest(criteria)}).status_code
        == 302
    )
    assert page.post(at("risk_criteria"), {"step": "revise"}).status_code == 302
    assert page.get(at("risk_criteria_version", number=1)).status_code == 200
    assert Methodology.objects.filter(management_system=tenant).count() == 2


def test_the_number_of_queries_does_not_grow_with_the_register(
    page, manager, owner, tenant, django_assert_max_num_queries
):
    system, control = make_system(tenant), make_control(tenant, "A.5.4")
    for _n in range(12):
        risk = make_assessed(manager, owner, systems=[system], controls=[control])
        services.add_action(actor=manager, risk=risk, what="Test", owner=owner)
        services.ask_for_acceptance(actor=manager, risk=risk)
    page.get(at("risks"))
    for name, most in (("risks", 22), ("risk_actions", 20), ("risk_acceptances", 20), ("risk_heat", 20)):
        with django_assert_max_num_queries(most):
            page.get(at(name))
    with django_assert_max_num_queries(12):
        book = queries.book(current(tenant.pk))
        touched = (book.above, book.actions, book.acceptances, book.systems_assessed, book.systems_not_assessed,
                   book.risks_by_control, [book.heat(when) for when in ("before", "today", "target")])  # fmt: skip
        assert [row.assessors for row in touched[3]]


def test_pages_show_a_past_moment_and_take_nothing_there(page, manager, owner, approver):
    risk = make_assessed(manager, owner, title="As it was called then")
    acceptance = services.ask_for_acceptance(actor=manager, risk=risk)
    then = clock.now().isoformat()
    services.withdraw_request(actor=manager, acceptance=acceptance)
    services.change_risk(actor=manager, risk=risk, title="As it is called now")
    for address in (at("risk", ref=risk.ref), at("risk_acceptance", ref=acceptance.ref), at("risks")):
        text = page.get(address, {"as_of": then}).content.decode()
        assert "As it was called then" in text, address
        assert 'value="accept"' not in text
        assert "Mark as assessed</a>" not in text
    for name in ("risk_heat", "risk_actions", "risk_acceptances", "risk_catalogue", "risk_criteria"):
        assert page.get(at(name), {"as_of": then}).status_code == 200
    assert page.get(at("risk_edit", ref=risk.ref), {"as_of": then}).status_code == 404
    assert page.post(at("risk", ref=risk.ref) + f"?as_of={then}", {"step": "treat"}).status_code == 404


def test_many_systems_are_named_by_reference(page, tenant, owner):
    systems = [make_system(tenant, f"System {n}") for n in range(41)]
    answer = page.post(at("risk_new"), filled(owner, step="save", systems="SYS-3, SYS-999"))
    assert answer.status_code == 422
    assert "SYS-999" in answer.content.decode()
    page.post(at("risk_new"), filled(owner, step="save", systems="SYS-3; sys-7"))
    risk = Risk.objects.get()
    assert {one.ref for one in risk.systems.all()} == {"SYS-3", "SYS-7"}
    assert len(systems) == 41
    assert "SYS-3, SYS-7" in page.get(at("risk_edit", ref=risk.ref)).content.decode()


def test_a_copy_starts_from_another_risk(page, manager, owner):
    risk = make_assessed(manager, owner)
    text = page.get(at("risk_new") + f"?copy={risk.ref}").content.decode()
    assert f"Copy of {risk.title}" in text


def test_a_bulk_preview_writes_days_as_the_language_does(page, manager, owner):
    risk = make_assessed(manager, owner)
    asked = page.post(at("risks"), {"pick": [str(risk.pk)], "step": "review"})
    stage = {"step": "review", "selection": asked.context["selection"], "next_review": "2027-03-31"}
    shown = page.post(at("risks"), {**stage, "stage": "preview"}).content.decode()
    assert "<b>31 Mar 2027</b>" in shown and risk.next_review.isoformat() not in shown


def test_bulk_steps_leave_accepted_and_foreign_rows_alone(page, manager, owner, approver):
    risk = make_assessed(manager, owner)
    data = {"step": "owner", "pick": str(risk.pk), "owner": str(approver.person_id)}
    assert page.post(at("risks"), data).status_code in (200, 422)
    risk.refresh_from_db()
    assert risk.owner_id == owner.pk


@pytest.mark.usefixtures("approved")
def test_an_owner_is_given_to_many_risks_in_one_step(page, manager, owner, approver, tenant):
    open_one, given = make_assessed(manager, owner), make_assessed(manager, owner)
    acceptance = services.ask_for_acceptance(actor=manager, risk=given)
    shown = ACCEPTANCE.shown_hash(acceptance)
    until = today().replace(day=1, year=today().year + 1)
    services.accept(actor=approver, acceptance=acceptance, shown_hash=shown, inputs=Decision(until, "Bearable."))
    picked = {"step": "owner", "pick": [str(open_one.pk), str(given.pk)]}
    asked = page.post(at("risks"), picked)
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', asked.content.decode()))
    chosen = {**hidden, "owner": str(manager.person_id)}
    preview = page.post(at("risks"), chosen).content.decode()
    assert "Manager One" in preview
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', preview))
    button = dict(re.findall(r'<button[^>]*name="([^"]+)" value="([^"]*)"', preview.split("<main")[1]))
    page.post(at("risks"), {**chosen, **hidden, **button})
    open_one.refresh_from_db()
    given.refresh_from_db()
    assert (open_one.owner_id, given.owner_id) == (manager.person_id, owner.pk)


def test_what_waits_for_somebody_else_leads_to_the_record_not_to_their_form(manager, owner, approver):
    risk = make_assessed(manager, owner)
    form = f'href="{at("risk_confirm", ref=risk.ref)}"'
    assert form in signed_in(owner).get(at("my_work")).content.decode()
    seen = signed_in(person_of(approver)).get(at("my_work"), {"of": str(owner.pk)}).content.decode()
    assert form not in seen and f'href="{at("risk", ref=risk.ref)}"' in seen


def test_a_closed_risk_offers_no_form_that_would_be_refused(manager, owner, page):
    risk = services.close(actor=manager, risk=make_assessed(manager, owner), reason="Retired.")
    shown = page.get(at("risk", ref=risk.ref)).content.decode()
    assert at("risk_edit", ref=risk.ref) not in shown and at("risk_reopen", ref=risk.ref) in shown


def test_a_control_is_called_by_its_title_in_the_readers_language(page, manager, owner, tenant):
    control = make_control(tenant, "A.3.2", title="AI roles and responsibilities")
    risk = make_assessed(manager, owner, controls=[control.pk])
    Person.objects.filter(pk=manager.person_id).update(language="de")
    for name in ("risk", "risk_edit", "risk_action_new"):
        html = page.get(at(name, ref=risk.ref)).content.decode()
        assert "A.3.2" in html
        assert "AI roles and responsibilities" not in html
