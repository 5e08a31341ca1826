"""What a Factur-X file must be, read with tools that did not write it: qpdf (by pikepdf), poppler's pdftotext, lxml.

No validator of PDF/A is in a package registry, so the demands of ISO 19005-3 level B that a generator of plain pages
can break are checked here one by one; fonts, colours and the metadata are read back from the file."""

import hashlib
import io
import re
import subprocess

import pikepdf
from lxml import etree

NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
    "fx": "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#",
    "ext": "http://www.aiim.org/pdfa/ns/extension/",
    "schema": "http://www.aiim.org/pdfa/ns/schema#",
    "property": "http://www.aiim.org/pdfa/ns/property#",
}
# Of XMP 2005 itself; whatever else stands in the metadata has to be described there (6.6.2.3).
KNOWN = {"http://purl.org/dc/elements/1.1/", "http://ns.adobe.com/xap/1.0/", "http://ns.adobe.com/xap/1.0/mm/",
         "http://ns.adobe.com/xap/1.0/t/pg/", "http://ns.adobe.com/pdf/1.3/", "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#",
         NAMESPACES["rdf"], NAMESPACES["pdfaid"], NAMESPACES["ext"], NAMESPACES["schema"], NAMESPACES["property"]}
FACTURX = {"DocumentType": "INVOICE", "DocumentFileName": "factur-x.xml", "Version": "1.0", "ConformanceLevel": "EN 16931"}
FORBIDDEN = {"/JavaScript", "/JS", "/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/Hide", "/SetOCGState",
             "/Rendition", "/Trans", "/GoTo3DView", "/SubmitForm", "/AA", "/OpenAction", "/XFA", "/Encrypt", "/PS", "/OPI", "/Alternates"}


def findings(data, cii):
    """Everything against the file; `cii` is the XML it must carry, or None where there is none."""
    found = []

    def need(holds, what):
        if not holds:
            found.append(f"PDF: {what}")

    pdf = pikepdf.open(io.BytesIO(data))
    for problem in pdf.check_pdf_syntax():
        found.append(f"PDF: qpdf: {problem}")
    need(re.match(rb"%PDF-1\.7\n%[\x80-\xff]{4}", data), "header is not %PDF-1.7 with a line of binary (6.1.2)")
    need(data.rstrip().endswith(b"%%EOF"), "something stands after the end (6.1.3)")
    need(len(pdf.trailer.get("/ID", [])) == 2, "no file identifier (6.1.3)")
    need(not pdf.is_encrypted, "encrypted (6.1.3)")
    need(pdf.Root.get("/MarkInfo", {}).get("/Marked"), "not tagged")
    need(str(pdf.Root.get("/Lang", "")) in ("en", "de"), "no language")
    metadata(pdf, cii, need)
    colours(pdf, need)
    for place, item in enumerate(pdf.objects):
        if isinstance(item, (pikepdf.Dictionary, pikepdf.Stream)):
            thing(item, need)
    attachment(pdf, cii, need)
    return found


def metadata(pdf, cii, need):
    stream = pdf.Root.Metadata
    need("/Filter" not in stream, "metadata is compressed")
    packet = stream.read_bytes()
    need(b'<?xpacket begin="' in packet[:20] and b"encoding=" not in packet[:80], "metadata is no packet (6.6.2.1)")
    xmp = etree.fromstring(packet)
    one = lambda name: [(element.text or "").strip() for element in xmp.findall(f".//{name}", NAMESPACES)]
    need((one("pdfaid:part"), one("pdfaid:conformance")) == (["3"], ["B"]), "metadata does not say PDF/A-3B (6.6.4)")
    described = {(schema.findtext("schema:namespaceURI", None, NAMESPACES), name.text)
                 for schema in xmp.findall(".//ext:schemas/rdf:Bag/rdf:li", NAMESPACES)
                 for name in schema.findall(".//property:name", NAMESPACES)}
    for element in xmp.iter(etree.Element):
        space = etree.QName(element).namespace
        if space not in KNOWN and space != "adobe:ns:meta/":
            need((space, etree.QName(element).localname) in described, f"{element.tag} is not described (6.6.2.3)")
    for name, value in FACTURX.items():
        need(one(f"fx:{name}") == ([value] if cii is not None else []), f"metadata fx:{name} is {one(f'fx:{name}')}")
    info = pdf.trailer.get("/Info", {})
    texts = [element.text for element in xmp.iter("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}li")]
    for name in ("/Title", "/Author"):
        need(str(info.get(name, "")) in texts, f"{name} is not what the metadata says (6.6.3)")


def colours(pdf, need):
    intents = pdf.Root.get("/OutputIntents", [])
    need(len(intents) == 1 and intents[0].S == "/GTS_PDFA1" and intents[0].DestOutputProfile.N == 3, "no RGB output intent (6.2.3)")
    for number, page in enumerate(pdf.pages, 1):
        operators = {str(operator) for _, operator in pikepdf.parse_content_stream(page)}
        need(not operators & {"k", "K"}, f"page {number} paints in CMYK with an RGB intent (6.2.4.3)")
        need(not operators & {"BX", "EX", "PS"}, f"page {number} has an undefined operator (6.2.2)")


def thing(item, need):
    kind = item.get("/Type")
    for name in FORBIDDEN & set(item.keys()):
        need(False, f"{name} is forbidden")
    if item.get("/S") in FORBIDDEN:
        need(False, f"action {item.S} is forbidden (6.5.1)")
    if isinstance(item, pikepdf.Stream):
        need("/F" not in item and "/FFilter" not in item, "a stream lies outside the file (6.1.7)")
        filters = item.get("/Filter", [])
        need("/LZWDecode" not in (filters if isinstance(filters, pikepdf.Array) else [filters]), "LZW (6.1.7.2)")
        item.read_bytes()
    if item.get("/Subtype") == "/Image":
        need(not item.get("/Interpolate", False), "an image asks for interpolation (6.2.8)")
    if kind == "/Font" and item.get("/Subtype") != "/Type0":
        described = item.get("/FontDescriptor")
        embedded = described is not None and any(f"/FontFile{n}" in described for n in ("", "2", "3"))
        need(item.get("/Subtype") == "/Type3" or embedded, f"font {item.get('/BaseFont')} is not embedded (6.2.11.4)")
    if kind == "/Font" and item.get("/Subtype") == "/Type0":
        need("/ToUnicode" in item, f"font {item.get('/BaseFont')} cannot be searched")
        need(item.Encoding in ("/Identity-H", "/Identity-V") or isinstance(item.Encoding, pikepdf.Stream), "an encoding that is not embedded (6.2.11.3)")
    if kind == "/Annot":
        need(int(item.get("/F", 0)) & 4, "an annotation that is not printed (6.3.2)")


def attachment(pdf, cii, need):
    names = list(pdf.attachments)
    need(names == (["factur-x.xml"] if cii is not None else []), f"attachments {names}")
    if cii is None or not names:
        return
    spec = pdf.attachments["factur-x.xml"].obj
    need(spec.get("/AFRelationship") == "/Alternative", "AFRelationship is not Alternative")
    need([entry.objgen for entry in pdf.Root.get("/AF", [])] == [spec.objgen], "the document's AF does not hold the file")
    need(str(spec.F) == str(spec.UF) == "factur-x.xml", "F and UF of the file differ (6.8)")
    stream = spec.EF.F
    need(stream.get("/Subtype") == "/text/xml", "the file's type is not text/xml")
    need("/ModDate" in stream.get("/Params", {}), "the file has no date of change")
    need(stream.read_bytes() == cii, "the file is not the XML beside it")


def text(path):
    """All text of the pages, without blanks and soft hyphens."""
    shown = subprocess.run(["pdftotext", "-layout", path, "-"], check=True, capture_output=True, text=True).stdout
    return re.sub(r"[\s\u00ad\u200b]", "", shown)


def figure(amount):
    """`1234.50` as an English page shows it."""
    whole, point, fraction = amount.lstrip("-").partition(".")
    sign = "\u2212" if amount.startswith("-") and set(amount) & set("123456789") else ""
    return f"{sign}{int(whole):,}{point}{fraction}"


def digest(data):
    return hashlib.sha256(data).hexdigest()
