"""The installation's seal: appended to the rendition, valid, and broken by any later change."""

import datetime
import hashlib
import io
import re
import subprocess

import pikepdf
import pytest
from asn1crypto.keys import PrivateKeyInfo
from asn1crypto.x509 import Certificate
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.pdf_utils.generic import pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from core import blobs, jobs, keys
from reports import pades, signing
from reports.issuing import ask_for_report, file_of
from reports.models import IssuedReport
from reports.render.front import grouped
from tests.makers import make_management_system, make_manager


@pytest.fixture(scope="module")
def rendition():
    out = io.BytesIO()
    with pikepdf.new() as made:
        made.add_blank_page()
        made.save(out)
    return out.getvalue()


def judged(data):
    """What an independent reader says, trusting this installation's certificate only."""
    root = Certificate.load(keys.document_certificate().public_bytes(Encoding.DER))
    (signature,) = PdfFileReader(io.BytesIO(data)).embedded_signatures
    context = ValidationContext(trust_roots=[root], allow_fetching=False)
    return signature, validate_pdf_signature(signature, context)


def test_a_sealed_file_begins_with_the_rendition_and_is_judged_valid_and_whole(rendition):
    sealed = signing.seal(rendition, "RPT-SOA-7")
    signature, status = judged(sealed)
    assert sealed.startswith(rendition)
    assert status.bottom_line
    assert status.coverage.name == "ENTIRE_FILE"
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    assert signature.sig_object["/Reason"] == "RPT-SOA-7"
    assert "/Name" not in signature.sig_object, "an installation seals; nobody signs"


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_one_changed_byte_breaks_the_seal(rendition, part):
    sealed = bytearray(signing.seal(rendition, "RPT-SOA-7"))
    place = int(len(rendition) * part)
    sealed[place] ^= 1
    try:
        _signature, status = judged(bytes(sealed))
    except Exception as error:  # noqa: BLE001 (a file that no reader opens any more is noticed too)
        assert str(error)
    else:
        assert not status.bottom_line


def test_what_is_added_after_the_seal_shows(rendition):
    writer = IncrementalPdfFileWriter(io.BytesIO(signing.seal(rendition, "RPT-SOA-7")))
    writer.root["/Lang"] = pdf_string("de")
    writer.update_root()
    out = io.BytesIO()
    writer.write(out)
    _signature, status = judged(out.getvalue())
    assert not status.bottom_line


def test_with_a_time_stamp_authority_the_seal_carries_its_time(rendition):
    moment = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Time")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(moment).not_valid_after(moment + datetime.timedelta(days=900))
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    authority = Certificate.load(
        builder.add_extension(usage, critical=True).sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
    )
    plain = PrivateKeyInfo.load(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
    stamper = DummyTimeStamper(authority, plain, SimpleCertificateStore(), fixed_dt=moment)
    signature, _status = judged(pades.sealed(rendition, "RPT-SOA-7", timestamper=stamper))
    stamps = [
        item for item in signature.signer_info["unsigned_attrs"] if item["type"].native == "signature_time_stamp_token"
    ]
    told = stamps[0]["values"][0]["content"]["encap_content_info"]["content"].parsed["gen_time"].native
    assert told == moment


def test_an_authority_that_does_not_answer_is_said_and_nothing_is_sealed(rendition, settings):
    settings.TSA_URL = "http://127.0.0.1:9/"
    with pytest.raises(signing.SealFailed, match="time-stamp authority did not answer"):
        signing.seal(rendition, "RPT-SOA-7")


def sealed_words(data):
    """The printed line that names the key, as a reader of the file extracts it."""
    text = subprocess.run(["pdftotext", "-raw", "-", "-"], input=data, capture_output=True, check=True).stdout.decode()
    return re.search(r"key fingerprint(?: [0-9a-f]{8}){8}", " ".join(text.split()))[0]


@pytest.mark.django_db
def test_an_issued_report_is_sealed_and_remembers_what_it_begins_with():
    tenant = make_management_system()
    job = ask_for_report(actor=make_manager(tenant), kind="RPT-SOA", formats=["pdf"])
    jobs.run(job.pk)
    (kept,) = IssuedReport.objects.get(job_id=job.pk).files
    data = blobs.read(file_of(IssuedReport.objects.get(job_id=job.pk), "pdf"))
    assert judged(data)[1].bottom_line
    assert hashlib.sha256(data[: kept["rendition_size"]]).hexdigest() == kept["rendition"]
    assert sealed_words(data) == f"key fingerprint {grouped(keys.document_fingerprint())}"
