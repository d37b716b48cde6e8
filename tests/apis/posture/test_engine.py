import dataclasses
import datetime

import pytest
import yaml

from apis.descriptions.reading import read
from apis.facts import Window
from apis.posture.engine import MOST, fingerprint, judge, rules_on
from apis.posture.requirements import ANNEX
from apis.posture.rules import FLOW, LOW, RULES, SERVICE, SEVERITIES, UNITS, Rule, rule
from apis.posture.traffic import Known
from tests.apis.posture.samples import BEST, OLD, WORST, described, small
from tests.data import domain, testdata

ALL = list(RULES.values())
REAL = (
    "openai_openapi.yaml",
    "hf_tgi_openapi.json",
    "ollama_openapi.yaml",
    "petstore_openapi.yaml",
    "vampi_openapi3.yml",
)
WHEN = datetime.datetime(2026, 11, 1, 9, tzinfo=datetime.UTC)


def window(template="/v1/chat", method="POST", consumer="key:a", statuses=None, **marks):
    statuses = statuses or {200: 10}
    calls = sum(statuses.values())
    return Window(WHEN, "api.example.com", method, template, consumer, calls, statuses, {}, 0, 0, WHEN, WHEN, marks)


def codes(verdict):
    return {one.rule for one in verdict.findings}


def broken_in(*sources):
    return {code for text in sources for code in codes(judge("S", described(text), rules=ALL))}


def test_there_are_more_than_sixty_rules_and_their_codes_say_where_they_come_from():
    assert len(RULES) > 100
    begins = ("owasp:api", "aims:api", "aims:ai:", "aims:traffic:", "aims:exposure:")
    assert all(code.startswith(begins) for code in RULES)
    assert sum(code.startswith("owasp:") for code in RULES) == 32


@pytest.mark.parametrize("one", RULES.values(), ids=list(RULES))
def test_every_rule_says_why_and_how_to_mend_and_what_it_supports(one):
    assert one.severity in SEVERITIES
    assert one.unit in UNITS
    assert all(str(words).strip().endswith((".", "…")) for words in (one.why, one.mend))
    assert not str(one.title).endswith(".")
    assert one.owasp
    assert one.cwe
    assert one.apr
    assert set(one.apr) <= set(ANNEX)
    assert one.annex


@pytest.mark.parametrize("one", [one for one in RULES.values() if not one.on], ids=lambda one: one.code)
def test_rules_that_are_off_say_so(one):
    assert "off until wanted" in str(one.why).lower()


def test_references_of_rules_exist_at_their_source():
    owasp = yaml.safe_load(domain("ids/owasp_ids.yaml").read_text())
    atlas = yaml.safe_load(domain("ids/atlas_all_ids.yaml").read_text())
    known = {one["id"] for rows in owasp.values() if isinstance(rows, list) for one in rows if "id" in one}
    techniques = {one["id"] for one in atlas["techniques"]}
    assert {name for one in ALL for name in one.owasp} <= known
    assert {name for one in ALL for name in one.atlas} <= techniques
    for code in ("API6:2023", "API10:2023"):
        assert any(code in one.owasp for one in ALL)


def test_annex_a_of_requirements_is_that_of_the_domain_file():
    rows = yaml.safe_load(domain("api_requirements.yaml").read_text())["requirements"]
    assert {row["id"]: tuple(row["annex_a"]) for row in rows} == ANNEX


def test_every_rule_from_descriptions_fires_somewhere():
    expected = {one.code for one in ALL if not one.from_traffic and one.unit != FLOW}
    assert expected - broken_in(WORST, OLD) == {"aims:ai:one-key-for-all"}


def test_no_rule_fires_at_a_description_without_fault():
    assert broken_in(BEST) == set()


def test_a_finding_says_where_it_is_and_keeps_its_fingerprint():
    rule_code = "owasp:api2:2023-no-credentials-in-url"
    [found] = [one for one in judge("SVC-1", described(WORST)).findings if one.rule == rule_code]
    assert (found.place, found.method, found.path) == (
        "GET /v2/people/{id} query access_token",
        "GET",
        "/v2/people/{id}",
    )
    assert found.pointer == "#/paths/~1v2~1people~1{id}/get/parameters/2"
    assert found.fingerprint == fingerprint(found.rule, "SVC-1", found.place)
    assert "access_token" in RULES[found.rule].sentence(found.params)


def test_no_credential_of_a_description_is_repeated_in_a_finding():
    secret = WORST.replace("sk-abcdefghijklmnopqrstuvwxyzABCDEF0123", "sk-" + "canary0" * 6).replace(
        "user:pw", "canary:pw"
    )
    secret = secret.replace("http://id.example.com/a", "http://canary:pw@id.example.com/a")
    found = judge("S", described(secret), rules=ALL).findings
    assert {"aims:api2:2023-server-with-credentials", "aims:api8:2023-secret-in-description"} <= {
        one.rule for one in found
    }
    assert "canary" not in str(found)


def test_moving_things_about_changes_no_fingerprint():
    text = WORST.replace("paths:\n", "paths:\n  /first: {get: {responses: {}}}\n", 1)
    before = {one.fingerprint for one in judge("S", described(WORST)).findings}
    assert before <= {one.fingerprint for one in judge("S", described(text)).findings}


def test_fingerprints_differ_by_rule_service_and_place():
    assert len({fingerprint(*key) for key in (("a", "b", "c"), ("a", "b", "d"), ("a", "d", "c"), ("ab", "", "c"))}) == 4


def test_the_verdict_counts_what_was_judged_and_a_rule_without_matter_says_nothing():
    verdict = judge("S", small({"/a": {"get": {}}, "/b": {"get": {"security": [{"k": []}]}}}))
    reading = verdict.looked["owasp:api2:2023-read-restricted"]
    assert (reading.judged, reading.broken) == (2, 1)
    assert verdict.looked["aims:ai:inference-without-quota"].judged == 0
    assert verdict.looked["aims:traffic:http"].judged == 0


def test_rules_are_chosen_by_code_and_own_ones_are_added():
    own = dataclasses.replace(RULES["aims:api9:2023-no-contact"], code="own:x")
    chosen = rules_on({"aims:api9:2023-no-contact": False, "owasp:api4:2023-rate-limit": True}, [own])
    names = {one.code for one in chosen}
    assert "aims:api9:2023-no-contact" not in names
    assert {"owasp:api4:2023-rate-limit", "own:x"} <= names


def test_two_rules_of_one_code_and_judgements_of_the_wrong_kind_are_faults_of_ours():
    with pytest.raises(ValueError, match="two rules"):
        rule("aims:api9:2023-no-contact", unit=SERVICE, severity=LOW, title="", why="", mend="")(lambda one, view: None)
    wrong = Rule("x", SERVICE, LOW, "t", "w", "m", judge=lambda one, view: "yes")
    with pytest.raises(TypeError):
        judge("S", small({"/a": {"get": {}}}), rules=[wrong])


def test_the_same_place_twice_is_one_finding_that_counts():
    twice = Rule("x", SERVICE, LOW, "t", "w", "m", judge=lambda one, view: {"times": 3})
    [found] = judge("S", small({"/a": {"get": {}}}), rules=[twice, twice]).findings
    assert found.times == 6


def test_of_very_many_places_some_are_kept_and_all_are_counted():
    paths = {f"/a{number}": {"get": {}} for number in range(MOST + 5)}
    verdict = judge("S", small(paths))
    kept = [one for one in verdict.findings if one.rule == "owasp:api2:2023-read-restricted"]
    assert (len(kept), verdict.looked["owasp:api2:2023-read-restricted"].broken) == (MOST, MOST + 5)
    assert "owasp:api2:2023-read-restricted" in verdict.cut


def test_every_rule_from_traffic_fires_somewhere():
    description = described(WORST)
    secured = tuple(dataclasses.replace(one, secured=True, deprecated=True) for one in description.operations)
    description = dataclasses.replace(description, operations=secured)
    every = {"http": 1, "old_tls": 1, "query_credential": 1, "cors_any": 1, "basic": 1, "shared_key": 1}
    windows = [
        window(statuses={200: 900, 500: 200}, no_credential=3, open_2xx=2, **every),
        window("/admin/users", "DELETE", "address:b", open_2xx=1),
        window("/.git/config", "GET", "address:b"),
        window("/x", "TRACE", "address:b"),
    ]
    found = codes(judge("S", description, windows))
    assert {one.code for one in ALL if one.from_traffic} - found == set()


def test_traffic_without_fault_has_no_findings_and_the_figures_add_up():
    windows = [
        window("/v1/models", "GET", statuses={200: 900, 401: 3}),
        window("/v1/models", "GET", statuses={429: 200}),
    ]
    description = described("openapi: 3.0.0\ninfo: {version: 1}\nsecurity: [{k: []}]\npaths: {/v1/models: {get: {}}}")
    verdict = judge("S", description, windows)
    assert not [one for one in verdict.findings if one.rule.startswith("aims:traffic")]
    assert verdict.looked["aims:traffic:http"].judged == 1
    assert verdict.looked["aims:traffic:never-refused"].judged == 1


def test_traffic_is_judged_without_a_description_by_kinds_that_are_known_otherwise():
    found = judge("S", None, [window(open_2xx=4)], known=Known({("POST", "/v1/chat"): "chat"}))
    assert "aims:traffic:model-without-credentials" in codes(found)
    assert "aims:traffic:undescribed" not in codes(found)
    [one] = [one for one in found.findings if one.rule == "aims:traffic:model-without-credentials"]
    assert (one.place, one.method, one.path, one.pointer) == ("POST api.example.com/v1/chat", "POST", "/v1/chat", "")


def test_marks_that_nobody_set_are_no_finding():
    verdict = judge("S", None, [window(consumer="address:x")])
    assert verdict.looked["aims:traffic:answered-without-credentials"].judged == 0


@pytest.mark.parametrize("name", REAL)
def test_real_descriptions_are_judged_alike_each_time(name):
    content = testdata(f"specs/{name}").read_bytes()
    first, again = (judge("S", read(content, name), rules=ALL) for _turn in range(2))
    assert first.findings == again.findings
    assert first.findings
    assert len({one.fingerprint for one in first.findings}) == len(first.findings)
    assert all(RULES[one.rule].sentence(one.params) for one in first.findings)


def test_what_real_descriptions_are_known_for_is_found():
    def found(name):
        return codes(judge("S", read(testdata(f"specs/{name}").read_bytes(), name)))

    vampi, petstore = found("vampi_openapi3.yml"), found("petstore_openapi.yaml")
    assert {"owasp:api2:2023-read-restricted", "owasp:api8:2023-no-server-http"} <= vampi
    assert "aims:api8:2023-debug-operation" in vampi
    assert {"aims:api2:2023-oauth-implicit", "owasp:api2:2023-no-credentials-in-url"} <= petstore
    assert "owasp:api1:2023-no-numeric-ids" in petstore
    assert "owasp:api2:2023-write-restricted" in found("ollama_openapi.yaml")
