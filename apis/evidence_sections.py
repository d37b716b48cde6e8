"""Sections of the evidence of a service: each says what was looked at or found, how it reads, what it speaks for.

Other parts of the room add theirs by ``register``; the content holds integers, words, lists and mappings only.
"""

import datetime
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet, Sum
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apis import queries
from apis.findings import SEVERITIES, Exemption, Finding, PostureRun
from apis.models import Artefact, Endpoint, Service, in_state
from apis.rules_in_use import known_rules
from core import when, wording
from core.scope import Scope

LISTED = 50
"""Artefacts named one by one, the latest; a fingerprint over all of them stands for the rest."""


@dataclass(frozen=True)
class Speaks:
    """What a section says about an API requirement: how much was judged, what is open, accepted, and the worst open."""

    code: str
    judged: int = 0
    open: int = 0
    accepted: int = 0
    worst: str = ""


@dataclass(frozen=True)
class Looked:
    """A service in a month, as evidence is collected of it."""

    scope: Scope
    service: Service
    month: datetime.date  # its first day

    @property
    def artefacts(self) -> QuerySet[Artefact]:
        """What was brought in of it in this month."""
        begin = datetime.datetime.combine(self.month, datetime.time(), self.scope.zone)
        rows = Artefact.objects.of(self.scope).filter(created_at__gte=begin)
        return rows.filter(hosts__has_key=self.service.host)


Lines = list[tuple[Any, Any]]


@dataclass(frozen=True)
class Section:
    """A section of the content; ``lines`` reads it for people, ``speaks`` says which requirements it is about."""

    code: str
    title: Any
    read: Callable[[Looked], dict[str, Any]]
    lines: Callable[[dict[str, Any]], Lines]
    speaks: Callable[[Looked], Iterable[Speaks]] = lambda _looked: ()
    note: Any = ""


_sections: dict[str, Section] = {}


def register(section: Section) -> None:
    """Add a section, at the end; one of the same code is replaced."""
    _sections[section.code] = section


def sections() -> list[Section]:
    """All of them, in the order in which they came."""
    return list(_sections.values())


# What was looked at -----------------------------------------------------------------------------------------------


def _looked_at(looked: Looked) -> dict[str, Any]:
    traffic = Q(kind=Artefact.TRAFFIC)
    told = looked.artefacts.aggregate(
        artefacts=Count("pk"), lines=Sum("lines", filter=traffic), read=Sum("read", filter=traffic),
        left_out=Sum("left_out", filter=traffic), undated=Sum("undated", filter=traffic),
        first=Min("first_at"), last=Max("last_at"),
    )  # fmt: skip
    numbers = {name: told[name] or 0 for name in ("artefacts", "lines", "read", "left_out", "undated")}
    hosts = looked.artefacts.filter(traffic).values_list("hosts", flat=True)
    numbers["calls"] = sum(one.get(looked.service.host, 0) for one in hosts)
    latest = looked.artefacts.order_by("-created_at", "-ref")[:LISTED]
    return {
        "hosts": [looked.service.host],
        "first_call": told["first"],
        "last_call": told["last"],
        "sampling": "none",
        **numbers,
        "read_per_mille": _per_mille(numbers["read"] + numbers["left_out"], numbers["lines"]),
        "artefacts_sha256": _together(looked.artefacts),
        "latest_artefacts": [_artefact(one, looked.service.host) for one in latest],
        "description": {
            "title": looked.service.description_title,
            "version": looked.service.description_version,
            "sha256": looked.service.description_sha256,
        },
    }


def _per_mille(part: int, whole: int) -> int | None:
    return part * 1000 // whole if whole else None


def _together(artefacts: QuerySet[Artefact]) -> str:
    """The SHA-256 of the SHA-256s of all artefacts, sorted, one a line."""
    found = sorted(artefacts.values_list("sha256", flat=True))
    return hashlib.sha256("\n".join(found).encode()).hexdigest() if found else ""


def _artefact(one: Artefact, host: str) -> dict[str, Any]:
    return {
        "ref": one.ref, "name": one.name, "kind": one.kind, "sha256": one.sha256, "bytes": one.size, "lines": one.lines,
        "read": one.read, "of_this_host": one.hosts[host], "first_call": one.first_at, "last_call": one.last_at,
    }  # fmt: skip


def number(value: int | None) -> str:
    """A number as the reader writes it; a dash where there is none."""
    return "–" if value is None else wording.number(value)


def _day(moment: str) -> str:
    """The day of a stored moment, as the reader writes it."""
    return when.day_text(datetime.datetime.fromisoformat(moment))


def _say_looked_at(content: dict[str, Any]) -> Lines:
    share, first, last = content["read_per_mille"], content["first_call"], content["last_call"]
    said = content["description"]
    return [
        (_("Hosts"), ", ".join(content["hosts"]) or _("Not named")),
        (_("Files and batches"), number(content["artefacts"])),
        (_("Lines"), number(content["lines"])),
        (_("Lines understood"), "–" if share is None else f"{number_format(share / 10, 1)} %"),
        (_("Calls"), number(content["calls"])),
        (_("Calls from"), _day(first) if first else _("No traffic in this month")),
        (_("Calls until"), _day(last) if last else "–"),
        (_("Sampling"), _("None: every line was read")),
        (_("Description"), f"{said['title']} {said['version']}".strip() if said["sha256"] else _("None")),
        *((f"{one['ref']} {one['name']}", one["sha256"][:16]) for one in content["latest_artefacts"][:10]),
    ]


# What was found ---------------------------------------------------------------------------------------------------


def _endpoints(looked: Looked) -> dict[str, Any]:
    rows = Endpoint.objects.of(looked.scope).filter(service=looked.service).current()
    today = looked.scope.today
    states = {code: Count("pk", filter=in_state(code, today)) for code, _label in Endpoint.STATES}
    ai = Count("pk", filter=~Q(ai_kind=""))
    return rows.order_by().aggregate(all=Count("pk"), ai_work=ai, **states)


def _say_endpoints(content: dict[str, Any]) -> Lines:
    states = [(label, number(content[code])) for code, label in Endpoint.STATES]
    return [(_("Endpoints"), number(content["all"])), (_("AI work"), number(content["ai_work"])), *states]


def _posture(looked: Looked) -> dict[str, Any]:
    scope, service = looked.scope, looked.service
    rows = Finding.objects.of(scope).filter(service=service)
    counts = Counter(rows.open().values_list("severity", flat=True))
    exemptions = Exemption.objects.of(scope).filter(Q(service=service) | Q(service=None), ended_at=None)
    run = PostureRun.objects.of(scope).latest_of(service)
    resting = rows.filter(state=Finding.RESTING).count()
    return {
        "open": {code: counts[code] for code, _label in SEVERITIES},
        "accepted": rows.filter(state=Finding.ACCEPTED).count(),
        "accepted_beyond_their_day": rows.expired(scope.today).count(),
        "mended": rows.filter(state=Finding.MENDED).count(),
        "exemptions_in_force": exemptions.filter(until__gte=scope.today).count(),
        "rules_judged": len(run.looked) if run else 0,
        "rules_version": run.rules_version if run else "",
        "score": run.points if run else None,
        **({"resting": resting} if resting else {}),  # what was kept before says the same as before
    }


def _say_posture(content: dict[str, Any]) -> Lines:
    return [
        *((_("Open: %(level)s") % {"level": label}, number(content["open"][code])) for code, label in SEVERITIES[::-1]),
        (_("Accepted"), number(content["accepted"])),
        (_("Accepted beyond their day"), number(content["accepted_beyond_their_day"])),
        (_("Mended"), number(content["mended"])),
        *([(_("Of rules that are not used"), number(content["resting"]))] if "resting" in content else []),
        (_("Exemptions in force"), number(content["exemptions_in_force"])),
        (_("Rules that had something to judge"), number(content["rules_judged"])),
        (_("Score"), _("%(n)s of 100") % {"n": content["score"]} if content["score"] is not None else "–"),
    ]


def _judged(looked: Looked) -> Iterator[Speaks]:
    """Of each API requirement that a rule had something to judge about: how much, and what is open."""
    rules, run = known_rules(looked.scope), PostureRun.objects.of(looked.scope).latest_of(looked.service)
    for code, (judged, _broken) in (run.looked if run else {}).items():
        for requirement in rules[code].apr if code in rules else ():
            yield Speaks(requirement, judged=judged)
    found = Finding.objects.of(looked.scope).filter(service=looked.service).standing()
    today = looked.scope.today
    for rule, severity, state, until in found.values_list("rule", "severity", "state", "accepted_until"):
        holds = state == Finding.ACCEPTED and until is not None and until >= today
        for requirement in rules[rule].apr if rule in rules else ():
            if holds:
                yield Speaks(requirement, accepted=1)
            else:
                yield Speaks(requirement, open=1, worst=severity)


def _traffic(looked: Looked) -> dict[str, Any]:
    return queries.lately(looked.service)


def _say_traffic(content: dict[str, Any]) -> Lines:
    kinds = [(f"{kind}xx" if kind != "0" else _("Answer not known"), number(n)) for kind, n in
             sorted(content["statuses"].items())]  # fmt: skip
    return [(_("Calls"), number(content["calls"])), (_("Consumers"), number(content["consumers"])), *kinds]


register(Section("looked_at", gettext_lazy("What was looked at"), _looked_at, _say_looked_at))
register(Section("endpoints", gettext_lazy("Endpoints by state"), _endpoints, _say_endpoints))
register(Section("posture", gettext_lazy("Posture"), _posture, _say_posture, _judged))
register(
    Section(
        "traffic", gettext_lazy("The last seven days of traffic"), _traffic, _say_traffic,
        note=gettext_lazy("Callers are counted by keyed fingerprints; who they are is not kept."),
    )
)  # fmt: skip
