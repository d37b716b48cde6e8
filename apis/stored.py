"""What is stored of the traffic of a service, told by the template that each place has now."""

import polars as pl

from apis.models import PathState, Service
from apis.packs import templated
from apis.paths import Places


def places_of(service: Service) -> Places:
    """Where the stored calls of a service count now."""
    content = PathState.objects.filter(service=service).values_list("places", flat=True).first()
    return Places.from_bytes(bytes(content or b""))


def by_template(service: Service, frame: pl.DataFrame, key: tuple[str, ...]) -> pl.DataFrame:
    """Rows by place as rows by template, added up by a key with method and template."""
    return templated(frame, places_of(service).becomes, "template", key)
