"""A German reader meets no English sentence where the catalogues speak."""

import pytest

from aims.catalogue import lifecycle
from controls.catalogue import catalogue
from core.catalogue import checks
from risks.catalogue import default_method, risk_catalogue

STANDARD, CYCLE, METHOD = catalogue(), lifecycle(), default_method()
TEXTS = {
    "controls": [text for entry in STANDARD.controls for text in (entry.title, entry.intent)],
    "evidence": [text for entry in STANDARD.controls for text in entry.evidence],
    "areas": [text for entry in STANDARD.areas for text in (entry.title, entry.objective)],
    "clauses": [text for entry in STANDARD.clauses for text in (entry.title, entry.requires) if text],
    "risks": [
        text for risk in risk_catalogue().risks for text in (risk.title, risk.cause, risk.event, risk.consequence)
    ],
    "checks": [text for check in checks().checks for text in (check.title, check.rule)],
    "stages": [text for stage in CYCLE.stages for text in (stage.name, stage.description)],
    "annex c": [entry.note for entry in (*CYCLE.objectives, *CYCLE.sources) if entry.note],
    "scales": [text for step in METHOD.likelihood for text in (step.name, step.description)],
    "authority": [row.note for row in METHOD.authority],
}


@pytest.mark.parametrize("kind", TEXTS)
def test_every_text_is_translated_and_not_copied(kind):
    texts = TEXTS[kind]
    assert texts and all(text.de for text in texts)
    same = {text.en for text in texts if text.en == text.de}
    assert same <= {"Fairness", "security.txt"}, same


def test_german_risk_sentences_stay_readable():
    for risk in risk_catalogue().risks:
        for part in (risk.cause.de, risk.event.de, risk.consequence.de):
            assert 9 <= len(part.split()) <= 35 and part[-1] not in ".;,", part
