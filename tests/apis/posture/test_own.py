import pytest
from hypothesis import given
from hypothesis import strategies as st

from apis.facts import Window
from apis.posture.engine import judge
from apis.posture.own import FIELDS, OPERATORS, OwnRuleRefused, like, look, parse
from tests.apis.posture.samples import small
from tests.apis.posture.test_engine import WHEN

PATHS = {
    "/a/{id}": {
        "get": {"tags": ["public"], "x-owner": "team", "x.dotted": 1, "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "maxLength": 8}}]},
        "post": {
            "security": [{"oauth": ["write"]}], "deprecated": True,
            "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}},
        },
    }
}  # fmt: skip
MORE = {
    "servers": [{"url": "https://api.example.com", "x-zone": "dmz"}],
    "components": {
        "schemas": {"A": {"properties": {"name": {"type": "string"}}}},
        "securitySchemes": {"oauth": {"type": "oauth2", "x-idp": "ours"}},
    },
}


def rule_of(unit, must, where=(), **more):
    data = {"code": "mine", "title": "Mine", "severity": "high", "unit": unit, "must": must, "where": list(where)}
    return parse({**data, **more})


def condition(field, operator, value=None):
    return (
        {"field": field, "operator": operator, "value": value}
        if value is not None
        else {"field": field, "operator": operator}
    )


def places(unit, must, where=()):
    windows = [Window(WHEN, "h", "GET", "/a/{id}", "key:x", 7, {200: 5, 401: 2}, {}, 0, 0, WHEN, WHEN, {"http": 1})]
    verdict = judge("S", small(PATHS, **MORE), windows, rules=[rule_of(unit, must, where)])
    return verdict.looked["own:mine"].judged, [one.place for one in verdict.findings]


def test_an_own_rule_judges_what_its_conditions_choose():
    judged = places("operation", [condition("written.x-owner", "present")], [condition("method", "is", "post")])
    assert judged == (1, ["POST /a/{id}"])
    assert places("operation", [condition("written.x-owner", "is", "team")], [condition("tags", "is", "PUBLIC")]) == (
        1,
        [],
    )


@pytest.mark.parametrize(
    ("unit", "field", "operator", "value", "holds"),
    [
        ("service", "title", "is", "small", True),
        ("service", "hosts", "contains", "example", True),
        ("service", "written.info.version", "is", 1, True),
        ("operation", "statuses", "absent", None, True),
        ("parameter", "schema.maxLength", "at_most", 8, True),
        ("parameter", "schema.maxLength", "at_least", 9, False),
        ("parameter", "required", "is", "true", True),
        ("parameter", "written.in", "one_of", ["path", "query"], True),
        ("shape", "fields", "none_of", ["password"], True),
        ("shape", "name", "begins_with", "a", True),
        ("shape", "fields", "at_most", 1, True),
        ("scheme", "written.x-idp", "is_not", "ours", False),
        ("server", "url", "ends_with", ".com", True),
        ("server", "host", "like", "api.*.com", True),
        ("server", "written.x-zone", "lacks", "dmz", False),
        ("called", "marks.http", "absent", None, False),
        ("called", "calls", "at_least", 7, True),
        ("called", "statuses", "is", 401, True),
        ("called", "described", "is", False, False),
    ],
)
def test_every_kind_of_thing_and_every_comparison_can_be_asked_about(unit, field, operator, value, holds):
    judged, wrong = places(unit, [condition(field, operator, value)])
    assert judged
    assert (len(wrong) < judged) is holds if unit == "operation" else (not wrong) is holds


def refusal(**changed):
    data = {
        "code": "mine",
        "title": "T",
        "severity": "low",
        "unit": "operation",
        "must": [condition("path", "present")],
    }
    with pytest.raises(OwnRuleRefused) as caught:
        parse({**data, **changed})
    return caught.value.errors


@pytest.mark.parametrize(
    ("changed", "where", "says"),
    [
        ({"code": "Not Good"}, "code", "small letters"),
        ({"code": "a" * 61}, "code", "60"),
        ({"code": "a\n"}, "code", "small letters"),
        ({"title": "  "}, "title", "characters"),
        ({"why": "x" * 501}, "why", "500"),
        ({"severity": "fatal"}, "severity", "critical"),
        ({"unit": "moon"}, "unit", "operation"),
        ({"must": []}, "must", "at least one"),
        ({"must": None}, "must", "at least one"),
        ({"must": "path"}, "must", "list"),
        ({"where": [condition("path", "present")] * 21}, "where", "20"),
        ({"must": [{"field": "path", "operator": "present", "code": "1"}]}, "must.1", "“code”"),
        ({"must": [condition("__class__", "present")]}, "must.1", "method"),
        ({"must": [condition("path.x", "present")]}, "must.1", "method"),
        ({"must": [condition("written.", "present")]}, "must.1", "method"),
        ({"must": [condition("path", "eval", "1")]}, "must.1", "one_of"),
        ({"must": [condition("path", "present", "x")]}, "must.1", "no value"),
        ({"must": [condition("path", "one_of", [])]}, "must.1", "list of 1"),
        ({"must": [condition("path", "at_least", "x")]}, "must.1", "number"),
        ({"must": [condition("path", "is", "x" * 501)]}, "must.1", "500"),
        ({"must": [condition("path", "is")]}, "must.1", "word"),
        ({"must": [5]}, "must.1", "Ask about"),
        ({"apr": ["APR-99"]}, "apr", "APR-09"),
        ({"unit": "called", "must": [condition("written.x", "present")]}, "must.1", "host"),
    ],
)
def test_a_rule_that_cannot_be_used_says_what_is_wrong(changed, where, says):
    errors = refusal(**changed)
    assert says in errors[where], errors


def test_all_that_is_wrong_is_said_at_once():
    assert {"code", "unit", "severity", "title", "must.1"} <= set(
        refusal(code="", unit="", severity="", title="", must=[condition("path", "eval")])
    )


@pytest.mark.parametrize(
    ("word", "pattern", "fits"),
    [
        ("abc", "abc", True), ("abc", "a*", True), ("abc", "*c", True), ("abc", "a*c", True), ("abc", "*b*", True),
        ("abc", "*", True), ("abc", "a*d", False), ("aba", "ab*ba", False), ("abxcdx", "a*x*x", True),
        ("abc", "*x*", False),
    ],
)  # fmt: skip
def test_a_pattern_has_one_sign_only(word, pattern, fits):
    assert like(word, pattern) is fits


def test_a_pattern_of_many_stars_takes_no_longer():
    assert like("a" * 100_000, "*a" * 200 + "*b") is False


def test_names_with_dots_are_found():
    assert look({"written": {"x.dotted": {"deep": 1}}}, "written.x.dotted.deep") == 1
    assert look({"written": {"x": 1}}, "written.x.y") is None
    assert look({"written": {}}, "written.x") is None


@given(
    st.dictionaries(
        st.text(max_size=8), st.none() | st.integers() | st.text(max_size=8) | st.lists(st.none()), max_size=5
    )
)
def test_any_data_is_a_rule_or_refused(data):
    with pytest.raises(OwnRuleRefused):
        parse(data)


def test_every_field_can_be_asked_about():
    for unit, fields in FIELDS.items():
        for field in fields:
            assert rule_of(unit, [condition(field, "present")]).own


def test_every_comparison_has_a_label():
    assert all(str(one.label) for one in OPERATORS.values())
