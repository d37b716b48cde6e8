"""The installation's keys: one signs checkpoints, one seals documents. Kept readable by their owner only.

Documents have a key of their own because readers of PDF know P-256 with a certificate, not bare Ed25519.
"""

import base64
import datetime
import functools
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.x509.oid import NameOID
from django.conf import settings

from core import clock

RAW = serialization.Encoding.Raw
YEARS = 30
"""How long the certificate of documents is valid: archives are kept that long, and nobody renews a paper."""


def _kept(path: Path, make: Callable[[], bytes]) -> bytes:
    """The bytes of a file that is made once, whoever comes first, readable by its owner only."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = path.with_suffix(f".{os.getpid()}")
        temporary.touch(mode=0o600)
        temporary.write_bytes(make())
        try:
            os.link(temporary, path)
        except FileExistsError:
            pass
        temporary.unlink()
    return path.read_bytes()


def _pem(key: Ed25519PrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@functools.lru_cache(maxsize=4)
def _load(path: Path) -> Ed25519PrivateKey:
    pem = _kept(path, lambda: _pem(Ed25519PrivateKey.generate()))
    loaded = serialization.load_pem_private_key(pem, password=None)
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


# Documents ------------------------------------------------------------------------------------------------------------


def document_key() -> bytes:
    """The P-256 key that seals documents, as PEM, made at first use."""
    return _kept(settings.DATA_DIR / "keys" / "documents.pem", lambda: _pem(ec.generate_private_key(ec.SECP256R1())))


def document_certificate() -> x509.Certificate:
    """The certificate that sealed documents carry, issued by this installation to itself."""
    pem = _kept(settings.DATA_DIR / "keys" / "documents.crt", _certificate)
    return x509.load_pem_x509_certificate(pem)


def document_fingerprint() -> str:
    """SHA-256 of that certificate, hexadecimal: what sealed documents print and their readers show."""
    return document_certificate().fingerprint(hashes.SHA256()).hex()


def _certificate() -> bytes:
    key = serialization.load_pem_private_key(document_key(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("documents.pem is not a P-256 key")
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"AIMS 42 installation {fingerprint()[:12]}")])
    today = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=True, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today)
        .not_valid_after(today + datetime.timedelta(days=365 * YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)
