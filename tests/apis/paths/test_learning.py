"""Templates of paths are learned from all that was seen of a host, and told ones come first."""

import random
import re
import uuid
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apis.descriptions.reading import read
from apis.paths import Known, Seen, folded, shape_of, shapes
from apis.paths import learning as learned_by
from apis.paths.naming import parameter, singular

SPECS = Path(__file__).resolve().parents[4] / "shared" / "testdata" / "specs"
WORDS = "alpha bravo report summary draft triage billing support north south amber cedar delta echo final".split()


def learn(*paths, method="GET", known=()):
    """Path → template, from these alone."""
    seen = Seen()
    seen.add((method, shape_of(path), 1) for path in paths)
    found = seen.templates(known)
    return {path: found[method, shape_of(path)] for path in paths}


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/v1/files/file-abc123def", "/v1/files/{id}"), ("/a//1/2/", "/a/{int}/{int}"), ("", "/"), ("/", "/"),
        ("/x/2026-01-02", "/x/{date}"), ("/u/a%40b.de", "/u/{email}"), ("/v1/models/gpt-4o", "/v1/models/gpt-4o"),
        (f"/o/{uuid.UUID(int=7, version=4)}", "/o/{uuid}"), ("/h/deadbeefdeadbeef", "/h/{hash}"),
        ("/fine_tuning/jobs", "/fine_tuning/jobs"), ("/users/john_doe99", "/users/john_doe99"),
    ],
)  # fmt: skip
def test_certain_values_are_taken_out_of_a_path(path, shape):
    assert shape_of(path) == shape
    assert shapes(pl.Series("p", [path])).item() == shape


SEGMENT = st.one_of(st.text(st.characters(codec="utf-8", exclude_characters="\n\0"), max_size=12),
                    st.from_regex(r"[a-z]{1,5}[-_][0-9A-Za-z]{5,12}", fullmatch=True), st.integers().map(str),
                    st.uuids().map(str))  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(SEGMENT, max_size=6))
def test_a_column_of_paths_is_shaped_as_each_path_is(parts):
    path = "/" + "/".join(parts)
    assert shapes(pl.Series("p", [path])).item() == shape_of(path)


def test_words_used_alike_are_values_and_resources_are_not():
    names = [f"name-{n}" for n in range(8)]
    found = learn(*(f"/v1/users/{name}" for name in names), "/v1/models", "/v1/files", "/v1/users")
    assert {found[f"/v1/users/{name}"] for name in names} == {"/v1/users/{user_id}"}
    assert found["/v1/models"] == "/v1/models"
    few = learn(*(f"/v1/{word}" for word in WORDS))
    assert set(few.values()) == {f"/v1/{word}" for word in WORDS}


def test_a_word_called_far_more_often_stays_a_word():
    seen = Seen()
    seen.add([("GET", "/users/me", 500), *(("GET", f"/users/{word}{n}", 2) for word in WORDS for n in range(2))])
    found = seen.templates()
    assert found["GET", "/users/me"] == "/users/me" and found["GET", "/users/alpha0"] == "/users/{user_id}"


def test_told_templates_come_first_and_the_most_particular_wins():
    known = [("GET", "/files/{name}"), ("GET", "/files/latest"), ("", "/any/{x}.json"), ("GET", "/{a}/{b}")]
    found = learn("/files/7", "/files/latest", "/any/a.json", "/any/a.xml", "/one", known=known)
    assert found == {
        "/files/7": "/files/{name}", "/files/latest": "/files/latest", "/any/a.json": "/any/{x}.json",
        "/any/a.xml": "/{a}/{b}", "/one": "/one",
    }  # fmt: skip
    assert Known([]).match("GET", "/x") == ""


def test_old_templates_fold_into_what_was_learned_since():
    now = {("GET", "/users/alice7"): "/users/{user_id}"}
    old = [("GET", "/users/bob8"), ("GET", "/health")]
    assert folded(old, now) == {("GET", "/users/bob8"): "/users/{user_id}", ("GET", "/health"): "/health"}


NAMES = st.from_regex(r"[a-c]{1,2}[0-9]?", fullmatch=True)
PATHS = st.lists(
    st.builds("/v1/{}/{}".format, st.sampled_from(["users", "files", "x"]), NAMES), min_size=1, max_size=60
)


@settings(max_examples=60, deadline=None)
@given(PATHS, st.randoms(use_true_random=False), st.integers(1, 4))
def test_what_is_learned_does_not_depend_on_order_or_split(paths, chance, pieces):
    rows = [(chance.choice(["GET", "PUT"]), shape_of(path), 1) for path in paths]
    whole = Seen()
    whole.add(rows)
    chance.shuffle(rows)
    found = Seen()
    for at in range(pieces):
        part = Seen()
        part.add(rows[at::pieces])
        found.merge(Seen.from_bytes(part.to_bytes()))
    assert found.to_bytes() == whole.to_bytes() and found.templates() == whole.templates()


def test_beyond_the_bound_the_same_shapes_stay_whatever_the_order(monkeypatch):
    monkeypatch.setattr(learned_by, "MOST", 50)
    rows = [("GET", f"/p/w{n}x", 1 + n % 3) for n in range(400)]
    forwards, backwards = Seen(), Seen()
    for row in rows:
        forwards.add([row])
    backwards.add(reversed(rows))
    assert len(forwards.calls) == 50 and forwards.to_bytes() == backwards.to_bytes()
    assert Seen.from_bytes(b"").calls == {}


def test_parameters_are_named_after_what_they_choose_from():
    names = {"files": "file", "categories": "category", "status": "status", "boxes": "box", "people": "person"}
    assert {word: singular(word) for word in names} == names
    assert parameter(["", "v1"], []) == "{id}"
    taken: list[str] = []
    assert [parameter(["", "files"], taken) for _ in range(2)] == ["{file_id}", "{file_id_2}"]


def value(name, chance):
    """A value somebody might send for a parameter."""
    if "uuid" in name.lower():
        return str(uuid.UUID(int=chance.getrandbits(128), version=4))
    if name.lower().endswith("id"):
        return str(chance.randrange(1, 99_999)) if len(name) % 2 else f"{name[:3]}_{chance.getrandbits(96):024x}"
    return chance.choice(WORDS) + chance.choice([str(chance.randrange(999)), f"-{chance.choice(WORDS)}"])


def shared_of(description):
    """(exact, all) operations that are learned back from 60 calls each."""
    chance, seen, told = random.Random(1), Seen(), {}
    for one in description.operations:
        for _ in range(60):
            path = re.sub(r"\{([^}]+)\}", lambda match: value(match[1], chance), one.path)
            key = (one.method, shape_of(path))
            seen.add([(*key, 1)])
            told.setdefault((one.method, one.path), set()).add(key)
    found = seen.templates()

    def plain(path):
        return re.sub(r"\{[^}]*\}", "{}", path.rstrip("/") or "/")

    exact = sum({plain(found[key]) for key in keys} == {plain(path)} for (_method, path), keys in told.items())
    return exact, len(told)


OWN = b"""{"openapi": "3.1.0", "info": {"title": "Own", "version": "1"}, "paths": {
"/v1/users/{name}": {"get": {}, "put": {}}, "/v1/users/login": {"post": {}},
"/v1/orders/{id}/lines/{line_id}": {"get": {}},
"/v1/models": {"get": {}}, "/v1/files/{file_id}/content": {"get": {}}, "/v1/files": {"post": {}}}}"""


def test_a_small_description_is_learned_back_from_its_traffic(db):
    assert shared_of(read(OWN, "own.json")) == (7, 7)


@pytest.mark.parametrize("name", ["hf_tgi_openapi.json", "ollama_openapi.yaml", "openai_openapi.yaml",
                                  "petstore_openapi.yaml", "vampi_openapi3.yml"])  # fmt: skip
def test_real_descriptions_are_learned_back_from_their_traffic(db, name):
    if not (SPECS / name).exists():
        pytest.skip("the real descriptions are not beside the repository")
    exact, of = shared_of(read((SPECS / name).read_bytes(), name))
    assert exact >= 0.98 * of


VERSIONS = ["v1", "v2", "v3beta", "v4", "v5", "v6", "v7.1", "v8"]


@pytest.mark.parametrize("before", ["", "/api", "/gateway/claims"])
def test_versions_with_the_same_paths_stay_versions(before):
    paths = [f"{before}/{version}/{tail}" for version in VERSIONS for tail in ("users", "users/7", "orders")]
    found = learn(*paths, f"{before}/latest/users")
    for version in VERSIONS:
        assert found[f"{before}/{version}/users"] == f"{before}/{version}/users"
        assert found[f"{before}/{version}/users/7"] == f"{before}/{version}/users/{{user_id}}"
    assert found[f"{before}/latest/users"] == f"{before}/latest/users"


def test_versions_beside_values_stay_and_too_many_of_them_are_values():
    names = [f"claim-{number}x" for number in range(9)]
    found = learn(*(f"/{name}/notes" for name in names), "/v1/notes", "/v2/notes")
    assert found["/claim-3x/notes"] == "/{id}/notes" and found["/v1/notes"] == "/v1/notes"
    many = learn(*(f"/documents/7/versions/v{number}" for number in range(60)))
    assert set(many.values()) == {"/documents/{document_id}/versions/{version_id}"}
