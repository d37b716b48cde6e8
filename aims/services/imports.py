"""What can be imported into the inventory of AI systems (core.imports)."""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aims.catalogue.mappings import shipped_mapping, shipped_names
from aims.models import AISystem
from aims.services.fields import SYNC_FIELDS, column_of, label_of, names_of
from aims.services.sync import JOB as SYNC_JOB
from aims.services.sync import Planned, plan_systems
from core.imports import CHOICE, CHOICES, DATE, LINE, PERSON, TEXT, Delivery, Importable, ImportField, importable
from core.imports.people import member_names, member_spellings
from core.imports.running import brings_in
from core.planner import FieldMapping
from core.tables import csv_lines

JOB, UNDO = "aims.import", "aims.undo-import"
KINDS = (JOB, UNDO, SYNC_JOB)
REF = re.compile(r"SYS-[1-9]\d*")
_KINDS = {
    "owner": PERSON, "roles": CHOICES, "ai_act_class": CHOICES, "development": CHOICE, "personal_data": CHOICE,
    "stage": CHOICE, "go_live": DATE, "next_review": DATE, "retired_on": DATE,
    **dict.fromkeys(("name", "unit", "topic", "supplier", "model_name", "jurisdictions"), LINE),
}  # fmt: skip
_WORDS: dict[str, tuple[str, ...]] = {
    "name": (
        "system name", "AI system", "application", "application name", "use case name", "use case", "asset name",
        "Systemname", "KI-System", "Anwendung", "Anwendungsfall", "Bezeichnung", "Titel", "title",
    ),
    "purpose": (
        "description", "business purpose", "intended purpose", "intended purpose and expected benefits", "goal",
        "Beschreibung", "Ziel", "Verwendungszweck", "Nutzen",
    ),
    "intended_use": ("use", "usage", "how it is used", "Verwendung", "Einsatz", "Nutzung"),
    "misuse": ("misuse", "possible misuse", "Missbrauch", "Fehlgebrauch"),
    "outputs": ("output", "results", "system outputs", "Ausgaben", "Ergebnis", "Ergebnisse"),
    "unit": (
        "department", "business unit", "organisation", "organization", "agency", "bureau", "division", "team",
        "Abteilung", "Bereich", "Organisationseinheit", "Referat",
    ),
    "topic": ("topic area", "category", "domain", "subject area", "Thema", "Themengebiet", "Kategorie", "Fachgebiet"),
    "owner": (
        "system owner", "responsible", "responsible person", "accountable", "contact", "owner e-mail",
        "Verantwortlich", "Verantwortliche", "Eigentümer", "Zuständig", "Ansprechpartner",
    ),
    "roles": ("role", "our role", "actor role", "Rolle", "Unsere Rolle"),
    "development": ("development", "developed by", "make or buy", "sourcing", "Entwicklung", "Entwickelt von"),
    "supplier": ("vendor", "provider", "manufacturer", "Lieferant", "Anbieter", "Hersteller"),
    "model_name": ("model", "product", "model name", "foundation model", "Modell", "Produkt", "Modellname"),
    "datasets": ("data", "training data", "data sources", "datasets", "Daten", "Trainingsdaten", "Datenquellen"),
    "personal_data": (
        "PII", "personally identifiable information", "processes personal data", "GDPR relevant",
        "Personenbezogene Daten", "Personenbezug", "DSGVO-relevant",
    ),
    "affected": ("affected persons", "stakeholders", "who is affected", "Betroffene", "Betroffene Personen"),
    "autonomy": ("degree of automation", "automation", "Autonomie", "Automatisierungsgrad"),
    "oversight": ("human in the loop", "oversight", "Menschliche Aufsicht", "Aufsicht"),
    "jurisdictions": ("country", "countries", "region", "Länder", "Land", "Rechtsraum"),
    "environment": ("infrastructure", "hosting", "platform", "Umgebung", "Infrastruktur", "Plattform"),
    "ai_act_class": (
        "AI Act", "AI Act class", "EU AI Act class", "AI Act risk class", "risk class",
        "KI-VO-Klasse", "Risikoklasse", "KI-Verordnung",
    ),
    "go_live": (
        "go live date", "in use since", "live since", "date implemented", "implementation date", "start date",
        "Produktivsetzung", "In Betrieb seit", "Inbetriebnahme", "Startdatum",
    ),
    "next_review": ("review date", "next review date", "Nächste Prüfung", "Prüfdatum", "Wiedervorlage"),
    "notes": ("note", "comment", "comments", "remarks", "Bemerkung", "Bemerkungen", "Kommentar", "Anmerkungen"),
    "stage": (
        "stage", "lifecycle stage", "status", "stage of development", "phase", "Stand", "Phase", "Lebenszyklusphase",
    ),
    "retired_on": ("date retired", "end of life", "decommissioned on", "Stillgelegt am", "Außerbetriebnahme"),
}  # fmt: skip
_SPELLINGS: dict[str, Mapping[str, tuple[str, ...]]] = {
    "stage": {
        "INC": ("initiated", "planned", "idea", "ideation", "proposed", "Idee", "Geplant"),
        "DD": (
            "in development", "development", "acquisition and/or development", "pilot", "prototype", "In Entwicklung",
        ),
        "VV": ("test", "testing", "validation", "In Prüfung", "Test"),
        "DEP": ("implementation", "implementation and assessment", "rollout", "In Einführung", "Einführung"),
        "OM": (
            "in production", "production", "live", "active", "in use", "operational", "operation and maintenance",
            "in mission", "In Betrieb", "Produktiv", "Aktiv", "In Nutzung",
        ),
        "RET": ("retired", "decommissioned", "inactive", "end of life", "Stillgelegt", "Abgeschaltet"),
    },
    "development": {
        "in_house": ("internal", "developed in-house", "own development", "Eigenentwicklung", "intern"),
        "contract": ("contractor", "developed with contracting resources", "outsourced", "Auftragsentwicklung"),
        "both": ("mixed", "developed with both contracting and in-house resources", "gemischt"),
        "bought": ("purchased", "commercial", "COTS", "SaaS", "vendor", "Zugekauft", "Kauf"),
    },
    "personal_data": {
        "yes": ("true", "y", "1", "x", "ja", "wahr"),
        "no": ("false", "n", "0", "nein", "falsch"),
        "unknown": ("unclear", "tbd", "unbekannt", "unklar"),
    },
    "roles": {
        "provider": ("vendor", "Anbieter"), "user": ("deployer", "operator", "Betreiber", "Nutzer"),
        "producer": ("developer", "manufacturer", "Entwickler", "Hersteller"),
    },
    "ai_act_class": {},
}  # fmt: skip


def _field(name: str) -> ImportField:
    kind = _KINDS.get(name, TEXT)
    values: Any = None
    reads = None
    if kind == PERSON:
        values, reads = member_names, member_spellings
    elif name in _SPELLINGS:
        values = partial(_values, name)
    return ImportField(
        name, gettext_lazy("EU AI Act classes") if name == "ai_act_class" else column_of(name).verbose_name, kind,
        required=name == "name", words=_WORDS.get(name, ()),
        values=values, spellings=_SPELLINGS.get(name, {}), reads=reads,
    )  # fmt: skip


def _values(name: str, _management_system_id: Any) -> Mapping[str, Any]:
    return names_of(name)


def _prepare(given: Delivery) -> Planned:
    form = REF if given.reader.names_records else None
    return plan_systems(given.actor, given.source, given.rows, given.reader, given.rules, by_reference=form)


def _shipped() -> dict[str, FieldMapping]:
    return {name: shipped_mapping(name) for name in shipped_names()}


def _next_steps(result: Mapping[str, Any]) -> list[tuple[Any, str]]:
    found = []
    if result.get("create"):
        found.append((_("Screen the new systems"), "systems_to_screen"))
    if result.get("matched"):
        found.append((_("Say which rows mean systems you have"), "systems_claims"))
    return found


SYSTEMS = importable(
    Importable(
        key="systems", title=gettext_lazy("AI systems"), permission="aims.sync", job=JOB, undo_job=UNDO,
        model=AISystem, fields=tuple(map(_field, SYNC_FIELDS)), identity=("name", "unit"), prepare=_prepare,
        reference=REF, sourced=True, shipped=_shipped, next_steps=_next_steps, start="systems_import",
    )
)  # fmt: skip
brings_in(SYNC_JOB, SYSTEMS.key)


def field_label(name: str) -> str:
    """A field's name for reading, with a capital."""
    label = _("reference") if name == "ref" else label_of(name)
    return label[:1].upper() + label[1:]


def template_file() -> Iterator[bytes]:
    """A CSV with our columns."""
    return csv_lines([field_label(name) for name in SYNC_FIELDS], ())


__all__ = ["JOB", "KINDS", "REF", "SYSTEMS", "UNDO", "field_label", "template_file"]
