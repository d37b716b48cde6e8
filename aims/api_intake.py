"""Intake links over REST: by which people without an account tell of an AI use."""

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from aims import queries
from aims.models import IntakeLink
from aims.services import make_link, renew_link, withdraw_link
from core import when
from core.api.shapes import Shape
from core.api.versions import expected_version, tagged
from core.api.views import RecordSerializer, RecordViewSet


class IntakeLinkSerializer(RecordSerializer):
    """A link, without its address; ``told`` counts what came in by it."""

    told = serializers.SerializerMethodField()

    class Meta:
        model = IntakeLink
        fields: tuple[str, ...] = (
            "id", "version", "created_at", "updated_at", "name", "issued_at", "expires_at", "revoked_at", "told",
        )  # fmt: skip
        read_only_fields: tuple[str, ...] = fields

    def get_told(self, record: IntakeLink) -> int:
        """How many AI uses came in by it."""
        return self.context.get("told", {}).get(str(record.pk), 0)


class MadeLinkSerializer(IntakeLinkSerializer):
    """A link that was just made or renewed, with its address, this once."""

    link = serializers.CharField(
        read_only=True, help_text="shown once; empty in an answer that is repeated for its Idempotency-Key"
    )

    class Meta(IntakeLinkSerializer.Meta):
        fields = (*IntakeLinkSerializer.Meta.fields, "link")
        read_only_fields = fields


class RenewSerializer(Shape):
    """Until when it works."""

    until = serializers.DateField(help_text="that day included; at most a year from today")


class MakeLinkSerializer(RenewSerializer):
    """What it is called and until when it works."""

    name = serializers.CharField(max_length=120, help_text="where you publish it, for example Intranet")


class IntakeLinkViewSet(RecordViewSet):
    """Intake links (ISO/IEC 42001, 4.3, A.4.2); what comes in by them waits to be screened."""

    permission = "aims.intake"
    queryset = IntakeLink.objects
    serializer_class = IntakeLinkSerializer
    versioned = RecordViewSet.versioned | {"renew", "withdraw"}
    tagged = RecordViewSet.tagged | {"renew", "withdraw"}

    def represent(self, rows: Any, *, many: bool = True) -> Any:
        """With what came in by all of them in one query."""
        context = {"actor": self.actor, "told": queries.told_by_links(self.scope)}
        return self.serializer_class(rows, many=many, context=context).data

    @extend_schema(request=MakeLinkSerializer, responses={201: MadeLinkSerializer})
    def create(self, request: Any, **kwargs: Any) -> Response:
        """Make one; its address in ``link`` is shown once and its key kept as a hash."""
        shape = MakeLinkSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        given = shape.validated_data

        def work() -> Response:
            until = when.day_end(given["until"], self.scope.zone)
            link, key = make_link(actor=self.actor, name=given["name"], expires_at=until)
            response = self._shown_once(link, key, status=201)
            response["Location"] = f"{request.path}{link.pk}/"
            return response

        return self.once(work)

    @extend_schema(request=RenewSerializer, responses={200: MadeLinkSerializer})
    def renew(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """Give it another address and another end; the old address is worthless at once. Needs If-Match."""
        shape = RenewSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        version, record = expected_version(request), self.record(pk)

        def work() -> Response:
            until = when.day_end(shape.validated_data["until"], self.scope.zone)
            link, key = renew_link(
                actor=self.actor, link_id=record.pk, expires_at=until, expected_version=version
            )  # fmt: skip
            return self._shown_once(link, key)

        return self.once(work)

    @extend_schema(request=None, responses={200: IntakeLinkSerializer})
    def withdraw(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """Make it worthless at once; what came in by it stays. Needs If-Match."""
        version, record = expected_version(request), self.record(pk)

        def work() -> Response:
            link = withdraw_link(actor=self.actor, link_id=record.pk, expected_version=version)
            return tagged(Response(self.represent(link, many=False)), link)

        return self.once(work)

    def _shown_once(self, link: IntakeLink, key: str, status: int = 200) -> Response:
        body = self.represent(link, many=False)
        address = self.request.build_absolute_uri(reverse("tell", kwargs={"key": key}))
        response = tagged(Response({**body, "link": address}, status=status), link)
        response.kept = {**body, "link": ""}  # type: ignore[attr-defined]
        return response
