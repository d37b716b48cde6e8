"""RFC 9457 problems with pointers, from whatever a rule or the framework raises."""

from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied
from django.core.exceptions import ValidationError as ModelError
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

from core import errors

MEDIA_TYPE = "application/problem+json"
TITLES = {
    400: "Bad request", 401: "Not signed in", 403: "Not allowed", 404: "Not found", 405: "Method not allowed",
    406: "Not acceptable", 409: "Conflict", 412: "Changed meanwhile", 413: "Too large", 415: "Unsupported media type",
    422: "Unprocessable", 428: "Precondition required", 429: "Too many requests",
}  # fmt: skip


class Problem(exceptions.APIException):
    """A problem with a code of its own. ``code`` completes the type ``urn:aims42:problem:…``."""

    def __init__(self, status_code: int, code: str, detail: str, **more: Any):
        super().__init__(detail, code)
        self.status_code, self.problem_code, self.more = status_code, code, more


def problem(status_code: int, code: str, detail: str, **more: Any) -> Response:
    """A problem answer."""
    body = {"type": f"urn:aims42:problem:{code}", "title": TITLES.get(status_code, "Problem"), "status": status_code}
    body |= {"detail": detail, **more}
    return Response(body, status=status_code, content_type=MEDIA_TYPE)


def handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler; None lets an unknown error become a 500."""
    response = _answer(error)
    if response is not None:
        set_rollback()
        request = context.get("request")
        if request is not None:
            response.data["request_id"] = getattr(request._request, "request_id", "")
    return response


def _answer(error: Exception) -> Response | None:
    if isinstance(error, ModelError):
        return problem(400, "invalid", "Some values are not valid.", errors=model_pointers(error))
    if isinstance(error, errors.Refusal):
        return _refusal(error)
    if isinstance(error, Http404):
        return problem(404, "not-found", "There is no such thing here.")
    if isinstance(error, PermissionDenied):
        return problem(403, "forbidden", "This is not allowed.")
    if isinstance(error, Problem):
        return problem(error.status_code, error.problem_code, str(error.detail), **error.more)
    if isinstance(error, exceptions.ValidationError):
        return problem(400, "invalid", "Some values are not valid.", errors=list(_pointers(error.detail, "")))
    if isinstance(error, exceptions.APIException):
        code = {401: "unauthenticated", 404: "not-found", 429: "too-many-requests"}.get(error.status_code)
        answer = problem(error.status_code, code or str(error.default_code).replace("_", "-"), str(error.detail))
        header, wait = getattr(error, "auth_header", None), getattr(error, "wait", None)
        if header:
            answer["WWW-Authenticate"] = header
        if wait:
            answer["Retry-After"] = str(int(wait) + 1)
        return answer
    return None


def _refusal(error: errors.Refusal) -> Response:
    if isinstance(error, errors.Stale):
        return problem(412, "changed-meanwhile", "Somebody changed this since you read it.", version=error.actual)
    if isinstance(error, errors.ContentChanged):
        return problem(409, "content-changed", "What you decide on is not what was shown to you.")
    if isinstance(error, errors.StepRefused):
        found = [
            {"code": o.code, "reason": str(o.reason), "remedy": o.remedy, "who": [str(p) for p in o.who]}
            for o in error.obstacles
        ]
        return problem(409, "step-refused", "This step cannot be taken now.", step=error.step, obstacles=found)
    if isinstance(error, errors.Forbidden):
        who = [str(person) for person in error.who]
        return problem(
            403, "forbidden", str(error.says or "You may not do this."), permission=error.permission, who=who
        )
    if isinstance(error, errors.ReauthenticationNeeded):
        return problem(403, "reauthentication-needed", "A token without the scope decide cannot sign.")
    return problem(404, "not-found", "There is no such thing here.")


def model_pointers(error: ModelError) -> list[dict[str, str]]:
    """Pointers of a rule's ValidationError."""
    if not hasattr(error, "error_dict"):
        return [{"pointer": "", "detail": message} for message in error.messages]
    return [
        {"pointer": "" if name == NON_FIELD_ERRORS else f"/{name}", "detail": message}
        for name, messages in error.message_dict.items()
        for message in messages
    ]


def _pointers(detail: Any, where: str) -> Any:
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _pointers(inner, where if name == "non_field_errors" else f"{where}/{name}")
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            nested = isinstance(inner, dict | list)
            yield from _pointers(inner, f"{where}/{index}" if nested else where)
    else:
        yield {"pointer": where, "detail": str(detail)}


NOT_FOUND = status.HTTP_404_NOT_FOUND
