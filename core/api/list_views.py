"""Saved views of registers, and the look of reports, over REST: the same rules as on their pages."""

import base64
import binascii
from typing import Any, ClassVar

from django.http import QueryDict
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from core import policy
from core.api import paging
from core.api.shapes import Shape, page_of
from core.api.versions import expected_version, tagged
from core.api.views import MemberAPIView, is_uuid
from core.errors import NotFound
from core.models import Profile, SavedView
from core.queries.people import profile
from core.registers import registers
from core.registers.views import kept_of
from core.services import saved_views
from core.services.dressing import dress_reports


class SavedViewSerializer(serializers.ModelSerializer):
    """A register's search, filters, sort and columns under a name."""

    person = serializers.UUIDField(source="person_id", allow_null=True, help_text="who saved it")
    query = serializers.CharField(help_text="as in the address of the list, for its pages and mostly for the API")
    begins = serializers.SerializerMethodField(help_text="whether you begin the register with it")

    class Meta:
        model = SavedView
        fields = (
            "id",
            "version",
            "register",
            "name",
            "query",
            "shared",
            "person",
            "begins",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields

    def get_begins(self, view: SavedView) -> bool:
        """Whether the actor begins with it."""
        return view.pk in self.context["begins"]


class SaveViewSerializer(Shape):
    """A view to be saved."""

    register = serializers.CharField(max_length=40, help_text="systems, risks and so on, as their pages are called")
    name = serializers.CharField(max_length=80)
    query = serializers.CharField(required=False, allow_blank=True, default="", max_length=SavedView.LONGEST)
    shared = serializers.BooleanField(required=False, default=False)
    start = serializers.BooleanField(required=False, default=False)


class ChangeViewSerializer(Shape):
    """What of a view is to be another."""

    name = serializers.CharField(required=False, max_length=80)
    query = serializers.CharField(required=False, allow_blank=True, max_length=SavedView.LONGEST)
    shared = serializers.BooleanField(required=False)


class StartSerializer(Shape):
    """Whether to begin with it."""

    start = serializers.BooleanField()


class ViewsAPIView(MemberAPIView):
    """What the doors of saved views share."""

    operation: ClassVar[str | dict[str, str]] = {}

    def shown(self, rows: Any) -> list[dict[str, Any]]:
        """Views as the interface shows them."""
        context = {"begins": saved_views.begun_with(self.actor) if self.actor.person_id else set()}
        return [SavedViewSerializer(view, context=context).data for view in rows]

    def kept(self, register: str, query: str) -> str:
        """What a view of the register keeps of a query; a register one may not read is a fault of its name."""
        found = registers().get(register)
        if found is None or not policy.allows(self.actor, found.permission):
            known = ", ".join(sorted(registers()))
            raise serializers.ValidationError({"register": _("Registers are %(known)s.") % {"known": known}})
        return kept_of(found, self.scope, self.actor, QueryDict(query), str(self.kwargs["slug"]))

    def view(self, pk: str) -> SavedView:
        """Return the view; 404 elsewhere."""
        found = SavedView.objects.offered_to(self.actor).filter(pk=pk).first() if is_uuid(pk) else None
        if found is None or found.register not in registers():
            raise NotFound
        return found


class SavedViewsView(ViewsAPIView):
    """Views the token's person has: shared ones and their own."""

    operation = {"GET": "list", "POST": "create"}
    parameters = ("cursor", "limit", "register")
    tagged = frozenset({"POST"})

    @extend_schema(responses=page_of(SavedViewSerializer))
    def get(self, request: Any, **kwargs: Any) -> Response:
        """One page, oldest first; of one register if asked."""
        rows = SavedView.objects.offered_to(self.actor).filter(register__in=registers())
        if "register" in request.query_params:
            rows = rows.filter(register=request.query_params["register"])
        return paging.page(request, rows.order_by("created_at", "id"), self.shown)

    @extend_schema(request=SaveViewSerializer, responses={201: SavedViewSerializer})
    def post(self, request: Any, **kwargs: Any) -> Response:
        """Save one; what the register does not know is left out of the query."""
        policy.require(self.actor, "core.save_views")
        shape = SaveViewSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        given = dict(shape.validated_data)
        given["query"] = self.kept(given["register"], given["query"])

        def work() -> Response:
            view = saved_views.save_view(actor=self.actor, **given)
            answer = tagged(Response(self.shown([view])[0], status=201), view)
            answer["Location"] = f"{self.request.path}{view.pk}/"
            return answer

        return self.once(work)


class SavedViewView(ViewsAPIView):
    """One view; somebody else's own is not there."""

    operation = {"GET": "read", "PATCH": "change", "DELETE": "delete"}
    versioned = frozenset({"PATCH", "DELETE"})
    tagged = frozenset({"GET", "PATCH"})

    @extend_schema(responses=SavedViewSerializer)
    def get(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """Name, query, whose."""
        view = self.view(pk)
        return tagged(Response(self.shown([view])[0]), view)

    @extend_schema(request=ChangeViewSerializer, responses=SavedViewSerializer)
    def patch(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """Rename, share, take back, keep another query (merge patch); needs If-Match."""
        policy.require(self.actor, "core.save_views")
        shape = ChangeViewSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        version, view, given = expected_version(request), self.view(pk), dict(shape.validated_data)
        if "query" in given:
            given["query"] = self.kept(view.register, given["query"])
        changed = saved_views.change_view(actor=self.actor, view=view, expected_version=version, **given)
        return tagged(Response(self.shown([changed])[0]), changed)

    @extend_schema(responses={204: None})
    def delete(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """Delete it; who began with it begins as shipped. Needs If-Match."""
        policy.require(self.actor, "core.save_views")
        saved_views.delete_view(actor=self.actor, view=self.view(pk), expected_version=expected_version(request))
        return Response(status=204)


class StartView(ViewsAPIView):
    """The view the token's person begins the register with."""

    operation = "start"

    @extend_schema(request=StartSerializer, responses=SavedViewSerializer)
    def post(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """Begin with it from now on, or as shipped again."""
        policy.require(self.actor, "core.save_views")
        shape = StartSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        view = self.view(pk)

        def work() -> Response:
            saved_views.start_with(actor=self.actor, view=view, start=shape.validated_data["start"])
            return Response(self.shown([view])[0])

        return self.once(work)


# Look of reports ------------------------------------------------------------------------------------------------------


class LookSerializer(serializers.ModelSerializer):
    """Colour and logo of printed reports."""

    logo = serializers.CharField(help_text="SHA-256 of the picture that is kept; empty: none")

    class Meta:
        model = Profile
        fields = ("version", "accent", "logo")
        read_only_fields = fields


class LookChangeSerializer(Shape):
    """What of the look is to be another."""

    accent = serializers.CharField(required=False, allow_blank=True, max_length=7, help_text="as #0c4a57")
    logo = serializers.CharField(
        required=False, allow_null=True, max_length=700_000, help_text="PNG or JPEG as Base64; null: none"
    )


class LookView(MemberAPIView):
    """How reports look."""

    operation: ClassVar = {"GET": "read", "PATCH": "change"}
    versioned = frozenset({"PATCH"})
    tagged = frozenset({"GET", "PATCH"})
    parameters = ("as_of",)

    @extend_schema(responses=LookSerializer)
    def get(self, request: Any, **kwargs: Any) -> Response:
        """Colour, and the fingerprint of the logo."""
        found = profile(self.scope)
        return tagged(Response(LookSerializer(found).data), found)

    @extend_schema(request=LookChangeSerializer, responses=LookSerializer)
    def patch(self, request: Any, **kwargs: Any) -> Response:
        """Change what is given (merge patch); needs If-Match and the scope settings:write."""
        shape = LookChangeSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        given = shape.validated_data
        changed = dress_reports(
            actor=self.actor, accent=given.get("accent", profile(self.scope).accent), logo=_picture(given.get("logo")),
            without_logo="logo" in given and given["logo"] is None, expected_version=expected_version(request),
        )  # fmt: skip
        return tagged(Response(LookSerializer(changed).data), changed)


def _picture(text: str | None) -> bytes | None:
    if text is None:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise serializers.ValidationError({"logo": _("This is not Base64.")}) from error
