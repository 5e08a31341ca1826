//! OASIS UBL 2.1 in the order its schemas want: an invoice, or a credit note, which is a document of its own kind.
//! It must not decide what is said; `content` does.

use domain::billing::{Delivered, Invoice, Kind, MoneyError, VatGroup, VatRate};
use rust_decimal::Decimal;

use crate::UblRules;
use crate::content::{self, Named, Stated, amount, number};
use crate::xml::Xml;

const AGGREGATES: &str = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2";
const BASICS: &str = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2";
const INVOICE: &str = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2";
const CREDIT_NOTE: &str = "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2";

/// What differs between the two kinds of document.
struct Names {
    root: &'static str,
    namespace: &'static str,
    type_code: &'static str,
    line: &'static str,
    quantity: &'static str,
}

fn names(kind: Kind) -> Names {
    match kind {
        Kind::Invoice => Names {
            root: "Invoice",
            namespace: INVOICE,
            type_code: "cbc:InvoiceTypeCode",
            line: "cac:InvoiceLine",
            quantity: "cbc:InvoicedQuantity",
        },
        Kind::CreditNote => Names {
            root: "CreditNote",
            namespace: CREDIT_NOTE,
            type_code: "cbc:CreditNoteTypeCode",
            line: "cac:CreditNoteLine",
            quantity: "cbc:CreditedQuantity",
        },
    }
}

pub(crate) fn write(invoice: &Invoice, rules: UblRules) -> Result<String, MoneyError> {
    let draft = &invoice.content;
    let lines = draft.lines.iter().zip(&invoice.totals.lines);
    let adjustments = lines
        .map(|(line, total)| content::of_line(draft, line, *total))
        .collect::<Result<Vec<_>, _>>()?;
    let names = names(draft.kind);
    let namespaces = [
        ("xmlns", names.namespace),
        ("xmlns:cac", AGGREGATES),
        ("xmlns:cbc", BASICS),
    ];
    Ok(Xml::document(names.root, &namespaces, |xml| {
        head(xml, invoice, rules, &names);
        references(xml, invoice);
        xml.within("cac:AccountingSupplierParty", |xml| {
            party(xml, &content::seller(draft));
        });
        xml.within("cac:AccountingCustomerParty", |xml| {
            party(xml, &content::buyer(draft));
        });
        delivery(xml, invoice);
        payment(xml, invoice);
        for stated in content::of_document(invoice) {
            adjustment(xml, invoice, &stated, Some(stated.vat));
        }
        tax_totals(xml, invoice);
        monetary_total(xml, invoice);
        for (at, adjustments) in adjustments.iter().enumerate() {
            line(xml, invoice, at, adjustments, &names);
        }
    }))
}

fn head(xml: &mut Xml, invoice: &Invoice, rules: UblRules, names: &Names) {
    let draft = &invoice.content;
    xml.leaf("cbc:CustomizationID", rules.customization());
    xml.leaf("cbc:ProfileID", crate::PROCESS);
    xml.leaf("cbc:ID", invoice.number.as_str());
    xml.leaf("cbc:IssueDate", &invoice.issue_date.to_string());
    if draft.kind == Kind::Invoice {
        xml.leaf("cbc:DueDate", &invoice.due_date.to_string());
    }
    xml.leaf(names.type_code, draft.kind.type_code());
    for note in &draft.notes {
        xml.leaf("cbc:Note", note);
    }
    xml.leaf("cbc:DocumentCurrencyCode", draft.currency.code());
    let accounting = crate::accounting_vat(invoice);
    xml.maybe("cbc:TaxCurrencyCode", accounting.map(|(to, _)| to.code()));
    let reference = crate::buyer_reference(draft, rules);
    xml.maybe("cbc:BuyerReference", reference);
    if let Delivered::Between { from, to } = draft.delivered {
        xml.within("cac:InvoicePeriod", |xml| {
            xml.leaf("cbc:StartDate", &from.to_string());
            xml.leaf("cbc:EndDate", &to.to_string());
        });
    }
}

fn references(xml: &mut Xml, invoice: &Invoice) {
    let references = &invoice.content.references;
    referenced(
        xml,
        "cac:OrderReference",
        references.purchase_order.as_deref(),
        None,
    );
    if let Some(preceding) = &references.preceding {
        xml.within("cac:BillingReference", |xml| {
            xml.within("cac:InvoiceDocumentReference", |xml| {
                xml.leaf("cbc:ID", preceding.number.as_str());
                xml.leaf("cbc:IssueDate", &preceding.issue_date.to_string());
            });
        });
    }
    referenced(
        xml,
        "cac:ContractDocumentReference",
        references.contract.as_deref(),
        None,
    );
    // A credit note has no place of its own for the project; 50 is what EN 16931 uses instead (BT-11).
    let (name, code) = match invoice.content.kind {
        Kind::Invoice => ("cac:ProjectReference", None),
        Kind::CreditNote => ("cac:AdditionalDocumentReference", Some("50")),
    };
    referenced(xml, name, references.project.as_deref(), code);
}

fn said(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.trim().is_empty())
}

fn referenced(xml: &mut Xml, name: &str, number: Option<&str>, code: Option<&str>) {
    if let Some(number) = said(number) {
        xml.within(name, |xml| {
            xml.leaf("cbc:ID", number);
            xml.maybe("cbc:DocumentTypeCode", code);
        });
    }
}

fn party(xml: &mut Xml, named: &Named) {
    let party = named.party;
    xml.within("cac:Party", |xml| {
        if let Some((scheme, address)) = named.electronic_address {
            xml.leaf_with("cbc:EndpointID", Some(("schemeID", scheme)), address);
        }
        if let Some(identifier) = said(named.identifier) {
            xml.within("cac:PartyIdentification", |xml| {
                xml.leaf("cbc:ID", identifier);
            });
        }
        xml.within("cac:PostalAddress", |xml| {
            let street = |at: usize| party.address.street.get(at).map(String::as_str);
            xml.maybe("cbc:StreetName", street(0));
            xml.maybe("cbc:AdditionalStreetName", street(1));
            xml.leaf("cbc:CityName", &party.address.city);
            xml.leaf("cbc:PostalZone", &party.address.postcode);
            if let Some(line) = said(street(2)) {
                xml.within("cac:AddressLine", |xml| xml.leaf("cbc:Line", line));
            }
            country(xml, party.address.country.code());
        });
        for (scheme, number) in [("VAT", named.vat_id), ("FC", named.tax_number)] {
            if let Some(number) = said(number) {
                xml.within("cac:PartyTaxScheme", |xml| {
                    xml.leaf("cbc:CompanyID", number);
                    xml.within("cac:TaxScheme", |xml| xml.leaf("cbc:ID", scheme));
                });
            }
        }
        xml.within("cac:PartyLegalEntity", |xml| {
            xml.leaf("cbc:RegistrationName", &party.name);
            xml.maybe("cbc:CompanyID", party.registration.as_deref());
        });
        if let Some(contact) = &named.contact {
            xml.within("cac:Contact", |xml| {
                xml.leaf("cbc:Name", contact.name);
                xml.maybe("cbc:Telephone", contact.phone);
                xml.maybe("cbc:ElectronicMail", contact.mail);
            });
        }
    });
}

fn country(xml: &mut Xml, code: &str) {
    xml.within("cac:Country", |xml| {
        xml.leaf("cbc:IdentificationCode", code);
    });
}

fn delivery(xml: &mut Xml, invoice: &Invoice) {
    let draft = &invoice.content;
    let on = match draft.delivered {
        Delivered::On(date) => Some(date.to_string()),
        Delivered::Between { .. } => None,
    };
    let to = content::delivered_to(draft);
    if on.is_none() && to.is_none() {
        return;
    }
    xml.within("cac:Delivery", |xml| {
        xml.maybe("cbc:ActualDeliveryDate", on.as_deref());
        if let Some(to) = to {
            xml.within("cac:DeliveryLocation", |xml| {
                xml.within("cac:Address", |xml| {
                    xml.leaf("cbc:CityName", to.city);
                    xml.leaf("cbc:PostalZone", to.postcode);
                    country(xml, to.country.code());
                });
            });
        }
    });
}

fn payment(xml: &mut Xml, invoice: &Invoice) {
    let draft = &invoice.content;
    xml.within("cac:PaymentMeans", |xml| {
        xml.leaf("cbc:PaymentMeansCode", content::payment_means(draft));
        xml.leaf("cbc:PaymentID", invoice.number.as_str());
        if let Some(bank) = content::account(draft) {
            xml.within("cac:PayeeFinancialAccount", |xml| {
                xml.leaf("cbc:ID", &content::without_blanks(&bank.iban));
                let holder = bank.holder.as_deref().unwrap_or(&draft.seller.name);
                xml.leaf("cbc:Name", holder);
                if let Some(bic) = said(bank.bic.as_deref()) {
                    xml.within("cac:FinancialInstitutionBranch", |xml| {
                        xml.leaf("cbc:ID", &content::without_blanks(bic));
                    });
                }
            });
        }
    });
    xml.within("cac:PaymentTerms", |xml| {
        xml.leaf("cbc:Note", &invoice.terms);
    });
}

fn money(xml: &mut Xml, name: &str, invoice: &Invoice, text: &str) {
    let currency = invoice.content.currency.code();
    xml.leaf_with(name, Some(("currencyID", currency)), text);
}

fn adjustment(xml: &mut Xml, invoice: &Invoice, stated: &Stated, vat: Option<VatRate>) {
    xml.within("cac:AllowanceCharge", |xml| {
        let is_charge = if stated.is_charge { "true" } else { "false" };
        xml.leaf("cbc:ChargeIndicator", is_charge);
        xml.leaf("cbc:AllowanceChargeReason", stated.reason);
        let share = stated.share.as_ref();
        xml.maybe(
            "cbc:MultiplierFactorNumeric",
            share.map(|(percent, _)| percent.as_str()),
        );
        money(xml, "cbc:Amount", invoice, &stated.amount);
        if let Some((_, base)) = share {
            money(xml, "cbc:BaseAmount", invoice, base);
        }
        if let Some(vat) = vat {
            xml.within("cac:TaxCategory", |xml| category(xml, vat));
        }
    });
}

fn category(xml: &mut Xml, vat: VatRate) {
    xml.leaf("cbc:ID", vat.category.code());
    xml.maybe("cbc:Percent", content::rate(vat).as_deref());
    vat_scheme(xml);
}

fn vat_scheme(xml: &mut Xml) {
    xml.within("cac:TaxScheme", |xml| xml.leaf("cbc:ID", "VAT"));
}

fn tax_totals(xml: &mut Xml, invoice: &Invoice) {
    let draft = &invoice.content;
    xml.within("cac:TaxTotal", |xml| {
        let vat = amount(draft, invoice.totals.vat);
        money(xml, "cbc:TaxAmount", invoice, &vat);
        for group in &invoice.totals.vat_groups {
            subtotal(xml, invoice, group);
        }
    });
    if let Some((to, vat)) = crate::accounting_vat(invoice) {
        xml.within("cac:TaxTotal", |xml| {
            let vat = to.decimal(vat).to_string();
            xml.leaf_with("cbc:TaxAmount", Some(("currencyID", to.code())), &vat);
        });
    }
}

fn subtotal(xml: &mut Xml, invoice: &Invoice, group: &VatGroup) {
    let (draft, vat) = (&invoice.content, group.vat);
    let reason = draft
        .exemption_reason(vat.category)
        .filter(|_| vat.category.needs_reason());
    xml.within("cac:TaxSubtotal", |xml| {
        let taxable = amount(draft, group.taxable);
        money(xml, "cbc:TaxableAmount", invoice, &taxable);
        money(xml, "cbc:TaxAmount", invoice, &amount(draft, group.tax));
        xml.within("cac:TaxCategory", |xml| {
            xml.leaf("cbc:ID", vat.category.code());
            // Unlike its lines, the group of category O states its 0: XRechnung asks for it (BR-DE-14).
            xml.leaf("cbc:Percent", &number(vat.percent));
            xml.maybe("cbc:TaxExemptionReasonCode", vat.category.reason_code());
            xml.maybe("cbc:TaxExemptionReason", reason);
            vat_scheme(xml);
        });
    });
}

fn monetary_total(xml: &mut Xml, invoice: &Invoice) {
    let (draft, totals) = (&invoice.content, &invoice.totals);
    xml.within("cac:LegalMonetaryTotal", |xml| {
        let mut total = |name, minor| money(xml, name, invoice, &amount(draft, minor));
        total("cbc:LineExtensionAmount", totals.sum_of_lines);
        total("cbc:TaxExclusiveAmount", totals.net);
        total("cbc:TaxInclusiveAmount", totals.gross);
        total("cbc:AllowanceTotalAmount", totals.allowances);
        total("cbc:ChargeTotalAmount", totals.charges);
        total("cbc:PrepaidAmount", totals.prepaid);
        if totals.payable_rounding.0 != 0 {
            total("cbc:PayableRoundingAmount", totals.payable_rounding);
        }
        total("cbc:PayableAmount", totals.due);
    });
}

fn line(xml: &mut Xml, invoice: &Invoice, at: usize, adjustments: &[Stated], names: &Names) {
    let draft = &invoice.content;
    let (line, total) = (&draft.lines[at], &invoice.totals.lines[at]);
    let unit = Some(("unitCode", line.unit.code()));
    xml.within(names.line, |xml| {
        xml.leaf("cbc:ID", &line.id);
        xml.leaf_with(names.quantity, unit, &number(line.quantity));
        let net = amount(draft, total.net);
        money(xml, "cbc:LineExtensionAmount", invoice, &net);
        for stated in adjustments {
            adjustment(xml, invoice, stated, None);
        }
        xml.within("cac:Item", |xml| {
            xml.maybe("cbc:Description", line.description.as_deref());
            xml.leaf("cbc:Name", &line.text);
            xml.within("cac:ClassifiedTaxCategory", |xml| category(xml, line.vat));
        });
        let (price, base_quantity) = content::checked_price(draft, line, *total);
        xml.within("cac:Price", |xml| {
            money(xml, "cbc:PriceAmount", invoice, &number(price));
            if base_quantity.normalize() != Decimal::ONE {
                xml.leaf_with("cbc:BaseQuantity", unit, &number(base_quantity));
            }
        });
    });
}
