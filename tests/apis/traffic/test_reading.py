"""Access logs, recordings and lines are read whole, in any split and order, and nothing is silently dropped."""

import datetime
import gzip
import json
from pathlib import Path

import polars as pl
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apis.services import Delivery, bring
from apis.traffic import Digest, How, Source, Unreadable, digest, may_be_a_document, preview
from apis.traffic.masking import masked
from apis.traffic.sources import LONGEST_LINE
from tests.makers import make_management_system, make_manager

CAME = datetime.datetime(2026, 11, 26, 12, tzinfo=datetime.UTC)
HOW = How(b"secret", CAME)
SAMPLES = Path(__file__).resolve().parents[4] / "shared" / "testdata"
CLF = '203.0.113.9 - ada [02/Nov/2026:10:00:00 +0100] "GET /v1/files/7?api_key=abc HTTP/1.1" 200 512'
ONE = {"request": {"method": "GET", "uri": "/x?a=1", "headers": {"host": "kong.example"}}, "response": {"status": 201}}
FORMS = {
    "common": CLF,
    "timed": f'{CLF} "-" "curl/8" 0.250',
    "vhost": f"shop.example:443 {CLF}",
    "loose": '203.0.113.9 [02/Nov/2026:10:00:00 +0100] "GET /x HTTP/1.1" 200 1',
    "traefik": f'{CLF} "-" "curl/8" 12 "router@docker" "http://10.0.0.2:80" 35ms',
    "alb": "https 2026-11-02T09:00:00.000000Z app/lb/1 203.0.113.9:40000 10.0.0.1:80 0.001 0.020 0.000 200 200 34 366 "
           '"POST https://alb.example:443/v1/chat HTTP/2.0" "curl" ECDHE TLSv1.1 arn',
    "envoy": '[2026-11-02T09:00:00.123Z] "POST /v1/chat HTTP/2" 204 - 154 0 226 100 "203.0.113.9" "curl" "id" '
             '"envoy.example" "10.0.0.1:80"',
    "uvicorn": 'INFO: 203.0.113.9:40000 - "POST /v1/chat HTTP/1.1" 401 Unauthorized',
    "caddy": json.dumps({"ts": 1793610000.5, "status": 200, "duration": 0.01, "request": {
        "client_ip": "203.0.113.9", "method": "GET", "host": "caddy.example", "uri": "/x"}}),
    "traefik_json": json.dumps({"StartUTC": "2026-11-02T09:00:00Z", "RequestMethod": "GET", "RequestPath": "/x",
                                "DownstreamStatus": 200, "Duration": 35_000_000, "RequestHost": "traefik.example"}),
    "kong": json.dumps({**ONE, "started_at": 1793610000000, "client_ip": "203.0.113.9", "latencies": {"request": 35}}),
    "cloudflare": json.dumps({"EdgeStartTimestamp": 1793610000000000000, "ClientRequestMethod": "GET",
                              "ClientRequestURI": "/x", "EdgeResponseStatus": 200, "ClientRequestHost": "cf.example"}),
    "api_gateway": json.dumps({"requestId": "1", "requestTimeEpoch": 1793610000000, "httpMethod": "GET", "path": "/x",
                               "status": "200", "responseLatency": "35", "domainName": "gw.example"}),
    "envoy_json": json.dumps({"start_time": "2026-11-02T09:00:00Z", "method": "GET", "path": "/x", "response_code": 200,
                              ":authority": "envoy.example", "duration": 35}),
    "nginx_json": json.dumps({"time_iso8601": "2026-11-02T10:00:00+01:00", "remote_addr": "203.0.113.9",
                              "request": "GET /x HTTP/1.1", "status": "200", "request_time": "0.035"}),
    "litellm": json.dumps({"call_type": "acompletion", "startTime": "2026-11-02 09:00:00.5", "model": "m",
                           "endTime": "2026-11-02 09:00:01", "custom_llm_provider": "openai", "prompt_tokens": 10}),
    "own": json.dumps({"at": "2026-11-02T09:00:00Z", "method": "get", "url": "https://own.example/x?token=1"}),
}  # fmt: skip


@pytest.mark.parametrize("code", FORMS)
def test_each_format_is_told_from_its_line_and_read(code):
    found = digest(f"{FORMS[code]}\n".encode(), HOW)
    assert (dict(found.forms), found.lines, found.read, found.unread) == ({code: 1}, 1, 1, {})
    row = found.windows.row(0, named=True)
    assert row["hour"] == (
        CAME if code == "uvicorn" else datetime.datetime(2026, 11, 2, 9, tzinfo=datetime.UTC)
    ).replace(minute=0)
    assert row["calls"] == 1 and row["shape"].startswith("/")


def test_what_a_line_says_becomes_what_is_counted():
    found = digest(f"{FORMS['common']}\n{FORMS['alb']}\n".encode(), HOW)
    rows = {row["method"]: row for row in found.windows.iter_rows(named=True)}
    assert (rows["GET"]["shape"], rows["GET"]["bytes_out"], rows["GET"]["query_credential"]) == (
        "/v1/files/{int}",
        512,
        1,
    )
    assert rows["GET"]["who"].startswith("user:") and "ada" not in rows["GET"]["who"]
    assert (rows["POST"]["host"], rows["POST"]["old_tls"], rows["POST"]["bytes_in"]) == ("alb.example", 1, 34)
    assert rows["POST"]["who"].startswith("address:")
    assert found.latency["bucket"].to_list() == [18]  # 21 ms lie below 2 ** (18 / 4)


def test_mixed_files_prefixes_of_containers_and_marks_are_read():
    lines = [f"2026-11-02T10:00:00.1+01:00 stdout F {line}" for line in FORMS.values()]
    found = digest("\n".join(lines).encode(), HOW)
    assert (found.lines, found.read) == (len(FORMS), len(FORMS))


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_packed_files_say_what_unpacked_ones_say(pack):
    content = f"{CLF}\n{FORMS['own']}\n".encode()
    assert digest(pack(content), HOW).windows.equals(digest(content, HOW).windows) or (
        digest(pack(content), HOW).read == digest(content, HOW).read
    )


def test_an_array_of_objects_is_a_batch():
    batch = json.dumps([json.loads(FORMS["kong"])] * 3).encode()
    assert digest(batch, HOW).read == 3


def test_a_field_map_of_ones_own_reads_what_no_format_knows():
    fields = {"at": "when", "method": "what.verb", "path": "what.where", "status": "code", "key": "who"}
    line = json.dumps({"when": 1793610000, "what": {"verb": "GET", "where": "x/1"}, "code": 200, "who": "k"})
    found = digest(f"{line}\n".encode(), How(b"s", CAME, fields))
    assert (found.form, found.read, found.windows["who"][0][:4]) == ("map", 1, "key:")
    assert digest(b'{"some": "thing"}\n', HOW).unread["not_understood"].lines == 1
    with pytest.raises(ValueError, match="Unknown fields"):
        digest(b"{}\n", How(b"s", CAME, {"colour": "x"}))
    with pytest.raises(ValueError, match="needs the method"):
        digest(b"{}\n", How(b"s", CAME, {"at": "x"}))


def recording(*entries):
    """A HAR of these (method, url, mime type, kind)."""
    rows = [
        {
            "startedDateTime": "2026-11-02T10:00:00+01:00", "time": 12, "_resourceType": kind,
            "request": {"method": method, "url": url, "headers": [{"name": "Authorization", "value": "Bearer x"}]},
            "response": {"status": 200, "headers": [], "content": {"mimeType": mime, "text": "{}"}},
        }
        for method, url, mime, kind in entries
    ]  # fmt: skip
    return json.dumps({"log": {"entries": rows}}).encode()


def test_recordings_leave_out_pages_and_pictures_and_count_them():
    content = recording(
        ("GET", "https://a.example/logo.png", "image/png", "image"),
        ("GET", "https://a.example/", "text/html", ""),
        ("POST", "https://a.example/v1/chat", "application/json", "xhr"),
        ("GET", "https://a.example/v1/data.js", "application/json", "fetch"),
        ("GET", "data:text/plain,1", "text/plain", ""),
    )
    found = digest(content, HOW)
    assert (found.form, found.lines, found.left_out, found.read) == ("har", 5, 2, 2)
    assert found.unread["no_request"].lines == 1
    assert found.looked.sort("method").rows() == [
        ("a.example", "GET", "/v1/data.js", 0, 1),
        ("a.example", "POST", "/v1/chat", 0, 1),
    ]


def test_ten_thousand_entries_with_four_templates_give_four():
    from tests.bench.bench_traffic import recording as long_recording  # noqa: PLC0415 (only here)

    found = digest(json.dumps(long_recording(10_000)).encode(), HOW)
    templates = {(key[0], one) for seen in found.seen().values() for key, one in seen.templates().items()}
    assert len(templates) == 4 and ("GET", "/v1/users/{user_id}/orders/{order_id}") in templates


HOSTILE = {
    "nul": b"\0" * 1000 + b"\n",
    "ansi": b"\x1b[31mred\x1b[0m\n",
    "latin": '1.2.3.4 - - [02/Nov/2026:10:00:00 +0100] "GET /ä HTTP/1.1" 200 1\n'.encode("latin-1"),
    "nested": b'{"a":' * 20_000 + b"\n",
    "array": b"[" * 100_000,
    "numbers": b'{"at": 1e400, "method": "GET", "path": "/x"}\n{"at": NaN, "method": "GET", "path": "/x"}\n',
    "huge": b'{"at": 1793610000, "method": "GET", "path": "/x", "status": 1e99, "bytes_in": -5, "took_ms": "x"}\n',
    "members": json.dumps({f"m{n}": n for n in range(10_000)}).encode() + b"\n",
    "har": b'{"log": {"entries": [1, null, {"request": 3}, {"request": {"url": "http://[", "method": "GET"}}]}}',
    "dates": CLF.replace("02/Nov/2026", "99/Foo/2026").encode()
    + b"\n"
    + CLF.replace("2026:", "0000:").encode()
    + b"\n",
    "long": b"x" * (3 * LONGEST_LINE) + b"\n" + CLF.encode() + b"\n",
    "idle": b"".join(b'1.2.3.4 - - [02/Nov/2026:10:00:00 +0100] "%s" 408 0\n' % what for what in (b"-", b"\\x16\\x03")),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_content_is_counted_and_never_crashes(name):
    found = digest(HOSTILE[name], HOW)
    assert found.lines == found.read + found.left_out + sum(one.lines for one in found.unread.values())
    assert found.lines > 0
    found.period  # noqa: B018 (must not fail)
    for one in found.unread.values():
        assert all(len(text) <= 200 and text.isprintable() for _line, text in one.samples)
    preview(HOSTILE[name])


def test_reasons_tell_bad_times_idle_callers_and_long_lines_apart():
    assert digest(HOSTILE["dates"], HOW).unread["bad_time"].lines == 2
    assert digest(HOSTILE["idle"], HOW).unread["no_request"].lines == 2
    found = digest(HOSTILE["long"], HOW)
    assert (found.unread["too_long"].lines, found.read) == (1, 1)


def test_what_cannot_be_read_at_all_says_why():
    for content, reason in ((b"", "empty"), (b"\n\n", "empty"), (gzip.compress(b"x" * 5000)[:20], "cut_off"),
                            (gzip.compress(b"0" * (80 << 20)), "bomb")):  # fmt: skip
        with pytest.raises(Unreadable) as refused:
            digest(content, HOW)
        assert refused.value.reason == reason


LINE = st.sampled_from([*FORMS.values(), "no call", CLF.replace("/7", "/alpha-9"), CLF.replace("10:00", "11:30")])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(LINE, min_size=1, max_size=24), st.randoms(use_true_random=False), st.integers(1, 5))
def test_any_split_in_any_order_adds_up_to_the_same(lines, chance, pieces):
    whole = digest("\n".join(lines).encode(), HOW)
    mixed = list(lines)
    chance.shuffle(mixed)
    parts = [part for at in range(pieces) if (part := mixed[at::pieces])]
    found = Digest()
    for part in parts:
        found.merge(digest("\n".join(part).encode(), HOW))
    assert (found.lines, found.read, found.undated, found.forms) == (
        whole.lines,
        whole.read,
        whole.undated,
        whole.forms,
    )
    assert {key: one.lines for key, one in found.unread.items()} == {
        key: one.lines for key, one in whole.unread.items()
    }
    key = ["hour", "host", "method", "shape", "who", "status"]
    if whole.windows is not None:
        assert found.windows.sort(key).equals(whole.windows.select(found.windows.columns).sort(key))
        assert {h: s.to_bytes() for h, s in found.seen().items()} == {h: s.to_bytes() for h, s in whole.seen().items()}
    if whole.latency is not None:
        by = ["hour", "host", "method", "shape", "bucket"]
        assert found.latency.sort(by).equals(whole.latency.select(found.latency.columns).sort(by))


def test_parts_of_a_file_begin_and_end_with_lines(tmp_path):
    path = tmp_path / "a.log"
    path.write_text("".join(f"{CLF.replace('/7', f'/{n}')}\n" for n in range(500)))
    whole, found = digest(path, HOW), Digest()
    parts = Source(path).parts(9_000)
    assert len(parts) > 3 and parts[-1][1] == path.stat().st_size
    for part in parts:
        found.merge(digest(path, HOW, part=part))
    assert (found.lines, found.windows["calls"].sum()) == (whole.lines, 500)
    heard = []
    digest(path, HOW, told=lambda lines, done: heard.append((lines, done)) or True)
    assert Source(gzip.compress(b"x")).parts(1) == [(0, Source(gzip.compress(b"x")).size)]


def test_a_preview_shows_what_would_be_understood_without_values():
    shown = preview(f"{CLF}\nno call secret@example.org\n".encode())
    assert (shown.form, shown.lines, shown.read) == ("common", 2, 1)
    assert shown.examples[0]["who"] == "user:•••" and shown.examples[0]["query"] == "•••"
    assert "secret@example.org" not in str(shown)
    assert "request.method" in preview(f"{FORMS['caddy']}\n".encode()).members
    assert preview(recording(("GET", "https://a.example/x", "application/json", "xhr"))).form == "har"


@pytest.mark.parametrize(("path", "told"), [
    ("/v1/chat/completions", "/v1/chat/completions"),
    ("/v1/fine_tuning/jobs/4711/events", "/v1/fine_tuning/jobs/{int}/events"),
    ("/v1/members/ada.quell@example.org/policies", "/v1/members/{email}/policies"),
    ("/v1/reset/sk-proj-Abc123Def456Ghi789Jkl/now", "/v1/reset/•••/now"),
])  # fmt: skip
def test_a_preview_shows_a_path_as_people_recognise_it(path, told):
    call = {"at": "2026-11-02T10:00:00Z", "host": "a.example", "method": "POST", "path": path, "status": 200}
    assert preview(json.dumps(call).encode()).examples[0]["path"] == told


CANARIES = ("sk-proj-Abc123Def456Ghi789Jkl", "ada.quell@example.org", "4111 1111 1111 1111", "Bearer abc.def-ghi",
            "password=hunter2hunter2", "+49 30 1234567")  # fmt: skip


@pytest.mark.parametrize("canary", CANARIES)
def test_masked_lines_let_no_secret_and_no_control_character_through(canary):
    for line in (canary, f'GET /x?token={canary} "{canary}"', f"\x1b[2J\u202e{canary}"):
        told = masked(line)
        assert canary.split("=")[-1].removeprefix("Bearer ") not in told and told.isprintable()


REAL = {
    "logs/elastic/apache_logs.log": ("common", 10_000, 10_000), "logs/crowdsec/aws-alb-logs.log": ("alb", 14, 14),
    "logs/crowdsec/envoy-logs.log": ("envoy_json", 10, 10), "logs/crowdsec/caddy-logs.log": ("caddy", 11, 10),
    "logs/crowdsec/traefik_json.log": ("traefik_json", 7, 6), "logs/crowdsec/litellm-logs.log": ("uvicorn", 6, 6),
    "logs/litellm/spend_logs_payload.json": ("litellm", 1, 1), "har/juiceshop.har": ("har", 48, 48),
    "har/petstore.swagger.io.har": ("har", 9, 8), "har/chrome_github.com_home.har": ("har", 20, 3),
}  # fmt: skip


@pytest.mark.parametrize("name", REAL)
def test_real_samples_are_understood(name):
    path = SAMPLES / name
    if not path.exists():
        pytest.skip("the real samples are not beside the repository")
    found = digest(path, HOW)
    assert (found.form, found.lines, found.read) == REAL[name]


def test_frames_of_nothing_add_up_to_nothing():
    found = Digest()
    found.merge(Digest())
    assert (found.period, found.hosts, found.seen(), found.form) == ((None, None), {}, {}, "")
    assert isinstance(digest(f"{CLF}\n".encode(), HOW).windows, pl.DataFrame)


OWN, KONG = FORMS["own"], FORMS["kong"]
RECORDED = {"startedDateTime": "2026-11-02T09:00:00Z", "request": {"method": "GET", "url": "https://rec.example/x"}}


@pytest.mark.parametrize(
    ("content", "calls"),
    [
        (f"[{KONG},{KONG}]\n[{KONG}]\n", 3), (f"  {OWN}\n\t{OWN}\n", 2), (f"\x1e{OWN}\n\x1e{OWN}\n", 2),
        (json.dumps({"log": {"entries": [RECORDED]}}) + "\n", 1), (f"[{KONG}]\n", 1), (f"[\n{KONG},\n{KONG}\n]\n", 2),
        (f"[\n{KONG}\n,\n{KONG}\n,\n{KONG}\n]\n", 3),
    ],
    ids=["a batch a line", "indented", "RFC 7464", "a recording on one line", "one batch", "an array over lines",
         "commas on lines of their own"],
)  # fmt: skip
def test_objects_are_read_however_they_stand_on_lines(content, calls):
    found = digest(content.encode(), HOW)
    assert (found.lines, found.read, found.unread) == (calls, calls, {})
    assert found.windows["calls"].sum() == calls


def test_of_a_batch_on_a_line_each_value_is_read_by_itself():
    found = digest(f'[{KONG},{{"x":1}},7]\n{OWN}\n'.encode(), HOW)
    assert (found.lines, found.read) == (4, 2)
    assert found.unread["not_understood"].lines == 2


@pytest.mark.parametrize(
    "content", [f"{FORMS['envoy']}\n" * 3, f'{{"at": "2026\n{OWN}\n{OWN}\n'], ids=["a time in brackets", "torn"]
)
def test_lines_are_told_from_a_document_so_that_large_files_are_cut(content):
    assert not may_be_a_document(Source(content.encode()))


def test_what_was_packed_twice_is_not_unpacked_without_bounds():
    inner = gzip.compress(b"".join(f"{OWN}\n".encode() for _ in range(9)))
    for content in (gzip.compress(inner), gzip.compress(inner[:-9]), gzip.compress(b"x\x9c" + inner)):
        found = digest(content, HOW)
        assert (found.read, set(found.unread)) == (0, {"not_understood"})


@pytest.mark.django_db
def test_a_recording_of_pages_alone_says_so():
    actor = make_manager(make_management_system())
    page = {**RECORDED, "request": {"method": "GET", "url": "https://rec.example/x.css"}}
    with pytest.raises(Unreadable) as told:
        bring(actor=actor, delivery=Delivery(json.dumps({"log": {"entries": [page]}}).encode(), "pages.har"))
    assert told.value.reason == "only_assets"
