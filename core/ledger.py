"""The ledger's arithmetic and its inspection: entry hashes, checkpoints, verify."""

import datetime
import hashlib
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.db import DatabaseError, connections, transaction

from core import canonical, clock, keys
from core.models import GENESIS, Chain, Checkpoint, Entry

HEADER = (
    "seq", "at", "actor_kind", "actor_id", "door", "action", "op", "record_type", "record_id",
    "ref", "version", "change_id", "reason", "schema",
)  # fmt: skip
BATCH = 5000
HEADS = 42001
"""The first number of every advisory lock on a chain's head."""


def header_bytes(chain_id: str, values: Iterable[Any]) -> bytes:
    """Canonical bytes of an entry's header: a JSON list of the chain's id and the ``HEADER`` values in order."""
    return orjson.dumps([chain_id, *values])


def entry_hash(prev: str, header: bytes, state_hash: str) -> str:
    """H(prev ‖ header ‖ state hash): the links hold without the states, so that erasing one can be recorded one day."""
    return hashlib.sha256(b"\n".join((prev.encode(), header, state_hash.encode()))).hexdigest()


def instance_chain() -> Chain:
    """The chain of people and management systems themselves."""
    chain, _ = Chain.objects.get_or_create(management_system=None, defaults={"at": clock.now()})
    return chain


def lock_head(management_system_id: uuid.UUID | None) -> Chain:
    """Lock the head of a management system's chain (None: the instance's) and return it; raises Chain.DoesNotExist.

    On Postgres writers first queue on an advisory lock: waiting on the row itself, each commit would wake all who
    wait, and each would follow the row's versions from the one it saw first. Both are one message.
    """
    if management_system_id is None:
        instance_chain()
    wanted = Chain.objects.select_for_update().filter(management_system=management_system_id)
    connection = connections[wanted.db]
    if connection.vendor != "postgresql":
        return wanted.get()
    sql, values = wanted.query.get_compiler(connection=connection).as_sql()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock(%s, %s);\n{sql}", [*_queue(management_system_id), *values])
        cursor.nextset()
        row = cursor.fetchone()
    if row is None:
        raise Chain.DoesNotExist
    return Chain.from_db(wanted.db, [field.attname for field in Chain._meta.concrete_fields], row)


def _queue(management_system_id: uuid.UUID | None) -> tuple[int, int]:
    """The two numbers of the advisory lock; two chains that share them only wait for each other."""
    number = 0 if management_system_id is None else management_system_id.int & 0x7FFFFFFF
    return HEADS, number


# Checkpoints ----------------------------------------------------------------------------------------------------------


def checkpoint_message(chain_id: object, seq: int, head: str, at: datetime.datetime) -> bytes:
    """The signed bytes of a checkpoint."""
    return canonical.dumps({"at": canonical.moment_text(at), "chain": str(chain_id), "head": head, "seq": seq})


def make_checkpoint(chain: Chain, occasion: str) -> Checkpoint:
    """Sign the chain's present head; one checkpoint per sequence number, the first stays."""
    with transaction.atomic():
        locked = lock_head(chain.management_system_id)
        message = checkpoint_message(locked.pk, locked.seq, locked.head, locked.at)
        made, _ = Checkpoint.objects.get_or_create(
            chain=locked,
            seq=locked.seq,
            defaults={
                "head": locked.head,
                "at": locked.at,
                "occasion": occasion,
                "key_fingerprint": keys.fingerprint(),
                "signature": keys.sign(message),
            },
        )
    return made


def exported(checkpoint: Checkpoint) -> dict[str, Any]:
    """A checkpoint as it is kept outside, with the public key that checks it."""
    return {
        "chain": str(checkpoint.chain_id),
        "seq": checkpoint.seq,
        "head": checkpoint.head,
        "at": canonical.moment_text(checkpoint.at),
        "public_key": keys.public_key().hex(),
        "signature": checkpoint.signature,
    }


# Verify ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that is wrong with a chain. ``code`` is one of the words in ``FAULTS``."""

    code: str
    seq: int
    detail: str = ""

    def __str__(self) -> str:
        return FAULTS[self.code].format(seq=self.seq, detail=self.detail)


FAULTS = {
    "missing": "Entry {seq} is missing.",
    "order": "Entry {seq} is out of order: {detail}.",
    "link": "Entry {seq} does not continue the entry before it.",
    "header": "Entry {seq} was changed: its header does not match its hash.",
    "blanked": "Entry {seq} was changed: its content is gone.",
    "kind": "Entry {seq} was changed: it holds a value of a kind that no entry has.",
    "state": "Entry {seq} was changed: its state does not match its hash.",
    "head": "The chain ends at entry {seq}, but its head says otherwise ({detail}).",
    "checkpoint": "Entry {seq} differs from the checkpoint made then.",
    "signature": "The checkpoint at entry {seq} does not carry this installation's signature.",
    "cut": "The checkpoint knows entry {seq}; the chain ends earlier ({detail}).",
    "foreign": "The checkpoint at entry {seq} belongs to another chain.",
    "row": "Record {detail} differs from its last entry {seq}: it was changed outside the product.",
    "unknown": "Record {detail} has no entry: it was written outside the product.",
}


@dataclass(slots=True)
class Verdict:
    """What verify found: how much was read, and the first fault if any."""

    entries: int = 0
    checkpoints: int = 0
    records: int = 0
    fault: Fault | None = None
    heads: dict[int, str] = field(default_factory=dict)

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return self.fault is None


def rows(chain: Chain, alias: str = "default") -> Iterator[tuple[Any, ...]]:
    """All entries in order as plain tuples (HEADER values, state, state_hash, prev, hash), read in batches."""
    connection = connections[alias]
    columns = ", ".join(f'"{name}"' for name in (*HEADER, "state", "state_hash", "prev", "hash"))
    if connection.vendor == "sqlite":  # as the text that is stored: making moments of it takes longer than hashing
        columns = columns.replace('"at"', """CASE typeof("at") WHEN 'text' THEN CAST("at" AS TEXT) END""")
    table = connection.ops.quote_name(Entry._meta.db_table)
    sql = f"SELECT {columns} FROM {table} WHERE chain_id = %s AND seq > %s ORDER BY seq LIMIT %s"  # noqa: S608 (names are constants)
    key = chain.pk.hex if connection.vendor == "sqlite" else chain.pk
    last, most = -(2**62), BATCH
    while True:
        with connection.cursor() as cursor:
            try:
                cursor.execute(sql, [key, last, most])
                batch = cursor.fetchall()
            except DatabaseError:  # a text that is none: read on one by one, up to it
                if most == 1:
                    raise
                most = 1
                continue
        yield from batch
        if len(batch) < most:
            return
        last = batch[-1][0]


def at_text(value: Any) -> str:
    """The moment of an entry as hashed, whether the engine returns text or a moment."""
    if isinstance(value, str):  # SQLite: "2026-11-23 05:30:44.123456" without zone, fraction absent when zero
        day, _, time = value.partition(" ")
        whole, _, fraction = time.partition(".")
        return f"{day}T{whole}.{fraction:0<6}Z"
    return canonical.moment_text(value)


def verify(chain: Chain, outside: Iterable[dict[str, Any]] = (), alias: str = "default") -> Verdict:
    """Walk the whole chain and name the first entry that is not as it was written (TRUST T18).

    ``outside`` are exported checkpoints kept elsewhere; they show a cut tail or a wholly rewritten chain.
    """
    verdict = Verdict()
    marks = _marks(chain, outside, verdict, alias)
    if verdict.fault:
        return verdict
    last, head = _walk(chain, marks, verdict, alias)
    if verdict.fault:
        return verdict
    beyond = [seq for seq in marks if seq > last]
    fresh = Chain.objects.using(alias).get(pk=chain.pk)
    if beyond:
        verdict.fault = Fault("cut", min(beyond), f"at {last}")
    elif (fresh.seq, fresh.head) != (last, head):
        verdict.fault = Fault("head", last, f"{fresh.seq}")
    return verdict


def _walk(chain: Chain, marks: dict[int, str], verdict: Verdict, alias: str) -> tuple[int, str]:
    """Check every entry in order; returns (last sequence number, its hash). Written flat: it runs once per entry."""
    prev, expected, chain_text = GENESIS, 1, str(chain.pk)
    sha, dumps = hashlib.sha256, orjson.dumps
    try:
        for row in rows(chain, alias):
            at, state, state_hash, own_hash = row[1], row[14], row[15], row[17]
            if type(at) is str and len(at) == 26 and at[10] == " ":  # SQLite's usual text
                at = f"{at[:10]}T{at[11:]}Z"
            else:
                at = at_text(at)
            header = dumps((chain_text, row[0], at, *row[2:14]))
            sealed = sha(b"%b\n%b\n%b" % (prev.encode(), header, state_hash.encode())).hexdigest()
            if state is None or sha(state.encode()).hexdigest() != state_hash:
                sealed = ""
            if sealed != own_hash or row[16] != prev or row[0] != expected:
                verdict.fault = _entry_fault(row, expected, prev, chain_text)
                break
            if expected in marks and marks[expected] != own_hash:
                verdict.fault = Fault("checkpoint", expected)
                break
            prev, expected = own_hash, expected + 1
    except (DatabaseError, TypeError, AttributeError, ValueError):
        verdict.fault = Fault("kind", expected)
    verdict.entries = expected - 1
    return expected - 1, prev


def _marks(chain: Chain, outside: Iterable[dict[str, Any]], verdict: Verdict, alias: str) -> dict[int, str]:
    """Heads that must be met on the way, from stored and outside checkpoints; a bad signature is a fault."""
    marks: dict[int, str] = {}
    for own in Checkpoint.objects.using(alias).filter(chain=chain).order_by("seq"):
        if not keys.verified(checkpoint_message(chain.pk, own.seq, own.head, own.at), own.signature):
            verdict.fault = Fault("signature", own.seq)
            return marks
        marks[own.seq] = own.head
        verdict.checkpoints += 1
    for kept in outside:
        seq = int(kept["seq"])
        at = datetime.datetime.fromisoformat(kept["at"])
        message = checkpoint_message(kept["chain"], seq, kept["head"], at)
        if kept["chain"] != str(chain.pk):
            verdict.fault = Fault("foreign", seq)
        elif not keys.verified(message, kept["signature"], bytes.fromhex(kept["public_key"])):
            verdict.fault = Fault("signature", seq)
        elif marks.setdefault(seq, kept["head"]) != kept["head"]:
            verdict.fault = Fault("checkpoint", seq)
        if verdict.fault:
            return marks
        verdict.checkpoints += 1
    marks.pop(0, None)
    return marks


def _entry_fault(row: tuple[Any, ...], expected: int, prev: str, chain_text: str) -> Fault | None:
    seq, at = row[0], at_text(row[1])
    state, state_hash, link, own_hash = row[-4:]
    if seq != expected:
        return Fault("missing", expected) if seq > expected else Fault("order", seq, f"expected {expected}")
    if link != prev:
        return Fault("link", seq)
    if entry_hash(prev, orjson.dumps([chain_text, seq, at, *row[2:14]]), state_hash) != own_hash:
        return Fault("header", seq)
    if state is None:
        return Fault("blanked", seq)
    if hashlib.sha256(state.encode()).hexdigest() != state_hash:
        return Fault("state", seq)
    return None


def chain_of(management_system_id: uuid.UUID) -> Chain:
    """The chain of a management system; raises Chain.DoesNotExist."""
    return Chain.objects.get(management_system_id=management_system_id)
