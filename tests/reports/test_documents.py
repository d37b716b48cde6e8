"""The shapes of reports and their canonical bytes."""

import json
from dataclasses import dataclass, replace

import pytest

from reports.documents import common
from reports.documents.common import content_hash, to_json
from reports.documents.kinds import SHAPES, from_json
from tests.reports.samples import make_cover, make_risk_report, make_soa


@pytest.mark.parametrize("report", [make_soa(), make_risk_report(8), make_risk_report(0)])
def test_a_report_comes_back_unchanged_from_its_canonical_bytes(report):
    assert from_json(to_json(report)) == report


def test_canonical_bytes_have_sorted_keys_and_no_spaces():
    document = to_json(make_soa())

    assert (
        document == json.dumps(json.loads(document), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    )


def test_equal_reports_have_the_same_fingerprint_and_different_ones_do_not():
    assert content_hash(make_soa()) == content_hash(make_soa())
    assert content_hash(make_soa()) != content_hash(make_soa(number="RPT-SOA-8"))


def test_a_float_has_no_canonical_form():
    with pytest.raises(TypeError, match="float"):
        to_json(replace(make_soa(), cover=make_cover(history_entry=1.5)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.update(kind="RPT-OTHER"), "unknown kind"),
        (lambda d: d.update(schema=99), "schema 99"),
        (lambda d: d["report"].update(extra=1), "unknown field 'extra'"),
        (lambda d: d["report"].pop("areas"), "'areas' is missing"),
        (lambda d: d["report"]["cover"].update(history_entry="1"), "history_entry: int is expected"),
        (lambda d: d["report"]["cover"].update(history_entry=True), "history_entry: int is expected"),
        (lambda d: d["report"].update(areas={}), "a list is expected"),
        (lambda d: d["report"].update(cover=[]), "an object is expected"),
    ],
)
def test_bytes_of_another_shape_are_refused_with_the_place(change, message):
    document = json.loads(to_json(make_soa()))
    change(document)

    with pytest.raises(ValueError, match=message):
        from_json(json.dumps(document).encode())


def test_every_figure_carries_a_claim():
    def figures(value):
        if isinstance(value, common.Figure):
            yield value
        elif isinstance(value, list):
            for item in value:
                yield from figures(item)
        elif hasattr(value, "__dataclass_fields__"):
            for name in value.__dataclass_fields__:
                yield from figures(getattr(value, name))

    claims = [figure.claim for report in (make_soa(), make_risk_report(8)) for figure in figures(report)]

    assert all(claims)
    assert len(claims) > 100


def test_shapes_hold_nothing_that_has_no_canonical_form():
    @dataclass(frozen=True)
    class Wrong:
        at: object

    assert set(SHAPES) == {"RPT-SOA", "RPT-RISK"}
    with pytest.raises(TypeError, match="object"):
        common.plain(Wrong(object()))
