"""PAdES: the installation's seal as bytes appended to a PDF. Imported only where something is sealed: it is heavy."""

import io

from asn1crypto.keys import PrivateKeyInfo
from asn1crypto.x509 import Certificate
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.timestamps import HTTPTimeStamper, TimeStamper, TimestampRequestError
from pyhanko_certvalidator.registry import SimpleCertificateStore

from core import keys

FIELD = "InstallationSeal"
TSA_S = 20
"""Seconds that a time-stamp authority has to answer."""
Unanswered = TimestampRequestError


def _signer() -> signers.SimpleSigner:
    certificate = Certificate.load(keys.document_certificate().public_bytes(Encoding.DER))
    key = load_pem_private_key(keys.document_key(), password=None)
    plain = PrivateKeyInfo.load(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
    return signers.SimpleSigner(certificate, plain, SimpleCertificateStore())


def sealed(rendition: bytes, reason: str, tsa_url: str = "", *, timestamper: TimeStamper | None = None) -> bytes:
    """The rendition, byte for byte, and after it a certifying PAdES signature (B-T with a time stamp, else B-B).

    ``reason`` is what readers show beside the seal. Raises Unanswered.
    """
    if tsa_url and timestamper is None:
        timestamper = HTTPTimeStamper(tsa_url, https=tsa_url.startswith("https:"), timeout=TSA_S)
    meta = signers.PdfSignatureMetadata(
        field_name=FIELD, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES, reason=reason, certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
    )  # fmt: skip
    out = signers.PdfSigner(meta, _signer(), timestamper=timestamper).sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(rendition))
    )
    return bytes(out.getvalue())
