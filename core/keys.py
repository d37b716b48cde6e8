"""The installation's signing key: seals checkpoints and, later, reports. Kept readable by its owner only."""

import base64
import functools
import hashlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

RAW = serialization.Encoding.Raw


@functools.lru_cache(maxsize=4)
def _load(path: Path) -> Ed25519PrivateKey:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = Ed25519PrivateKey.generate()
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        temporary = path.with_suffix(f".{os.getpid()}")
        temporary.touch(mode=0o600)
        temporary.write_bytes(pem)
        try:
            os.link(temporary, path)
        except FileExistsError:
            pass
        temporary.unlink()
    loaded = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(loaded, Ed25519PrivateKey):
        raise TypeError(f"{path.name} is not an Ed25519 key")
    return loaded


def seal_key() -> Ed25519PrivateKey:
    """The Ed25519 key of this installation, made at first use."""
    return _load(settings.DATA_DIR / "keys" / "seal.pem")


def public_key() -> bytes:
    """The 32 raw bytes of the public key."""
    return seal_key().public_key().public_bytes(RAW, serialization.PublicFormat.Raw)


def fingerprint() -> str:
    """SHA-256 of the public key, hexadecimal: what pages and reports print."""
    return hashlib.sha256(public_key()).hexdigest()


def sign(message: bytes) -> str:
    """Return the signature, base64."""
    return base64.b64encode(seal_key().sign(message)).decode()


def verified(message: bytes, signature: str, key: bytes | None = None) -> bool:
    """Whether the signature is this installation's (or the given public key's) over the message."""
    try:
        Ed25519PublicKey.from_public_bytes(key or public_key()).verify(base64.b64decode(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True
