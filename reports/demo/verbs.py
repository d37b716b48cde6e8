"""What people of the story do: each verb calls the service or takes the step that its page would."""

import copy
import datetime
from collections.abc import Callable
from typing import Any

from django.db import transaction

from aims.models import AISystem
from aims.services import change_system, make_group, make_link, put_into_group, register_system, report_use
from aims.services.intake import Use
from aims.workflow import Moved
from apis import services as apis
from apis.models import Service
from controls import services as controls
from controls.models import Control, StatementOfApplicability
from controls.workflow import ReturnedLines, Submission
from core import clock, jobs, ledger, workflow
from core.models import Comment, Job, Membership
from core.services import comments
from core.services.members import add_member, change_member, end_membership, invite
from core.services.people import rename_person
from core.services.tenancy import describe
from core.services.tokens import create_token
from reports.demo import MAIL, artefacts, calendar
from reports.demo.script import Event
from reports.demo.stage import Stage
from reports.issuing import ask_for_report
from risks import services as risks
from risks.effects import Assessing, Decision
from risks.models import Acceptance, Action, Methodology, Risk, TreatmentPlan

Verb = Callable[[Stage, Event, dict[str, Any]], None]
VERBS: dict[str, Verb] = {}


class NotPlayed(Exception):
    """A report of the story could not be made."""


def verb(name: str) -> Callable[[Verb], Verb]:
    """Name what the story can say ("risks.assess")."""

    def register(function: Verb) -> Verb:
        VERBS[name] = function
        return function

    return register


def play(stage: Stage, event: Event) -> None:
    """Let somebody do what the event says, at the moment the clock shows."""
    VERBS[event.do](stage, event, stage.fields(event.given))


# Organisation and people ----------------------------------------------------------------------------------------------


@verb("organisation.describe")
def _describe(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    describe(actor=stage.actor(event.by), **given)


@verb("organisation.invite")
def _invite(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    invite(actor=stage.actor(event.by), email=f"{given.pop('mailbox')}@{MAIL}", **given)


@verb("organisation.token")
def _token(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    """The secret is thrown away: nobody can use a token of the demo."""
    expires = _start_of(given.pop("valid_to"))
    create_token(actor=stage.actor(event.by), expires_at=expires, **given)


@verb("people.join")
def _join(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    for name in ("valid_from", "valid_to"):
        if name in given:
            given[name] = _start_of(given[name])
    add_member(actor=stage.actor(event.by), person=stage.people[event.subject], **given)


@verb("people.change")
def _change_member(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    change_member(actor=stage.actor(event.by), member=_member(stage, event.subject), **given)


@verb("people.rename")
def _rename(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    rename_person(actor=stage.actor(event.by), person=stage.people[event.subject], name=given["name"])


@verb("people.leave")
def _leave(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    end_membership(actor=stage.actor(event.by), member=_member(stage, event.subject), **given)


def _member(stage: Stage, key: str) -> Membership:
    return Membership.objects.get(management_system=stage.tenant, person=stage.people[key])


def _start_of(day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(), calendar.ZONE)


# AI systems -----------------------------------------------------------------------------------------------------------


@verb("systems.register")
def _register_system(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    stage.keep(event.subject, register_system(actor=stage.actor(event.by), **given))


@verb("systems.change")
def _change_system(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    change_system(actor=stage.actor(event.by), system_id=stage.records[event.subject][1], **given)


@verb("systems.step")
def _step_system(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    record = stage.record(AISystem, event.subject)
    inputs = Moved(given["date"]) if "date" in given else None
    workflow.take(
        given["step"], record, actor=stage.actor(event.by), inputs=inputs, reason=given.get("reason", "")
    )  # fmt: skip


@verb("systems.group")
def _group_systems(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    """A group of systems that are assessed together, with them in it."""
    actor, together = stage.actor(event.by), given.pop("systems")
    group = make_group(actor=actor, **given)
    stage.keep(event.subject, group)
    for pk in together:
        put_into_group(actor=actor, system_id=pk, group_id=group.pk)


@verb("systems.link")
def _intake_link(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    expires = _start_of(given.pop("valid_to"))
    _link, stage.keys[event.subject] = make_link(actor=stage.actor(event.by), expires_at=expires, **given)


@verb("systems.tell")
def _tell(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    """Somebody without an account, by the link of that name."""
    stage.keep(event.subject, report_use(key=stage.keys[event.by], use=Use(**given)))


# Risk criteria --------------------------------------------------------------------------------------------------------


@verb("criteria.submit")
def _submit_criteria(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    workflow.take("submit", _criteria(stage), actor=stage.actor(event.by))


@verb("criteria.return")
def _return_criteria(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    workflow.take("return", _criteria(stage), actor=stage.actor(event.by), reason=given["reason"])


@verb("criteria.approve")
def _approve_criteria(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    criteria = _criteria(stage)
    shown = workflow.workflow_of(criteria).shown_hash(criteria)
    workflow.take("approve", criteria, actor=stage.actor(event.by), shown_hash=shown)


@verb("criteria.revise")
def _revise_criteria(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    risks.revise_criteria(actor=stage.actor(event.by), reason=given["reason"])


@verb("criteria.change")
def _change_criteria(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    """``at_most_months`` and ``review_months`` by level, ``criteria`` in words by language."""
    criteria = _criteria(stage)
    content = copy.deepcopy(criteria.content)
    for row in content["authority"]:
        row["at_most_months"] = given.get("at_most_months", {}).get(row["level"], row["at_most_months"])
    for row in content["levels"]:
        row["review_months"] = given.get("review_months", {}).get(row["code"], row["review_months"])
    content["criteria"] = given.get("criteria", content["criteria"])
    risks.change_criteria(
        actor=stage.actor(event.by), criteria=criteria, content=content, reason=given["reason"]
    )  # fmt: skip


@verb("criteria.opportunities")
def _opportunities(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    risks.consider_opportunities(actor=stage.actor(event.by), conclusion=given["conclusion"])


def _criteria(stage: Stage) -> Methodology:
    return Methodology.objects.filter(management_system=stage.tenant).latest("number")


# Statement of Applicability -------------------------------------------------------------------------------------------


@verb("statement.decide")
def _decide(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    controls.decide_control(actor=stage.actor(event.by), code=event.subject, **given)


@verb("statement.apply")
def _apply(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    controls.decide_control(actor=stage.actor(event.by), code=event.subject, applies=Control.YES, **given)


@verb("statement.add")
def _own_control(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    made = controls.add_own_control(actor=stage.actor(event.by), **given)
    if made.code != event.subject:
        raise ValueError(f"the story calls {made.code} {event.subject}")


@verb("statement.confirm")
def _confirm(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    confirm = {"A": controls.confirm_annex_a, "B": controls.confirm_annex_b}[given["annex"]]
    confirm(actor=stage.actor(event.by))


@verb("statement.submit")
def _submit(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    inputs = Submission(stage.people[given["to"]].pk)
    workflow.take("submit", _statement(stage), actor=stage.actor(event.by), inputs=inputs)


@verb("statement.return")
def _return(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    inputs = ReturnedLines(given["lines"])
    workflow.take("return", _statement(stage), actor=stage.actor(event.by), inputs=inputs, reason=given["reason"])


@verb("statement.approve")
def _approve(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    statement = _statement(stage)
    shown = workflow.workflow_of(statement).shown_hash(statement)
    workflow.take("approve", statement, actor=stage.actor(event.by), shown_hash=shown)


def _statement(stage: Stage) -> StatementOfApplicability:
    return StatementOfApplicability.objects.get(management_system=stage.tenant)


# Risks ----------------------------------------------------------------------------------------------------------------


@verb("risks.register")
def _register_risk(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    actor = stage.actor(event.by)
    if "catalogue" in given:
        made = risks.register_from_catalogue(actor=actor, code=given.pop("catalogue"), **given)
    else:
        made = risks.register_risk(actor=actor, **given)
    stage.keep(event.subject, made)


@verb("risks.change")
def _change_risk(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    reason = given.pop("because", "")
    risks.change_risk(actor=stage.actor(event.by), risk=stage.record(Risk, event.subject), reason=reason, **given)


@verb("risks.assess")
def _assess(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    given.setdefault("next_review", None)  # as late as the level allows, unless the story says otherwise
    inputs = Assessing(None, given.pop("with", ""), given.pop("trigger", ""))
    risks.assess(actor=stage.actor(event.by), risk=stage.record(Risk, event.subject), inputs=inputs, **given)


@verb("risks.confirm")
def _still_right(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    risks.still_right(actor=stage.actor(event.by), risk=stage.record(Risk, event.subject), **given)


@verb("risks.plan")
def _plan(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    name = given.pop("action")
    made = risks.add_action(actor=stage.actor(event.by), risk=stage.record(Risk, event.subject), **given)
    stage.keep(f"{event.subject}-{name}", made)


@verb("risks.treat")
def _treat(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    risks.start_treatment(actor=stage.actor(event.by), risk=stage.record(Risk, event.subject))


@verb("risks.postpone")
def _postpone(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    action = _action(stage, event, given)
    del given["action"]
    risks.change_action(actor=stage.actor(event.by), action=action, **given)


@verb("risks.finish")
def _finish(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    action = _action(stage, event, given)
    risks.finish_action(actor=stage.actor(event.by), action=action, outcome=given["outcome"])


@verb("risks.drop")
def _drop(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    action = _action(stage, event, given)
    risks.drop_action(actor=stage.actor(event.by), action=action, outcome=given["outcome"])


@verb("risks.check")
def _check(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    action = _action(stage, event, given)
    risks.check_effectiveness(
        actor=stage.actor(event.by), action=action, effectiveness=given["found"], outcome=given.get("outcome", "")
    )


@verb("risks.ask")
def _ask(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    risks.ask_for_acceptance(actor=stage.actor(event.by), risk=stage.record(Risk, event.subject))


@verb("risks.question")
def _question(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    asked = _asked(stage, event)
    risks.return_with_question(actor=stage.actor(event.by), acceptance=asked, question=given["question"])


@verb("risks.accept")
def _accept(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    asked = _asked(stage, event)
    shown = workflow.workflow_of(asked).shown_hash(asked)
    inputs = Decision(given["valid_until"], given["reason"], given.get("conditions", ""))
    risks.accept(actor=stage.actor(event.by), acceptance=asked, shown_hash=shown, inputs=inputs)


@verb("risks.close")
def _close(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    risks.close(actor=stage.actor(event.by), risk=stage.record(Risk, event.subject), reason=given["reason"])


def _action(stage: Stage, event: Event, given: dict[str, Any]) -> Action:
    return stage.record(Action, f"{event.subject}-{given['action']}")


def _asked(stage: Stage, event: Event) -> Acceptance:
    return Acceptance.objects.get(risk=stage.record(Risk, event.subject), state=Acceptance.ASKED)


# Treatment plan -------------------------------------------------------------------------------------------------------


@verb("plan.submit")
def _submit_plan(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    risks.submit_plan(actor=stage.actor(event.by), to=stage.people[given["to"]].pk)


@verb("plan.return")
def _return_plan(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    workflow.take("return", _the_plan(stage), actor=stage.actor(event.by), reason=given["reason"])


@verb("plan.approve")
def _approve_plan(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    plan = _the_plan(stage)
    shown = workflow.workflow_of(plan).shown_hash(plan)
    workflow.take("approve", plan, actor=stage.actor(event.by), shown_hash=shown)


def _the_plan(stage: Stage) -> TreatmentPlan:
    return TreatmentPlan.objects.get(management_system=stage.tenant)


# Comments -------------------------------------------------------------------------------------------------------------


@verb("comments.say")
def _say(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    actor, record = stage.actor(event.by), stage.about(event.subject)
    comments.note_seen(actor=actor, comments=list(Comment.objects.filter(record_id=record.pk)))
    comments.say(actor=actor, record=record, text=given["text"])  # type: ignore[arg-type]


# Reports --------------------------------------------------------------------------------------------------------------


@verb("reports.issue")
def _issue(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    """Asked for and made at the same moment, here rather than by a worker, whose clock is not simulated."""
    behind = ledger.instance_chain().at > clock.now()  # people older than the story: the present is not the past played
    moment = clock.now() if behind else None
    with transaction.atomic():
        job = ask_for_report(
            actor=stage.actor(event.by), kind=event.subject, formats=given.get("formats"), as_of=moment
        )
        jobs.run(job.pk)
        job.refresh_from_db()
        if job.state != Job.READY:
            raise NotPlayed(f"{event.subject}: {job.error or job.state}")


# APIs -----------------------------------------------------------------------------------------------------------------


@verb("apis.bring")
def _bring(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    """A description or traffic, as the page that takes files would."""
    data = artefacts.made(given["what"], clock.now().astimezone(calendar.ZONE).date())
    systems = tuple(AISystem.objects.filter(pk__in=given.get("systems", ())))
    apis.bring(actor=stage.actor(event.by), delivery=apis.Delivery(data, given["name"], systems=systems))


@verb("apis.say")
def _say_of_service(stage: Stage, event: Event, given: dict[str, Any]) -> None:
    """Whose a service is, what it serves and where it stands."""
    service = Service.objects.get(management_system=stage.tenant, host=given.pop("host"))
    if "owner" in given:
        given["owner_id"] = given.pop("owner")
    apis.change_service(actor=stage.actor(event.by), service_id=service.pk, **given)
