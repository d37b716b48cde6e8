"""What the Statement of Applicability prints about each control that changed since the last version."""

import pytest

from controls.content import FIELDS, Difference
from reports.builders.soa import change_of

ROW = {
    **dict.fromkeys(FIELDS, ""), "code": "A.10.3", "applies": "yes", "where": "all", "systems": [], "drivers": ["risk"],
    "reason": "Five systems run on what suppliers provide.", "status": "planned",
}  # fmt: skip


@pytest.mark.parametrize(
    ("now", "before", "after"),
    [
        ({"status": "in_place"}, "Applies, Planned", "Applies, In place"),
        ({"where": "except", "systems": ["SYS-6"]}, "Applies, Planned", "Applies, All except SYS-6, Planned"),
        ({"reason": "Another.", "proof": "A list"}, "Applies, Planned", "Applies, Planned; changed: reason, proof"),
        ({"applies": "no", "status": ""}, "Applies, Planned", "Does not apply"),
    ],
)
def test_a_changed_control_says_what_changed(now, before, after):
    change = change_of(Difference("A.10.3", ROW, {**ROW, **now}))
    assert (change.before, change.after) == (before, after)


def test_a_new_control_names_no_fields():
    assert change_of(Difference("O.1", None, ROW)).after == "Applies, Planned"
