"""Bearer tokens only: no cookies, so no cross-site requests."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotFound
from rest_framework.permissions import BasePermission

from core.services.tokens import living_token, token_actor


class TokenAuthentication(BaseAuthentication):
    """``Authorization: Bearer aims_…``; a token belongs to one management system."""

    keyword = "Bearer"

    def authenticate(self, request: Any) -> tuple[Any, Any] | None:
        """Return (None, actor); raises 401 for a token that is unknown, expired or revoked."""
        scheme, _sep, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not text:
            return None
        token = living_token(text.strip())
        actor = token and token_actor(token, request_id=getattr(request._request, "request_id", ""))
        if token is None or actor is None:
            raise AuthenticationFailed("This token is not valid.")
        request._request.actor, request._request.management_system = actor, token.management_system
        return (None, actor)

    def authenticate_header(self, request: Any) -> str:
        """What a 401 asks for."""
        return 'Bearer realm="AIMS 42"'


class MemberOnly(BasePermission):
    """Lets tokens into the management system they belong to; any other answers 404."""

    def has_permission(self, request: Any, view: Any) -> bool:
        """401 without a token; 404 for another management system."""
        actor = request.auth
        if actor is None:
            return False
        slug = view.kwargs.get("slug")
        if slug is not None and request.management_system.slug != slug:
            raise NotFound
        return True


class TokenScheme(OpenApiAuthenticationExtension):
    """How the description names the token."""

    target_class = "core.api.auth.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Plain HTTP bearer."""
        return {"type": "http", "scheme": "bearer"}
