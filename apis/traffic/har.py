"""HAR recordings (1.2) of Chrome, Firefox, WebPageTest and proxies: one event for each call of an API."""

from collections.abc import Iterator, Mapping
from typing import Any

from apis.exposure import looking
from apis.traffic.structured import moment, number_of, split_url, whole_number

ASSETS = ("image", "stylesheet", "script", "font", "media", "manifest", "texttrack", "document")
ASSET_TYPES = (
    "image/", "font/", "text/css", "text/html", "application/javascript", "text/javascript", "video/", "audio/",
    "application/font", "application/x-font", "application/x-javascript", "application/wasm",
)  # fmt: skip
ENDINGS = (".css", ".js", ".mjs", ".map", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".ico", ".woff", ".woff2", ".ttf",
           ".webp", ".html", ".htm")  # fmt: skip
KEYS = (
    "authorization",
    "x-api-key",
    "api-key",
    "apikey",
    "x-auth-token",
    "ocp-apim-subscription-key",
    "x-goog-api-key",
)


def is_har(document: Any) -> bool:
    """Whether a JSON document is a recording."""
    log = document.get("log") if isinstance(document, dict) else None
    return isinstance(log, dict) and isinstance(log.get("entries"), list)


def calls(document: Mapping[str, Any]) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """(entry from 1, event or the code of the reason why it is none: asset, no_request, bad_time)."""
    for number, entry in enumerate(document["log"]["entries"], start=1):
        yield number, _event(number, entry)


def _event(number: int, entry: Any) -> dict[str, Any] | str:
    if not isinstance(entry, dict) or not isinstance(entry.get("request"), dict):
        return "no_request"
    request, response = entry["request"], _dict(entry.get("response"))
    scheme, host, path, query = split_url(str(request.get("url") or ""))
    method = str(request.get("method") or "").upper()
    if scheme not in {"http", "https", "ws", "wss"} or not host or not method.isalpha():
        return "no_request"
    if _is_asset(entry, method, path, response):
        return "asset"
    at = moment(entry.get("startedDateTime"))
    if at is None:
        return "bad_time"
    asked, answered = headers(request), headers(response)
    key = next((asked[name] for name in KEYS if asked.get(name)), "")
    session = asked.get("cookie", "")
    content = _dict(response.get("content"))
    carried, model = looking.of_entry(
        {"headers": asked, "body": _dict(request.get("postData")).get("text")},
        {"headers": answered, "body": content.get("text")},
    )
    return {
        "line": number, "at": at, "host": host.lower().removesuffix(":443").removesuffix(":80"), "method": method,
        "path": path or "/", "query": query or None, "status": whole_number(response.get("status"), 999) or 0,
        "took_ms": _positive(entry.get("time")), "bytes_in": whole_number(request.get("bodySize"), 1 << 62),
        "bytes_out": whole_number(response.get("bodySize"), 1 << 62) or whole_number(content.get("size"), 1 << 62),
        "who": f"key:{key}" if key else f"session:{session}" if session else "session:recording",
        "address": None, "scheme": "https" if scheme in {"https", "wss"} else "http", "tls": None,
        "credential": bool(key or session), "cors": answered.get("access-control-allow-origin"),
        "agent": asked.get("user-agent"), "model": model or None, "carried": carried,
    }  # fmt: skip


def _is_asset(entry: dict[str, Any], method: str, path: str, response: dict[str, Any]) -> bool:
    if method not in {"GET", "HEAD", "OPTIONS"}:
        return False
    kind = str(entry.get("_resourceType") or "").lower()
    if kind in {"xhr", "fetch", "websocket", "eventsource"}:
        return False
    mime = str(_dict(response.get("content")).get("mimeType") or "").lower()
    return kind in ASSETS or mime.startswith(ASSET_TYPES) or path.lower().endswith(ENDINGS)


def headers(side: dict[str, Any]) -> dict[str, str]:
    """Header → value, names in lower case."""
    rows = side.get("headers")
    pairs = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return {str(row.get("name") or "").lower(): str(row.get("value") or "")[:8000] for row in pairs}


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _positive(value: Any) -> float | None:
    number = number_of(value)
    return number if number is not None and number >= 0 else None
