import datetime

import pytest
import time_machine
import yaml
from django.core.exceptions import ValidationError

from apis import services
from apis.effects import Accepting
from apis.facts import Window
from apis.findings import Exemption, Finding, OwnRule, PostureRun, RuleChoice
from apis.models import Artefact, Endpoint
from apis.queries_of_posture import groups, standings
from apis.rules_in_use import known_rules, own_code, own_rules, rules_in_use
from apis.services import Delivery, Looking, judge_service
from core import blobs, clock, ledger, workflow
from core.actor import operator
from core.change import change
from core.errors import Forbidden, Stale, StepRefused
from core.models import Entry
from core.scope import current
from tests.apis.posture.makers import (
    DOCUMENT,
    OPEN,
    READS,
    SAFE,
    looking,
    make_description,
    make_finding,
    make_service,
    soon,
)
from tests.apis.posture.test_engine import WHEN

pytestmark = pytest.mark.django_db


def judge(house, paths=None, service=None, **more):
    look = looking(paths, **more) if paths is not None else Looking(**more)
    return judge_service(actor=house.manager, service=service or house.service, looking=look)


def state_of(house, path="/a", rule=READS):
    return Finding.objects.get(service=house.service, rule=rule, path=path)


def accept(house, finding, actor=None, **inputs):
    inputs.setdefault("until", soon(house.tenant))
    actor = actor or house.manager
    return workflow.take("accept", finding, actor=actor, inputs=Accepting(**inputs), reason="Public on purpose.")


def test_a_run_keeps_what_it_finds_and_twice_is_once(house):
    run = judge(house, {"/a": OPEN, "/b": OPEN})
    again = judge(house, {"/a": OPEN, "/b": OPEN})
    assert run.new == Finding.objects.count() > 1
    assert (again.new, again.mended, again.reopened) == (0, 0, 0)
    found = state_of(house)
    assert (found.ref[:4], found.state, found.place, found.severity) == ("FND-", "open", "GET /a", "high")
    assert (found.source, found.method, found.title) == ("description", "GET", "Reading needs no credentials")
    assert Entry.objects.filter(record_id=str(found.pk)).count() == 1
    assert ledger.verify(ledger.chain_of(house.tenant.pk)).sound


def test_what_a_later_description_mends_is_mended_and_comes_back_with_why(house):
    judge(house, {"/a": OPEN})
    run = judge(house, {"/a": SAFE})
    assert run.mended == 1
    assert (state_of(house).state, bool(state_of(house).mended_at)) == ("mended", True)
    assert judge(house, {"/a": OPEN}).reopened == 1
    found = state_of(house)
    assert (found.state, found.mended_at, found.reopened_why) == ("open", None, "A later run found it again.")


def test_nothing_is_called_mended_where_a_rule_has_more_places_than_are_kept(house, monkeypatch):
    judge(house, {"/b": OPEN})
    monkeypatch.setattr("apis.posture.engine.MOST", 1)
    judge(house, {"/a": OPEN, "/b": OPEN})
    assert {state_of(house, path).state for path in ("/a", "/b")} == {"open"}


def test_an_operation_that_is_gone_takes_its_findings_along(house):
    judge(house, {"/a": OPEN, "/b": OPEN})
    judge(house, {"/b": OPEN})
    assert state_of(house).state == "mended"
    assert state_of(house, "/b").state == "open"


def window(template, **marks):
    return Window(WHEN, "h", "GET", template, "address:x", 10, {200: 10}, {}, 0, 0, WHEN, WHEN, marks)


def test_traffic_mends_only_what_it_would_have_shown(house):
    judge(house, windows=[window("/a", http=1), window("/b", http=2)])
    judge(house, windows=[window("/a")])
    by_path = dict(Finding.objects.filter(rule="aims:traffic:http").values_list("path", "state"))
    assert by_path == {"/a": "mended", "/b": "open"}
    judge(house, {"/a": SAFE})
    assert Finding.objects.get(rule="aims:traffic:http", path="/b").state == "open"


def test_a_run_over_traffic_leaves_what_the_description_told_and_keeps_its_score(house):
    first = judge(house, {"/a": OPEN})
    second = judge(house, windows=[window("/a", http=1)])
    assert state_of(house).state == "open"
    assert second.looked[READS] == first.looked[READS] == [1, 1]
    assert second.looked["aims:traffic:http"] == [1, 1]
    assert second.calls == 10
    assert judge(house, windows=[window("/a")]).points > second.points


def test_figures_follow_without_a_change_of_state(house):
    judge(house, windows=[window("/a", http=1)])
    judge(house, windows=[window("/a", http=7)])
    assert Finding.objects.get(rule="aims:traffic:http").params == {"calls": 7, "all": 10}


def test_a_finding_is_accepted_until_a_day_by_a_person(house):
    found = accept(house, make_finding(house.service))
    assert (found.state, found.accepted_by_id) == ("accepted", house.manager.person_id)
    assert (found.accepted_reason, found.accepted_until) == ("Public on purpose.", soon(house.tenant))
    judge(house, {"/a": OPEN})
    assert state_of(house).state == "accepted"
    assert not Exemption.objects.exists()


@pytest.mark.parametrize(
    ("inputs", "field"),
    [({"days": -1}, "until"), ({"days": 400}, "until"), ({"level": "world"}, "level")],
)
def test_an_acceptance_that_does_not_fit_is_refused(house, inputs, field):
    days = inputs.pop("days", 30)
    with pytest.raises(ValidationError) as caught:
        accept(house, make_finding(house.service), until=soon(house.tenant, days), **inputs)
    assert field in caught.value.message_dict


def test_who_may_accept(house):
    finding = make_finding(house.service)
    with pytest.raises(Forbidden):
        accept(house, finding, actor=house.reader)
    with pytest.raises(StepRefused):
        accept(house, finding, actor=operator(house.tenant.pk))
    assert accept(house, finding, actor=house.approver).state == "accepted"


def test_no_acceptance_without_a_reason(house):
    with pytest.raises(StepRefused):
        workflow.take("accept", make_finding(house.service), actor=house.manager, inputs=Accepting(soon(house.tenant)))


def test_for_an_endpoint_the_exemption_covers_that_endpoint_only(house):
    judge(house, {"/a": {"get": OPEN["get"], "post": OPEN["get"]}, "/b": OPEN})
    found = accept(house, state_of(house), level="endpoint")
    assert (found.exemption.level, found.exemption.method, found.exemption.path) == ("endpoint", "GET", "/a")
    assert state_of(house, "/b").state == "open"


def test_for_a_service_it_covers_what_is_there_and_what_comes(house):
    other = make_service(house.tenant, "Other")
    judge(house, {"/a": OPEN, "/b": OPEN})
    judge(house, {"/a": OPEN}, service=other)
    accept(house, state_of(house), level="service")
    judge(house, {"/a": OPEN, "/b": OPEN, "/c": OPEN})
    states = set(Finding.objects.filter(service=house.service, rule=READS).values_list("path", "state"))
    assert states == {("/a", "accepted"), ("/b", "accepted"), ("/c", "accepted")}
    assert Finding.objects.get(service=other, rule=READS).state == "open"


def test_for_a_rule_it_covers_every_service(house):
    other = make_service(house.tenant, "Other")
    judge(house, {"/a": OPEN})
    judge(house, {"/a": OPEN}, service=other)
    accept(house, state_of(house), level="rule")
    assert Finding.objects.get(service=other, rule=READS).state == "accepted"


def test_a_finding_about_no_endpoint_has_no_endpoint_to_accept(house):
    judge(house, {"/a": {"get": {**OPEN["get"], "security": [{"nowhere": []}]}}})
    scheme = Finding.objects.filter(service=house.service, path="").first()
    assert scheme is None or pytest.raises(ValidationError, accept, house, scheme, level="endpoint")
    with change(operator(house.tenant.pk), "test.finding") as unit:
        plain = unit.save(
            Finding(service=house.service, rule="x", title="x", fingerprint="f", severity="low", found_at=unit.now)
        )
    with pytest.raises(ValidationError):
        accept(house, plain, level="endpoint")


def test_an_acceptance_that_expired_opens_the_finding_again(house):
    accept(house, make_finding(house.service), until=soon(house.tenant, 1))
    with time_machine.travel(datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=4), tick=True):
        run = judge(house, {"/a": OPEN})
    assert run.reopened == 1
    found = state_of(house)
    assert (found.state, found.reopened_why, found.accepted_reason) == ("open", "The acceptance has expired.", "")


def test_a_person_opens_it_again_with_a_reason(house):
    found = accept(house, make_finding(house.service), level="service")
    back = workflow.take("reopen", found, actor=house.manager, reason="It is not public any more.")
    assert (back.state, back.reopened_why) == ("open", "It is not public any more.")
    assert (back.exemption, back.accepted_by) == (None, None)
    judge(house, {"/a": OPEN})
    assert state_of(house).state == "open"


def test_what_was_mended_and_comes_back_under_an_exemption_is_accepted(house):
    accept(house, make_finding(house.service), level="service")
    judge(house, {"/a": SAFE})
    judge(house, {"/a": OPEN})
    assert (state_of(house).state, state_of(house).accepted_reason) == ("accepted", "Public on purpose.")


def test_an_exemption_that_ends_opens_what_it_covered(house):
    judge(house, {"/a": OPEN, "/b": OPEN})
    found = accept(house, state_of(house), level="service")
    with pytest.raises(Forbidden):
        services.end_exemption(actor=house.reader, exemption=found.exemption)
    with pytest.raises(Stale):
        services.end_exemption(actor=house.manager, exemption=found.exemption, expected_version=9)
    ended = services.end_exemption(actor=house.manager, exemption=found.exemption)
    assert ended.ended_at
    assert {state_of(house, path).state for path in ("/a", "/b")} == {"open"}
    with pytest.raises(ValidationError):
        services.end_exemption(actor=house.manager, exemption=ended)
    judge(house, {"/a": OPEN, "/b": OPEN, "/c": OPEN})
    assert state_of(house, "/c").state == "open"


def test_severity_is_changed_with_a_reason_and_stays(house):
    finding = make_finding(house.service)
    with pytest.raises(ValidationError) as caught:
        services.change_finding(actor=house.manager, finding=finding, severity="low")
    assert "severity_reason" in caught.value.message_dict
    services.change_finding(
        actor=house.manager, finding=finding, severity="low", severity_reason="Only a list of names."
    )
    judge(house, {"/a": OPEN})
    assert state_of(house).severity == "low"


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"severity": "fatal"}, "severity"),
        ({"ticket": "javascript:alert(1)"}, "ticket"),
        ({"state": "mended"}, "state"),
    ],
)
def test_what_cannot_be_set_is_refused(house, fields, named):
    with pytest.raises(ValidationError) as caught:
        services.change_finding(actor=house.manager, finding=make_finding(house.service), **fields)
    assert named in caught.value.message_dict


def test_a_ticket_is_kept_and_readers_may_not_set_it(house):
    finding = make_finding(house.service)
    with pytest.raises(Forbidden):
        services.change_finding(actor=house.reader, finding=finding, ticket="https://t.example/1")
    services.change_finding(actor=house.manager, finding=finding, ticket="https://t.example/1")
    with pytest.raises(Stale):
        services.change_finding(actor=house.manager, finding=finding, expected_version=finding.version, ticket="")
    assert state_of(house).ticket == "https://t.example/1"


OWN = {
    "code": "owner-named", "title": "No owner is named", "severity": "high", "unit": "operation",
    "must": [{"field": "written.x-owner", "operator": "present"}], "where": [],
}  # fmt: skip


def test_own_rules_are_judged_with_the_others_and_can_rest(house):
    rule = services.save_own_rule(actor=house.manager, **OWN)
    judge(house, {"/a": OPEN})
    found = Finding.objects.get(rule="own:owner-named")
    assert (found.severity, found.title, own_code(rule)) == ("high", "No owner is named", "own:owner-named")
    services.save_own_rule(actor=house.manager, rule=rule, active=False, title="Nobody is named")
    judge(house, {"/a": SAFE})
    assert Finding.objects.get(rule="own:owner-named").state == "resting"
    assert "own:owner-named" in known_rules(current(house.tenant.pk))
    assert "own:owner-named" not in {one.code for one in rules_in_use(current(house.tenant.pk))}


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"must": [{"field": "secret", "operator": "present"}]}, "must"),
        ({"severity": "fatal"}, "severity"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_own_rules_that_cannot_be_used_say_why(house, changed, named):
    with pytest.raises(ValidationError) as caught:
        services.save_own_rule(actor=house.manager, **{**OWN, **changed})
    assert named in caught.value.message_dict


def test_the_code_of_a_rule_is_its_own_and_stays(house):
    rule = services.save_own_rule(actor=house.manager, **OWN)
    with pytest.raises(ValidationError):
        services.save_own_rule(actor=house.manager, **OWN)
    with pytest.raises(ValidationError):
        services.save_own_rule(actor=house.manager, rule=rule, code="other")
    with pytest.raises(Forbidden):
        services.save_own_rule(actor=house.reader, **{**OWN, "code": "mine"})


def test_a_stored_rule_that_no_longer_fits_is_left_out(house):
    with change(operator(house.tenant.pk), "test.rule") as unit:
        unit.save(OwnRule(code="old", title="Old", unit="moon", must=[]))
    assert own_rules(current(house.tenant.pk)) == []


def test_rules_of_the_product_are_chosen_with_a_reason(house):
    with pytest.raises(ValidationError):
        services.choose_rule(actor=house.manager, code=READS, on=False)
    with pytest.raises(ValidationError):
        services.choose_rule(actor=house.manager, code="nothing", on=True)
    with pytest.raises(Forbidden):
        services.choose_rule(actor=house.reader, code=READS, on=True)
    services.choose_rule(actor=house.manager, code=READS, on=False, reason="All is public here.")
    judge(house, {"/a": OPEN})
    assert not Finding.objects.filter(rule=READS).exists()
    services.choose_rule(actor=house.manager, code=READS, on=True)
    assert RuleChoice.objects.count() == 1
    judge(house, {"/a": OPEN})
    assert state_of(house).state == "open"


def test_findings_of_a_rule_that_is_switched_off_rest_at_once_and_come_back_as_they_were(house):
    judge(house, {"/a": OPEN, "/b": OPEN})
    accepted = accept(house, state_of(house, "/b"))
    services.choose_rule(actor=house.manager, code=READS, on=False, reason="All is public.")
    assert {state_of(house).state, state_of(house, "/b").state} == {"resting"}
    assert READS not in [group.code for group in groups(current(house.tenant.pk))]
    entry = Entry.objects.filter(record_id=str(state_of(house).pk)).latest("seq")
    assert (entry.action, entry.reason) == ("apis.rules.choose", "All is public.")
    judge(house, {"/a": SAFE, "/b": OPEN})
    assert state_of(house).state == "resting"
    with pytest.raises(StepRefused):
        workflow.take("reopen", state_of(house), actor=house.manager, reason="I want it.")
    services.choose_rule(actor=house.manager, code=READS, on=True)
    back, kept = state_of(house), state_of(house, "/b")
    assert (back.state, back.reopened_why) == ("open", "Its rule is used again.")
    assert (kept.state, kept.accepted_until, kept.accepted_by) == (
        "accepted",
        accepted.accepted_until,
        accepted.accepted_by,
    )
    judge(house, {"/a": SAFE, "/b": OPEN})
    assert (state_of(house).state, state_of(house, "/b").state) == ("mended", "accepted")


@pytest.mark.parametrize("how", ["ended", "expired"])
def test_an_acceptance_that_no_longer_holds_does_not_come_back_with_its_rule(house, how):
    judge(house, {"/a": OPEN})
    accept(house, state_of(house), level=Exemption.RULE, until=soon(house.tenant, 1))
    services.choose_rule(actor=house.manager, code=READS, on=False, reason="For now.")
    days = 0
    if how == "ended":
        services.end_exemption(actor=house.manager, exemption=Exemption.objects.get())
        assert state_of(house).state == "resting"
    else:
        days = 9
    with time_machine.travel(clock.now() + datetime.timedelta(days=days), tick=False):
        services.choose_rule(actor=house.manager, code=READS, on=True)
    found = state_of(house)
    assert (found.state, found.exemption, found.accepted_until) == ("open", None, None)


def test_a_run_lets_findings_rest_that_a_rule_switched_off_before_had_left(house):
    judge(house, {"/a": OPEN})
    services.choose_rule(actor=house.manager, code=READS, on=False, reason="For now.")
    Finding.objects.filter(rule=READS).update(state="open")
    run = judge(house, {"/a": OPEN})
    assert state_of(house).state == "resting" and READS not in run.looked
    RuleChoice.objects.update(on=True)
    assert judge(house, {"/a": OPEN}).reopened == 1
    assert state_of(house).state == "open"


def test_the_score_counts_rules_in_use_only_from_the_moment_they_are_switched_off(house):
    judge(house, {"/a": OPEN})
    [before] = standings(current(house.tenant.pk), [house.service])
    assert READS in {part.rule.code for part in before.score.parts}
    services.choose_rule(actor=house.manager, code=READS, on=False, reason="For now.")
    [after] = standings(current(house.tenant.pk), [house.service])
    assert READS not in {part.rule.code for part in after.score.parts} and after.score.points >= before.score.points


def test_findings_of_an_own_rule_come_back_when_it_is_active_again(house):
    rule = services.save_own_rule(actor=house.manager, **OWN)
    judge(house, {"/a": OPEN})
    services.save_own_rule(actor=house.manager, rule=rule, active=False)
    assert Finding.objects.get(rule=own_code(rule)).state == "resting"
    services.save_own_rule(actor=house.manager, rule=rule, active=True)
    assert Finding.objects.get(rule=own_code(rule)).state == "open"


def test_the_button_judges_by_the_description_and_says_so(house):
    assert services.judge_again(actor=house.manager, service=house.service).looked == {}
    service = make_description(house.service, {"/a": OPEN})
    run = services.judge_again(actor=house.manager, service=service)
    assert (run.description, run.description_hash) == ("chat.yaml", service.description_sha256)
    assert state_of(house).state == "open"
    Artefact.objects.update(sha256="f" * 64)
    assert services.judge_again(actor=house.manager, service=service).description == "Chat"
    blobs.path(house.tenant.pk, service.description_sha256).unlink()
    assert services.judge_again(actor=house.manager, service=service).mended == 0
    with pytest.raises(Forbidden):
        services.judge_again(actor=house.reader, service=service)


LINE = '1.2.3.4 - - [{at}] "GET /a HTTP/1.1" 200 12 "-" "x"\n'


def delivered(house, day, query="", name="a"):
    at = f"{day:02}/Nov/2026:10:00:00 +0000"
    line = LINE.format(at=at).replace("/a HTTP", f"/a{query} HTTP")
    return Delivery((line * 5).encode() + name.encode(), f"{name}.log", house.service.host)


def test_what_is_brought_in_is_judged_at_once(house):
    service = house.service
    services.bring(actor=house.manager, delivery=delivered(house, 1, "?api_key=1"))
    found = Finding.objects.get(service=service, rule="aims:traffic:credentials-in-query")
    assert (found.state, found.params["calls"], found.path) == ("open", 5, "/a")
    services.bring(actor=house.manager, delivery=delivered(house, 5, name="b"))
    assert Finding.objects.get(pk=found.pk).state == "open"
    services.bring(actor=house.manager, delivery=delivered(house, 20, name="c"))
    assert Finding.objects.get(pk=found.pk).state == "mended"


def test_a_description_that_is_brought_in_is_judged_and_then_compared_with_traffic(house):
    content = yaml.safe_dump({**DOCUMENT, "paths": {"/b": OPEN}}).encode()
    services.bring(actor=house.manager, delivery=Delivery(content, "chat.yaml", house.service.host))
    assert state_of(house, "/b").state == "open"
    services.bring(actor=house.manager, delivery=delivered(house, 1))
    assert Finding.objects.get(rule="aims:traffic:undescribed", path="/a").state == "open"
    assert state_of(house, "/b").state == "open"
    runs = PostureRun.objects.filter(service=house.service).count()
    services.bring(actor=house.manager, delivery=delivered(house, 1))
    assert PostureRun.objects.filter(service=house.service).count() == runs


def test_a_run_that_finds_nothing_else_is_not_kept_unless_somebody_asked(house):
    first = judge(house, {"/a": OPEN})
    look = looking({"/a": OPEN})
    assert judge_service(actor=house.manager, service=house.service, looking=look, again=False) == first
    assert judge_service(actor=house.manager, service=house.service, looking=look) != first


def test_a_run_says_how_things_stand(house):
    run = judge(house, {"/a": OPEN})
    assert run.counts["high"] == 1
    assert 0 < run.points < 100
    assert str(PostureRun.objects.get()).startswith(house.service.ref)
    assert judge(house, service=make_service(house.tenant, "Empty")).points is None


def test_exemptions_of_other_services_and_rules_cover_nothing_here(house):
    finding = make_finding(house.service)
    other = make_service(house.tenant, "Other")
    assert not Exemption(level="service", rule=READS, service=other).covers(finding)
    assert not Exemption(level="rule", rule="x").covers(finding)
    assert Exemption(level="rule", rule=READS).covers(finding)
    assert str(RuleChoice(rule="x")) == "x"


def first_somebody_else(monkeypatch, module, other):
    """Let somebody else write at the moment before a run locks the chain, once."""
    real, been = ledger.lock_head, []

    def locked(tenant):
        if not been:
            been.append(True)
            other()
        return real(tenant)

    monkeypatch.setattr(f"{module}.ledger.lock_head", locked)


def test_two_runs_at_once_find_once(house, monkeypatch):
    first_somebody_else(monkeypatch, "apis.services.posture", lambda: judge(house, {"/a": OPEN}))
    run = judge(house, {"/a": OPEN, "/b": OPEN})
    places = Finding.objects.filter(rule=READS).values_list("place", flat=True)
    assert (sorted(places), run.new) == (["GET /a", "GET /b"], Finding.objects.count() - PostureRun.objects.first().new)


@pytest.mark.parametrize("way", ["learned", "merged"])
def test_findings_of_paths_that_became_part_of_a_wider_one_are_mended(house, way):
    def bring(*paths, name):
        told = "".join(LINE.format(at="01/Nov/2026:10:00:00 +0000").replace("/a HTTP", f"{path}?api_key=1 HTTP")
                       for path in paths)  # fmt: skip
        services.bring(actor=house.manager, delivery=Delivery(told.encode(), name, house.service.host))

    rows = Finding.objects.filter(rule="aims:traffic:credentials-in-query")
    bring("/v1/items/a1", "/v1/items/b2", name="few")
    assert set(rows.values_list("path", "state")) == {("/v1/items/a1", "open"), ("/v1/items/b2", "open")}
    if way == "merged":
        first = Endpoint.objects.get(template="/v1/items/a1")
        services.name_path(actor=house.manager, endpoint_id=first.pk, template="/v1/items/{item_id}")
    bring(*(f"/v1/items/c{n}" for n in range(9)), name="many")
    assert set(rows.exclude(state="mended").values_list("path", "state")) == {("/v1/items/{item_id}", "open")}
    assert rows.filter(state="mended").count() == 2
