"""Calls given as JSON objects: which member means what, format by format, and an organisation's own field map."""

import datetime
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from apis.exposure import looking
from apis.traffic.text import EARLIEST, LATEST

UTC = datetime.UTC
FIELDS = (
    "at", "host", "method", "path", "url", "request", "query", "status", "took_s", "took_ms", "took_ns", "bytes_in",
    "bytes_out", "key", "session", "user", "address", "scheme", "tls", "credential", "cors", "agent", "tokens_in",
    "tokens_out", "model", "request_headers", "request_body", "response_headers", "response_body",
)  # fmt: skip
"""What a member can mean. ``url`` is a whole address or path with query, ``request`` a line "GET /path HTTP/1.1"."""
Paths = tuple[str, ...]


@dataclass(frozen=True)
class JsonFormat:
    """A format of JSON objects: for each field the dotted paths where it may stand, the first that is there counts."""

    code: str
    label: str
    needs: tuple[Paths, ...]  # of each group one must be there, or an object is not of this format
    fields: Mapping[str, Paths] = field(default_factory=dict)


def _form(code: str, label: str, needs: str, **fields: str) -> JsonFormat:
    """``needs``: groups by spaces, alternatives by bars. Fields: paths by spaces."""
    groups = tuple(tuple(group.split("|")) for group in needs.split())
    return JsonFormat(code, label, groups, {name: tuple(paths.split()) for name, paths in fields.items()})


FORMATS = (
    _form(
        "caddy", "Caddy", "request.uri request.method status",
        at="ts", host="request.host", method="request.method", url="request.uri", status="status", took_s="duration",
        bytes_in="bytes_read", bytes_out="size", user="user_id", address="request.client_ip request.remote_ip",
        tls="request.tls.version", agent="request.headers.User-Agent",
        cors="resp_headers.Access-Control-Allow-Origin", credential="request.headers.Authorization",
    ),
    _form(
        "traefik_json", "Traefik, JSON", "RequestMethod RequestPath DownstreamStatus|OriginStatus",
        at="StartUTC StartLocal time", host="RequestHost RequestAddr", method="RequestMethod", url="RequestPath",
        status="DownstreamStatus OriginStatus", took_ns="Duration", bytes_in="RequestContentSize",
        bytes_out="DownstreamContentSize", user="ClientUsername", address="ClientHost ClientAddr",
        scheme="RequestScheme", tls="TLSVersion", agent="request_User-Agent",
        credential="request_Authorization",
    ),
    _form(
        "kong", "Kong", "request.uri|request.url request.method response.status",
        at="started_at", host="request.headers.host", method="request.method", url="request.url request.uri",
        status="response.status", took_ms="latencies.request", bytes_in="request.size", bytes_out="response.size",
        key="consumer.id authenticated_entity.consumer_id", user="consumer.username", address="client_ip",
        tls="request.tls.version", agent="request.headers.user-agent", credential="request.headers.authorization",
        cors="response.headers.access-control-allow-origin",
    ),
    _form(
        "cloudflare", "Cloudflare Logpush", "ClientRequestMethod ClientRequestURI|ClientRequestPath EdgeResponseStatus",
        at="EdgeStartTimestamp EdgeEndTimestamp", host="ClientRequestHost", method="ClientRequestMethod",
        url="ClientRequestURI ClientRequestPath", status="EdgeResponseStatus", took_ms="OriginResponseDurationMs",
        bytes_in="ClientRequestBytes", bytes_out="EdgeResponseBytes", address="ClientIP",
        scheme="ClientRequestScheme", tls="ClientSSLProtocol", agent="ClientRequestUserAgent",
    ),
    _form(
        "api_gateway", "Amazon API Gateway", "requestId httpMethod|routeKey status|responseLength",
        at="requestTimeEpoch requestTime", host="domainName", method="httpMethod",
        path="resourcePath path", request="routeKey", status="status", took_ms="responseLatency",
        bytes_out="responseLength", key="apiKeyId identity.apiKeyId apiKey", user="caller user",
        address="ip identity.sourceIp sourceIp", agent="userAgent identity.userAgent",
    ),
    _form(
        "envoy_json", "Envoy, JSON", "response_code method path|:path|x-envoy-original-path|x-envoy-origin-path",
        at="start_time timestamp", host=":authority authority", method="method",
        url="x-envoy-original-path x-envoy-origin-path path :path",
        status="response_code", took_ms="duration", bytes_in="bytes_received", bytes_out="bytes_sent",
        address="x-forwarded-for x_forwarded_for downstream_remote_address", tls="downstream_tls_version",
        agent="user-agent user_agent",
    ),
    _form(
        "litellm", "LiteLLM spend log", "call_type model|model_group startTime",
        at="startTime", method="_method", path="_path", url="api_base", status="_status", took_s="response_time",
        key="metadata.user_api_key_hash metadata.user_api_key api_key",
        user="end_user user metadata.user_api_key_user_id",
        session="session_id", address="requester_ip_address metadata.requester_ip_address", model="model",
        tokens_in="prompt_tokens", tokens_out="completion_tokens",
    ),
    _form(
        "nginx_json", "nginx, JSON", "request|request_uri|uri status remote_addr|time_local|time_iso8601|msec",
        at="time_iso8601 msec time_local time timestamp", host="http_host host server_name", method="request_method",
        url="request_uri uri", request="request", status="status", took_s="request_time", bytes_in="request_length",
        bytes_out="body_bytes_sent bytes_sent", user="remote_user", address="remote_addr", scheme="scheme",
        tls="ssl_protocol", agent="http_user_agent",
    ),
    _form(
        "own", "AIMS 42 lines", "at method path|url",
        **{name: name for name in FIELDS},
    ),
)  # fmt: skip
BY_CODE = {one.code: one for one in FORMATS}
LITELLM_PATHS = {
    "completion": "/v1/chat/completions", "text_completion": "/v1/completions", "embedding": "/v1/embeddings",
    "image_generation": "/v1/images/generations", "transcription": "/v1/audio/transcriptions",
    "speech": "/v1/audio/speech", "moderation": "/v1/moderations", "rerank": "/v1/rerank", "responses": "/v1/responses",
    "create_file": "/v1/files", "create_fine_tuning_job": "/v1/fine_tuning/jobs", "create_batch": "/v1/batches",
}  # fmt: skip
PROVIDERS = {
    "openai": "api.openai.com", "anthropic": "api.anthropic.com", "mistral": "api.mistral.ai",
    "cohere": "api.cohere.com", "gemini": "generativelanguage.googleapis.com",
    "groq": "api.groq.com", "deepseek": "api.deepseek.com",
}  # fmt: skip


def own_map(fields: Mapping[str, str]) -> JsonFormat:
    """A format of an organisation's own: field → dotted paths. Raises ValueError for what no member can mean."""
    if unknown := set(fields) - set(FIELDS):
        raise ValueError(f"Unknown fields: {', '.join(sorted(unknown))}.")
    if not {"method", "request"} & set(fields) or not {"path", "url", "request"} & set(fields):
        raise ValueError("A field map needs the method and the path (or address, or request line) of a call.")
    return JsonFormat("map", "Own field map", (), {name: tuple(paths.split()) for name, paths in fields.items()})


def recognised(value: Any) -> JsonFormat | None:
    """The format an object is of, or None."""
    if not isinstance(value, dict):
        return None
    for form in FORMATS:
        if all(any(_at(value, path) is not None for path in group) for group in form.needs):
            return form
    return None


def event(value: Any, form: JsonFormat, line: int) -> dict[str, Any] | str:
    """The call an object tells of, or the code of the reason why it tells of none."""
    if not isinstance(value, dict):
        return "not_an_object"
    if form.code == "litellm":
        value = {**value, **_of_litellm(value)}
    found = {name: _first(value, paths) for name, paths in form.fields.items()}
    told: dict[str, Any] = {"line": line, "at": moment(found.get("at"))}
    if found.get("at") is not None and told["at"] is None:
        return "bad_time"
    if not _target(found, told):
        return "no_request"
    told["status"] = whole_number(found.get("status"), 999) or 0
    told["took_ms"] = _took(found)
    for name in ("bytes_in", "bytes_out", "tokens_in", "tokens_out"):
        told[name] = whole_number(found.get(name), 1 << 62)
    _caller(found, told)
    for name in ("tls", "cors", "agent", "model"):
        told[name] = _text(found.get(name))
    if "credential" in form.fields:
        told["credential"] = bool(found.get("credential")) or bool(found.get("key"))
    return told


def carried_by(value: dict[str, Any], form: JsonFormat) -> str | None:
    """What a line of a format carries of sensitive data (apis.exposure.looking), in which bodies and headers."""
    own = {name: _first(value, form.fields[name]) for name, *_where in looking.OWN if name in form.fields}
    return looking.of_line(value, form.code, own)


def _target(found: dict[str, Any], told: dict[str, Any]) -> bool:
    method, path = _text(found.get("method")), _text(found.get("path"))
    host, query, scheme = _text(found.get("host")), _text(found.get("query")), _text(found.get("scheme"))
    if request := _text(found.get("request")):
        parts = request.split(" ")
        if len(parts) > 1:
            method, target = method or parts[0], parts[1]
            path, _mark, rest = (path or target).partition("?")
            query = query or rest or None
    if url := _text(found.get("url")):
        parts = split_url(url)
        scheme, host = scheme or parts[0], host or parts[1]
        path, query = path or parts[2] or "/", query or parts[3]
    if not method or not path or not method.replace("-", "").isalpha() or len(method) > 20:
        return False
    told |= {"method": method.upper(), "path": path if path.startswith("/") else f"/{path}", "query": query or None}
    host = (host or "").lower().removesuffix(":443").removesuffix(":80")
    told |= {"host": host[:255] or None, "scheme": (scheme or "").lower() or None}
    return True


@lru_cache(maxsize=4096)
def split_url(url: str) -> tuple[str, str, str, str]:
    try:
        parts = urlsplit(url[:8000])
    except ValueError:
        return "", "", url.partition("?")[0], url.partition("?")[2]
    if not parts.scheme or not parts.netloc:
        path, _mark, query = url.partition("?")
        return "", "", path, query
    return parts.scheme, parts.netloc.rpartition("@")[2], parts.path, parts.query


def _caller(found: dict[str, Any], told: dict[str, Any]) -> None:
    address = _text(found.get("address"))
    if address:
        address = bare(address.split(",")[0].strip())
    told["address"] = address
    for kind in ("key", "session", "user"):
        if value := _text(found.get(kind)):
            told["who"] = f"{kind}:{value}"
            return
    told["who"] = f"address:{address}" if address else None


def bare(address: str) -> str:
    """An address without its port."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    head, colon, port = address.rpartition(":")
    return head if colon and port.isdigit() and head.count(".") == 3 else address


def _of_litellm(value: dict[str, Any]) -> dict[str, Any]:
    kind = str(value.get("call_type") or "").removeprefix("a")
    base = str(value.get("api_base") or "")
    host = split_url(base)[1] or PROVIDERS.get(str(value.get("custom_llm_provider") or ""), "")
    told: dict[str, Any] = {"_method": "POST", "_path": LITELLM_PATHS.get(kind, f"/{kind or 'unknown'}")}
    told["api_base"] = f"https://{host}" if host else ""
    told["_status"] = 200 if value.get("status") in {"success", None, ""} else 500
    metadata = value.get("metadata")
    if isinstance(metadata, str) and metadata.startswith("{"):
        told["metadata"] = _object(metadata)
    begun, ended = moment(value.get("startTime")), moment(value.get("endTime"))
    if begun and ended and "response_time" not in value:
        told["response_time"] = (ended - begun).total_seconds()
    return told


def _object(text: str) -> dict[str, Any]:
    import orjson  # noqa: PLC0415 (only LiteLLM writes JSON inside JSON)

    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _first(value: dict[str, Any], paths: Paths) -> Any:
    for path in paths:
        found = _at(value, path)
        if found is not None and found not in ("", "-"):
            return found
    return None


def _at(value: Any, path: str) -> Any:
    if isinstance(value, dict) and path in value:
        return value[path]
    for part in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(part)
    return value


def _text(value: Any) -> str | None:
    if isinstance(value, list):
        value = value[0] if value else None
    if value is None or isinstance(value, dict | list):
        return None
    found = str(value)[:8000]
    return found if found not in ("", "-") else None


def whole_number(value: Any, most: int) -> int | None:
    number = number_of(value)
    return int(number) if number is not None and 0 <= number <= most else None


def number_of(value: Any) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if number == number and abs(number) < 1e300 else None


def _took(found: dict[str, Any]) -> float | None:
    for name, unit in (("took_ms", 1.0), ("took_s", 1000.0), ("took_ns", 1e-6)):
        number = number_of(found.get(name))
        if number is not None and number >= 0:
            return number * unit
    return None


def moment(value: Any) -> datetime.datetime | None:
    """A moment as formats write it: ISO 8601, epoch in s, ms, µs or ns, or as access logs do; None when it is none."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str) and not value.replace(".", "", 1).isdigit():
        return _of_text(value)
    number = number_of(value)
    if number is None or number <= 0:
        return None
    while number > 1e11:  # ms, µs, ns
        number /= 1000
    return _plausible(datetime.datetime.fromtimestamp(number, UTC))


@lru_cache(maxsize=8192)
def _of_text(text: str) -> datetime.datetime | None:
    short = text.strip()[:40]
    readers: Iterable[Callable[[str], datetime.datetime]] = (
        datetime.datetime.fromisoformat,
        lambda given: datetime.datetime.fromisoformat(_six_digits(given)),
        lambda given: datetime.datetime.strptime(given, "%d/%b/%Y:%H:%M:%S %z"),
    )
    for read in readers:
        try:
            found = read(short)
        except ValueError:
            continue
        return _plausible(found if found.tzinfo else found.replace(tzinfo=UTC))
    return None


def _six_digits(text: str) -> str:
    head, dot, rest = text.partition(".")
    digits = len(rest) - len(rest.lstrip("0123456789"))
    return f"{head}.{rest[: min(digits, 6)]}{rest[digits:]}" if dot else text


def _plausible(found: datetime.datetime) -> datetime.datetime | None:
    try:
        utc = found.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return utc if EARLIEST <= utc <= LATEST else None
