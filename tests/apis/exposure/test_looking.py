"""Addresses that are left out by a look at whole columns hold nothing that reading them closely would find."""

from urllib.parse import quote, quote_plus

import polars as pl
import pytest

from apis.exposure import classify
from apis.exposure.looking import PATHS, QUERIES
from tests.apis.exposure.test_classify import FOUND


def is_read(text, pattern):
    return bool(pl.Series([text]).str.contains(pattern)[0])


@pytest.mark.parametrize(("value", "name", "code"), FOUND, ids=[f"{code} {name}" for _value, name, code in FOUND])
@pytest.mark.parametrize("write", [quote, quote_plus, lambda text: text.replace(" ", "%20").replace("&", "%26")])
def test_a_query_that_carries_something_is_read_closely(value, name, code, write):
    query = f"page=3&{name or 'x'}={write(value)}&size=20"
    if code in classify(query, "query", "request").by_class():
        assert is_read(query, QUERIES)


@pytest.mark.parametrize(("value", "name", "code"), FOUND, ids=[f"{code} {name}" for _value, name, code in FOUND])
@pytest.mark.parametrize("write", [quote, lambda text: text.replace(" ", "%20")])
def test_a_path_that_carries_something_is_read_closely(value, name, code, write):
    path = f"/v1/things/{write(value)}/notes"
    if any(code in classify(part, "path", "request").by_class() for part in path.split("/")):
        assert is_read(path, PATHS)


@pytest.mark.parametrize(
    "path",
    ["/v1/files/file-0400594028628b4ec714d549/content", "/v1/sessions/933c8d0086800a0b42791490510564f9d90949aa/x",
     "/v1/customers/23688/orders/43369938-6839-4864-bccf-b8160f41db8d/items/4", "/v1/reports/2026-11-20"],
)  # fmt: skip
def test_ids_alone_are_not_worth_reading(path):
    assert not is_read(path, PATHS)
