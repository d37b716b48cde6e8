"""Lines that were brought in before, in a file that was shorter then or packed otherwise, are not counted again."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

from apis.models import Artefact
from apis.traffic import Source, may_be_a_document
from apis.traffic.continuing import Before, Content, Known, Reading, compared, head_of, sha256_of
from core.models import Blob

T = TypeVar("T")
MOST = 200
"""Contents that an artefact is compared with: the largest that begin alike."""


class Overtaken(Exception):
    """Something that begins alike was brought in after it was compared; compare again."""


@dataclass(frozen=True)
class Origin:
    """Where what was read comes from: its bytes, what they say unpacked, and how far that was brought in before."""

    sha256: str
    size: int
    content: Content
    before: Before
    compared: str  # hash of the contents it was compared with

    def plain(self) -> dict[str, Any]:
        """As a job keeps it."""
        return asdict(self)

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """What a job kept."""
        return cls(**{**told, "content": Content(**told["content"]), "before": Before(**told["before"])})


def origin_of(tenant: Any, what: Path | bytes) -> Origin:
    """What an artefact is and how far it was brought in before. Raises Unreadable where nothing can be unpacked."""
    source = Source(what)
    known = contents(tenant, head_of(source))
    content, before = compared(source, known)
    if not before.is_all and may_be_a_document(source):
        before = Before()
    return Origin(sha256_of(what) if source.is_coded else content.sha256, source.size, content, before, _hash(known))


def part_of(what: Path | bytes, origin: Origin) -> tuple[int, int | None] | None:
    """What is read of an artefact: what is new, and of a log that is being written no more than was compared."""
    source, start = Source(what), origin.before.size
    if isinstance(what, bytes) or source.is_coded or (not start and may_be_a_document(source)):
        return (start, None) if start else None
    return start, origin.content.size


def unpacked_for(blob: Blob, source: Source, work: Callable[[], T]) -> tuple[Origin, T]:
    """What an artefact is that nothing begins like, told by unpacking it once, for some work."""
    reading = Reading()
    source.heard = reading.add
    done = work()
    source.heard = None
    told = reading.end(broke_off=bool(source.broke_off))
    return Origin(blob.sha256, blob.size, *told, _hash({})), done


def begins_like_none(tenant: Any, source: Source) -> bool:
    """Whether nothing that was brought in begins as an artefact does."""
    return not contents(tenant, head_of(source))


def _hash(known: Known) -> str:
    return hashlib.sha256(repr(sorted((size, sorted(shas)) for size, shas in known.items())).encode()).hexdigest()


def contents(tenant: Any, head: str) -> Known:
    """Contents that were brought in and begin alike: size → hashes."""
    rows = Artefact.objects.filter(management_system_id=tenant, content_head=head).order_by("-content_size")
    found: dict[int, set[str]] = defaultdict(set)
    for size, sha in rows.values_list("content_size", "content_sha256")[:MOST]:
        found[size].add(sha)
    return found


def artefact_of(tenant: Any, origin: Origin) -> Artefact | None:
    """The artefact whose content is the beginning of another, or all of it."""
    rows = Artefact.objects.filter(management_system_id=tenant, content_head=origin.content.head)
    return rows.filter(content_sha256=origin.before.sha256).first() if origin.before.sha256 else None


def require_present(tenant: Any, origin: Origin) -> None:
    """Raise Overtaken where something that begins alike was brought in after this was compared. Under the lock."""
    if _hash(contents(tenant, origin.content.head)) != origin.compared:
        raise Overtaken
