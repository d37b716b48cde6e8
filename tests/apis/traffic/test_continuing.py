"""A log that grew, or was packed otherwise, is read from where it was read before."""

import gzip
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apis.traffic import Source
from apis.traffic.continuing import Before, Reading, compared, head_of

TEXT = st.lists(st.sampled_from([b"a line", b"other", b"", b"x" * 40]), max_size=12).map(b"\n".join)


def known(*contents):
    """Contents of before."""
    found = {}
    for one in contents:
        found.setdefault(len(one), set()).add(hashlib.sha256(one).hexdigest())
    return found


@given(TEXT, st.booleans(), TEXT, st.integers(1, 9))
def test_a_content_that_begins_with_another_goes_on_at_the_first_line_that_is_not_wholly_in_it(old, cut, more, step):
    old = old + b"" if cut else old + b"\n"
    new = old + more
    reading = Reading(known(old, b"nothing of the kind, ever"))
    for start in range(0, len(new), step):
        reading.add(new[start : start + step])
    content, before = reading.end()
    assert (content.size, content.sha256) == (len(new), hashlib.sha256(new).hexdigest())
    if not old:
        return
    lines = old.count(b"\n")
    if not old.endswith(b"\n") and more.startswith(b"\n"):
        lines += 1
    assert before.rows == lines and new[: before.size].count(b"\n") == lines
    assert not before.size or new[before.size - 1 : before.size] == b"\n"
    assert before.is_all == (new == old or before.size == len(new))


def test_the_longest_content_of_before_counts():
    old = [b"a\n", b"a\nb\n", b"a\nb\nc\n"]
    content, before = compared(Source(b"a\nb\nc\nd\n"), known(*old, b"z\n"))
    assert (before.size, before.rows, before.is_all) == (6, 3, False)
    assert before.sha256 == hashlib.sha256(old[2]).hexdigest()
    assert compared(Source(b"other\n"), known(*old))[1] == Before()


@pytest.mark.parametrize("pack", [gzip.compress, lambda what: what.decode().encode("utf-16")])
def test_what_is_packed_otherwise_says_the_same(pack):
    content = b"a line\n" * 2_000
    told, before = compared(Source(pack(content)), known(content))
    assert before.is_all and told.size == len(content)
    assert told.head == head_of(Source(content)) == head_of(Source(pack(content)))
    grown = content + b"one more\n"
    assert compared(Source(pack(grown)), known(content))[1].size == len(content)
