"""What changes something in the room."""

from apis.services.bringing import Brought, Delivery, bring_traffic
from apis.services.claiming import claim_service
from apis.services.describing import bring, bring_description
from apis.services.editing import change_endpoint, change_service
from apis.services.findings import change_finding, choose_rule, end_exemption, save_own_rule
from apis.services.inputs import judge_again, judge_brought
from apis.services.keeping import choose_retention, retention_of, roll_up
from apis.services.maps import Look, look_at, save_field_map
from apis.services.naming import LONGEST_PATH, Effect, effect_of, name_path
from apis.services.owing import left_undone
from apis.services.posture import Looking, judge_service
from apis.services.proving import prove
from apis.services.queued import JOB as BRING_IN_JOB
from apis.services.queued import bring_or_queue, queue_or_bring, queue_or_describe
from apis.services.threats import look_for_threats, threats_brought
from apis.services.triage import change_signal, choose_detector, end_mute, mute_consumer, report_incident
from apis.words import label_of, reason_of

__all__ = [
    "BRING_IN_JOB", "LONGEST_PATH", "Brought", "Delivery", "Effect", "Look", "Looking", "bring",
    "bring_description", "bring_or_queue", "bring_traffic", "change_endpoint", "change_finding", "change_service",
    "change_signal", "choose_detector", "choose_retention", "choose_rule", "claim_service", "effect_of",
    "end_exemption", "end_mute", "judge_again", "judge_brought", "judge_service", "label_of", "left_undone", "look_at",
    "look_for_threats", "mute_consumer", "name_path", "prove", "queue_or_bring", "queue_or_describe", "reason_of",
    "report_incident", "retention_of", "roll_up", "save_field_map", "save_own_rule", "threats_brought",
]  # fmt: skip
