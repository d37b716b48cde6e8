"""Doors of the command line."""

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from core.models import ManagementSystem


def messages(error: ValidationError) -> str:
    """A rule's refusal as one line: field and sentence."""
    if hasattr(error, "error_dict"):
        return "; ".join(f"{name}: {' '.join(found)}" for name, found in error.message_dict.items())
    return " ".join(error.messages)


def management_system(slug: str) -> ManagementSystem:
    """The management system of a slug; raises CommandError."""
    found = ManagementSystem.objects.filter(slug=slug).first()
    if found is None:
        raise CommandError(f"there is no management system {slug}")
    return found
