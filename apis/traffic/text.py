"""Access logs of one line a call, by pattern: Apache and nginx, Traefik, Envoy, AWS ALB, uvicorn under LiteLLM."""

import datetime
from dataclasses import dataclass, field

import polars as pl

CLF_TIME = "%d/%b/%Y:%H:%M:%S %z"
REQUEST = r'"(?P<method>[A-Za-z]{2,20}) (?P<path>[^"\s?]*)(?:\?(?P<query>[^"\s]*))?(?: [^"]*)?"'
CLF = (
    r"(?P<address>\S+) \S+ (?P<user>\S+) \[(?P<at>[^\]]{10,40})\] "
    + REQUEST
    + r" (?P<status>\d{3}) (?P<bytes_out>\d+|-)"
)
AGENT = r' "(?:[^"\\]|\\.)*" "(?P<agent>(?:[^"\\]|\\.)*)"'

LOOSE = (
    r"^(?P<address>\S+) .{0,200}?\[(?P<at>\d\d/\w{3}/\d{4}:[^\]]{10,20})\] "
    r'"(?P<method>[A-Za-z]{2,20}) (?P<path>(?:[^"\\\s?]|\\.)*)(?:\?(?P<query>(?:[^"\\\s]|\\.)*))?(?: [^"]*)?" '
    r"(?P<status>\d{3}) (?P<bytes_out>\d+|-)"
)


@dataclass(frozen=True)
class TextFormat:
    """A format of lines: a pattern with named groups for the columns of an event."""

    code: str
    label: str
    pattern: str
    times: tuple[str, ...] = (CLF_TIME,)
    took: tuple[tuple[str, float], ...] = ()  # groups whose sum is the duration, and milliseconds of their unit
    fixed: dict[str, str] = field(default_factory=dict)


FORMATS = (
    TextFormat(
        "traefik", "Traefik, common log", rf'^{CLF}{AGENT} \d+ "[^"]*" "[^"]*" (?P<took>\d+)ms', took=(("took", 1.0),)
    ),
    TextFormat("timed", "Apache or nginx, with times", rf"^{CLF}{AGENT} (?P<took>\d+\.\d+)", took=(("took", 1000.0),)),
    # Common and combined alike: what follows the size (referer, agent) tells nothing that is kept.
    TextFormat("common", "Apache or nginx, common or combined", rf"^{CLF}"),
    TextFormat("vhost", "Apache, common or combined, with host", rf"^(?P<host>[\w.-]+(?::\d+)?) {CLF}"),
    # For what the others leave: quotes in the request escaped, fields more or fewer before the time.
    TextFormat("loose", "Apache or nginx, own layout", LOOSE),
    TextFormat(
        "alb", "AWS Application Load Balancer",
        r"^(?P<type>https?|h2|wss?|grpcs?) (?P<at>\S+) \S+ (?P<client>\S+) \S+ (?P<took>-?[\d.]+) (?P<took2>-?[\d.]+) "
        r"(?P<took3>-?[\d.]+) (?P<status>\d{3}|-) \S+ (?P<bytes_in>-?\d+) (?P<bytes_out>-?\d+) "
        r'"(?P<method>[A-Za-z]{2,20}) (?P<url>\S+)(?: [^"]*)?" "(?P<agent>[^"]*)" \S+ (?P<tls>\S+)',
        times=("iso",), took=(("took", 1000.0), ("took2", 1000.0), ("took3", 1000.0)),
    ),
    TextFormat(
        "envoy", "Envoy, default",
        rf"^\[(?P<at>\d{{4}}-[^\]]+)\] {REQUEST} (?P<status>\d+) \S+"
        r'(?: \S+ \S+ "[^"]*")? (?P<bytes_in>\d+) (?P<bytes_out>\d+) (?P<took>\d+) \S+ "(?P<forwarded>[^"]*)" '
        r'"(?P<agent>[^"]*)" "[^"]*" "(?P<host>[^"]*)"',
        times=("iso",), took=(("took", 1.0),),
    ),
    TextFormat(
        "uvicorn", "uvicorn (LiteLLM proxy)",
        r"^(?:INFO|WARNING|ERROR):\s+(?P<client>\S+) - " + REQUEST + r" (?P<status>\d{3})",
        times=(),
    ),
)  # fmt: skip
BY_CODE = {one.code: one for one in FORMATS}
TRANSPORTS = {"h2": "https", "wss": "https", "ws": "http", "grpcs": "https"}
EARLIEST = datetime.datetime(1990, 1, 1, tzinfo=datetime.UTC)
LATEST = datetime.datetime(2200, 1, 1, tzinfo=datetime.UTC)
"""A call before or after is a mistake of the log; the line counts as not read."""
A_CALL = r'\[[^\]]+\] "[A-Za-z]{2,20} [^"]*" \d{3} '
"""A line of an access log that tells of a call; if it was not read, its time made no sense."""
NO_REQUEST = r'^\S+ \S+ .*\[[^\]]+\] "(?:-|[^A-Za-z"].*|)" \d{3} '
"""A line of an access log whose caller sent nothing that is a request."""


def parsed(lines: pl.DataFrame, form: TextFormat) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(events, lines that do not fit) of a frame with ``number`` and ``line``."""
    groups = lines.select("number", "line", pl.col("line").str.extract_groups(form.pattern).alias("g")).unnest("g")
    fits = pl.col("method").is_not_null()
    found = _events(groups.filter(fits).rename({"number": "line_no"}), form)
    if form.times:
        dated = pl.col("at").is_between(EARLIEST, LATEST)
        lost = found.filter(~dated.fill_null(value=False))
        if lost.height:
            found = found.filter(dated)
            fits = fits & ~pl.col("number").is_in(lost["line"].to_list())
    return found, groups.filter(~fits).select("number", "line")


def _events(groups: pl.DataFrame, form: TextFormat) -> pl.DataFrame:
    have = set(groups.columns)

    def text(name: str) -> pl.Expr:
        if name not in have:
            return pl.lit(None, dtype=pl.String)
        return pl.when((pl.col(name) != "-") & (pl.col(name) != "")).then(pl.col(name))

    address = _bare(text("client")) if "client" in have else text("address")
    if "forwarded" in have:
        address = text("forwarded").str.split(",").list.first().str.strip_chars()
    user = text("user")
    frame = groups.with_columns(
        _moment(groups, form).alias("moment"), address.alias("caller"), user.alias("person"),
        *_target(groups, have),
    )  # fmt: skip
    return frame.select(
        pl.col("line_no").alias("line"), pl.col("moment").alias("at"),
        pl.col("its_host").str.to_lowercase().alias("host"), pl.col("method").str.to_uppercase(),
        pl.col("its_path").alias("path"), pl.col("its_query").alias("query"),
        pl.col("status").cast(pl.UInt16, strict=False).fill_null(0), _took(form).alias("took_ms"),
        *(
            (pl.col(name) if name in have else pl.lit(None, dtype=pl.String)).cast(pl.Int64, strict=False).alias(name)
            for name in ("bytes_in", "bytes_out")
        ),
        pl.when(pl.col("person").is_not_null()).then(pl.concat_str(pl.lit("user:"), "person"))
        .when(pl.col("caller").is_not_null()).then(pl.concat_str(pl.lit("address:"), "caller")).alias("who"),
        pl.col("caller").alias("address"), pl.col("its_scheme").alias("scheme"), text("tls").alias("tls"),
        pl.when(pl.col("person").is_not_null()).then(pl.lit(True)).alias("credential"), text("agent").alias("agent"),
    )  # fmt: skip


def _target(groups: pl.DataFrame, have: set[str]) -> list[pl.Expr]:
    """Host, path, query and scheme: from a whole address where the line has one."""
    named = pl.col("host") if "host" in have else pl.lit(None, dtype=pl.String)
    kind = (
        pl.col("type").replace({"h2": "https", "wss": "https", "ws": "http", "grpcs": "https"})
        if "type" in have
        else None
    )
    if "url" in have:
        split = pl.col("url").str.extract_groups(r"^(?:(?P<s>[a-z]+)://(?P<h>[^/?]*))?(?P<p>[^?]*)(?:\?(?P<q>.*))?")
        host, path, query = split.struct.field("h"), split.struct.field("p"), split.struct.field("q")
        scheme = kind if kind is not None else split.struct.field("s")
    else:
        host, path, scheme = named, pl.col("path"), pl.lit(None, dtype=pl.String)
        query = pl.col("query")
        if groups["path"].str.starts_with("http").any():  # a proxy's log, or somebody who tries to use one
            absolute = path.str.extract_groups(r"^(?P<s>https?)://(?P<h>[^/]*)(?P<p>.*)$")
            is_absolute = path.str.starts_with("http") & absolute.struct.field("h").is_not_null()
            host = pl.when(is_absolute).then(absolute.struct.field("h")).otherwise(named)
            scheme = pl.when(is_absolute).then(absolute.struct.field("s"))
            path = pl.when(is_absolute).then(absolute.struct.field("p")).otherwise(path)
    return [
        host.str.replace(r":(?:80|443)$", "").alias("its_host"),
        pl.when(path == "").then(pl.lit("/")).otherwise(path).alias("its_path"),
        query.alias("its_query"), scheme.alias("its_scheme"),
    ]  # fmt: skip


def _moment(groups: pl.DataFrame, form: TextFormat) -> pl.Expr:
    if not form.times:
        return pl.lit(None, dtype=pl.Datetime("us", "UTC"))
    if form.times == ("iso",):
        return pl.col("at").str.to_datetime(time_unit="us", time_zone="UTC", strict=False)
    return pl.col("at").str.to_datetime(form.times[0], time_unit="us", time_zone="UTC", strict=False)


def _took(form: TextFormat) -> pl.Expr:
    parts = [pl.col(name).cast(pl.Float64, strict=False) * unit for name, unit in form.took]
    known = [pl.when(part >= 0).then(part) for part in parts]
    return pl.sum_horizontal(known, ignore_nulls=False) if known else pl.lit(None, dtype=pl.Float64)


def _bare(client: pl.Expr) -> pl.Expr:
    """An address without its port: 10.0.0.1:80, [::1]:80."""
    return client.str.replace(r"^\[([^\]]+)\](?::\d+)?$", "${1}").str.replace(r"^(\d+\.\d+\.\d+\.\d+):\d+$", "${1}")
