"""Invoices with one thing wrong each, so that a judge who sees nothing is known to be blind."""

import io
import re

import pikepdf

import pdfs
import rules

# A vector's document, its syntax, what is replaced by what, and the rule that has to say so.
XML = [
    ("V01-simple", "cii", r"<ram:GrandTotalAmount>1011.50<", "<ram:GrandTotalAmount>1011.51<", "BR-CO-15"),
    ("V01-simple", "cii", r"<ram:CalculatedAmount>161.50<", "<ram:CalculatedAmount>171.50<", "BR-CO-14"),
    ("V01-simple", "cii", r"<ram:LineTotalAmount>850.00</ram:LineTotalAmount>\s*<ram:Charge", "<ram:LineTotalAmount>851.00</ram:LineTotalAmount><ram:Charge", "BR-CO-10"),
    ("V01-simple", "cii", r"<ram:CategoryCode>S<", "<ram:CategoryCode>Q<", "BR-CL-1"),
    ("V01-simple", "cii", r"<ram:CountryID>DE<", "<ram:CountryID>XX<", "BR-CL-14"),
    ("V01-simple", "cii", r'unitCode="C62"', 'unitCode="PIECES"', "BR-CL-23"),
    ("V01-simple", "cii", r"<ram:TypeCode>380<", "<ram:TypeCode>999<", "BR-CL-01"),
    ("V01-simple", "cii", r"(<ram:BuyerTradeParty>.*?)<ram:Name>.*?</ram:Name>", r"\1", "BR-07"),
    ("V01-simple", "cii", r"(<ram:ID>.*?</ram:ID>)(\s*)(<ram:TypeCode>380</ram:TypeCode>)", r"\3\2\1", "XSD"),
    ("V01-simple", "cii", r"<ram:DuePayableAmount>1011.50<", "<ram:DuePayableAmount>1011.505<", "BR-DEC-18"),
    ("V12-reverse-charge", "cii", r"<ram:ExemptionReason>.*?</ram:ExemptionReason>|<ram:ExemptionReasonCode>.*?</ram:ExemptionReasonCode>", "", "BR-AE-10"),
    ("V12-reverse-charge", "cii", r"(<ram:BuyerTradeParty>.*?)<ram:SpecifiedTaxRegistration>.*?</ram:SpecifiedTaxRegistration>", r"\1", "BR-AE-02"),
    ("V01-simple", "ubl", r'<cbc:TaxInclusiveAmount currencyID="EUR">1011.50', '<cbc:TaxInclusiveAmount currencyID="EUR">1010.50', "BR-CO-15"),
    ("V01-simple", "ubl", r'<cbc:PayableAmount currencyID="EUR">1011.50', '<cbc:PayableAmount currencyID="EUR">1.50', "BR-CO-16"),
    ("V01-simple", "ubl", r"<cbc:BuyerReference>.*?</cbc:BuyerReference>", "", "BR-DE-15"),
    ("V01-simple", "ubl", r"<cbc:Telephone>.*?</cbc:Telephone>", "", "BR-DE-6"),
    ("V01-simple", "ubl", r"<cbc:CustomizationID>.*?<", "<cbc:CustomizationID>urn:cen.eu:en16931:2017<", "BR-DE-21"),
    ("V01-simple", "ubl", r"DE02120300000000202051", "DE02120300000000202052", "BR-DE-19"),
    ("V01-simple", "ubl", r'<cbc:PriceAmount currencyID="EUR">85<', '<cbc:PriceAmount currencyID="EUR">86<', "PEPPOL-EN16931-R120"),
    ("V01-simple", "ubl", r"<cbc:IssueDate>.*?</cbc:IssueDate>", "", "BR-03"),
    ("V19-line-discount-percent", "ubl", r"<cbc:AllowanceChargeReason>.*?</cbc:AllowanceChargeReason>", "", "BR-41|BR-42|BR-CO-23"),
    ("V19-line-discount-percent", "ubl", r"<cbc:MultiplierFactorNumeric>10<", "<cbc:MultiplierFactorNumeric>11<", "PEPPOL-EN16931-R040"),
    ("V40-credit-note-full", "ubl", r"<cbc:CreditNoteTypeCode>381<", "<cbc:CreditNoteTypeCode>380<", "BR-CL-01|BR-DE-17"),
    ("V53-vat-accounting-currency", "ubl", r'<cac:TaxTotal>\s*<cbc:TaxAmount currencyID="EUR">.*?</cac:TaxTotal>', "", "BR-53"),
]


def without(name):
    def broken(pdf):
        del pdf.Root[name]
    return broken


def other_relationship(pdf):
    pdf.Root.AF[0].AFRelationship = pikepdf.Name("/Data")


def script(pdf):
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name("/JavaScript"), JS="app.alert(1)")


def other_xml(pdf):
    pdf.Root.AF[0].EF.F.write(b"<a/>")


def font_taken_out(pdf):
    for item in pdf.objects:
        if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor":
            for name in ("/FontFile", "/FontFile2", "/FontFile3"):
                if name in item:
                    del item[name]


def metadata(before, after):
    def broken(pdf):
        packet = pdf.Root.Metadata.read_bytes()
        assert before in packet
        pdf.Root.Metadata.write(packet.replace(before, after))
        if "/Filter" in pdf.Root.Metadata:
            del pdf.Root.Metadata["/Filter"]
    return broken


PDF = [
    ("AF does not hold", without("/AF")),
    ("output intent", without("/OutputIntents")),
    ("AFRelationship", other_relationship),
    ("OpenAction is forbidden", script),
    ("not the XML beside it", other_xml),
    ("not embedded", font_taken_out),
    ("fx:ConformanceLevel", metadata(b"EN 16931</fx", b"EXTENDED</fx")),
    ("not described", metadata(b"<pdfaProperty:name>DocumentType<", b"<pdfaProperty:name>DocumentKind<")),
    ("PDF/A-3B", metadata(b"<pdfaid:part>3<", b"<pdfaid:part>2<")),
]


def planted(folder):
    """How many faults were tried, and which of them nobody saw."""
    unseen = []
    for name, ending, before, after, rule in XML:
        sound = (folder / f"{name}.{ending}.xml").read_text()
        broken, count = re.subn(before, after, sound, flags=re.S)
        if not count:
            unseen.append(f"{name}.{ending}: nothing to break at {before}")
            continue
        found = rules.findings(broken.encode("utf-8"))
        if not any(re.search(rf"({rule})", one) for one in found):
            unseen.append(f"{name}.{ending}: {before} -> {after} was not found by {rule}, but: {found[:3]}")
    sound = (folder / "V01-simple.pdf").read_bytes()
    cii = (folder / "V01-simple.cii.xml").read_bytes()
    for word, breaking in PDF:
        pdf = pikepdf.open(io.BytesIO(sound))
        breaking(pdf)
        out = io.BytesIO()
        pdf.save(out, compress_streams=False, fix_metadata_version=False)
        found = pdfs.findings(out.getvalue(), cii)
        if not any(word in one for one in found):
            unseen.append(f"V01-simple.pdf: nobody said {word!r}, but: {found[:3]}")
    return len(XML) + len(PDF), unseen
