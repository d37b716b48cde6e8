"""Many counts in one query, because what a page tells of other places should not cost a query each."""

from collections.abc import Mapping

from django.db.models import Count, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from core.models import ManagementSystem


def counted(rows: Mapping[str, QuerySet]) -> dict[str, int]:
    """How many rows each query set holds, asked for together; all of one database. Keys are free text."""
    if not rows:
        return {}
    names = {f"n_{number}": key for number, key in enumerate(rows)}
    numbers = {
        name: Coalesce(
            Subquery(rows[key].order_by().annotate(_all=Value(1)).values("_all").annotate(_n=Count("pk")).values("_n")),
            Value(0),
        )
        for name, key in names.items()
    }
    here = ManagementSystem.objects.using(next(iter(rows.values())).db)
    found = here.order_by("pk").annotate(**numbers).values(*numbers).first() or {}
    return {names[name]: number for name, number in found.items()}
