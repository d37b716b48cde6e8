import itertools

import orjson
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from apis.descriptions import loading
from apis.descriptions.loading import NotADescription, load
from apis.descriptions.pointers import look_up, pointer, resolved
from apis.descriptions.reading import read
from tests.data import testdata

OK = {"responses": {"200": {"description": "ok"}}}


def written(document, as_yaml=False):
    return yaml.safe_dump(document).encode() if as_yaml else orjson.dumps(document)


def described(**more):
    return {"openapi": "3.0.3", "info": {"title": "A", "version": "1"}, "paths": {"/a": {"get": OK}}, **more}


def keys_of(description):
    return [(one.method, one.path) for one in description.operations]


def refused(content):
    with pytest.raises(NotADescription) as caught:
        read(content, "file.yaml")
    assert str(caught.value) == caught.value.reason
    return caught.value


@pytest.mark.parametrize(
    ("name", "dialect", "counts"),
    [
        ("openai_openapi.yaml", "3.1", (288, 281, 176, 15, 0)),
        ("hf_tgi_openapi.json", "3.0", (12, 12, 12, 0, 12)),
        ("ollama_openapi.yaml", "3.1", (12, 12, 12, 0, 12)),
        ("petstore_openapi.yaml", "3.0", (19, 19, 13, 0, 10)),
        ("vampi_openapi3.yml", "3.0", (14, 14, 12, 0, 8)),
    ],
)
def test_real_descriptions_are_counted_exactly(name, dialect, counts):
    """Operations written and distinct, paths, deprecated ones, and those that ask for no credentials."""
    found = read(testdata(f"specs/{name}").read_bytes(), name)
    paths = {one.path for one in found.operations}
    deprecated = sum(one.deprecated for one in found.operations)
    unsecured = sum(one.secured is not True for one in found.operations)
    assert found.dialect == dialect
    assert (found.described, len(found.operations), len(paths), deprecated, unsecured) == counts


@pytest.mark.parametrize("as_yaml", [False, True])
def test_json_and_yaml_of_the_same_description_are_the_same_facts(as_yaml):
    document = described(servers=[{"url": "https://API.example.com:443/v1/"}], security=[{"key": []}])
    found = read(written(document, as_yaml), "a")
    assert (found.title, found.version, found.dialect, found.hosts) == ("A", "1", "3.0", ("api.example.com",))
    assert keys_of(found) == [("GET", "/v1/a")]
    assert found.operations[0].secured is True
    assert found.document["paths"] == {"/a": {"get": OK}}


def test_a_swagger_description_has_host_base_path_and_definitions():
    document = {
        "swagger": "2.0", "info": {"title": "Old", "version": 2}, "host": "old.example.com:8080", "basePath": "/api/",
        "schemes": ["http"], "paths": {"/x/{id}": {"get": {**OK, "security": []}, "parameters": []}, "x-note": {}},
    }  # fmt: skip
    found = read(written(document), "old.json")
    assert (found.dialect, found.version, found.hosts) == ("2.0", "2", ("old.example.com:8080",))
    assert keys_of(found) == [("GET", "/api/x/{id}")]
    assert found.operations[0].secured is False


def test_a_swagger_description_without_a_host_keeps_its_paths():
    document = {"swagger": "2.0", "paths": {"/x": {"get": OK}}, "basePath": "v2"}
    found = read(written(document), "shop.json")
    assert (found.title, found.hosts, keys_of(found)) == ("shop", (), [("GET", "/v2/x")])


@pytest.mark.parametrize(
    ("server", "host", "path"),
    [
        ({"url": "https://{tenant}.example.com/{v}", "variables": {"tenant": {"default": "eu"}, "v": {"default": 2}}},
         "eu.example.com", "/2/a"),
        ({"url": "/v1"}, "", "/v1/a"),
        ({"url": "v1"}, "", "/v1/a"),
        ({"url": "/"}, "", "/a"),
        ({"url": "http://[::1]:80/"}, "::1", "/a"),
        ({"url": "https://{who}.example.com"}, "", "/a"),
        ({"url": "https://a:port/"}, "", "/a"),
        ({"url": None}, "", "/a"),
    ],
)  # fmt: skip
def test_servers_give_host_and_base_path(server, host, path):
    found = read(written(described(servers=[server])), "a")
    assert keys_of(found) == [("GET", path)]
    assert found.hosts == ((host,) if host else ())
    assert bool(found.problems) == ("who" in str(server) or "port" in str(server))


def test_servers_of_a_path_and_of_an_operation_go_before_those_of_the_description():
    inner = {**OK, "servers": [{"url": "https://files.example.com/up"}]}
    paths = {"/a": {"servers": [{"url": "https://b.example.com/b"}], "get": OK, "post": inner}}
    found = read(written(described(paths=paths, servers=[{"url": "https://a.example.com"}])), "a")
    assert keys_of(found) == [("GET", "/b/a"), ("POST", "/up/a")]
    assert found.hosts == ("a.example.com", "b.example.com", "files.example.com")


def test_servers_that_answer_under_different_paths_are_named():
    found = read(written(described(servers=[{"url": "https://a.example/v1"}, {"url": "https://a.example/v2"}])), "a")
    assert keys_of(found) == [("GET", "/v1/a")]
    assert "/v1" in found.problems[0]


def test_paths_that_differ_in_their_query_are_one_endpoint_and_said():
    found = read(written(described(paths={"/a": {"get": OK}, "/a?beta=1": {"get": OK}, "b": {"get": OK}})), "a")
    assert keys_of(found) == [("GET", "/a"), ("GET", "/b")]
    assert found.described == 3
    assert "/a?beta=1" in found.problems[0]


def test_a_path_may_refer_to_another_place_of_the_document_but_to_no_other_file():
    paths = {
        "/a": {"$ref": "#/components/pathItems/shared"},
        "/b": {"$ref": "other.yaml#/b"},
        "/c": {"$ref": "#/paths/~1c"},
    }
    document = described(paths=paths, components={"pathItems": {"shared": {"get": {"description": "First\nSecond"}}}})
    found = read(written(document), "a")
    assert keys_of(found) == [("GET", "/a")]
    assert found.operations[0].summary == "First"
    assert len(found.problems) == 2


@pytest.mark.parametrize(
    ("security", "of_operation", "answer"),
    [
        (None, None, None), ([{"k": []}], None, True), ([{"k": []}], [], False), ([], [{"k": []}], True),
        ([{"k": []}, {}], None, False), ("k", None, None),
    ],
)  # fmt: skip
def test_the_operation_says_whether_credentials_are_asked_for(security, of_operation, answer):
    operation = OK if of_operation is None else {**OK, "security": of_operation}
    document = described(paths={"/a": {"get": operation}}, **({} if security is None else {"security": security}))
    assert read(written(document), "a").operations[0].secured is answer


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        (b" \n ", "empty", "empty"),
        (b"\xff\xfe\x00", "not-text", "UTF-8"),
        (b"\x1f\x8b\x08\xff", "not-text", "UTF-8"),
        (b'{"openapi": "3.0.0",\n "paths": ]', "not-json", "line 2"),
        (b"openapi: 3.0.0\npaths: [\n", "not-yaml", "line"),
        (b"a: \x01", "not-yaml", "YAML"),
        (b"just words", "no-description", "only a list or text"),
        (b"[1, 2]", "no-description", "only a list or text"),
        (b'{"log": {"entries": []}}', "no-description", "HAR"),
        (b'{"info": {"_postman_id": "1"}, "item": []}', "no-description", "Postman"),
        (b"asyncapi: 2.6.0", "no-description", "AsyncAPI"),
        (b"a: 1", "no-description", "neither"),
        (b"openapi: 4.0.0", "version", "4.0.0"),
        (b"swagger: 1.2", "version", "1.2"),
        (b"openapi: 3.0.0", "no-operations", "no path"),
        (b"openapi: 3.0.0\npaths: {/a: {$ref: b.yaml}}", "no-operations", "another file"),
        (b"? [a]\n: 1", "odd-key", "names"),
        (b"a: &a [1]\n*a : 1", "odd-key", "names"),
        (b"a: *b", "alias", "b"),
        (b"a: &a [*a]", "alias", "itself"),
    ],
)  # fmt: skip
def test_what_is_no_description_says_why(content, code, says):
    trouble = refused(content)
    assert (trouble.code, says in trouble.reason) == (code, True), trouble.reason


def test_a_bomb_of_aliases_is_refused_at_once():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert refused("\n".join(lines).encode()).code == "too-many"


def test_a_bomb_of_merges_is_refused_at_once(monkeypatch):
    monkeypatch.setattr(loading, "MAX_NODES", 400)
    lines = [f"a: &a {{{', '.join(f'k{n}: 1' for n in range(100))}}}", "b: {<<: [*a, *a]}"]
    assert refused("\n".join(lines).encode()).code == "too-many"


def test_merged_keys_yield_to_those_that_stand_there():
    found = load(b"a: &a {x: 1, y: 2}\nb: {<<: *a, x: 3}\nc: {y: 4, <<: [*a, word]}")
    assert found.document["b"] == {"x": 3, "y": 2}
    assert found.document["c"] == {"x": 1, "y": 4}
    assert not found.problems


@pytest.mark.parametrize("opening", [b"[", b"{a: ", b'{"a":['])
def test_what_is_nested_without_end_is_refused(opening):
    assert refused(opening * 100_000).code in ("too-deep", "not-yaml", "not-json")


def test_a_chain_of_aliases_is_as_deep_as_what_it_stands_for():
    lines = ["a0: &a0 [x]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 300))]
    assert refused("\n".join(lines).encode()).code == "too-deep"


def test_json_that_is_valid_but_deep_is_refused():
    assert refused(b'{"a":' * 200 + b"1" + b"}" * 200).code == "too-deep"


def test_json_of_too_many_values_is_refused(monkeypatch):
    monkeypatch.setattr(loading, "MAX_NODES", 10)
    assert refused(b"[1,2,3,4,5,6,7,8,9,10,11,12]").code == "too-many"


def test_a_file_that_is_too_large_is_refused_unread(monkeypatch):
    monkeypatch.setattr(loading, "MAX_BYTES", 10)
    assert refused(b"openapi: 3.0.0 and more").code == "too-large"


def test_too_many_operations_are_refused(monkeypatch):
    monkeypatch.setattr("apis.descriptions.reading.MAX_OPERATIONS", 1)
    assert refused(written(described(paths={"/a": {"get": OK}, "/b": {"get": OK}}))).code == "too-many"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_marked_encodings_are_read(encoding):
    assert (
        read("openapi: 3.0.0\ninfo: {title: Prüfung}\npaths: {/a: {get: {}}}".encode(encoding), "a").title == "Prüfung"
    )


def test_yaml_that_begins_with_a_bracket_is_yaml():
    assert keys_of(read(b"{openapi: 3.1.0, paths: {/a: {get: {}}}}", "a")) == [("GET", "/a")]


def test_words_are_read_as_yaml_1_2_reads_them():
    found = load(b"a: [yes, 2024-05-01, 0x1f, 1.50, -3, .5, 1e3, ~, true, '1', !!int '7', 200_000, '']\n200: x")
    assert found.document["a"] == [
        "yes", "2024-05-01", "0x1f", 1.5, -3, 0.5, 1000.0, None, True, "1", "7", "200_000", "",
    ]  # fmt: skip
    assert found.document["200"] == "x"


def test_a_name_that_stands_twice_is_said():
    found = read(b"openapi: 3.0.0\npaths: {/a: {get: {}}, /a: {post: {}}}", "a")
    assert keys_of(found) == [("POST", "/a")]
    assert "/a" in found.problems[0]


def test_tags_of_a_file_run_nothing():
    document = load(b"a: !!python/object/apply:os.system ['echo no']\nb: !!python/name:os.system x").document
    assert document == {"a": ["echo no"], "b": "x"}


def test_only_the_first_of_several_documents_is_read():
    assert load(b"a: 1\n---\nb: 2").document == {"a": 1}


def test_an_anchored_word_can_be_used_again_as_name_and_value():
    assert load(b"a: &a word\n*a : 1\nb: *a").document == {"a": "word", "word": 1, "b": "word"}


def test_pointers_lead_where_they_say():
    document = {"paths": {"/a~b": [{"x": 1}]}, "loop": {"$ref": "#/loop"}, "to": {"$ref": "#/paths/~1a~0b/0"}}
    assert pointer("paths", "/a~b", 0) == "#/paths/~1a~0b/0"
    assert look_up(document, "#/paths/~1a~0b/0/x") == 1
    assert look_up(document, "#") is document
    assert [look_up(document, wrong) for wrong in ("#/paths/0/x/y", "#/paths/~1a~0b/9", "x.yaml#/a")] == [None] * 3
    assert resolved(document, document["to"]) == {"x": 1}
    assert resolved(document, document["loop"]) is None


JSONISH = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
KEYS = ("openapi", "swagger", "paths", "/a", "get", "servers", "url", "$ref", "security", "parameters", "info", "host")


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused(content):
    try:
        read(content, "x")
    except NotADescription as trouble:
        assert trouble.reason


@given(st.dictionaries(st.sampled_from(KEYS), JSONISH, max_size=6), st.sampled_from(["3.0.0", "3.1.0"]))
def test_descriptions_of_any_shape_are_read_or_refused(inner, version):
    for place, as_yaml in itertools.product(({"get": inner}, inner), (False, True)):
        document = {**inner, "openapi": version, "paths": {"/a": place, "/b": {"post": {}}}}
        document.pop("swagger", None)
        try:
            content = written(document, as_yaml)
        except (TypeError, UnicodeEncodeError, orjson.JSONEncodeError):
            continue
        assert ("POST", "/b") in [(one.method, one.path[-2:]) for one in read(content, "x").operations]
