"""Joining parts: pages, structure trees, links between parts, bookmarks, data, and one identity."""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, OutlineItem, Pdf, String

UA_SCHEMA = (
    '<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"><pdfuaid:part>1</pdfuaid:part>'
    '</rdf:Description><rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" '
    'xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" '
    'xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#"><pdfaExtension:schemas><rdf:Bag>'
    '<rdf:li rdf:parseType="Resource"><pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/'
    "</pdfaSchema:namespaceURI><pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>"
    "<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema><pdfaSchema:property><rdf:Seq>"
    '<rdf:li rdf:parseType="Resource"><pdfaProperty:category>internal</pdfaProperty:category>'
    "<pdfaProperty:description>PDF/UA version identifier</pdfaProperty:description>"
    "<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>"
    "</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>"
)


@dataclass(frozen=True)
class Drawn:
    """One part as drawn: its PDF, its anchors and its bookmarks, with pages counted from 0 within the part."""

    pdf: bytes
    anchors: dict[str, tuple[int, float, float]]  # page, x, y from below in points
    bookmarks: list[tuple[int, str, int, float]]  # level, label, page, y


@dataclass(frozen=True)
class Data:
    """The attachment: canonical bytes and the moment of their sequence number."""

    content: bytes
    made: str  # ISO, UTC


def join(arriving: Iterator[Drawn], data: Data, titles: dict[str, str]) -> bytes:
    """One PDF/A-3a and PDF/UA-1 file from all parts, joined as they arrive. The first part gives the metadata.

    `titles` says in words where a link leads.
    """
    pikepdf.settings.set_flate_compression_level(4)  # quickly rather than tightly
    parts = [next(arriving)]
    with Pdf.open(io.BytesIO(parts[0].pdf)) as whole:
        starts = [0]
        numbers, kids = _start_tree(whole)
        sources = []
        for part in arriving:
            parts.append(part)
            source = Pdf.open(io.BytesIO(part.pdf))
            sources.append(source)
            starts.append(len(whole.pages))
            _append(whole, source, numbers, kids)
        _finish_tree(whole, numbers, kids)
        _join_links(whole, _places(whole, parts, starts), titles)
        _write_outline(whole, parts, starts)
        _attach(whole, data)
        _identify(whole, data)
        out = io.BytesIO()
        whole.save(
            out, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True, compress_streams=True
        )
        return out.getvalue()


def _start_tree(whole: Pdf) -> tuple[list[Any], Object]:
    root = whole.Root.StructTreeRoot
    return list(root.ParentTree.Nums), root.K[0].K


def _append(whole: Pdf, source: Pdf, numbers: list[Any], kids: Object) -> None:
    """Pages first, so that the tree, copied next, points at the copies."""
    first_page, offset = len(whole.pages), len(numbers) // 2
    whole.pages.extend(source.pages)
    tree = whole.copy_foreign(source.make_indirect(source.Root.StructTreeRoot))
    document = whole.Root.StructTreeRoot.K[0]
    for kid in tree.K[0].K:
        kid.P = document
        kids.append(kid)
    found = list(tree.ParentTree.Nums)
    for index in range(0, len(found), 2):
        numbers += [int(found[index]) + offset, found[index + 1]]
    for page in whole.pages[first_page:]:
        page.obj.StructParents = int(page.obj.StructParents) + offset
        for annotation in page.obj.get("/Annots", []):
            if "/StructParent" in annotation:
                annotation.StructParent = int(annotation.StructParent) + offset


def _finish_tree(whole: Pdf, numbers: list[Any], kids: Object) -> None:
    root = whole.Root.StructTreeRoot
    root.ParentTree.Nums = Array(numbers)
    root.ParentTreeNextKey = len(numbers) // 2


def _places(whole: Pdf, parts: list[Drawn], starts: list[int]) -> dict[str, Array]:
    places = {}
    for part, start in zip(parts, starts, strict=True):
        for name, (page, x, y) in part.anchors.items():
            places[name] = Array([whole.pages[start + page].obj, Name.XYZ, round(x), round(y), 0])
    return places


def _join_links(whole: Pdf, places: dict[str, Array], titles: dict[str, str]) -> None:
    """A link to part:NAME becomes a link inside the file; those outside lead to the rows behind a figure."""
    if "/Names" in whole.Root and "/Dests" in whole.Root.Names:
        del whole.Root.Names.Dests
    for page in whole.pages:
        for annotation in page.obj.get("/Annots", []):
            action = annotation.get("/A")
            uri = str(action.get("/URI", "")) if action is not None else ""
            if uri.startswith("part:") and uri[5:] in places:
                del annotation["/A"]
                annotation.Dest = places[uri[5:]]
                annotation.Contents = titles.get(uri[5:], uri[5:])
            elif uri:
                annotation.Contents = uri


def _write_outline(whole: Pdf, parts: list[Drawn], starts: list[int]) -> None:
    if "/Outlines" in whole.Root:
        del whole.Root.Outlines
    with whole.open_outline() as outline:
        for part, start in zip(parts, starts, strict=True):
            for level, label, page, y in part.bookmarks:
                target = Array([whole.pages[start + page].obj, Name.XYZ, 0, round(y), 0])
                item = OutlineItem(label, destination=target)
                if level > 1 and outline.root:
                    outline.root[-1].children.append(item)
                    outline.root[-1].is_closed = True
                else:
                    outline.root.append(item)


def _attach(whole: Pdf, data: Data) -> None:
    """data.json with AFRelationship Data."""
    moment = "D:" + data.made.translate(str.maketrans("", "", "-:TZ")) + "Z"
    stream = whole.make_stream(data.content)
    stream.Type, stream.Subtype = Name.EmbeddedFile, Name("/application/json")
    check = hashlib.md5(data.content, usedforsecurity=False).digest()
    stream.Params = Dictionary(Size=len(data.content), CreationDate=moment, ModDate=moment, CheckSum=String(check))
    file = whole.make_indirect(
        Dictionary(
            Type=Name.Filespec,
            F="data.json",
            UF="data.json",
            Desc="The data this report was made from",
            AFRelationship=Name.Data,
            EF=Dictionary(F=stream, UF=stream),
        )
    )
    if "/Names" not in whole.Root:
        whole.Root.Names = Dictionary()
    whole.Root.Names.EmbeddedFiles = Dictionary(Names=Array([String("data.json"), file]))
    whole.Root.AF = Array([file])


def _identify(whole: Pdf, data: Data) -> None:
    """The PDF/UA identifier beside WeasyPrint's PDF/A one, and the id of the file from its data."""
    xml = bytes(whole.Root.Metadata.read_bytes()).decode().replace("</rdf:RDF>", UA_SCHEMA + "</rdf:RDF>")
    metadata = whole.make_stream(xml.encode())
    metadata.Type, metadata.Subtype = Name.Metadata, Name.XML
    whole.Root.Metadata = metadata
    digest = hashlib.sha256(data.content).digest()[:16]
    whole.trailer.ID = Array([String(digest), String(digest)])
