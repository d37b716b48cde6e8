"""People, roles and invitations over REST; changing them needs an administrator's own token with its own scope."""

from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from core import mail, policy
from core.actor import ROLES
from core.api import paging
from core.api.problems import Problem
from core.api.shapes import Shape, page_of
from core.api.versions import expected_version, tagged
from core.api.views import MemberAPIView, is_uuid
from core.errors import NotFound
from core.models import Invitation, Membership
from core.queries.people import invitation as invitation_of
from core.queries.rest import invitations_of, members_of
from core.services.members import change_member, end_membership, invite, withdraw_invitation

LIST = ("cursor", "limit", "as_of")
MANAGE = "core.manage_people"


class RolesField(serializers.ListField):
    """Codes of roles."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=serializers.ChoiceField(choices=ROLES), **kwargs)


class MemberSerializer(Shape):
    """A member, by what is printed; no e-mail address."""

    id = serializers.UUIDField(help_text="of the person, as owners and signers are named")
    name = serializers.CharField()
    roles = RolesField()
    function = serializers.CharField()
    valid_from = serializers.DateTimeField(allow_null=True)
    valid_to = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField(help_text="of the membership")


class MemberChangeSerializer(Shape):
    """What of a membership can be changed."""

    roles = RolesField(required=False, min_length=1)
    function = serializers.CharField(required=False, allow_blank=True, max_length=120)
    valid_from = serializers.DateTimeField(required=False, allow_null=True)
    valid_to = serializers.DateTimeField(required=False, allow_null=True)


class InviteSerializer(Shape):
    """Who is invited, to which roles."""

    email = serializers.EmailField(max_length=254)
    roles = RolesField(min_length=1)
    name = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)
    language = serializers.ChoiceField(
        choices=settings.LANGUAGES,
        required=False,
        allow_blank=True,
        default="",
        help_text="of the mail and their pages",
    )
    function = serializers.CharField(required=False, allow_blank=True, default="", max_length=120)
    member_from = serializers.DateTimeField(required=False, allow_null=True, default=None)
    member_to = serializers.DateTimeField(required=False, allow_null=True, default=None)


class InvitationSerializer(serializers.ModelSerializer):
    """An open offer of roles to an e-mail address."""

    roles = RolesField()

    class Meta:
        model = Invitation
        fields: tuple[str, ...] = (
            "id", "version", "email", "name", "language", "roles", "function", "member_from", "member_to", "expires_at",
            "withdrawn", "accepted_by", "created_at",
        )  # fmt: skip
        read_only_fields: tuple[str, ...] = fields


class InvitedSerializer(InvitationSerializer):
    """An invitation that was just made, with its link, this once."""

    link = serializers.CharField(help_text="shown once; empty in an answer that is repeated for its Idempotency-Key")
    sent = serializers.BooleanField(help_text="whether an e-mail went out")

    class Meta(InvitationSerializer.Meta):
        fields = (*InvitationSerializer.Meta.fields, "link", "sent")


class ReasonSerializer(Shape):
    """Why."""

    reason = serializers.CharField(required=False, default="", allow_blank=True, max_length=4000)


def shown(member: Membership) -> dict[str, Any]:
    """A member as the interface shows them."""
    return {
        "id": str(member.person_id), "name": member.person.name, "roles": member.roles, "function": member.function,
        "valid_from": member.valid_from, "valid_to": member.valid_to, "version": member.version,
    }  # fmt: skip


class PeopleView(MemberAPIView):
    """Members, for owners and the like."""

    operation = "list"
    parameters = LIST

    @extend_schema(responses=page_of(MemberSerializer))
    def get(self, request: Any, **kwargs: Any) -> Response:
        """Id, name, roles, function; no e-mail addresses."""
        return paging.page(request, members_of(self.scope), lambda rows: [shown(member) for member in rows])


class PersonView(MemberAPIView):
    """One member. Rights change with the next request."""

    operation: ClassVar = {"GET": "read", "PATCH": "change", "POST": "end"}
    versioned = frozenset({"PATCH", "POST"})
    tagged = frozenset({"GET", "PATCH"})
    parameters = ("as_of",)

    def member(self, pk: str) -> Membership:
        """The membership of a person in the scope; 404 elsewhere."""
        found = members_of(self.scope).filter(person_id=pk).first() if is_uuid(pk) else None
        if found is None:
            raise NotFound
        return found

    @extend_schema(responses=MemberSerializer)
    def get(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """Roles, function, dates; the version of the membership as ETag."""
        member = self.member(pk)
        return tagged(Response(shown(member)), member)

    @extend_schema(request=MemberChangeSerializer, responses=MemberSerializer)
    def patch(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """Change roles, function or dates (merge patch); needs If-Match. Somebody stays administrator."""
        policy.require(self.actor, MANAGE)
        data = request.data
        if isinstance(data, dict) and data.get("function", "") is None:
            data = {**data, "function": ""}
        shape = MemberChangeSerializer(data=data)
        shape.is_valid(raise_exception=True)
        version, member = expected_version(request), self.member(pk)
        changed = change_member(actor=self.actor, member=member, expected_version=version, **shape.validated_data)
        return tagged(Response(shown(changed)), changed)


class EndView(PersonView):
    """A membership ends."""

    http_method_names = ("post", "options")
    versioned = frozenset({"POST"})
    tagged = frozenset()

    @extend_schema(request=ReasonSerializer, responses={204: None})
    def post(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """They lose access with their next request; their records keep their name. Needs If-Match."""
        policy.require(self.actor, MANAGE)
        shape = ReasonSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        version, member = expected_version(request), self.member(pk)
        reason = shape.validated_data["reason"]

        def work() -> Response:
            end_membership(actor=self.actor, member=member, expected_version=version, reason=reason)
            return Response(status=204)

        return self.once(work)


class InvitationsView(MemberAPIView):
    """Invitations, open and past; they hold e-mail addresses, so only administrators read them."""

    permission = MANAGE
    operation: ClassVar = {"GET": "list", "POST": "create"}
    parameters = ("cursor", "limit")

    @extend_schema(responses=page_of(InvitationSerializer))
    def get(self, request: Any, **kwargs: Any) -> Response:
        """One page, oldest first."""
        rows = invitations_of(self.scope)
        return paging.page(request, rows, lambda found: InvitationSerializer(found, many=True).data)

    @extend_schema(request=InviteSerializer, responses={201: InvitedSerializer})
    def post(self, request: Any, **kwargs: Any) -> Response:
        """Invite somebody; the link in the answer is shown once and kept as a hash."""
        shape = InviteSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        answer = self.once(lambda: self._invited(dict(shape.validated_data)))
        if link := answer.data.get("link"):
            answer.data["sent"] = self._sent(answer.data["id"], link)
        return answer

    def _sent(self, pk: str, link: str) -> bool:
        """Send the link where mail is configured; once it is certain that the invitation stands."""
        inviter = members_of(self.scope).filter(person=self.actor.person_id).first()
        found = invitation_of(self.scope, pk)
        name = inviter.person.name if inviter else ""
        return found is not None and mail.send_invitation(found, link, self.scope.profile.name, name)

    def _invited(self, given: dict[str, Any]) -> Response:
        try:
            invitation, key = invite(actor=self.actor, **given)
        except ValidationError as error:
            raise by_name(error, {"valid_to": "member_to", "valid_from": "member_from"}) from error
        link = self.request.build_absolute_uri(reverse("join", kwargs={"key": key}))
        body = InvitationSerializer(invitation).data
        response = Response({**body, "link": link, "sent": False}, status=201)
        response["Location"] = f"{self.request.path}{invitation.pk}/"
        response.kept = {**body, "link": "", "sent": False}  # type: ignore[attr-defined]
        return response


class InvitationView(MemberAPIView):
    """One invitation."""

    permission = MANAGE
    tagged = frozenset({"GET"})

    def invitation(self, pk: str) -> Invitation:
        """The invitation; 404 elsewhere."""
        found = invitation_of(self.scope, pk) if is_uuid(pk) else None
        if found is None:
            raise NotFound
        return found

    @extend_schema(responses=InvitationSerializer)
    def get(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """Whom, to what, until when, what came of it."""
        found = self.invitation(pk)
        return tagged(Response(InvitationSerializer(found).data), found)


class WithdrawInvitationView(InvitationView):
    """An unused link becomes worthless."""

    operation = "withdraw"
    http_method_names = ("post", "options")
    tagged = frozenset({"POST"})

    @extend_schema(request=None, responses=InvitationSerializer)
    def post(self, request: Any, pk: str, **kwargs: Any) -> Response:
        """Withdraw it."""
        found = self.invitation(pk)

        def work() -> Response:
            withdrawn = withdraw_invitation(actor=self.actor, invitation=found)
            return tagged(Response(InvitationSerializer(withdrawn).data), withdrawn)

        return self.once(work)


def by_name(error: ValidationError, names: dict[str, str]) -> Problem:
    """A rule's faults at the fields as the body names them, each once."""
    told = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    errors = [
        {"pointer": f"/{names.get(field, field)}" if field else "", "detail": " ".join(says)}
        for field, says in told.items()
    ]
    once = [one for place, one in enumerate(errors) if one not in errors[:place]]
    return Problem(400, "invalid", "Some values are not valid.", errors=once)
