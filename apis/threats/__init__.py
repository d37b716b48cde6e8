"""Threats to APIs that serve models: texts and behaviour judged, reasons and counts returned, no values kept.

Texts: ``judge_call`` (injection in URL, headers and body) and ``judge_prompt`` return a Verdict of score and codes.
Behaviour: ``signals_of`` turns calls as columns (``apis.threats.events.COLUMNS``: at, host, method, path, query,
status, consumer, user, agent, tokens_in, tokens_out, bytes_in, bytes_out, prompt; ``template`` where it is known) into
Signals, which add up in any order (``added``); ``past_of`` sums earlier hours up; ``detect`` returns Alarms.
``DETECTORS`` holds words, thresholds, anchors and identifiers; changed thresholds are handed to ``detect``.
"""

from apis.threats.behaviour import Alarm, Past, detect, past_of
from apis.threats.detectors import DETECTORS, Detector, Threshold, settings_of
from apis.threats.events import COLUMNS, signals_of
from apis.threats.prompts import judge_prompt
from apis.threats.signals import Activity, Distinct, Signals, added
from apis.threats.texts import Verdict, judge_call, judge_value
from apis.threats.words import FAMILIES, reason_words

__all__ = [
    "COLUMNS", "DETECTORS", "FAMILIES", "Activity", "Alarm", "Detector", "Distinct", "Past", "Signals", "Threshold",
    "Verdict", "added", "detect", "judge_call", "judge_prompt", "judge_value", "past_of", "reason_words",
    "settings_of", "signals_of",
]  # fmt: skip
