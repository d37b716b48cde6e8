import datetime

import orjson
import pytest
import time_machine
from django.test import Client

from apis import services
from apis.effects import Accepting
from apis.findings import Exemption, Finding, OwnRule, RuleChoice
from apis.posture_room import exemptions_ending
from apis.queries_of_posture import sarif_of, standings
from core import clock, workflow
from core.models import Person
from core.scope import current
from tests.apis.posture.makers import OPEN, READS, SAFE, make_description, make_service, soon
from tests.apis.posture.test_findings import OWN

pytestmark = pytest.mark.django_db
P = "/north/apis/posture/"


@pytest.fixture
def judged(house):
    house.service = make_description(house.service, {"/a": OPEN, "/b": OPEN, "/safe": SAFE})
    services.judge_again(actor=house.manager, service=house.service)
    house.finding = Finding.objects.get(rule=READS, path="/a")
    house.client = client_of(house.manager)
    return house


def client_of(actor):
    client = Client()
    client.force_login(Person.objects.get(pk=actor.person_id))
    return client


def page(house, path, status=200, **params):
    answer = house.client.get(f"{P}{path}", params)
    assert answer.status_code == status, answer.content[:400]
    return answer.content.decode()


def test_posture_begins_with_words_and_no_figures(house):
    house.client = client_of(house.manager)
    assert "Nothing was judged yet" in page(house, "")
    assert "Not judged yet" in page(house, f"services/{house.service.ref}/")
    house.service.delete()
    assert "No service yet" in page(house, "")


def test_posture_is_grouped_by_rule_and_service_and_leads_to_the_rows(judged):
    shown = page(judged, "")
    assert "Reading needs no credentials" in shown
    assert f"findings/?rule={READS}&amp;service={judged.service.ref}".replace(":", "%3A") in shown
    assert "OWASP" in page(judged, f"findings/{judged.finding.ref}/")
    assert page(judged, "findings/", rule=READS).count(">FND-") >= 2


def test_a_score_comes_with_the_rules_behind_it(judged):
    shown = page(judged, f"services/{judged.service.ref}/")
    assert "What the score is made of" in shown
    assert "Reading needs no credentials" in shown
    assert "found everything in order" in shown


def test_the_button_judges_and_says_what_came_of_it(judged):
    make_description(judged.service, {"/a": OPEN, "/safe": SAFE})
    answer = judged.client.post(f"{P}services/{judged.service.ref}/", follow=True)
    assert "mended" in answer.content.decode()
    assert Finding.objects.get(rule=READS, path="/b").state == "mended"
    page(judged, f"findings/{Finding.objects.get(rule=READS, path='/b').ref}/")
    judged.client = client_of(judged.reader)
    assert judged.client.post(f"{P}services/{judged.service.ref}/").status_code == 403
    assert judged.client.get(f"{P}services/API-99/").status_code == 404


def test_a_finding_says_why_it_matters_how_to_mend_it_and_what_it_supports(judged):
    shown = page(judged, f"findings/{judged.finding.ref}/")
    for words in (
        "Why it matters",
        "How to mend it",
        "API2:2023",
        "CWE-306",
        "APR-09",
        "A.9.4",
        "1 more place",
        "GET /a",
    ):
        assert words in shown
    assert judged.client.get(f"{P}findings/FND-999/").status_code == 404


def test_a_code_of_owasp_is_never_taken_for_a_service_of_ours(judged):
    for path in ("", "rules/"):
        assert page(judged, path).count("API2:2023") == page(judged, path).count("OWASP API2:2023") > 0


def test_accepting_and_opening_again_on_the_page(judged):
    one = f"findings/{judged.finding.ref}/"
    version = judged.finding.version
    assert "This finding only" in page(judged, f"{one}accept/")
    sent = {"level": "service", "until": soon(judged.tenant).isoformat(), "reason": "Public.", "version": version}
    assert judged.client.post(f"{P}{one}accept/", {**sent, "until": "1999-01-01"}).status_code == 422
    assert judged.client.post(f"{P}{one}accept/", sent).status_code == 302
    exemption = Exemption.objects.get()
    shown = page(judged, one)
    assert exemption.ref in shown
    assert "Public." in page(judged, f"exemptions/{exemption.ref}/")
    assert exemption.ref in page(judged, "exemptions/")
    judged.finding.refresh_from_db()
    assert "Re-open" in page(judged, f"{one}reopen/")
    assert (
        judged.client.post(f"{P}{one}reopen/", {"reason": "Not public.", "version": judged.finding.version}).status_code
        == 302
    )
    assert "Not public." in page(judged, one)
    assert "open again" in page(judged, f"exemptions/{exemption.ref}/end/")
    assert judged.client.post(f"{P}exemptions/{exemption.ref}/end/", {"version": exemption.version}).status_code == 302
    assert "Ended" in page(judged, f"exemptions/{exemption.ref}/")


def test_severity_and_ticket_on_the_page(judged):
    one = f"findings/{judged.finding.ref}/"
    assert "ticket" in page(judged, f"{one}edit/")
    sent = {"severity": "low", "severity_reason": "Names only.", "ticket": "https://t.example/1", "version": 1}
    assert judged.client.post(f"{P}{one}edit/", sent).status_code == 302
    shown = page(judged, one)
    assert "https://t.example/1" in shown
    assert "Names only." in shown
    assert "Ticket" in page(judged, "findings/", flag="ticket")


def test_readers_read_and_are_offered_nothing(judged):
    judged.client = client_of(judged.reader)
    shown = page(judged, f"findings/{judged.finding.ref}/")
    assert "accept/" not in shown
    page(judged, f"findings/{judged.finding.ref}/accept/", status=403)
    page(judged, "rules/new/", status=403)


def test_many_are_accepted_at_once_and_with_a_ticket(judged):
    rows = Finding.objects.filter(rule=READS)
    picked = {"step": "accept", "pick": [str(one.pk) for one in rows], "stage": "preview",
              "until": soon(judged.tenant).isoformat(), "reason": "Public on purpose"}  # fmt: skip
    preview = judged.client.post(f"{P}findings/", picked)
    assert preview.status_code == 200
    judged.client.post(f"{P}findings/", {**picked, "stage": "apply"})
    assert {(one.state, one.accepted_reason) for one in rows.all()} == {("accepted", "Public on purpose")}
    again = judged.client.post(f"{P}findings/", {**picked, "stage": "apply"}).content.decode()
    assert "It is not open." in again


def test_sarif_holds_what_the_address_lists(judged):
    answer = judged.client.get(f"{P}sarif/", {"rule": READS})
    assert "posture.sarif" in answer["Content-Disposition"]
    [run] = orjson.loads(answer.content)["runs"]
    assert {one["ruleId"] for one in run["results"]} == {READS}
    assert {one["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] for one in run["results"]} == {
        "GET /a",
        "GET /b",
    }
    assert f"{P}findings/{judged.finding.ref}/" in run["results"][0]["hostedViewerUri"]
    until = Accepting(soon(judged.tenant))
    workflow.take("accept", judged.finding, actor=judged.manager, inputs=until, reason="Public.")
    results = orjson.loads(judged.client.get(f"{P}sarif/", {"state": "accepted"}).content)["runs"][0]["results"]
    assert results[0]["suppressions"][0]["justification"] == "Public."
    assert orjson.loads(judged.client.get(f"{P}sarif/", {"state": "nonsense"}).content)["runs"][0]["results"] == []


def test_rules_are_listed_and_chosen(judged):
    shown = page(judged, "rules/")
    assert "Reading needs no credentials" in shown
    assert "Stop using this rule" in page(judged, f"rules/{READS}/choose/")
    assert judged.client.post(f"{P}rules/{READS}/choose/", {"reason": ""}).status_code == 422
    assert judged.client.post(f"{P}rules/{READS}/choose/", {"reason": "All is public."}).status_code == 302
    assert RuleChoice.objects.get().on is False
    assert "Use this rule" in page(judged, f"rules/{READS}/choose/")
    assert judged.client.get(f"{P}rules/nothing/choose/").status_code == 404


def test_a_rule_of_ones_own_is_written_line_by_line(judged):
    assert "written.x-owner" in page(judged, "rules/new/")
    sent = {"code": "owner-named", "title": "No owner is named", "severity": "high", "unit": "operation",
            "apr": "APR-01", "where": "method one_of GET, POST\ntags is public", 
            "must": "written.x-owner present\nparameters at_most 3", "active": "on"}  # fmt: skip
    wrong = judged.client.post(f"{P}rules/new/", {**sent, "must": "nonsense"})
    assert "Line 1" in wrong.content.decode()
    wrong = judged.client.post(f"{P}rules/new/", {**sent, "must": "secret present\npath at_least x"}).content.decode()
    assert "Condition 1" in wrong
    assert judged.client.post(f"{P}rules/new/", sent).status_code == 302
    rule = OwnRule.objects.get()
    assert rule.where[0] == {"field": "method", "operator": "one_of", "value": ["GET", "POST"]}
    assert rule.must == [
        {"field": "written.x-owner", "operator": "present"}, {"field": "parameters", "operator": "at_most", "value": 3},
    ]  # fmt: skip
    shown = page(judged, f"rules/own/{rule.ref}/")
    assert "parameters at_most 3" in shown
    sent["title"] = "Nobody is named"
    assert judged.client.post(f"{P}rules/own/{rule.ref}/", {**sent, "version": rule.version}).status_code == 302
    assert "Nobody is named" in page(judged, "rules/")


def test_a_finding_of_a_rule_that_is_gone_is_still_shown(judged):
    rule = services.save_own_rule(actor=judged.manager, **OWN)
    services.judge_again(actor=judged.manager, service=judged.service)
    found = Finding.objects.filter(rule="own:owner-named").first()
    OwnRule.objects.filter(pk=rule.pk).update(unit="moon")
    assert "no longer there" in page(judged, f"findings/{found.ref}/")
    page(judged, "")
    page(judged, "findings/")
    assert judged.client.get(f"{P}sarif/").status_code == 200


def test_exemptions_that_end_fall_due_for_who_accepted(judged):
    inputs = Accepting(soon(judged.tenant, 20), "service")
    workflow.take("accept", judged.finding, actor=judged.manager, inputs=inputs, reason="Public.")
    dues = exemptions_ending(current(judged.tenant.pk))
    [row] = list(dues.rows)
    due = dues.due(row)
    assert "ends" in str(due.what)
    row.until -= datetime.timedelta(days=40)
    assert "expired" in str(dues.due(row).what)


def test_findings_of_a_neighbour_are_not_there(judged, django_assert_max_num_queries):
    other = make_service(judged.tenant, "Other")
    assert judged.client.get(f"/south/apis/posture/services/{other.ref}/").status_code == 404
    with django_assert_max_num_queries(40):
        page(judged, "findings/")
    with django_assert_max_num_queries(40):
        page(judged, "")


def test_a_rule_that_is_switched_off_twice_at_once_stays_off(judged):
    for status in (302, 409):
        sent = {"reason": "All is public.", "version": 0}
        assert judged.client.post(f"{P}rules/{READS}/choose/", sent).status_code == status
    assert RuleChoice.objects.get().on is False


def test_the_page_that_switches_a_rule_off_says_what_becomes_of_its_findings(judged):
    number = Finding.objects.filter(rule=READS, state="open").count()
    assert f"Used no more, it takes {number} finding" in page(judged, f"rules/{READS}/choose/")
    judged.client.post(f"{P}rules/{READS}/choose/", {"reason": "All is public.", "version": 0})
    assert not Finding.objects.filter(rule=READS, state="open").exists()
    assert f"Used again, it brings back {number} finding" in page(judged, f"rules/{READS}/choose/")
    finding = Finding.objects.filter(rule=READS).first()
    told = page(judged, f"findings/{finding.ref}/")
    assert "Rule not used" in told and "All is public." in told and "It comes back as it was" in told
    assert finding.ref in page(judged, "findings/?state=resting")
    assert number > 1 and f"{number - 1} more place" in told


def test_a_score_names_as_many_rules_as_it_is_made_of_after_one_was_switched_off(judged):
    def named():
        return standings(current(judged.tenant.pk), [judged.service])[0].rules

    before = named()
    judged.client.post(f"{P}rules/{READS}/choose/", {"reason": "All is public.", "version": 0})
    assert named() == before - 1
    assert f"by {before - 1} rules" in page(judged, "")


def test_where_no_rule_costs_points_the_page_says_so_instead_of_drawing_an_empty_table(judged):
    for code in {one.rule for one in Finding.objects.all()}:
        services.choose_rule(actor=judged.manager, code=code, on=False, reason="For now.")
    told = page(judged, f"services/{judged.service.ref}/")
    assert "100 of 100" in told and "No rule costs points." in told and "Points lost" not in told


def test_the_score_is_one_figure_everywhere_whatever_was_accepted_since(judged):
    def scores():
        told = judged.client.get(f"{P}services/{judged.service.ref}/").content.decode()
        [standing] = standings(current(judged.tenant.pk), [judged.service])
        assert f"{standing.score.points} of 100" in told
        assert f"<b>{standing.score.points}</b>" in judged.client.get("/north/apis/").content.decode()
        return standing.points[-1], standing.score.points

    before = scores()
    finding = Finding.objects.filter(rule=READS).first()
    workflow.take("accept", finding, actor=judged.manager, inputs=Accepting(soon(judged.tenant, 1)), reason="Open.")
    after = scores()
    assert after[0] == after[1] > before[0] == before[1]
    with time_machine.travel(clock.now() + datetime.timedelta(days=5), tick=False):
        [expired] = standings(current(judged.tenant.pk), [judged.service])
        assert expired.score.points == before[1]


def test_an_acceptance_that_has_expired_suppresses_nothing_for_other_tools(judged):
    finding = Finding.objects.filter(rule=READS).first()
    workflow.take("accept", finding, actor=judged.manager, inputs=Accepting(soon(judged.tenant, 1)), reason="Open.")

    def suppressed():
        told = sarif_of(current(judged.tenant.pk), Finding.objects.all(), lambda one: "")
        return ["suppressions" in one for one in told["runs"][0]["results"]]

    assert suppressed().count(True) == 1
    with time_machine.travel(clock.now() + datetime.timedelta(days=5), tick=False):
        assert not any(suppressed())


def test_a_file_for_other_tools_says_how_many_findings_it_leaves_out(judged, monkeypatch):
    whole = sarif_of(current(judged.tenant.pk), Finding.objects.all(), lambda one: "")["runs"][0]
    assert "invocations" not in whole
    monkeypatch.setattr("apis.queries_of_posture.MOST", 1)
    [run] = orjson.loads(judged.client.get(f"{P}sarif/").content)["runs"]
    [told] = run["invocations"][0]["toolExecutionNotifications"]
    assert len(run["results"]) == 1
    assert told["message"]["text"].startswith(f"{len(whole['results']) - 1} more findings")
