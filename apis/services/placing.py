"""The paths of one service inside a unit of work: what was seen, where calls are stored, where they count now."""

from collections.abc import Iterable

import polars as pl

from apis.models import PathState, Service
from apis.packs import templated, together
from apis.paths import Key, Known, Places, Seen, place_of, placed
from apis.services import flows, folding, signal_packs


def paths_of(service: Service) -> tuple[Seen, Places]:
    """What was seen of a service, and where its calls count; empty without traffic."""
    row = PathState.objects.filter(service=service).values_list("content", "places").first()
    content, places = map(bytes, row) if row else (b"", b"")
    return Seen.from_bytes(content), Places.from_bytes(places)


class Paths:
    """The paths of a service: made before its inventory changes, settled when all that is certain is written in it."""

    def __init__(self, inventory: folding.Inventory):
        self.inventory, self.service = inventory, inventory.service
        self.seen, self.places = paths_of(self.service)
        self.stored: dict[Key, str] = {}
        """The place of each shape, once settled."""
        self._had = {(method, place_of(shape)) for method, shape in self.seen.calls} | {*inventory.all}
        self._had |= self.places.becomes.keys()
        self.moved: list[Key] = []
        self._sums = pl.DataFrame()

    def settle(self, batch: Iterable[tuple[str, str, int]] = ()) -> None:
        """Learn from what a batch saw (method, shape, calls); all that is stored counts where it belongs now."""
        rows = list(batch)
        self.seen.add(rows)
        known = self.inventory.known
        before, (self.places, self.stored) = self.places, placed(self.seen, known, self._had)
        forgotten = [(method, shape) for method, shape, _calls in rows if (method, shape) not in self.stored]
        stand = {*known, *((key[0], self.places.of((key[0], place))) for key, place in self.stored.items())}
        if forgotten:
            now = Known(stand)
            self.stored |= {key: now.match(*key) or place_of(key[1]) for key in forgotten}
        self.inventory.fold({key: self.places.of(key) for key in self.inventory.current if key not in stand})
        self.moved = before.moved(self.places, self._had)
        if self.moved:
            self._sums = folding.sums_of(self.service, self.places)
            folding.follow(self.inventory, self._sums, before, self.places, self.moved)

    def by_template(self, windows: pl.DataFrame) -> pl.DataFrame:
        """What was added up by place, by template."""
        return templated(windows, self.places.becomes, "template", folding.PLACE)

    def save(self, more: pl.DataFrame | None = None) -> None:
        """Write endpoints and their counters, and what moved; ``more`` are windows by template that are added."""
        self.inventory.save()
        added = pl.DataFrame() if more is None else more
        if self.moved:
            flows.add(self.service, self.places, {})
            flows.add_looked(self.service, self.places, {})
            signal_packs.settle(self.service, self.places, self.moved)
            folding.count(self.inventory, together([self._sums, added], folding.PLACE))
        elif not added.is_empty():
            folding.count_more(self.inventory, added)
        PathState.objects.update_or_create(
            service=self.service,
            defaults={
                "content": self.seen.to_bytes(), "places": self.places.to_bytes(),
                "management_system_id": self.service.management_system_id,
            },
        )  # fmt: skip
