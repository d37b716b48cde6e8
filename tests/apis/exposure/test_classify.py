"""Classes of sensitive data: found, validated, counted; never kept, seldom in vain."""

import json
import random
import time
import uuid

import pytest

from apis.exposure import CLASSES, Tallies, classify, model_of
from apis.exposure.keys import github_checksum

FOUND = [
    ("pay with 4111 1111 1111 1111 please", "", "payment_card"),
    ("5555555555554444", "cardNumber", "payment_card"),
    ("3782 822463 10005", "", "payment_card"),
    ("DE89 3704 0044 0532 0130 00", "", "iban"),
    ("GB82WEST12345698765432", "", "iban"),
    ("536-90-4399", "ssn", "national_number"),
    ("RSSMRA85T10A562S", "", "national_number"),
    ("12345678Z", "", "national_number"),
    ("756.9217.0769.85", "", "national_number"),
    ("131052-308T", "", "national_number"),
    ("AB 12 34 56 C", "", "national_number"),
    ("write to ada.byron@example.org today", "", "email"),
    ("+49 30 901820", "", "phone"),
    ("0049 30 901820", "", "phone"),
    ("(212) 555-2368", "phone", "phone"),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.SflKxwRJSMeKKF2QT4fwpM", "", "jwt"),
    ("sk-ant-api03-abcdEFGH1234567890xyzXYZ-klmno", "", "api_key"),
    ("sk-proj-Ab1Cd2Ef3Gh4Ij5Kl6Mn7Op8", "", "api_key"),
    ("AKIAIOSFODNN7EXAMPLE", "", "api_key"),
    ("ghp_aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789", "", "api_key"),
    ("xoxb-1234567890-AbCdEfGhIjKl", "", "api_key"),
    ("sk_live_4eC39HqLyjWDarjtT1zdp7dc", "", "api_key"),
    ("AIzaSyA-1234567890abcdefghijklmnopqrstu", "", "api_key"),
    ("-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA7bq0a", "", "private_key"),
    ("correct horse", "password", "password"),
    ("Zx81kQ93mmPl02ahQweR", "access_token", "access_token"),
    ("from 203.0.114.9", "", "ip_address"),
    ("2a00:1450:4001:82f::200e", "", "ip_address"),
    ("at 52.520008, 13.404954", "", "location"),
    ("52.520008", "latitude", "location"),
    ("1980-05-04", "dateOfBirth", "birth_date"),
    ("born on 04.05.1980 in Bonn", "", "birth_date"),
    ("patient diagnosed with E11.9", "", "health"),
    ("she takes insulin for her diabetes", "", "health"),
    ("Ada Byron", "full_name", "person_name"),
    ("12 Long Lane, Leeds", "street_address", "postal_address"),
    ("tell me how to bake bread", "prompt", "free_text"),
]


@pytest.mark.parametrize(("text", "field", "code"), FOUND)
def test_a_class_is_found_and_its_value_is_not_kept(text, field, code):
    tallies = classify(text, "body", "request", field)
    tally = tallies.by_class()[code]
    assert tally.count == 1
    assert set(tallies.by_class()) <= set(CLASSES)
    written = json.dumps(tallies.rows(), ensure_ascii=False)
    for word in text.replace("-", " ").replace("_", " ").split():
        if any(letter.isdigit() for letter in word) and len(word) >= 4 and word not in ("ant", "proj", "api03"):
            assert word not in written


def test_no_canary_survives_anywhere():
    canaries = {
        "card_number": "4012888888881881",
        "password": "canary-Pa55",
        "mail": "canary77@example.org",
        "access_token": "canary8899aabbccddeeff0011",
        "first_name": "Canarina",
        "prompt": "the canary sings at dawn 991",
    }
    body = json.dumps(canaries)
    found = classify(body, "body", "request")
    written = repr(found) + json.dumps(found.rows())
    assert found.rows()
    for value in canaries.values():
        assert value not in written
    assert "anar" not in written.lower()


@pytest.mark.parametrize(
    ("value", "where"),
    [("?email=a.b%40example.org&x=1", "query"), ("Authorization: Bearer Zx81kQ93mmPl02ahQweR", "header"),
     ("Cookie: session_token=Zx81kQ93mmPl02ahQweR", "header"), ("password=hunter22&x=1", "body"),
     (b'{"mail": "a@example.org"}', "body"), ({"a": [{"mail": "a@example.org"}]}, "body")],
)  # fmt: skip
def test_whole_queries_headers_and_bodies_are_taken_apart(value, where):
    assert sum(tally.count for tally in classify(value, where, "request").counts.values()) == 1


@pytest.mark.parametrize(
    "value",
    ["null", "********", "<password>", "${PASSWORD}"],
)
def test_placeholders_are_no_passwords(value):
    assert not classify(value, "body", "request", "password").counts


def test_ordinary_numbers_are_no_cards_and_no_phones():
    chance = random.Random(42)
    met, many = Tallies(), 0
    for _ in range(1500):
        for text in (
            str(uuid.UUID(int=chance.getrandbits(128))), str(chance.randrange(16 * 10**11, 18 * 10**11)),
            f"order {chance.randrange(10**15, 10**16)}", f"INV-2026-{chance.randrange(10**6):07}",
            f"2026-0{chance.randrange(1, 9)}-12T10:{chance.randrange(10, 60)}:00Z", f"{chance.getrandbits(160):040x}",
            str(chance.random() * 100), f"1.{chance.randrange(20)}.{chance.randrange(200)}", "version 10.4.2.1",
            str(chance.randrange(10**9, 10**11)),
        ):  # fmt: skip
            met.add(classify(text, "body", "request"))
            many += 1
    assert sum(tally.count for tally in met.counts.values()) <= many * 0.001


def test_tallies_add_up_in_any_order():
    parts = [classify(text, "body", "request", field) for text, field, _code in FOUND]
    forth, back = Tallies(), Tallies()
    for part in parts:
        forth.add(part)
    for part in reversed(parts):
        back.add(part)
    assert forth.rows() == back.rows()
    assert forth.by_class()["payment_card"].share == 1
    assert classify("x", "body", "request").by_class() == {}


def test_the_model_is_read_from_the_body():
    assert model_of('{"model": "gpt-4o", "messages": []}') == "gpt-4o"
    assert model_of(b"nothing") == model_of({"model": 3}) == ""


def test_a_checksum_tells_true_keys_from_made_up_ones():
    assert not github_checksum("ghp_aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789")
    tally = classify("ghp_aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789", "body", "request").by_class()["api_key"]
    assert tally.validated == 0


def test_ordinary_text_costs_microseconds_and_hostile_text_is_bounded():
    text = "The quick brown fox jumps over the lazy dog while the committee decides what to do about it. " * 2
    began = time.perf_counter()
    for _ in range(500):
        classify(text, "body", "request")
    assert (time.perf_counter() - began) / 500 < 300e-6
    for part in ("4111 ", "a@", "1.1.", "AA00 ", "eyJ", "+49 ", "::1:", "a=", '{"a":'):
        began = time.perf_counter()
        classify(part * 40_000, "body", "request")
        assert time.perf_counter() - began < 4, part
