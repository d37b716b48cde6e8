"""How one signs in to the demo: random passwords, kept in a file that only the operator reads."""

import os
import secrets
from pathlib import Path

from django.conf import settings

from core import clock
from core.actor import operator
from core.change import change
from core.models import ManagementSystem, Membership, Person
from reports.demo import DOOR, MAIL

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS, GROUP = 4, 4


def path() -> Path:
    """The file that the trial prints at every start."""
    return Path(settings.DATA_DIR) / "sign-ins.txt"


def read() -> str:
    """What the file says, "" when there is none."""
    return path().read_text(encoding="utf-8") if path().is_file() else ""


def renew(tenant: ManagementSystem) -> str:
    """Give every present member with an address of the demo a new password; write and return the list."""
    members = Membership.objects.filter(management_system=tenant, person__email__endswith=f"@{MAIL}")
    rows = []
    for member in members.valid_at(clock.now()).select_related("person").order_by("created_at"):
        password = new_password()
        _set(member.person, password)
        rows.append((member.person.email, password, ", ".join(map(str, member.role_names)), member.person.name))
    text = _table(tenant, rows)
    _write(text)
    return text


def new_password() -> str:
    """A password one can type: four groups of four letters and digits that are not mistaken for each other."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(GROUP)) for _ in range(GROUPS))


def _set(person: Person, password: str) -> None:
    with change(operator(door=DOOR), "people.password", instance=True) as unit:
        fresh = unit.fetch(Person, person.pk)
        fresh.set_password(password)
        unit.save(fresh)


def _table(tenant: ManagementSystem, rows: list[tuple[str, str, str, str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        f"  {email:<{widths[0]}}  {password}  {roles:<{widths[2]}}  {name}" for email, password, roles, name in rows
    ]
    return "\n".join([f"Sign in to the demo, /{tenant.slug}/, as one of:", *lines, ""])


def _write(text: str) -> None:
    """Whole or not at all, readable by its owner only from the first byte."""
    path().parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    temporary = path().with_name(f".sign-ins-{os.getpid()}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    temporary.replace(path())
