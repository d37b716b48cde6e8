"""T03: what another management system holds makes no difference here: on no page, in no list, in no report."""

import datetime
import re
import uuid
from collections import Counter

import pytest
from django.urls import resolve

from aims.services import (
    keep_apart,
    make_group,
    make_link,
    merge_systems,
    put_into_group,
    register_system,
    report_use,
    sync_systems,
)
from aims.services.intake import Use
from apis.effects import Accepting
from apis.findings import Finding
from apis.services import (
    choose_detector,
    choose_retention,
    choose_rule,
    judge_again,
    mute_consumer,
    report_incident,
    save_field_map,
    save_own_rule,
)
from controls.models import StatementOfApplicability
from core import clock, scope, workflow
from core.actor import operator
from core.change import change
from core.imports import LEFT_OUT, Setup, importables, saved
from core.models import Comment, ManagementSystem, Membership, Mention
from core.purge import purge
from core.records import tenant_models
from core.services.comments import say
from core.services.members import invite
from core.services.saved_views import save_view, start_with
from reports import issuing
from reports.definitions import DEFINITIONS, Options
from reports.models import IssuedReport
from risks import services
from risks.effects import Decision
from risks.models import Assessment, OpportunityReview, Risk
from risks.workflow import ACCEPTANCE
from tests.api.test_foundation import bearer
from tests.apis.posture.makers import OPEN, READS, make_description, make_service, soon
from tests.apis.threats.makers import make_signal
from tests.controls.makers import approved, make_house
from tests.makers import make_member
from tests.risks.makers import approve_criteria, make_assessed
from tests.support import routes

pytestmark = pytest.mark.django_db
CHANGES_EACH_TIME = re.compile(
    r'nonce="[^"]*"|(?:csrf\w*|X-CSRFToken)[^>]{0,120}|[0-9a-f]{32}|[\w-]+:\w{6}:[\w-]{43}', re.IGNORECASE
)
ADDRESS = re.compile(r'href="(/here/[^"#]*)')
MOST_OF_ONE_PAGE = 1
"""Addresses of one page that are opened, of all that pages lead to."""


def make_filled(slug):
    """A management system with at least one of everything, in the words of its own."""
    house = make_house(slug, name=f"Sample of {slug}", scope_statement=f"All of {slug}", organisation=slug)
    owner = make_member(house.tenant, "manager", "administrator", name=f"Owner of {slug}", function=f"Runs {slug}")
    manager, approver = house.manager, house.approver
    system = register_system(actor=manager, name=f"Chatbot of {slug}", purpose=slug, owner=owner.pk, unit=slug)
    workflow.take("take_in", system, actor=manager, reason="Ours")
    sync_systems(actor=manager, source="cmdb", rows=[{"external_id": "1", "name": system.name, "unit": slug}])
    group = make_group(actor=manager, name=f"Group of {slug}")
    twins = [register_system(actor=manager, name=f"Twin of {slug}") for _ in range(3)]
    put_into_group(actor=manager, system_id=twins[0].pk, group_id=group.pk)
    keep_apart(actor=manager, one_id=twins[0].pk, other_id=twins[1].pk)
    merge_systems(actor=manager, keep_id=twins[1].pk, drop_id=twins[2].pk)
    _link, key = make_link(actor=manager, name=slug, expires_at=clock.now() + datetime.timedelta(days=9))
    report_use(key=key, use=Use(f"Told to {slug}"))
    kept = Setup(targets={"Name": "name", "Colour": LEFT_OUT})
    given = {"name": f"list-of-{slug}", "labels": ["Name", "Colour"], "setup": kept}
    saved.save_mapping(actor=manager, described=importables()["systems"], **given)
    approved(house)
    risk = make_assessed(manager, owner, title=f"Wrong advice by {slug}", systems=[system],
                         controls=[house.control("A.5.2")])  # fmt: skip
    for number in range(2):
        services.add_action(actor=manager, risk=risk, what=f"Sample {number} of {slug}", owner=owner,
                            due=clock.now().date() - datetime.timedelta(days=number))  # fmt: skip
    criteria = approve_criteria(house.tenant)
    asked = services.ask_for_acceptance(actor=manager, risk=risk)
    until = Decision(
        valid_until=clock.now().date() + datetime.timedelta(days=9), reason="Known and watched by a nurse."
    )
    services.accept(actor=approver, acceptance=asked, inputs=until, shown_hash=ACCEPTANCE.shown_hash(asked))
    services.ask_for_acceptance(actor=manager, risk=make_assessed(manager, owner, title=f"Second of {slug}"))
    services.register_risk(actor=manager, title=f"Draft of {slug}")
    services.consider_opportunities(actor=manager, conclusion=f"None for {slug} this year")
    content = {**criteria.content, "criteria": {"en": f"As {slug} decides", "de": f"Wie {slug} entscheidet"}}
    working = services.change_criteria(actor=manager, criteria=services.revise_criteria(actor=manager), content=content)
    workflow.take("submit", working, actor=manager)
    view = save_view(actor=manager, register="risks", name=f"View of {slug}", query="q=advice", shared=True)
    start_with(actor=manager, view=view, start=True)
    services.submit_plan(actor=manager, to=approver.person_id)
    say(actor=manager, record=system, text=f"@[{approver.person_id}], is this so in {slug}?")
    invite(actor=operator(house.tenant.pk), email=f"guest@{slug}.example.org", roles=["contributor"])
    make_posture(manager, slug)
    with change(manager, "test.comment") as unit:
        unit.save(
            Comment(
                record_type="controls.statementofapplicability", record_id=house.statement.pk, line="A.5.2", text=slug
            )
        )
        file = {"format": "json", "name": slug, "sha256": slug, "size": 1, "media_type": "application/json"}
        unit.save(IssuedReport(kind="RPT-SOA", title=f"Report of {slug}", as_of=clock.now(), seq=1,
                               content_hash=slug, files=[file], job_id=uuid.uuid4()))  # fmt: skip
    return house, owner


def make_posture(manager, slug):
    """A service with findings, an exemption, an own rule and a choice; a field map."""
    tenant = ManagementSystem.objects.get(pk=manager.management_system_id)
    bearer(tenant)
    service = make_service(tenant, f"Service of {slug}")
    service = make_description(service, {f"/{slug}": OPEN})
    judge_again(actor=manager, service=service)
    finding = Finding.objects.get(service=service, rule=READS)
    inputs = Accepting(soon(tenant), "service")
    workflow.take("accept", finding, actor=manager, inputs=inputs, reason=f"Public at {slug}")
    must = [{"field": "path", "operator": "contains", "value": slug}]
    save_own_rule(actor=manager, code=slug, title=f"Rule of {slug}", severity="low", unit="operation", must=must)
    choose_rule(actor=manager, code=READS, on=False, reason=f"As {slug} decides")
    choose_retention(actor=manager, detail_days=30 + len(slug), daily_months=12)
    signal = make_signal(service, f"key:{slug}", samples=[f"GET /{slug}"])
    report_incident(actor=manager, signal=signal, what=f"Stolen at {slug}", since=clock.now().date())
    mute_consumer(actor=manager, consumer=f"key:{slug}", reason=f"Known at {slug}", until=soon(tenant))
    choose_detector(actor=manager, code="scanning", on=False, reason=f"As {slug} decides")
    save_field_map(actor=manager, name=f"Lines of {slug}", fields={"method": "verb", "path": slug})


def bend_towards(here, there):
    """Let rows of one management system name records of another, or be the newest of all."""
    risk = Risk.objects.filter(management_system=here).first()
    foreign = Assessment.objects.filter(management_system=there).first()
    Assessment.objects.filter(pk=foreign.pk).update(risk=risk, number=0)
    statement = StatementOfApplicability.objects.get(management_system=here)
    comments = Comment.objects.filter(management_system=there)
    comments.exclude(line="").update(record_id=statement.pk, line="A.2.2", created_at=clock.now())
    own = Mention.objects.get(comment__management_system=here).comment
    comments.filter(line="").update(record_id=own.record_id)
    owner = Membership.objects.get(management_system=here, person__name__startswith="Owner of").person
    Mention.objects.filter(comment__in=comments).update(person=owner)
    OpportunityReview.objects.filter(management_system=there).update(on=clock.now() + datetime.timedelta(days=1))


def answer_of(client, address):
    """What an address answers, without what differs at every request; of a refusal that it is one."""
    answer = client.get(address)
    if answer.status_code != 200:
        return str(answer.status_code)
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return f"200 {CHANGES_EACH_TIME.sub('', content.decode(errors='replace'))}"


def pages(client):
    """Address → answer, of every page of the place and of what they lead to, a few addresses for each page."""
    found, opened = {}, Counter()
    waiting = [address for _name, address, slug, _view in routes() if slug and not address.startswith("/api/")]
    while waiting:
        address = waiting.pop(0)
        page = resolve(address.partition("?")[0]).url_name
        if address not in found and opened[page] < MOST_OF_ONE_PAGE:
            found[address] = answer_of(client, address)
            opened[page] += found[address].startswith("200")
            waiting += [link.replace("&amp;", "&") for link in ADDRESS.findall(found[address])]
    return found


def lists(client):
    """Address → answer, of everything the REST interface lists, and of the first things in each list."""
    found = {
        address: answer_of(client, address) for _n, address, slug, _v in routes() if slug and address[1:4] == "api"
    }
    for address, answer in list(found.items()):
        if '"next"' in answer:
            for one in re.findall(r'"id":"([0-9a-f-]{36})"', answer)[:MOST_OF_ONE_PAGE]:
                found[f"{address}{one}/"] = answer_of(client, f"{address}{one}/")
    return found


def everything_shown(house, client, api):
    """All that this management system shows of itself at one moment."""
    read = scope.current(house.tenant.pk)
    reports = {kind: repr(issuing.build(read, kind, Options())) for kind in DEFINITIONS}
    return pages(client) | lists(api) | reports


def differing(address, beside, alone):
    """The first place where two answers differ, in words; nothing when they are the same."""
    at = next((n for n, (one, other) in enumerate(zip(beside, alone, strict=False)) if one != other), len(alone))
    same = beside == alone
    return (
        ""
        if same
        else f"{address}: …{beside[max(at - 60, 0) : at + 60]!r}… but alone …{alone[max(at - 60, 0) : at + 60]!r}…"
    )


def test_a_neighbour_makes_no_difference_to_anything_shown_here(client):
    there, _owner = make_filled("there")
    here, owner = make_filled("here")
    owned = [model._meta.label for model in tenant_models() if model.objects.filter(management_system=there.tenant)]
    assert owned == [model._meta.label for model in tenant_models()]
    bend_towards(here.tenant, there.tenant)
    client.force_login(owner)
    api = bearer(here.tenant, "read", "reports:read")
    with clock.simulated(clock.now() + datetime.timedelta(seconds=1)):
        assert api.get("/api/v1/here/me/").status_code == 200
        beside = everything_shown(here, client, api)
        purge(actor=operator(), management_system=there.tenant, reason="The neighbour moved out.", really=True)
        alone = everything_shown(here, client, api)
    assert sorted(beside) == sorted(alone)
    assert [told for address in alone if (told := differing(address, beside[address], alone[address]))] == []
    assert len([address for address, answer in alone.items() if answer.startswith("200")]) > 60
