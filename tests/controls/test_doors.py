"""The pages: each door once, without scripts; what a person types is never lost; strangers and auditors."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from controls import queries
from controls.models import Control
from controls.services import add_own_control, decide_control
from core.models import Draft, Entry
from core.workflow import take
from tests.controls.makers import approved, decide_all, make_house, make_system, ready, shown, submit
from tests.makers import make_member, make_person
from tests.pages.conftest import confirmed

pytestmark = pytest.mark.django_db
OTHER = "A different reason, long enough to count."


def signed_in(house, actor) -> Client:
    client = Client()
    client.force_login(house.person(actor))
    return client


def authenticated(client, house, actor) -> Client:
    """A browser in which the password was given just now, by the sign-in page itself."""
    from tests.makers import PASSWORD  # noqa: PLC0415 (only here)

    client.logout()
    client.post(reverse("account_login"), {"login": house.person(actor).email, "password": PASSWORD})
    return client


def page(house, name, **more) -> str:
    return reverse(name, kwargs={"slug": house.tenant.slug, **more})


def row_data(house, code, **values):
    control = house.control(code)
    base = {
        "applies": control.applies, "where": control.where, "drivers": control.drivers, "reason": control.reason,
        "implementation": control.implementation, "status": control.status, "owner": str(control.owner_id or ""),
        "proof": control.proof, "last_review": "", "next_review": "", "version": control.version,
    }  # fmt: skip
    return {**base, **values}


def entries(house):
    return Entry.objects.filter(chain__management_system=house.tenant).count()


PAGES = ["soa", "soa_list", "soa_versions", "soa_differences"]


@pytest.mark.parametrize("name", PAGES)
def test_pages_answer_members_and_nobody_else(name):
    house = make_house()
    assert signed_in(house, house.contributor).get(page(house, name)).status_code == 200
    stranger = Client()
    stranger.force_login(make_person())
    assert stranger.get(page(house, name)).status_code == 404
    assert Client().get(page(house, name)).status_code == 302


def test_the_grid_shows_38_rows_in_nine_areas_and_every_number_leads_to_its_rows():
    house = make_house()
    system = make_system(house, supplier="Model maker")
    client = signed_in(house, house.manager)
    text = client.get(page(house, "soa")).content.decode()
    assert text.count("data-row=") == 38
    assert text.count('class="area"') == 9
    decide_all(house)
    decide_control(actor=house.manager, code="A.10.3", applies="no", drivers=["not_needed"])
    add_own_control(actor=house.manager, title="Model cards for buyers")
    text = client.get(page(house, "soa")).content.decode()
    assert "Model cards for buyers" in text
    assert f"Contradiction: {system.ref}" in text
    for show, codes in (("excluded", ["A.10.3"]), ("contradictions", ["A.10.3"]), ("undecided", ["O.1"])):
        found = client.get(page(house, "soa"), {"show": show}).content.decode()
        assert [row.split('"')[0] for row in found.split('data-code="')[1:]] == codes
    assert client.get(page(house, "soa"), {"show": "nonsense"}).status_code == 404


def test_the_grid_asks_the_same_number_of_queries_however_much_there_is(django_assert_max_num_queries):
    house = make_house()
    client = signed_in(house, house.manager)
    client.get(page(house, "soa"))

    def asked():
        with django_assert_max_num_queries(60) as captured:
            client.get(page(house, "soa"), {"drafts": 1})
        return [query["sql"] for query in captured]

    few = asked()
    approved(house)
    systems = [make_system(house, supplier="Maker", datasets="Claims") for _n in range(12)]
    for code in ("A.2.2", "A.4.2", "A.9.4"):
        decide_control(actor=house.manager, code=code, where="except", systems=[one.pk for one in systems])
    for number in range(5):
        add_own_control(actor=house.manager, title=f"Own {number}")
    many = asked()
    assert len(many) <= len(few) + 1  # the places of the frame may count one more table
    frame = ("django_session", "core_chain", "core_profile", "core_job", "COUNT(", 'FROM "core_person"')
    assert len([sql for sql in many if not any(word in sql for word in frame)]) <= 15


def test_a_row_is_saved_by_its_form_and_keeps_what_was_typed_when_it_is_wrong():
    house = make_house()
    client = signed_in(house, house.manager)
    address = page(house, "control_edit", code="A.2.2")
    assert client.get(address).status_code == 200
    wrong = client.post(address, row_data(house, "A.2.2", applies="yes", reason="Typed text", next_review="soon"))
    assert wrong.status_code == 422
    assert "Typed text" in wrong.content.decode()
    right = client.post(address, row_data(house, "A.2.2", applies="yes", reason="Typed text", drivers=["law"]))
    assert right.status_code == 302
    assert right.url.endswith("/soa/#A.2.2")
    control = house.control("A.2.2")
    assert (control.applies, control.reason, control.drivers) == ("yes", "Typed text", ["law"])


def test_a_stale_form_is_refused_shows_who_changed_what_and_keeps_the_text():
    house = make_house()
    client = signed_in(house, house.manager)
    data = row_data(house, "A.2.2", applies="yes", reason="What I typed")
    decide_control(actor=house.manager, code="A.2.2", reason="What the other saved")
    answer = client.post(page(house, "control_edit", code="A.2.2"), data)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "What I typed" in text and "What the other saved" in text and "Manager One" in text
    assert house.control("A.2.2").reason == "What the other saved"


@pytest.mark.parametrize("door", ["control_edit", "control_row"])
@pytest.mark.parametrize("field", ["owner", "systems"])
def test_foreign_ids_are_refused_beside_the_field(door, field):
    house, other = make_house(), make_house()
    foreign = make_system(other).pk if field == "systems" else other.manager.person_id
    values = {"where": "only", "systems": [str(foreign)]} if field == "systems" else {"owner": str(foreign)}
    count = entries(house)
    answer = signed_in(house, house.manager).post(page(house, door, code="A.2.2"), row_data(house, "A.2.2", **values))
    assert answer.status_code == 422
    if door == "control_row":
        assert list(answer.json()["errors"]) == [field]
    assert entries(house) == count


def test_the_grid_saves_one_cell_and_leaves_the_rest_of_the_row_alone():
    house = make_house()
    decide_all(house)
    client = signed_in(house, house.manager)
    before = house.control("A.2.2")
    count = entries(house)
    sent = {"only": ["reason"], "reason": OTHER, "version": before.version}
    answer = client.post(page(house, "control_row", code="A.2.2"), sent)
    told = answer.json()
    assert answer.status_code == 200
    assert OTHER in told["row"] and told["saved"].startswith("saved ") and "of 38 decided" in told["tally"]
    after = house.control("A.2.2")
    assert (after.reason, after.owner_id, after.next_review) == (OTHER, before.owner_id, before.next_review)
    assert entries(house) == count + 1
    stale = client.post(page(house, "control_row", code="A.2.2"), {**sent, "reason": "Mine"})
    assert stale.status_code == 409
    assert OTHER in stale.json()["conflict"]
    assert stale.json()["version"] == after.version
    again = client.post(page(house, "control_row", code="A.2.2"), {**sent, "version": after.version})
    assert again.status_code == 200
    assert entries(house) == count + 1


def test_the_owner_saves_through_the_page_what_is_theirs_and_sees_the_rest_locked():
    house = make_house()
    decide_control(actor=house.manager, code="A.2.2", applies="yes", reason=OTHER, owner=house.contributor.person_id)
    client = signed_in(house, house.contributor)
    answer = client.post(
        page(house, "control_edit", code="A.2.2"),
        row_data(house, "A.2.2", applies="no", reason="Taken over", status="in_place", implementation="Done so"),
    )
    assert answer.status_code == 302
    control = house.control("A.2.2")
    assert (control.applies, control.reason, control.status, control.implementation) == (
        "yes", OTHER, "in_place", "Done so",
    )  # fmt: skip
    assert client.get(page(house, "control_edit", code="A.2.3")).status_code == 403
    assert (
        client.post(page(house, "control_row", code="A.2.3"), {"only": ["status"], "status": "planned"}).status_code
        == 403
    )


def test_a_cell_typed_when_the_session_was_over_comes_back_in_its_form():
    house = make_house()
    client = signed_in(house, house.manager)
    grid = client.get(page(house, "soa")).content.decode()
    ticket = grid.split('data-code="A.2.2"')[1].split('data-ticket="')[1].split('"')[0]
    fields = json.dumps({"only": ["reason"], "reason": ["Typed in the grid"]})
    client.post(reverse("draft_park"), {"ticket": ticket, "version": 1, "fields": fields})
    assert Draft.objects.count() == 1
    assert "?draft=1" in client.get(page(house, "soa")).content.decode()
    form = client.get(page(house, "control_edit", code="A.2.2"), {"draft": 1}).content.decode()
    assert "Typed in the grid" in form
    signed_out = Client()
    sent = {"only": ["reason"], "reason": "Typed later", "version": 1, "draft_ticket": ticket}
    lost = signed_out.post(page(house, "control_row", code="A.2.2"), sent)
    assert lost.status_code == 302 and "draft%3D1" in lost.url
    led = client.get(page(house, "control_row", code="A.2.2"), {"draft": 1})
    assert "Typed later" in client.get(led.url).content.decode()
    client.post(page(house, "control_row", code="A.2.2"), {"only": ["reason"], "reason": "Typed later", "version": 1})
    assert not Draft.objects.exists()


def test_the_whole_walk_by_pages_submit_return_mend_approve():
    house = make_house()
    manager, approver = signed_in(house, house.manager), signed_in(house, house.approver)
    refused = manager.get(page(house, "soa_submit")).content.decode()
    assert "38 controls are not decided" in refused and "show=undecided" in refused
    blocked = manager.post(
        page(house, "soa_submit"), {"to": str(house.approver.person_id), "version": house.statement.version}
    )
    assert blocked.status_code == 409
    decide_all(house)
    for which in ("annex_a", "annex_b"):
        assert manager.post(page(house, "soa_confirm"), {"which": which}).status_code == 302
    assert (
        manager.post(
            page(house, "soa_submit"), {"to": str(house.approver.person_id), "version": house.statement.version}
        ).status_code
        == 302
    )
    assert "Submitted to Approver One" in manager.get(page(house, "soa")).content.decode()
    assert approver.post(page(house, "soa_return"), {"reason": ""}).status_code == 422
    returned = approver.post(
        page(house, "soa_return"),
        {"reason": "Say which law.", "line-A.2.2": "This one.", "version": house.statement.version},
    )
    assert returned.status_code == 302
    text = manager.get(page(house, "soa")).content.decode()
    assert "Say which law." in text and "1 control has a comment" in text
    manager.post(
        page(house, "control_row", code="A.2.2"),
        {"only": "reason", "reason": OTHER, "version": house.control("A.2.2").version},
    )
    manager.post(page(house, "soa_submit"), {"to": str(house.approver.person_id), "version": house.statement.version})
    asked = approver.get(page(house, "soa_approve")).content.decode()
    assert OTHER in asked and "Approve v1" in asked
    authenticated(approver, house, house.approver)
    done = approver.post(page(house, "soa_approve"), {"shown": shown(house)})
    assert done.status_code == 302
    assert "Approved v1" in manager.get(page(house, "soa")).content.decode()
    assert OTHER in manager.get(page(house, "soa_version", number=1)).content.decode()


def test_the_grid_keeps_because_of_when_the_answer_goes_to_no_and_back():
    house = make_house()
    decide_control(actor=house.manager, code="A.2.2", applies="yes", drivers=["law", "risk"], reason=OTHER)
    client = signed_in(house, house.manager)
    for answer in ("no", "yes"):
        sent = {"only": ["applies"], "applies": answer, "version": house.control("A.2.2").version}
        assert client.post(page(house, "control_row", code="A.2.2"), sent).status_code in (200, 302)
        assert house.control("A.2.2").applies == answer
    assert house.control("A.2.2").drivers == ["risk", "law"]
    sent = {"only": ["drivers"], "drivers": ["law"], "version": house.control("A.2.2").version}
    client.post(page(house, "control_row", code="A.2.2"), sent)
    assert house.control("A.2.2").drivers == ["law"]


def test_approving_asks_for_the_password_and_signs_only_what_was_shown():
    house = make_house()
    ready(house)
    submit(house)
    client = signed_in(house, house.approver)
    seen = shown(house)
    answer = client.post(page(house, "soa_approve"), {"shown": seen})
    assert answer.status_code == 302 and "reauthenticate" in answer.url
    authenticated(client, house, house.approver)
    take("withdraw", house.statement, actor=house.manager)
    decide_control(actor=house.manager, code="A.2.2", reason=OTHER)
    submit(house)
    changed = client.post(page(house, "soa_approve"), {"shown": seen})
    text = changed.content.decode()
    assert changed.status_code == 409
    assert "It changed while you looked at it" in text and shown(house) in text
    assert queries.latest_of(house.statement) is None


def test_nobody_approves_their_own_work_by_the_page():
    house = make_house()
    ready(house)
    both = make_member(house.tenant, "manager", "approver", name="Both Roles")
    submit(house)
    take("withdraw", house.statement, actor=house.manager)
    client = Client()
    client.force_login(both)
    sent = {"only": "reason", "reason": OTHER, "version": house.control("A.2.2").version}
    client.post(page(house, "control_row", code="A.2.2"), sent)
    submit(house)
    from tests.makers import PASSWORD  # noqa: PLC0415 (only here)

    client.logout()
    client.post(reverse("account_login"), {"login": both.email, "password": PASSWORD})
    answer = client.post(page(house, "soa_approve"), {"shown": shown(house)})
    assert answer.status_code == 409
    assert "You wrote part of this" in answer.content.decode()
    assert "Approver One" in answer.content.decode()
    assert house.statement.state == "submitted"


def test_the_approver_sees_everything_for_v1_and_then_only_the_difference():
    house = make_house()
    ready(house)
    submit(house)
    client = signed_in(house, house.approver)
    assert client.get(page(house, "soa_approve")).content.decode().count('class="soa-change"') == 38
    authenticated(client, house, house.approver)
    client.post(page(house, "soa_approve"), {"shown": shown(house)})
    decide_control(actor=house.manager, code="A.2.2", reason=OTHER)
    submit(house)
    text = client.get(page(house, "soa_approve")).content.decode()
    assert text.count('class="soa-change"') == 1 and "Approve v2" in text


@pytest.mark.parametrize(
    "name", ["soa_confirm", "soa_submit", "soa_withdraw", "soa_approve", "soa_return", "control_new"]
)
def test_an_external_auditor_reads_and_changes_nothing(name):
    house = make_house()
    ready(house)
    if name in {"soa_withdraw", "soa_approve", "soa_return"}:
        submit(house)
    auditor = Client()
    auditor.force_login(make_member(house.tenant, "external_auditor"))
    grid = auditor.get(page(house, "soa"))
    assert grid.status_code == 200 and "data-row=" not in grid.content.decode()
    assert auditor.get(page(house, "control", code="A.2.2")).status_code == 200
    count = entries(house)
    data = {
        "which": "annex_a",
        "to": str(house.approver.person_id),
        "reason": "No",
        "title": "Ours",
        "shown": shown(house),
    }
    assert auditor.post(page(house, name), data).status_code == 403
    assert auditor.post(page(house, "control_row", code="A.2.2"), {"only": "reason", "reason": "x"}).status_code == 403
    assert auditor.post(page(house, "control_edit", code="A.2.2"), row_data(house, "A.2.2")).status_code == 403
    assert entries(house) == count


def test_versions_and_differences_read_the_frozen_content():
    house = make_house()
    client = signed_in(house, house.contributor)
    assert "No version yet" in client.get(page(house, "soa_versions")).content.decode()
    assert "Nothing to compare yet" in client.get(page(house, "soa_differences")).content.decode()
    approved(house)
    decide_control(actor=house.manager, code="A.9.4", applies="no", drivers=["not_needed"], reason=OTHER)
    frozen = client.get(page(house, "soa_version", number=1)).content.decode()
    assert OTHER not in frozen and "Manager One" in frozen and "Approver One" in frozen
    assert '<td data-l="Because of">Risk</td>' in frozen and '<td data-l="Where">All in scope</td>' in frozen
    listed = client.get(page(house, "soa_versions")).content.decode()
    assert "v1" in listed and "Approver One" in listed
    text = client.get(page(house, "soa_differences")).content.decode()
    assert OTHER in text and text.count('class="soa-change"') == 1
    assert client.get(page(house, "soa_version", number=2)).status_code == 404
    assert client.get(page(house, "soa_differences"), {"from": "7"}).status_code == 404
    assert "Working copy differs from v1" in client.get(page(house, "soa")).content.decode()


def test_drafted_reasons_are_proposals_until_somebody_saves_them():
    house = make_house()
    first, second = make_system(house, supplier="Maker"), make_system(house, development="bought")
    client = signed_in(house, house.manager)
    assert "Draft from facts" not in client.get(page(house, "soa")).content.decode()
    text = client.get(page(house, "soa"), {"drafts": 1}).content.decode()
    said = f"Applies because {first.ref} and {second.ref} run on a supplier&#x27;s model or product"
    assert said in text
    assert house.control("A.10.3").reason == ""
    form = client.get(page(house, "control_edit", code="A.10.3"), {"use": "facts"}).content.decode()
    assert said in form and "It counts once you have looked it over" in form
    assert Control.objects.filter(management_system=house.tenant).exclude(reason="").count() == 0


def test_own_controls_are_added_and_removed_by_pages():
    house = make_house()
    client = signed_in(house, house.manager)
    added = client.post(page(house, "control_new"), {"title": "Model cards", "reason": ""})
    assert added.url == page(house, "control_edit", code="O.1")
    assert client.get(page(house, "control_remove", code="O.1")).status_code == 200
    assert confirmed(client, page(house, "control_remove", code="O.1")).status_code == 302
    assert not Control.objects.filter(management_system=house.tenant, own=True).exists()


def test_an_undecided_own_control_shows_in_the_head_of_the_grid():
    house = make_house()
    client = signed_in(house, house.manager)

    def head():
        return client.get(page(house, "soa")).content.decode().partition('id="tally"')[2].partition("</p>")[0]

    assert "own control" not in head()
    own = add_own_control(actor=house.manager, title="Prompt library")
    assert 'show=undecided">0</a></b> of 1 own control decided' in head()
    decide_control(actor=house.manager, code=own.code, applies="yes", reason="Our teams share prompts.")
    assert "<b>1</b> of 1 own control decided" in head()


def test_the_page_of_a_control_shows_its_history_and_any_past():
    house = make_house()
    decide_control(actor=house.manager, code="A.2.2", applies="yes", reason="First words")
    moment = Entry.objects.filter(chain__management_system=house.tenant).latest("seq").at
    decide_control(actor=house.manager, code="A.2.2", reason="Later words")
    client = signed_in(house, house.contributor)
    text = client.get(page(house, "control", code="A.2.2")).content.decode()
    assert "Later words" in text and "First words" in text and "Adopted from Annex A" in text
    past = client.get(page(house, "control", code="A.2.2"), {"as_of": moment.isoformat()}).content.decode()
    assert "First words" in past and "Later words" not in past
    assert client.get(page(house, "soa"), {"as_of": moment.isoformat()}).status_code == 200
    panel = client.get(page(house, "control", code="A.2.2"), {"panel": 1}).content.decode()
    assert "<html" not in panel and "Typical evidence" in panel
    assert client.get(page(house, "control", code="A.1.1")).status_code == 404


def test_the_submitter_takes_it_back_by_the_page():
    house = make_house()
    ready(house)
    submit(house)
    client = signed_in(house, house.manager)
    assert "Approver One is no longer asked" in client.get(page(house, "soa_withdraw")).content.decode()
    assert confirmed(client, page(house, "soa_withdraw")).status_code == 302
    assert house.statement.state == "working"
    submit(house)
    locked = client.get(page(house, "control_edit", code="A.2.2")).content.decode()
    assert "It is with Approver One for decision" in locked
    sent = {"only": "reason", "reason": OTHER, "version": house.control("A.2.2").version}
    refused = client.post(page(house, "control_row", code="A.2.2"), sent)
    assert refused.status_code in {409, 422} or house.control("A.2.2").reason != OTHER
    assert house.control("A.2.2").reason != OTHER
    assert client.post(page(house, "soa_confirm"), {"which": "annex_c"}).status_code == 404
