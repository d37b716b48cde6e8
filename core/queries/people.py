"""Reads about people."""

from core.models import Person


def person_by_email(email: str) -> Person | None:
    """The person who signs in with this address, whatever its case."""
    return Person.objects.filter(email__iexact=email.strip()).first()
