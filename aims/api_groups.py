"""Assessment groups over REST; systems are put into one by the bulk step ``group``."""

from typing import Any

from aims.models import AssessmentGroup
from aims.services import change_group, dissolve_group, make_group
from core.api.views import RecordSerializer, RecordViewSet


class GroupSerializer(RecordSerializer):
    """A group of AI systems that are assessed together; its systems say so in ``group``."""

    class Meta:
        model = AssessmentGroup
        fields = ("id", "ref", "version", "created_at", "updated_at", "name", "purpose")
        read_only_fields = ("id", "ref", "version", "created_at", "updated_at")


class GroupViewSet(RecordViewSet):
    """Assessment groups (ISO/IEC 42001, 6.1.2)."""

    permission = "aims.read"
    queryset = AssessmentGroup.objects
    serializer_class = GroupSerializer

    def create_record(self, data: dict[str, Any]) -> AssessmentGroup:
        """Begin it."""
        return make_group(actor=self.actor, **data)

    def change_record(self, record: AssessmentGroup, version: int | None, data: dict[str, Any]) -> AssessmentGroup:
        """Change its words."""
        given = {"name": record.name, "purpose": record.purpose, **data}
        return change_group(actor=self.actor, group_id=record.pk, expected_version=version, **given)

    def delete_record(self, record: AssessmentGroup, version: int | None) -> None:
        """Dissolve it; its systems stay."""
        dissolve_group(actor=self.actor, group_id=record.pk, expected_version=version)
