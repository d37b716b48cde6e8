"""Sensitive data that reaches a model: one rule for each class, told when a class first appears on a flow (8.4).

No description shows these; flows counted while traffic is read do (apis.services.exposing).
"""

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from apis.exposure.classes import CLASSES, CONTENT, SECRET, SPECIAL, DataClass
from apis.posture.rules import FLOW, NOT_MINE, SEVERITIES, Judgement, rule

CODE = "aims:exposure:{}-to-model"
WHY = _("The impact assessment of the AI system did not count with it: whoever provides the model, its logs and what "
        "it is trained with may keep it. ISO/IEC 42001, 8.4 asks to look again at changes.")  # fmt: skip
WHY_SECRET = _("Whoever reads prompts or logs of the model can use it, and models repeat what they have seen.")
MEND = _("Review the impact assessment of the AI system and say so here; or keep the data away from the model: leave "
         "the field out, mask it before the call, or accept it with a reason and an end.")  # fmt: skip
CWE = {SECRET: (200, 522), SPECIAL: (200, 359)}


def code_of(data_class: str) -> str:
    """The code of the rule about a class."""
    return CODE.format(data_class.replace("_", "-"))


def _never(unit: object, whole: object) -> Judgement:
    """Flows are not judged one by one; their first appearance is what counts."""
    return NOT_MINE


def _add(one: DataClass) -> None:
    rule(
        code_of(one.code), unit=FLOW, severity=SEVERITIES[4 - one.severity],
        title=format_lazy(_("{what} reaches a model"), what=one.label),
        says=format_lazy(_("{what} goes to %(model)s; the impact assessment needs review."), what=one.label),
        why=WHY_SECRET if one.kind == SECRET else WHY, mend=MEND, owasp=("API3:2023", "LLM02:2025"),
        cwe=CWE.get(one.kind, (200,)), atlas=("AML.T0057",), apr=("APR-28", "APR-24"), on=one.kind != CONTENT,
    )(_never)  # fmt: skip


for _one in CLASSES.values():
    _add(_one)
