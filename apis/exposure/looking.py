"""Sensitive data looked for while calls are read: what a call carries becomes counts and looks, no value stays.

Addresses of every call are looked at: columns say which could carry something, only those are classified. Bodies and
headers are classified where a format has them. What is found adds up by flow in any order and any split.
"""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
import polars as pl

from apis.exposure.classify import classify, model_of
from apis.exposure.tallies import EXAMPLES, Tallies

MOMENT = pl.Datetime("us", "UTC")
FLOW = ("host", "method", "shape", "model")
CELL = (*FLOW, "code", "where", "direction")
EXPOSED: dict[str, Any] = {
    **dict.fromkeys(CELL, pl.String()), "count": pl.Int64(), "validated": pl.Int64(),
    "examples": pl.List(pl.String()), "first_at": MOMENT, "last_at": MOMENT,
}  # fmt: skip
"""One row for each class on a flow: how often, how many confirmed by a validator, the look of a few, from when to when.
"""
LOOKED: dict[str, Any] = {
    "host": pl.String(), "method": pl.String(), "shape": pl.String(), "requests": pl.Int64(), "responses": pl.Int64(),
}  # fmt: skip
"""Of how many calls the body that was asked with, or answered, could be looked at."""
NOTHING = pl.DataFrame(schema=EXPOSED)
NOT_LOOKED = pl.DataFrame(schema=LOOKED)

# In an address: what a value could be, seen by columns. Paths hold ids, so that digits and prefixes say less there.
_IN_BOTH = (
    r"@|%40|eyJ|\d{12}|%2B\d|\+\d{7}|[A-Z]{2}\d{2}(?:%20|\+)?[A-Z0-9]{4}|-----BEGIN|PRIVATE|"
    r"sk-|hf_|r8_|gsk_|pplx-|xai-|AKIA|ASIA|gh[pousr]_|github_pat|glpat-|xox[a-z]-|xapp-|[srp]k_(?:live|test)|whsec_|"
    r"AIza|ya29|GOCSPX|SG\.|SK[0-9a-f]{32}|key-|npm_|pypi-|do[por]_v1|dapi|shp(?:at|ca|pa|ss)_|:AA|AccountKey"
)
_NAMES = (
    r"pass|pwd|kennwort|mot_?de|contrase|senha|secret|token|auth|bearer|key|session|signature|credential|name|apellido|"
    r"nom|street|addr|stra|anschrift|direcc|indirizzo|birth|dob|born|geburt|nacimiento|naissance|nascita|diagnos|icd|"
    r"medic|allerg|symptom|blood|disab|health|anamnes|befund|phone|tel|mobile|cell|handy|fax|whatsapp|lat|lng|lon|geo|"
    r"coord|position|prompt|content|text|input|message|query|question|instruction|completion|comment|description|note|"
    r"feedback|system|card|pan|karte|carte|tarjeta|cc|ssn|social|nhs|nino|steuer|idnr|tax|nir|fiscal|dni|nif|nie|bsn|"
    r"pesel|cpr|cpf|aadhaar|uidai|sin|tfn|rrn|curp|kimlik|patient"
)
PATHS = f"{_IN_BOTH}|%3A%3A|::"
QUERIES = rf"{_IN_BOTH}|\d{{3}}[-.]\d{{2,3}}|\d\.\d{{4}}|%3A%3A|::|(?i)(?:^|[&._\[-])[^=&]*(?:{_NAMES})[^=&]*="


@dataclass
class Carried:
    """What one call carries: tallies of its headers and bodies, and which bodies could be looked at."""

    tallies: Tallies = field(default_factory=Tallies)
    request: bool = False
    response: bool = False

    def look(self, value: object, where: str, direction: str, name: str = "") -> None:
        """Classify one value and count what it is."""
        if value in (None, "", {}, []):
            return
        self.tallies.add(classify(value, where, direction, name))
        if where == "body":
            self.request, self.response = (
                self.request or direction == "request",
                self.response or direction != "request",
            )

    def told(self) -> str | None:
        """As one text, to go with the call through its columns; None when there was nothing to look at."""
        if not (self.tallies.counts or self.request or self.response):
            return None
        return orjson.dumps([self.request, self.response, self.tallies.rows()]).decode()


BODIES: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "litellm": (
        ("messages", "body", "request"), ("proxy_server_request.body", "body", "request"),
        ("response", "body", "response"),
    ),
    "kong": (("request.headers", "header", "request"), ("response.headers", "header", "response")),
    "caddy": (("request.headers", "header", "request"), ("resp_headers", "header", "response")),
}  # fmt: skip
"""Format → members that hold bodies and headers: (dotted path, where, direction)."""
OWN = (
    ("request_headers", "header", "request"), ("request_body", "body", "request"),
    ("response_headers", "header", "response"), ("response_body", "body", "response"),
)  # fmt: skip
"""Fields of own lines and own field maps."""


def of_line(value: Mapping[str, Any], form: str, own: Mapping[str, Any]) -> str | None:
    """What a line of a format carries, as ``Carried.told``; ``own`` holds fields of OWN that a map found."""
    found = Carried()
    for path, where, direction in BODIES.get(form, ()):
        _looked_into(found, _member(value, path), where, direction)
    for name, where, direction in OWN:
        _looked_into(found, own.get(name), where, direction)
    return found.told()


def _looked_into(found: Carried, value: Any, where: str, direction: str) -> None:
    """Look at a body, or at each header by its name."""
    if where != "header" or not isinstance(value, Mapping):
        found.look(value, where, direction)
        return
    for name, text in value.items():
        for each in text if isinstance(text, list) else [text]:
            found.look(f"{name}: {each}", where, direction)


def _member(value: Any, path: str) -> Any:
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def of_entry(request: Mapping[str, Any], response: Mapping[str, Any]) -> tuple[str | None, str]:
    """(what the two sides of a recorded call carry, the model its body names); sides: headers (a mapping) and body."""
    found = Carried()
    for side, direction in ((request, "request"), (response, "response")):
        _looked_into(found, side.get("headers"), "header", direction)
        found.look(side.get("body"), "body", direction)
    return found.told(), model_of(request.get("body") or "")


def looked_at(frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(EXPOSED, LOOKED) of calls as columns: host, method, shape, model, path, query, at, carried."""
    full = _flows(frame.filter(pl.col("carried").is_not_null()))
    rows = [*_of_addresses(frame), *_of_carried(full)]
    exposed = added([pl.DataFrame(rows, schema=EXPOSED, orient="row")], CELL) if rows else NOTHING
    looked = full.group_by("host", "method", "shape").agg(
        requests=pl.col("carried").str.starts_with("[true").sum().cast(pl.Int64),
        responses=pl.col("carried").str.contains(r"^\[(?:true|false),true").sum().cast(pl.Int64),
    )
    return exposed, looked


def _flows(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(
        pl.col("host").fill_null(""), pl.col("shape").fill_null("/"), pl.col("model").fill_null("")
    )


def _of_addresses(frame: pl.DataFrame) -> Iterable[tuple]:
    for column, pattern, where in (("path", PATHS, "path"), ("query", QUERIES, "query")):
        some = _flows(frame.filter(pl.col(column).str.contains(pattern)))
        grouped = some.group_by(*FLOW, column).agg(
            pl.len(), pl.col("at").min().alias("first_at"), pl.col("at").max().alias("last_at")
        )
        for *flow, text, calls, first, last in grouped.iter_rows():
            parts = text.split("/") if where == "path" else [text]
            found = Tallies()
            for part in parts:
                found.add(classify(_plain(part) if where == "path" else part, where, "request"))
            yield from _rows(flow, found.rows(), calls, first, last)


def _plain(part: str) -> str:
    return part.replace("%40", "@").replace("%2B", "+").replace("%20", " ").replace("%3A", ":")


def _of_carried(frame: pl.DataFrame) -> Iterable[tuple]:
    for *flow, carried, at in frame.select(*FLOW, "carried", "at").iter_rows():
        yield from _rows(flow, orjson.loads(carried)[2], 1, at, at)


def _rows(
    flow: list[str], tallies: list[dict[str, Any]], times: int, first: datetime.datetime, last: datetime.datetime
) -> Iterable[tuple]:
    for one in tallies:
        yield (
            *flow, one["class"], one["where"], one["direction"], one["count"] * times, one["validated"] * times,
            one["examples"], first, last,
        )  # fmt: skip


def added(frames: Iterable[pl.DataFrame], by: Iterable[str]) -> pl.DataFrame:
    """Frames of EXPOSED added up by a key; of examples the first by the alphabet stay."""
    together = pl.concat(list(frames))
    return together.group_by(list(by)).agg(
        pl.col("count").sum(), pl.col("validated").sum(),
        pl.col("examples").explode().drop_nulls().unique().sort().head(EXAMPLES),
        pl.col("first_at").min(), pl.col("last_at").max(),
    )  # fmt: skip


def looked_added(frames: Iterable[pl.DataFrame], by: Iterable[str] = ("host", "method", "shape")) -> pl.DataFrame:
    """Frames of LOOKED added up."""
    together = pl.concat(list(frames))
    return together.group_by(list(by)).agg(pl.col("requests", "responses").sum())
