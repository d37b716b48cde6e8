"""The approval walk: needs, separation of duties, hashes, frozen versions, differences."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from controls import content, queries, words
from controls.models import Control
from controls.services import add_own_control, confirm_annex_b, decide_control, remove_own_control
from controls.workflow import ReturnedLines, Submission
from core import approvals, scope
from core.actor import ADMINISTRATOR, APPROVER, MANAGER
from core.errors import ContentChanged, Forbidden, NotFound, ReauthenticationNeeded, StepRefused
from core.models import Checkpoint, Comment, Entry
from core.services.people import rename_person
from core.workflow import offers, take
from tests.api.test_foundation import bearer
from tests.controls.makers import approve, approved, decide_all, make_house, make_system, ready, shown, submit
from tests.makers import actor_for, make_member

pytestmark = pytest.mark.django_db
OTHER = "A different reason, long enough to count."


def obstacles(refused) -> set[str]:
    return {obstacle.code for obstacle in refused.value.obstacles}


def test_submission_needs_every_decision_with_a_reason_and_both_confirmations():
    house = make_house("needs")
    with pytest.raises(StepRefused) as refused:
        submit(house)
    assert obstacles(refused) == {"undecided", "annex-a", "annex-b"}
    text = str(refused.value.obstacles[0].reason)
    assert text.startswith("38 controls are not decided: A.2.2, A.2.3")
    assert refused.value.obstacles[0].remedy == "/needs/soa/?show=undecided"
    decide_all(house)
    decide_control(actor=house.manager, code="A.9.3", reason="Too short")
    with pytest.raises(StepRefused) as refused:
        submit(house)
    assert obstacles(refused) == {"reasons", "annex-a", "annex-b"}
    assert "A.9.3" in str(refused.value.obstacles[0].reason)
    own = add_own_control(actor=house.manager, title="Ours")
    with pytest.raises(StepRefused) as refused:
        submit(house)
    assert own.code in str(refused.value.obstacles[0].reason)


def test_it_is_submitted_to_somebody_who_may_approve_and_wrote_nothing():
    house = make_house()
    ready(house)
    both = actor_for(make_member(house.tenant, MANAGER, APPROVER, name="Both Roles"), house.tenant)
    decide_control(actor=both, code="A.2.2", reason=OTHER)
    for person in (house.contributor.person_id, both.person_id, make_house().approver.person_id):
        with pytest.raises(ValidationError) as problem:
            take("submit", house.statement, actor=house.manager, inputs=Submission(to=person))
        assert list(problem.value.message_dict) == ["to"]
    assert house.statement.state == "working"
    assert submit(house).submitted_to_id == house.approver.person_id


def test_nobody_approves_their_own_work():
    house = make_house()
    both = actor_for(make_member(house.tenant, MANAGER, APPROVER), house.tenant)
    ready(house)
    decide_control(actor=both, code="A.2.2", reason=OTHER)
    submit(house)
    with pytest.raises(StepRefused) as refused:
        take("approve", house.statement, actor=both, shown_hash=shown(house))
    assert obstacles(refused) == {"own-work"}
    assert [person.pk for person in refused.value.obstacles[0].who] == [house.approver.person_id]
    with pytest.raises(Forbidden):
        take("approve", house.statement, actor=house.manager, shown_hash=shown(house))


def test_the_submitter_who_edited_nothing_cannot_approve_either():
    house = make_house()
    ready(house)
    both = actor_for(make_member(house.tenant, MANAGER, APPROVER), house.tenant)
    take("submit", house.statement, actor=both, inputs=Submission(to=house.approver.person_id))
    with pytest.raises(StepRefused) as refused:
        take("approve", house.statement, actor=both, shown_hash=shown(house))
    assert obstacles(refused) == {"own-work"}


def test_who_confirmed_or_removed_an_own_control_is_an_author_too():
    house = make_house()
    both = actor_for(make_member(house.tenant, MANAGER, APPROVER), house.tenant)
    approved(house)
    assert queries.authors_of(house.statement) == set()
    confirm_annex_b(actor=both)
    assert queries.authors_of(house.statement) in ({both.person_id}, {both.person_id, house.manager.person_id})
    house = make_house()
    both = actor_for(make_member(house.tenant, MANAGER, APPROVER), house.tenant)
    add_own_control(actor=house.manager, title="Ours")
    remove_own_control(actor=both, code="O.1")
    assert both.person_id in queries.authors_of(house.statement)


def test_what_a_token_of_nobody_wrote_counts_as_written_by_who_made_the_token():
    house = make_house()
    both = actor_for(make_member(house.tenant, MANAGER, APPROVER, ADMINISTRATOR), house.tenant)
    approved(house)
    sent = bearer(house.tenant, "read", "controls:write", actor=both)
    control = house.control("A.2.2")
    answer = sent.patch(
        f"/api/v1/{house.tenant.slug}/controls/{control.pk}/", {"reason": OTHER}, content_type="application/json",
        headers={"If-Match": f'"{control.version}"'},
    )  # fmt: skip
    assert answer.status_code == 200, answer.content
    assert queries.authors_of(house.statement) == {both.person_id}


def test_authors_are_counted_since_the_last_version():
    house = make_house()
    both = actor_for(make_member(house.tenant, MANAGER, APPROVER), house.tenant)
    ready(house)
    decide_control(actor=both, code="A.2.2", reason=OTHER)
    submit(house)
    first = approve(house)
    latest = queries.latest_of(first)
    assert set(latest.authors) == {str(both.person_id), str(house.manager.person_id)}
    decide_control(actor=house.manager, code="A.2.3", reason=OTHER)
    submit(house)
    take("approve", house.statement, actor=both, shown_hash=shown(house))
    assert queries.latest_of(house.statement).number == 2


def test_an_approval_binds_what_was_shown_and_needs_the_password():
    house = make_house()
    ready(house)
    submit(house)
    seen = shown(house)
    take("withdraw", house.statement, actor=house.manager)
    decide_control(actor=house.manager, code="A.2.2", reason=OTHER)
    submit(house)
    for wrong in (seen, None, "0" * 64):
        with pytest.raises(ContentChanged):
            take("approve", house.statement, actor=house.approver, shown_hash=wrong)
    tired = actor_for(house.person(house.approver), house.tenant, recently_authenticated=False)
    with pytest.raises(ReauthenticationNeeded):
        take("approve", house.statement, actor=tired, shown_hash=shown(house))
    assert queries.latest_of(house.statement) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("applies", "no"), ("where", "only"), ("drivers", ["law"]), ("reason", OTHER), ("implementation", "By hand"),
        ("status", "planned"), ("owner", None), ("proof", "EVD-1"), ("last_review", dt.date(2026, 1, 1)),
        ("next_review", dt.date(2030, 2, 2)),
    ],
)  # fmt: skip
def test_every_field_of_a_decision_is_bound(field, value):
    house = make_house()
    decide_all(house)
    before = shown(house)
    more = {"systems": [make_system(house).pk]} if field == "where" else {}
    decide_control(actor=house.manager, code="A.2.2", **{field: value}, **more)
    assert shown(house) != before


def test_only_the_submitter_withdraws_and_only_approvers_return_and_with_a_comment():
    house = make_house()
    ready(house)
    submit(house)
    other = actor_for(make_member(house.tenant, MANAGER), house.tenant)
    with pytest.raises(Forbidden):
        take("withdraw", house.statement, actor=other)
    with pytest.raises(Forbidden):
        take("return", house.statement, actor=house.manager, reason="No")
    with pytest.raises(StepRefused) as refused:
        take("return", house.statement, actor=house.approver, reason="  ")
    assert obstacles(refused) == {"reason-missing"}
    with pytest.raises(ValidationError):
        take("return", house.statement, actor=house.approver, reason="No", inputs=ReturnedLines({"A.1.1": "What?"}))
    lines = ReturnedLines({"A.2.2": "Which policy?", "A.2.3": "  "})
    returned = take("return", house.statement, actor=house.approver, reason="Say more.", inputs=lines)
    assert (returned.state, returned.return_comment) == ("returned", "Say more.")
    assert list(Comment.objects.order_by("created_at").values_list("line", "text")) == [
        ("", "Say more."),
        ("A.2.2", "Which policy?"),
    ]
    row = queries.soa_content(scope.current(house.tenant.pk)).row("A.2.2")
    assert [comment.text for comment in row.comments] == ["Which policy?"]


def test_after_a_return_it_is_mended_and_submitted_again_and_the_returner_may_still_approve():
    house = make_house()
    ready(house)
    submit(house)
    take("return", house.statement, actor=house.approver, reason="Say more.")
    decide_control(actor=house.manager, code="A.2.2", reason=OTHER)
    assert house.statement.state == "returned"
    submit(house)
    done = approve(house)
    assert (done.state, done.return_comment, done.returned_by_id) == ("approved", "", None)


def test_v1_never_changes_and_the_differences_name_exactly_the_changed_controls(django_capture_on_commit_callbacks):
    house = make_house()
    system = make_system(house)
    with django_capture_on_commit_callbacks(execute=True):
        approved(house)
    first = queries.latest_of(house.statement)
    assert Checkpoint.objects.filter(chain__management_system=house.tenant, occasion="approval").count() == 1
    text = first.content
    decide_control(actor=house.manager, code="A.2.2", reason=OTHER)
    decide_control(actor=house.manager, code="A.7.6", applies="no", drivers=["not_needed"])
    decide_control(actor=house.manager, code="A.9.4", where="only", systems=[system.pk])
    add_own_control(actor=house.manager, title="Ours", applies="yes", reason=OTHER)
    view = queries.soa_content(scope.current(house.tenant.pk))
    assert [found.code for found in view.differences] == ["A.2.2", "A.7.6", "A.9.4", "O.1"]
    assert [row.code for row in view.rows if row.differs] == ["A.2.2", "A.7.6", "A.9.4", "O.1"]
    assert not view.is_approved
    decide_control(actor=house.manager, code="A.2.2", reason=approvals.frozen(first)["controls"][0]["reason"])
    submit(house)
    approve(house)
    second, again = queries.versions_of(scope.current(house.tenant.pk), house.statement)
    assert (second.number, again.number) == (2, 1)
    assert again.content == text
    assert again.superseded_at is not None
    assert [found.code for found in content.differences(approvals.frozen(again), approvals.frozen(second))] == [
        "A.7.6", "A.9.4", "O.1",
    ]  # fmt: skip


def test_nothing_is_submitted_that_says_what_the_last_version_says():
    house = make_house()
    approved(house)
    reason = house.control("A.2.2").reason
    decide_control(actor=house.manager, code="A.2.2", reason=OTHER)
    decide_control(actor=house.manager, code="A.2.2", reason=reason)
    with pytest.raises(StepRefused) as refused:
        submit(house)
    assert obstacles(refused) == {"no-difference"}


def test_a_version_shows_the_names_people_bore_when_it_was_approved():
    house = make_house()
    approved(house)
    person = house.person(house.manager)
    rename_person(actor=house.manager, person=person, name="Manager Renamed")
    here, latest = scope.current(house.tenant.pk), queries.latest_of(house.statement)
    frozen = approvals.frozen(latest)
    assert queries.names_at(here, [frozen], latest.at)[str(person.pk)] == "Manager One"
    assert queries.names_at(here, [frozen])[str(person.pk)] == "Manager Renamed"
    assert "Manager" not in latest.content


def test_a_difference_reads_as_words():
    house = make_house()
    system = make_system(house)
    approved(house)
    decide_control(actor=house.manager, code="A.9.4", where="except", systems=[system.pk], owner=None, status="partly")
    view = queries.soa_content(scope.current(house.tenant.pk))
    people = queries.names_at(scope.current(house.tenant.pk), [view.approved, view.content])
    assert words.changed_rows(view.differences[0], people) == [
        ("Where", "All in-scope systems", f"All except {system.ref}"),
        ("Status", "In place", "Partly in place"),
        ("Owner", "Manager One", ""),
    ]


def test_steps_offered_say_who_could():
    house = make_house()
    ready(house)
    assert [offer.step.name for offer in offers(house.statement, house.manager) if offer.open] == ["submit"]
    assert offers(house.statement, house.contributor) == []
    submit(house)
    assert {offer.step.name for offer in offers(house.statement, house.approver) if offer.open} == {"return", "approve"}


def test_a_statement_of_another_management_system_is_not_found():
    here, there = make_house(), make_house()
    ready(there)
    with pytest.raises(NotFound):
        take("submit", there.statement, actor=here.manager, inputs=Submission(to=here.approver.person_id))


def test_an_approval_leaves_one_entry_for_each_record_it_writes():
    house = make_house()
    ready(house)
    submit(house)
    count = Entry.objects.filter(chain__management_system=house.tenant).count()
    approve(house)
    written = Entry.objects.filter(chain__management_system=house.tenant).order_by("seq")[count:]
    assert [entry.record_type for entry in written] == ["core.approval", "controls.statementofapplicability"]
    assert Control.objects.filter(management_system=house.tenant, version__gt=2).count() == 0
