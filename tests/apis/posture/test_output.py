import orjson
from hypothesis import given
from hypothesis import strategies as st

from apis.posture.engine import judge
from apis.posture.rules import RULES
from apis.posture.sarif import Shown, sarif
from apis.posture.score import score
from apis.posture.view import View
from tests.apis.posture.samples import BEST, OLD, WORST, described, small


def shown(text, **more):
    return [
        Shown(RULES[one.rule], one.severity, one.place, one.pointer, one.fingerprint, "api v1.yaml", one.params, **more)
        for one in judge("S", described(text)).findings
    ]


def test_sarif_names_each_rule_once_and_every_finding():
    found = shown(WORST, ref="FND-1", url="https://aims.example/FND-1", service="Chat")
    log = orjson.loads(orjson.dumps(sarif(found, "1.0")))
    [run] = log["runs"]
    rules = [one["id"] for one in run["tool"]["driver"]["rules"]]
    assert (log["version"], len(rules), len(run["results"])) == ("2.1.0", len(set(rules)), len(found))
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]
        assert result["partialFingerprints"]["aims42/v1"]
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "api%20v1.yaml"
        assert result["hostedViewerUri"]


def test_sarif_of_an_accepted_finding_says_that_it_is_and_why():
    one = Shown(RULES["aims:traffic:http"], "high", "", "", "f", "", {"calls": 1, "all": 2}, accepted="Inside only")
    [result] = sarif([one])["runs"][0]["results"]
    assert result["suppressions"] == [{"kind": "external", "status": "accepted", "justification": "Inside only"}]
    assert result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "service"
    assert "physicalLocation" not in result["locations"][0]
    assert result["message"]["text"] == "1 of 2 calls came over http."


def test_sarif_of_nothing_is_a_valid_log():
    assert sarif([])["runs"][0]["results"] == []


def counts(text):
    return {code: (one.judged, one.broken, 0) for code, one in judge("S", described(text)).looked.items()}


def test_the_score_falls_with_what_is_wrong_and_names_its_rules():
    rules = list(RULES.values())
    best, worst = score(rules, counts(BEST)), score(rules, counts(WORST))
    assert best.points == 100
    assert worst.points < 40
    assert abs(100 - worst.points - sum(part.lost for part in worst.parts)) <= 0.5
    assert worst.parts[0].lost >= worst.parts[-1].lost
    assert all(part.judged for part in worst.parts)


def test_what_is_accepted_costs_nothing_and_nothing_judged_is_no_score():
    rule = RULES["owasp:api2:2023-write-restricted"]
    assert score([rule], {rule.code: (4, 2, 0)}).points == 50
    assert score([rule], {rule.code: (4, 2, 2)}).points == 100
    assert score([rule], {rule.code: (0, 0, 0)}) is None
    assert score([rule], {}) is None


def test_a_key_that_never_ends_is_named_where_it_is_the_only_way_in():
    schemes = {"key": {"type": "http", "scheme": "bearer"}}
    paths = {"/v1/chat": {"post": {"security": [{"key": []}]}}}
    found = {one.rule for one in judge("S", small(paths, components={"securitySchemes": schemes})).findings}
    assert "aims:ai:one-key-for-all" in found


def test_an_old_description_is_seen_as_a_new_one():
    view = View(described(OLD))
    second, first = view.operations
    assert [body.media for body in first.requests] == ["application/json"]
    assert set(first.fields) == {"size"}
    assert [body.media for body in second.requests] == ["multipart/form-data"]
    assert [one.url for one in view.servers] == ["http://old.example.com", "https://old.example.com"]
    assert view.schemes["code"].flows["authorizationCode"]["tokenUrl"] == "https://a.example"
    assert set(second.error_fields) == {"trace"}


def test_strange_documents_are_judged_without_an_error():
    strange = {"schema": {"allOf": 3, "properties": [], "prefixItems": [{"$ref": "#/a"}]}}
    get = {
        "parameters": [5, {"$ref": "x.yaml"}, {"name": 3, "in": None, "schema": True}], "responses": [],
        "security": [3], "tags": "x", "requestBody": 4, "callbacks": {"a": 3},
    }  # fmt: skip
    post = {
        "requestBody": {"content": {"application/json": 3, "x": strange}},
        "responses": {200: 3, "429": {"headers": 4}},
    }
    odd = {"/a": {"get": get}, "/b": {"post": post}}
    more = {
        "servers": [3, {"url": 4}, {"url": "http://[broken"}],
        "components": {"schemas": {"A": 3}, "securitySchemes": {"x": 4}},
    }
    assert judge("S", small(odd, **more, webhooks={"w": 3}), rules=list(RULES.values())).findings


WORDS = (
    "schema", "properties", "allOf", "items", "$ref", "type", "parameters", "requestBody", "content", "security",
    "responses", "headers", "callbacks", "in", "name", "additionalProperties", "application/json", "tags", "enum",
)  # fmt: skip
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(("#/components/schemas/A", "object", "query", "limit")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=5),
    max_leaves=25,
)


@given(st.dictionaries(st.sampled_from(WORDS), ANYTHING, max_size=6), ANYTHING)
def test_descriptions_of_any_shape_are_judged(operation, part):
    """Whatever stands in an operation, a schema or a scheme: findings, never an error."""
    components = {"schemas": {"A": part}, "securitySchemes": {"a": part}, "parameters": part}
    for path in ("/v1/chat/completions", "/v1/files"):
        description = small({path: {"post": operation, "parameters": part}}, components=components, servers=part)
        judge("S", description, rules=list(RULES.values()))


def test_schemas_that_contain_themselves_end():
    loop = {
        "properties": {"child": {"$ref": "#/components/schemas/Tree"}},
        "allOf": [{"$ref": "#/components/schemas/Tree"}],
    }
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Tree"}}}}
    view = View(small({"/a": {"post": {"requestBody": body}}}, components={"schemas": {"Tree": loop}}))
    assert set(view.operations[0].fields) == {"child"}
    assert [shape.place for shape in view.shapes] == ["schema Tree"]
