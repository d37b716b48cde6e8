"""Any cut, any order, any worker: parts of an artefact add up to what the whole adds up to, samples included."""

import codecs
import dataclasses
import datetime
import gzip
from collections import Counter

import polars as pl
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apis.exposure import looking
from apis.facts import Unread
from apis.threats.columns import Columns
from apis.traffic import Digest, Source, Unreadable, carried, days, digest, joined, restored, sources, unpacking
from apis.traffic.carrying import MEMBERS
from apis.traffic.sources import LONGEST_LINE
from tests.apis.traffic.test_reading import CLF, FORMS, HOW

CARRYING = (
    '{"at": "2026-11-02T10:00:00Z", "method": "POST", "path": "/v1/chat", "model": "m-1", "request_body": '
    '{"prompt": "write to anna@example.org"}, "response_body": "done", "request_headers": {"X-Api-Key": "k-1234567"}}'
)
LINE = st.sampled_from(
    [*FORMS.values(), "no call", "", "   ", '{"not": json', "2026-11-02T10:00:00.1+01:00 stdout F " + CLF, "café x",
     CLF.replace("/7", "/alpha-9"), CLF.replace("10:00", "11:30"), CLF.replace("02/Nov", "99/Nov"),
     CLF.replace("7?", "8 "), CLF.replace("?", "?email=anna@example.org&"), CARRYING]
)  # fmt: skip
BY = {"windows": ["hour", "host", "method", "shape", "who", "status"],
      "latency": ["hour", "host", "method", "shape", "bucket"], "exposed": list(looking.CELL),
      "looked": ["host", "method", "shape"]}  # fmt: skip


def same(one, other):
    """Compare every member of two digests; rows of frames in one order."""
    for field in dataclasses.fields(Digest):
        mine, its = getattr(one, field.name), getattr(other, field.name)
        if isinstance(mine, Columns):
            for name in ("activities", "values", "slots", "signs"):
                one_side, other_side = getattr(mine, name), getattr(its, name)
                assert one_side.sort(one_side.columns).equals(other_side.sort(other_side.columns)), name
        elif isinstance(mine, pl.DataFrame):
            by = BY[field.name]
            assert mine.sort(by).equals(its.select(mine.columns).sort(by)), field.name
        else:
            assert mine == its, field.name


@settings(max_examples=30, deadline=None,
          suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])  # fmt: skip
@given(st.lists(LINE, min_size=1, max_size=30), st.integers(1, 3_000), st.randoms(use_true_random=False), st.booleans())
def test_any_parts_read_in_any_order_are_what_the_whole_is(tmp_path, lines, size, chance, ended):
    path = tmp_path / "a.log"
    path.write_bytes("\n".join([*lines, CLF]).encode() + b"\n" * ended)
    ranges = Source(path).parts(size)
    order = list(range(len(ranges)))
    chance.shuffle(order)
    read = {number: carried(digest(path, HOW, part=ranges[number])) for number in order}
    same(
        joined(restored(read[number]) for number in range(len(ranges))), digest(path, HOW, part=(0, Source(path).size))
    )
    # Numbered where they stand, parts add up one by one, in any order, too.
    rows, placed = 0, []
    for number in range(len(ranges)):
        one = restored(read[number])
        placed.append(one.after(rows))
        rows += one.rows
    found = Digest()
    for number in order:
        found.merge(placed[number])
    same(found, digest(path, HOW, part=(0, Source(path).size)))


def whole(found):
    """A digest with what was put aside among the rest."""
    parts = [days.Day(one.windows(), one.latency(), one.signals()) for one in found.by_day()]
    rest = days.added(parts)
    return dataclasses.replace(found, windows=rest.windows, latency=rest.latency, signals=rest.signals, aside={})


@settings(max_examples=20, deadline=None,
          suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])  # fmt: skip
@given(st.lists(LINE, min_size=1, max_size=40), st.integers(1, 900), st.integers(0, 3), st.sampled_from([0, 20_000]))
def test_what_is_put_aside_by_day_adds_up_to_the_same(tmp_path, lines, size, few, held):
    path = tmp_path / "a.log"
    moved = [line.replace("02/Nov", f"0{1 + number % 4}/Nov") for number, line in enumerate(lines)]
    path.write_bytes("\n".join([*moved, CLF]).encode())
    once = digest(path, HOW, part=(0, Source(path).size))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(days, "HELD", held)
        patched.setattr(days, "FEW", few)
        parts = [restored(carried(digest(path, HOW, part=part))) for part in Source(path).parts(size)]
        found, numbered, rows = joined(parts), Digest(), 0
        assert found.aside or held
        for one in parts:
            numbered.merge(one.after(rows))
            rows += one.rows
    for one in (found, numbered):
        assert (one.hosts, one.period) == (once.hosts, once.period)
        assert {host: seen.calls for host, seen in one.seen().items()} == {
            host: seen.calls for host, seen in once.seen().items()
        }
        same(whole(one), whole(once))


def test_every_member_of_a_digest_is_carried_to_another_worker():
    names = {field.name for field in dataclasses.fields(Digest)}
    assert set(MEMBERS) == names, "name the new member in apis.traffic.carrying.MEMBERS"
    lines = "\n".join([*FORMS.values(), CARRYING, "no call secret@example.org"])
    full = digest(lines.encode(), HOW)
    full.left_out = 3
    days.put_aside(full.aside, full.rest)
    empty = Digest()
    assert not any(repr(getattr(full, name)) == repr(getattr(empty, name)) for name in names), (
        "give the new member a value here"
    )
    back = restored(carried(full))
    same(back, full)
    assert isinstance(back.forms, Counter) and isinstance(back.unread["not_understood"], Unread)
    same(restored(carried(Digest())), Digest())
    with pytest.raises(ValueError, match="Not a digest"):
        restored(b"something else")


def test_lines_too_long_are_told_wherever_the_file_is_cut(tmp_path):
    path = tmp_path / "long.log"
    long = CLF.replace("/7", "/" + "y" * (LONGEST_LINE + 5))
    path.write_text(f"{CLF}\n{long}\n{CLF}\n" * 3)
    whole = digest(path, HOW)
    assert (whole.unread["too_long"].lines, whole.read) == (3, 6)
    parts = Source(path).parts(1000)
    assert len(parts) > 3
    same(joined(digest(path, HOW, part=part) for part in parts), whole)


def lines(count):
    """Lines of different calls."""
    return b"".join(CLF.replace("/7", f"/{number}").encode() + b"\n" for number in range(count))


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.ZstdCompressor(write_checksum=True).compress,
                                  zstandard.ZstdCompressor(write_content_size=False).compress])  # fmt: skip
def test_what_is_cut_off_is_read_as_far_as_it_goes_and_says_so(pack, monkeypatch):
    monkeypatch.setattr(unpacking, "PIECE", 4 << 10)
    content = lines(40_000)
    packed = pack(content)
    assert not digest(packed, HOW).unread
    found = digest(packed[: len(packed) * 2 // 3], HOW)
    assert 1000 < found.read < 40_000 and found.unread["cut_off"].lines == 1
    assert found.lines == found.read + 1
    assert not digest(packed + packed, HOW).unread  # several frames or members are one artefact
    twice = digest(packed + packed[:-7], HOW)
    assert twice.unread["cut_off"].lines == 1 and twice.read >= 40_000


def test_skippable_and_empty_frames_are_no_damage():
    packed = zstandard.compress(lines(5))
    skippable = b"\x50\x2a\x4d\x18" + (3).to_bytes(4, "little") + b"abc"
    assert not digest(packed + skippable + zstandard.compress(b"") + packed, HOW).unread
    for head in (packed[:4], packed[:5], packed[:8]):
        with pytest.raises(Unreadable):
            digest(head, HOW)


def test_damage_in_the_middle_is_told_apart_from_an_end_too_soon():
    packed = bytearray(gzip.compress(lines(30_000)))
    packed[-8:-4] = b"\0\0\0\0"  # its checksum
    assert digest(bytes(packed), HOW).unread["damaged"].lines == 1
    broken = zstandard.ZstdCompressor(write_checksum=True).compress(lines(30_000))
    found = digest(broken[:-1] + bytes([broken[-1] ^ 1]), HOW)
    assert found.unread["damaged"].lines == 1
    assert digest(gzip.compress(lines(9)) + b"\0" * 512, HOW).read == 9
    assert digest(gzip.compress(lines(9)) + b"rubbish", HOW).unread["damaged"].lines == 1
    with pytest.raises(Unreadable, match="damaged"):
        digest(b"\x1f\x8b" + b"x" * 100, HOW)
    with pytest.raises(Unreadable, match="cut_off"):
        Source(gzip.compress(b'{"openapi": "3.1.0"}')[:-9]).whole(1000)


@pytest.mark.parametrize("coding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_logs_in_utf_16_are_read_like_others(coding, pack):
    content = lines(300) + "203.0.113.9 - ä [x\n".encode()
    found = digest(pack(content.decode().encode(coding)), HOW)
    whole = digest(content, HOW)
    same(found, whole)


def test_text_with_a_few_nuls_is_no_utf_16():
    assert unpacking.coding_of(b"\0" * 1000) == ""
    assert unpacking.coding_of(b"a\0" * 4) == ""
    assert unpacking.coding_of(codecs.BOM_UTF16_BE) == "utf-16"
    assert Source(codecs.BOM_UTF16_LE + "x".encode("utf-16-le")).parts(1) == [(0, 4)]


def test_what_unpacks_to_too_much_is_refused_in_utf_16_too(monkeypatch):
    monkeypatch.setattr(sources, "FREE", 1 << 20)
    with pytest.raises(Unreadable, match="bomb"):
        digest(gzip.compress(codecs.BOM_UTF16_LE + b"0\0" * (4 << 20)), HOW)


def test_a_period_and_hosts_survive_being_carried():
    found = restored(carried(digest(CLF.encode(), HOW)))
    assert found.period[0] == datetime.datetime(2026, 11, 2, 9, tzinfo=datetime.UTC) and found.hosts == {"": 1}
