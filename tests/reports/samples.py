"""Invented reports of any size for tests and benches: same seed, same report."""

import random
from dataclasses import fields, is_dataclass, replace

from reports.documents import risk, soa
from reports.documents.common import Act, Cover, Figure, HistoryRow, Name, Recipient, SystemRow, VersionRow

AREAS = {
    "A.2": "Policies related to AI",
    "A.3": "Internal organization",
    "A.4": "Resources for AI systems",
    "A.5": "Assessing impacts of AI systems",
    "A.6": "AI system life cycle",
    "A.7": "Data for AI systems",
    "A.8": "Information for interested parties of AI systems",
    "A.9": "Use of AI systems",
    "A.10": "Third-party and customer relationships",
}
CONTROLS = {
    "A.2": "2 3 4",
    "A.3": "2 3",
    "A.4": "2 3 4 5 6",
    "A.5": "2 3 4 5",
    "A.6": "1.2 1.3 2.2 2.3 2.4 2.5 2.6 2.7 2.8",
    "A.7": "2 3 4 5 6",
    "A.8": "2 3 4 5",
    "A.9": "2 3 4",
    "A.10": "2 3 4",
}
TITLES = [
    "AI policy",
    "Resource documentation",
    "AI system verification and validation",
    "Data provenance",
    "Assessing AI system impact on individuals or groups of individuals",
    "Suppliers",
    "Data preparation",
]
PEOPLE = ["Owner One", "Owner Two", "Manager One", "Deputy Owner Three", "Assessor Four"]
EVENTS = [
    "A confident but wrong answer is acted upon",
    "Applicants with a gap in their career are ranked lower",
    "The supplier changes model behaviour without notice",
    "Instructions hidden in a document steer the answer",
    "Drift lowers the quality of flags unnoticed",
    "Staff use AI tools nobody has approved",
    "Logs of conversations hold more personal data than anyone needs and are kept too long",
]
CAUSES = "the training data under-represent people who arrived recently, and nobody has measured the effect since then"
HAPPENS = "a person is refused without ground, cannot find out why, and gives up after the second letter"
HARM = "hardship for the person, a breach of equal-treatment law, and loss of trust in the service"
SCALE = {1: "Rare", 2: "Unlikely", 3: "Possible", 4: "Likely", 5: "Almost certain"}
HARMS = {1: "Negligible", 2: "Minor", 3: "Moderate", 4: "Major", 5: "Severe"}
UNKNOWN = {1: "low", 2: "medium", 3: "high", 4: "high", 5: "critical"}
ORDER = {"critical": 0, "high": 1, "medium": 2, "low": 3, "": 4}
RTL = "ليلى الحسيني"
GERMAN = "Hochrisikosystemregistrierungsbestätigungsverfahrensanweisung"
HOSTILE = (
    '<script>alert(1)</script><img src="file:///etc/passwd"><link rel="attachment" href="file:///etc/passwd">'
    "<style>@import url(file:///etc/passwd); body { background: url(http://127.0.0.1:9/x) }</style>"
    "</td></tr></table>\"'&amp;{{ t }}{% include \"x\" %}\x00\x07\u202e=cmd|'/c calc'!A1"
)


def make_cover(report: str = "RPT-SOA", **changes: object) -> Cover:
    """A cover; pass what matters."""
    cover = Cover(
        report=report,
        number=f"{report}-7",
        organisation="Example Mutual",
        management_system="Example Mutual AI management system",
        scope_sentence="Development, purchase and use of AI systems for insurance and telemedicine at two sites, "
        "including systems that run on suppliers’ models.",
        standard="ISO/IEC 42001:2023",
        clauses="6.1.3 f)" if report == "RPT-SOA" else "6.1.2, 6.1.3, 8.2, 8.3",
        state="approved",
        classification="Confidential",
        language="en",
        paper="A4",
        as_of="2026-11-16T22:00:00Z",
        history_entry=48213,
        generated_at="2026-11-18T14:06:09Z",
        scope_version=2,
        version=2,
        approved_at="2026-11-18T14:05:00Z",
        replaces_version=1,
        replaces_on="2026-05-29",
        prepared_by=Name("Manager One", "AIMS manager"),
        approved_by=Name("Approver One", "Chief Executive"),
    )
    return replace(cover, **changes)  # type: ignore[arg-type]


def _level(likelihood: int | None, consequence: int) -> str:
    if likelihood is None:
        return UNKNOWN[consequence]
    product = likelihood * consequence
    level = "low" if product < 5 else "medium" if product < 10 else "high" if product < 17 else "critical"
    return "high" if consequence == 5 and level in ("low", "medium") else level


def make_rating(likelihood: int | None, consequence: int) -> risk.Rating:
    """A rating read from the usual matrix; likelihood None cannot be estimated."""
    return risk.Rating(
        consequence,
        _level(likelihood, consequence),
        likelihood,
        likelihood is None,
        "Too few cases." if likelihood is None else "",
    )


def make_method() -> risk.Method:
    """The usual 5 × 5 method."""
    matrix = [risk.MatrixCell(c, _level(like, c), like) for c in HARMS for like in (*SCALE, None)]
    texts = [
        "Under 10,000 francs; nobody outside notices",
        "Some hours or some money lost, made good",
        "Measured difference between groups",
        "Single press report",
        "Under 1 t CO₂ a year",
    ]
    authority = [
        risk.Authority(level, who, review, most, "2026-04-21", level == "critical")
        for level, who, review, most in (
            ("low", "Risk owner, if somebody else assessed it", 12, 12),
            ("medium", "AIMS manager", 12, 12),
            ("high", "Approver", 6, 6),
            ("critical", "Approver", 3, 6),
        )
    ]
    return risk.Method(
        version=3,
        approved_by=Name("Approver One", "Chief Executive"),
        approved_at="2026-04-21T09:10:00Z",
        likelihood_period="within twelve months",
        likelihood=[risk.ScaleStep(v, n, "Once in several years in the sector") for v, n in SCALE.items()],
        consequence=[risk.ConsequenceStep(v, n, texts) for v, n in HARMS.items()],
        dimensions=list(risk.DIMENSIONS),
        matrix=matrix,
        above=["high", "critical"],
        authority=authority,
        criteria="Low and Medium are within the criteria. High and Critical are above.",
        floor="Floor: consequence 5 for individuals, groups or society is never below High.",
        not_estimable_rule="No honest number exists. The level is read from the last column.",
        triggers=[risk.Trigger("New model version, or a change at the supplier", "Supplier’s notice", "10 days")],
        confidence="Every assessment states its confidence: low, medium or high.",
    )


def control_refs() -> list[str]:
    """The 38 references of Annex A."""
    return [f"{area}.{number}" for area, numbers in CONTROLS.items() for number in numbers.split()]


def make_control(ref: str, chance: random.Random, **changes: object) -> soa.ControlRow:
    """One row of the statement."""
    area = ".".join(ref.split(".")[:2])
    row = soa.ControlRow(
        ref=ref,
        title=chance.choice(TITLES),
        area=area,
        applies="yes",
        claim=f"soa.control.{ref}",
        where=chance.choice(["all", "all", "only", "except"]),
        systems=["SYS-1", "SYS-3"],
        drivers=chance.sample(list(soa.DRIVERS), 2),
        risks=[f"RSK-{chance.randint(1, 24)}" for _ in range(3)],
        reason="Unapproved tools and forgotten endpoints are only visible against a complete register.",
        status=chance.choice(["in_place", "in_place", "partly", "planned"]),
        how="Register of systems, components and interfaces; the gateway reports unknown endpoints each night.",
        owner=chance.choice(PEOPLE),
        proofs=[soa.Proof(f"EVD-{chance.randint(1, 90)}", "2026-10-30")],
        last_review="2026-10-30",
        next_review="2027-01-30",
    )
    return replace(row, **changes)  # type: ignore[arg-type]


def _figure(value: int, claim: str) -> Figure:
    return Figure(value, claim)


def _count(rows: list[soa.ControlRow], key: str, place: str) -> Figure:
    fits = {
        "controls": lambda row: True,
        "applicable": lambda row: row.applies == "yes",
        "excluded": lambda row: row.applies == "no",
        "undecided": lambda row: row.applies == "undecided",
    }
    test = fits.get(key, lambda row: row.applies == "yes" and row.status == key)
    return Figure(sum(map(test, rows)), f"soa.{key}{place}")


def make_soa(seed: int = 1, systems: int = 8, **cover: object) -> soa.SoaReport:
    """A statement with 38 decided controls, one of them excluded, and two own controls."""
    chance = random.Random(seed)
    refs = control_refs()
    rows = [make_control(ref, chance) for ref in refs[:-1]]
    rows.append(
        make_control(
            refs[-1],
            chance,
            applies="no",
            status="",
            drivers=[],
            risks=[],
            grounds=list(soa.GROUNDS),
            how="",
            reason="No AI system or AI service is supplied to other organisations.",
        )
    )
    rows[1] = replace(rows[1], how=("Each system in operation has a monitoring plan that names its measures. " * 24))
    keys = ("controls", "applicable", "excluded", "undecided", "in_place", "partly", "planned", "not_started")
    areas = [
        soa.AreaCount(
            ref,
            title,
            "Give AI work clear direction.",
            **{key: _count([row for row in rows if row.area == ref], key, f".{ref}") for key in keys},
        )
        for ref, title in AREAS.items()
    ]
    totals = {key: _count(rows, key, "") for key in keys[1:]}
    own = [make_control(f"O.{n}", chance, area="O", title="Second call within two hours") for n in (1, 2)]
    return soa.SoaReport(
        cover=make_cover("RPT-SOA", **cover),
        decided=_figure(38, "soa.decided"),
        own=_figure(2, "soa.own"),
        open_contradictions=_figure(0, "soa.contradictions"),
        areas=areas,
        **totals,
        drivers=[
            soa.DriverCount(d, _figure(sum(d in row.drivers for row in rows), f"soa.driver.{d}")) for d in soa.DRIVERS
        ],
        controls=rows,
        own_controls=own,
        local_exclusions=[
            soa.LocalExclusion(
                row.ref,
                row.title,
                row.systems,
                ["SYS-2", "SYS-4"],
                "The supplier alone holds the data.",
                f"soa.local.{row.ref}",
            )
            for row in rows
            if row.where == "except"
        ],
        changes=[
            soa.ControlChange("A.5.5", "Not started", "Planned", "Now required by the procedure", "soa.change.A.5.5")
        ],
        confirmations=[
            soa.Confirmation("compared_with_annex_a", "Manager One", "2026-11-13T09:41:00Z"),
            soa.Confirmation("annex_b_considered"),
        ],
        systems=[
            SystemRow(
                f"SYS-{n}",
                f"Symptom triage {n}",
                "Suggests an urgency class to the nurse on the line",
                "User. Supplier’s device, class IIa",
                "High-risk, Annex III 5(d)",
                "Operation and monitoring",
                chance.choice(PEOPLE),
            )
            for n in range(1, systems + 1)
        ],
        not_screened=[
            soa.NotScreened("SYS-99", "Meeting transcription", "Trial in two teams; screening due 2026-11-30.")
        ],
        risks=[
            soa.NamedRisk(
                f"RSK-{n}",
                chance.choice(EVENTS),
                ["SYS-2"],
                chance.choice(list(ORDER)[:4]),
                "In treatment",
                ["A.6.2.4", "A.6.2.6"],
                f"risk.RSK-{n}",
            )
            for n in range(1, 25)
        ],
        versions=[
            VersionRow(2, "approved", "2026-11-18T14:05:00Z", "Approver One", "Three controls changed"),
            VersionRow(1, "superseded", "2026-05-29T08:30:00Z", "Approver One", "First version"),
        ],
        recipients=[Recipient("External auditors", "Certification body", "2026-11-18", "Audit desk, download")],
        approvals=[
            Act(
                Name("Approver One", "Chief Executive"),
                "2026-11-18T14:05:00Z",
                "Working copy of 2026-11-16, 38 controls and 2 own controls, as v2",
                [48377],
                Name("Manager One", "AIMS manager"),
                "2026-11-16T16:20:00Z",
            )
        ],
    )


def _row(number: int, chance: random.Random) -> risk.RiskRow:
    like, harm = (
        chance.choices([1, 2, 3, 4, 5, None], [20, 30, 25, 10, 3, 4])[0],
        chance.choices([1, 2, 3, 4, 5], [15, 30, 30, 17, 3])[0],
    )
    before = None if like is None else min(5, like + chance.randint(0, 2))
    target = 2 if like is None else max(1, like - 1)
    accepted = chance.random() < 0.25
    return risk.RiskRow(
        ref=f"RSK-{number}",
        title=f"{chance.choice(EVENTS)}",
        claim=f"risk.RSK-{number}",
        systems=[f"SYS-{chance.randint(1, 40)}"],
        owner=chance.choice(PEOPLE),
        before=make_rating(before, harm),
        today=make_rating(like, harm),
        target=make_rating(target, harm),
        target_by="2027-03-31",
        option="accept" if accepted else chance.choice(["reduce", "reduce", "share"]),
        status="Accepted until 2027-10-20" if accepted else "In treatment",
        controls=chance.sample(control_refs(), chance.randint(2, 5)),
        next_review="2027-04-06",
    )


def _sheet(row: risk.RiskRow, chance: random.Random) -> risk.RiskSheet:
    return risk.RiskSheet(
        ref=row.ref,
        system_names=[f"{row.systems[0]} Symptom triage"],
        cause=CAUSES,
        event=HAPPENS,
        consequence=HARM,
        affected="About 2,900 applicants a year, of whom 610 in the two groups.",
        why="Approval gap of 7.8 points against a limit of 4; clerks overturn 9 % of proposed refusals.",
        stage="Operation and monitoring",
        source=f"CAT-{chance.randint(1, 45)}",
        dimensions=[risk.DimensionRating(d, chance.randint(1, 5)) for d in risk.DIMENSIONS[:4]]
        + [risk.DimensionRating("environment", None, "not_assessed")],
        relied_on=[risk.ReliedControl(ref, "weekly sample of 200 answers", "in_place") for ref in row.controls[:3]],
        decision="Above the criteria: reduce by 2027-03-31.",
        assessors=["Assessor Four"],
        assessed_on="2026-10-06",
        method_version=3,
        confidence="medium",
        trigger="Yearly review",
    )


def _actions(row: risk.RiskRow, chance: random.Random) -> list[risk.ActionRow]:
    texts = [
        "Re-train without postcode and length of residence",
        "Refusals decided by two clerks",
        "Quarterly gap report to the executive board",
    ]
    states = ["planned", "working", "working", "done"]
    return [
        risk.ActionRow(
            f"{row.ref}/{n + 1}",
            row.ref,
            texts[n],
            chance.choice(PEOPLE),
            "2027-01-15",
            chance.choice(states),
            f"action.{row.ref}.{n + 1}",
            chance.choice(row.controls),
        )
        for n in range(chance.randint(1, 3))
    ]


def _map(kind: str, register: list[risk.RiskRow]) -> risk.HeatMap:
    cells: dict[tuple[int | None, int], list[str]] = {}
    for row in register:
        rating = getattr(row, kind)
        cells.setdefault((rating.likelihood, rating.consequence), []).append(row.ref)
    return risk.HeatMap(
        kind,
        [
            risk.HeatCell(c, _level(like, c), refs, f"risk.{kind}.{like or 'ne'}x{c}", like)
            for (like, c), refs in cells.items()
        ],
    )


def make_risk_report(risks: int = 60, seed: int = 1, **cover: object) -> risk.RiskReport:
    """A report of `risks` risks: about a fifth above the criteria, a quarter accepted, actions for the others."""
    chance = random.Random(seed)
    register = [_row(number, chance) for number in range(1, risks + 1)]
    register.sort(key=lambda row: (ORDER[row.today.level if row.today else ""], int(row.ref[4:])))
    above = [row for row in register if row.today and row.today.level in ("high", "critical")]
    actions = [action for row in register if row.option != "accept" for action in _actions(row, chance)]
    acceptances = [
        risk.AcceptanceRow(
            row.ref,
            row.title,
            "in_force",
            "2027-10-20",
            row.today,
            Name(chance.choice(PEOPLE), "risk owner"),
            f"acceptance.{row.ref}",
        )
        for row in register
        if row.option == "accept" and row.today
    ]

    def level_figure(kind: str, level: str) -> Figure:
        return Figure(sum(getattr(row, kind).level == level for row in register), f"risk.{kind}.{level}")

    return risk.RiskReport(
        cover=make_cover("RPT-RISK", **cover),
        systems_assessed=Figure(8, "risk.systems"),
        risks=Figure(len(register), "risk.all"),
        above=Figure(len(above), "risk.above"),
        not_estimable=Figure(sum(bool(r.today and r.today.not_estimable) for r in register), "risk.not_estimable"),
        not_assessed=Figure(0, "risk.not_assessed"),
        actions_open=Figure(sum(a.state != "done" for a in actions), "action.open"),
        actions_overdue=Figure(0, "action.overdue"),
        acceptances_expired=Figure(0, "acceptance.expired"),
        levels=[risk.LevelCount(lv, *(level_figure(kind, lv) for kind in risk.MAPS)) for lv in list(ORDER)[:4]],
        method=make_method(),
        heat_maps=[_map(kind, register) for kind in risk.MAPS],
        register=register,
        sheets=[_sheet(row, chance) for row in above],
        actions=actions,
        acceptances=acceptances,
        systems=[
            risk.AssessedSystem(
                f"SYS-{n}",
                "Symptom triage",
                "2026-10-06",
                ["Assessor Four"],
                "Yearly review",
                Figure(3, f"risk.system.SYS-{n}"),
                Figure(1, f"risk.above.SYS-{n}"),
                "Owner One",
            )
            for n in range(1, 9)
        ]
        if risks
        else [],
        systems_not_assessed=[
            risk.NotAssessedSystem(
                "SYS-99", "Meeting transcription", "To be screened", "Reported by staff on 2026-11-09."
            )
        ],
        participants=["Workshop on 2026-11-03 with two nurses, a physician on call and a patient representative."],
        decisions=[risk.Decision(row.ref, "acceptance ends soon; renew, or treat.") for row in above[:3]],
        changes=[
            risk.RiskChange(row.ref, "", row.today.level, "New", f"change.{row.ref}") for row in above[:4] if row.today
        ],
        changes_since="v1 of 2026-06-02 (21 risks)",
        comparison=[
            risk.ComparedControl(
                ref,
                chance.choice(TITLES),
                [r.ref for r in register if ref in r.controls],
                ["law"],
                "yes",
                f"compare.{ref}",
            )
            for ref in control_refs()
        ],
        comparison_confirmed_by=Name("Manager One"),
        comparison_confirmed_at="2026-11-13T09:41:00Z",
        soa_version=2,
        history=[
            HistoryRow(48391 - n, "2026-11-18T14:12:00Z", "Approver One", "Treatment plan approved as v2")
            for n in range(8)
        ],
        plan_approval=Act(
            Name("Approver One", "Chief Executive"),
            "2026-11-18T14:12:00Z",
            "Treatment plan v2",
            [48391],
            Name("Manager One", "AIMS manager"),
            "2026-11-16T16:34:00Z",
        ),
        residual_acceptances=[
            Act(Name("Approver One", "Chief Executive"), "2026-11-18T14:09:00Z", "RSK-3, RSK-5", [46811, 47350])
        ],
    )


def filled(shape: object, text: str) -> object:
    """The same report with `text` added to every string that a person can write."""
    kept = {
        "claim",
        "level",
        "state",
        "status",
        "applies",
        "where",
        "driver",
        "drivers",
        "grounds",
        "option",
        "paper",
        "language",
        "report",
        "kind",
        "dimension",
        "dimensions",
        "above",
        "statement",
        "confidence",
        "ref",
        "risk",
        "then",
        "now",
        "area",
        "clauses",
        "standard",
    }
    days = ("_at", "_on", "as_of", "until", "due", "last_review", "next_review", "target_by", "since", "at")
    if isinstance(shape, list):
        return [filled(item, text) if not isinstance(item, str) else f"{item} {text}" for item in shape]
    if not is_dataclass(shape):
        return shape
    changes = {}
    for name in (field.name for field in fields(shape)):
        value = getattr(shape, name)
        if name in kept or name.endswith(days):
            continue
        changes[name] = f"{value} {text}" if isinstance(value, str) else filled(value, text)
    return replace(shape, **changes)  # type: ignore[type-var]
