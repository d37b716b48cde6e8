"""Calls are stored under places in which words stay words, so that they count for what their words turn out to be."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apis.paths import Places, Seen, place_of, placed, shape_of
from apis.paths import places as places_module

WORDS = [f"word{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"] + ["me", "latest", "a1", "b2", "c3", "d4", "e5"]
CALL = st.tuples(
    st.sampled_from(["GET", "PUT"]),
    st.lists(st.sampled_from([*WORDS, "1", "2024-01-01"]), min_size=1, max_size=2).map(
        lambda parts: shape_of("/v1/" + "/".join(parts))
    ),
    st.sampled_from([1, 2, 90]),
)


@pytest.mark.parametrize(
    ("shape", "place"),
    [
        ("/v1/files/{id}", "/v1/files/{file_id}"), ("/v1/files/latest", "/v1/files/latest"), ("/", "/"),
        ("/a/{int}/{int}", "/a/{a_id}/{id}"), ("/a/{uuid}", "/a/{a_id}"),
    ],
)  # fmt: skip
def test_a_place_names_values_that_are_certain_and_no_others(shape, place):
    assert place_of(shape) == place


class Host:
    """A host as it is stored: calls by place, and where they count."""

    def __init__(self):
        self.seen, self.places, self.calls = Seen(), Places(), Counter()

    def bring(self, batch, known=()):
        had = {(method, place_of(shape)) for method, shape in self.seen.calls} | set(self.calls)
        self.seen.add(batch)
        self.places, stored = placed(self.seen, known, had)
        for method, shape, calls in batch:
            self.calls[method, stored[method, shape]] += calls

    @property
    def told(self):
        found = Counter()
        for key, calls in self.calls.items():
            found[key[0], self.places.of(key)] += calls
        return found


@settings(max_examples=300, deadline=None)
@given(st.lists(CALL, min_size=1, max_size=120), st.data())
def test_any_split_in_any_order_counts_the_same_for_each_template(calls, data):
    once, many = Host(), Host()
    once.bring(calls)
    shuffled = data.draw(st.permutations(calls))
    at = sorted(data.draw(st.sets(st.integers(1, len(calls)), max_size=5)) | {len(calls)})
    for start, end in zip([0, *at], at, strict=False):
        many.bring(shuffled[start:end])
    assert many.told == once.told and many.places == once.places
    assert sum(many.told.values()) == sum(number for *_rest, number in calls)


def test_a_word_that_is_told_apart_late_takes_its_calls_with_it():
    host = Host()
    names = [("GET", f"/v1/files/word{n}x", 1) for n in "abcdefghijklmnopqrstuvwxyz"]
    host.bring([*names, ("GET", "/v1/files/latest", 1)])
    assert host.told == {("GET", "/v1/files/{file_id}"): 27}
    host.bring([("GET", "/v1/files/latest", 40)])
    assert host.told == {("GET", "/v1/files/{file_id}"): 26, ("GET", "/v1/files/latest"): 41}


def test_what_is_certain_takes_calls_out_and_gives_them_back():
    host = Host()
    host.bring([("GET", f"/v1/files/{n}x{n}", 1) for n in range(30)])
    host.bring([], known=[("GET", "/v1/files/3x3")])
    assert host.told == {("GET", "/v1/files/{file_id}"): 29, ("GET", "/v1/files/3x3"): 1}
    host.bring([])
    assert host.told == {("GET", "/v1/files/{file_id}"): 30}


def test_beyond_a_bound_plain_words_are_kept_apart_first_and_the_rest_moves_as_a_whole(monkeypatch):
    monkeypatch.setattr(places_module, "APART", 5)
    host = Host()
    words = [("GET", f"/v1/files/word{n}x", 1) for n in "abcde"]
    host.bring([*words, *(("GET", f"/v1/files/{n}x{n}", 1) for n in range(30))])
    assert host.calls["GET", "/v1/files/{file_id}"] == 30 and len(host.calls) == 6
    host.bring([], known=[("GET", "/v1/files/wordax"), ("GET", "/v1/files/3x3"), ("", "/v1/files/{document}")])
    assert host.told == {("GET", "/v1/files/{document}"): 34, ("GET", "/v1/files/wordax"): 1}


def test_places_are_the_same_once_they_were_kept():
    told = Places({("GET", "/a/b"): "/a/{a_id}", ("PUT", "/ä/b"): "/ä/{id}"})
    assert Places.from_bytes(told.to_bytes()) == told and Places.from_bytes(b"") == Places()
    assert told.under("GET", "/a/{a_id}") == ["/a/{a_id}", "/a/b"] and told.under("GET", "/a/b") == []
