//! UN/CEFACT Cross Industry Invoice D16B in the order its schema wants, which is what Factur-X and ZUGFeRD embed.
//! It must not decide what is said; `content` does.

use domain::billing::{Delivered, Invoice, Kind, MoneyError, VatGroup, VatRate};
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::content::{self, Named, Stated, amount, compact_date, number};
use crate::xml::Xml;

const NAMESPACES: [(&str, &str); 4] = [
    (
        "xmlns:rsm",
        "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    ),
    (
        "xmlns:ram",
        "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    ),
    (
        "xmlns:udt",
        "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
    ),
    (
        "xmlns:qdt",
        "urn:un:unece:uncefact:data:standard:QualifiedDataType:100",
    ),
];

/// The Factur-X profile EN 16931 (ZUGFeRD's "COMFORT"): the norm itself, without a country's additions.
const GUIDELINE: &str = "urn:cen.eu:en16931:2017";

pub(crate) fn write(invoice: &Invoice) -> Result<String, MoneyError> {
    let draft = &invoice.content;
    let lines = draft.lines.iter().zip(&invoice.totals.lines);
    let adjustments = lines
        .map(|(line, total)| content::of_line(draft, line, *total))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Xml::document(
        "rsm:CrossIndustryInvoice",
        &NAMESPACES,
        |xml| {
            context(xml);
            head(xml, invoice);
            xml.within("rsm:SupplyChainTradeTransaction", |xml| {
                for (at, adjustments) in adjustments.iter().enumerate() {
                    line(xml, invoice, at, adjustments);
                }
                agreement(xml, invoice);
                delivery(xml, invoice);
                settlement(xml, invoice);
            });
        },
    ))
}

fn context(xml: &mut Xml) {
    xml.within("rsm:ExchangedDocumentContext", |xml| {
        xml.within(
            "ram:BusinessProcessSpecifiedDocumentContextParameter",
            |xml| {
                xml.leaf("ram:ID", crate::PROCESS);
            },
        );
        xml.within("ram:GuidelineSpecifiedDocumentContextParameter", |xml| {
            xml.leaf("ram:ID", GUIDELINE);
        });
    });
}

fn head(xml: &mut Xml, invoice: &Invoice) {
    xml.within("rsm:ExchangedDocument", |xml| {
        xml.leaf("ram:ID", invoice.number.as_str());
        xml.leaf("ram:TypeCode", invoice.content.kind.type_code());
        xml.within("ram:IssueDateTime", |xml| day(xml, invoice.issue_date));
        for note in &invoice.content.notes {
            xml.within("ram:IncludedNote", |xml| xml.leaf("ram:Content", note));
        }
    });
}

fn day(xml: &mut Xml, date: Date) {
    xml.leaf_with(
        "udt:DateTimeString",
        Some(("format", "102")),
        &compact_date(date),
    );
}

fn line(xml: &mut Xml, invoice: &Invoice, at: usize, adjustments: &[Stated]) {
    let draft = &invoice.content;
    let (line, total) = (&draft.lines[at], &invoice.totals.lines[at]);
    let unit = Some(("unitCode", line.unit.code()));
    xml.within("ram:IncludedSupplyChainTradeLineItem", |xml| {
        xml.within("ram:AssociatedDocumentLineDocument", |xml| {
            xml.leaf("ram:LineID", &line.id);
        });
        xml.within("ram:SpecifiedTradeProduct", |xml| {
            xml.leaf("ram:Name", &line.text);
            xml.maybe("ram:Description", line.description.as_deref());
        });
        xml.within("ram:SpecifiedLineTradeAgreement", |xml| {
            let (price, base_quantity) = content::checked_price(draft, line, *total);
            xml.within("ram:NetPriceProductTradePrice", |xml| {
                xml.leaf("ram:ChargeAmount", &number(price));
                if base_quantity.normalize() != Decimal::ONE {
                    xml.leaf_with("ram:BasisQuantity", unit, &number(base_quantity));
                }
            });
        });
        xml.within("ram:SpecifiedLineTradeDelivery", |xml| {
            xml.leaf_with("ram:BilledQuantity", unit, &number(line.quantity));
        });
        xml.within("ram:SpecifiedLineTradeSettlement", |xml| {
            tax(xml, "ram:ApplicableTradeTax", line.vat);
            for stated in adjustments {
                adjustment(xml, stated, None);
            }
            xml.within("ram:SpecifiedTradeSettlementLineMonetarySummation", |xml| {
                xml.leaf("ram:LineTotalAmount", &amount(draft, total.net))
            });
        });
    });
}

fn tax(xml: &mut Xml, name: &str, vat: VatRate) {
    xml.within(name, |xml| {
        xml.leaf("ram:TypeCode", "VAT");
        xml.leaf("ram:CategoryCode", vat.category.code());
        xml.maybe("ram:RateApplicablePercent", content::rate(vat).as_deref());
    });
}

fn adjustment(xml: &mut Xml, stated: &Stated, vat: Option<VatRate>) {
    xml.within("ram:SpecifiedTradeAllowanceCharge", |xml| {
        xml.within("ram:ChargeIndicator", |xml| {
            xml.leaf(
                "udt:Indicator",
                if stated.is_charge { "true" } else { "false" },
            );
        });
        if let Some((percent, base)) = &stated.share {
            xml.leaf("ram:CalculationPercent", percent);
            xml.leaf("ram:BasisAmount", base);
        }
        xml.leaf("ram:ActualAmount", &stated.amount);
        xml.leaf("ram:Reason", stated.reason);
        if let Some(vat) = vat {
            tax(xml, "ram:CategoryTradeTax", vat);
        }
    });
}

fn agreement(xml: &mut Xml, invoice: &Invoice) {
    let draft = &invoice.content;
    let references = &draft.references;
    xml.within("ram:ApplicableHeaderTradeAgreement", |xml| {
        xml.maybe("ram:BuyerReference", references.buyer_reference.as_deref());
        party(xml, "ram:SellerTradeParty", &content::seller(draft));
        party(xml, "ram:BuyerTradeParty", &content::buyer(draft));
        let order = references.purchase_order.as_deref();
        referenced(xml, "ram:BuyerOrderReferencedDocument", order);
        let contract = references.contract.as_deref();
        referenced(xml, "ram:ContractReferencedDocument", contract);
        if let Some(project) = said(references.project.as_deref()) {
            xml.within("ram:SpecifiedProcuringProject", |xml| {
                xml.leaf("ram:ID", project);
                xml.leaf("ram:Name", project);
            });
        }
    });
}

fn said(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.trim().is_empty())
}

fn referenced(xml: &mut Xml, name: &str, number: Option<&str>) {
    if let Some(number) = said(number) {
        xml.within(name, |xml| xml.leaf("ram:IssuerAssignedID", number));
    }
}

fn party(xml: &mut Xml, name: &str, named: &Named) {
    let party = named.party;
    xml.within(name, |xml| {
        xml.maybe("ram:ID", named.identifier);
        xml.leaf("ram:Name", &party.name);
        if let Some(registration) = said(party.registration.as_deref()) {
            xml.within("ram:SpecifiedLegalOrganization", |xml| {
                xml.leaf("ram:ID", registration);
            });
        }
        if let Some(contact) = &named.contact {
            xml.within("ram:DefinedTradeContact", |xml| {
                xml.leaf("ram:PersonName", contact.name);
                if let Some(phone) = said(contact.phone) {
                    xml.within("ram:TelephoneUniversalCommunication", |xml| {
                        xml.leaf("ram:CompleteNumber", phone);
                    });
                }
                if let Some(mail) = said(contact.mail) {
                    xml.within("ram:EmailURIUniversalCommunication", |xml| {
                        xml.leaf("ram:URIID", mail);
                    });
                }
            });
        }
        xml.within("ram:PostalTradeAddress", |xml| {
            xml.leaf("ram:PostcodeCode", &party.address.postcode);
            let lines = ["ram:LineOne", "ram:LineTwo", "ram:LineThree"];
            for (name, line) in lines.iter().zip(&party.address.street) {
                xml.leaf(name, line);
            }
            xml.leaf("ram:CityName", &party.address.city);
            xml.leaf("ram:CountryID", party.address.country.code());
        });
        if let Some((scheme, address)) = named.electronic_address {
            xml.within("ram:URIUniversalCommunication", |xml| {
                xml.leaf_with("ram:URIID", Some(("schemeID", scheme)), address);
            });
        }
        for (scheme, number) in [("VA", named.vat_id), ("FC", named.tax_number)] {
            if let Some(number) = said(number) {
                xml.within("ram:SpecifiedTaxRegistration", |xml| {
                    xml.leaf_with("ram:ID", Some(("schemeID", scheme)), number);
                });
            }
        }
    });
}

fn delivery(xml: &mut Xml, invoice: &Invoice) {
    let draft = &invoice.content;
    xml.within("ram:ApplicableHeaderTradeDelivery", |xml| {
        if let Some(to) = content::delivered_to(draft) {
            xml.within("ram:ShipToTradeParty", |xml| {
                xml.within("ram:PostalTradeAddress", |xml| {
                    xml.leaf("ram:PostcodeCode", to.postcode);
                    xml.leaf("ram:CityName", to.city);
                    xml.leaf("ram:CountryID", to.country.code());
                });
            });
        }
        if let Delivered::On(date) = draft.delivered {
            xml.within("ram:ActualDeliverySupplyChainEvent", |xml| {
                xml.within("ram:OccurrenceDateTime", |xml| day(xml, date));
            });
        }
    });
}

fn settlement(xml: &mut Xml, invoice: &Invoice) {
    let draft = &invoice.content;
    xml.within("ram:ApplicableHeaderTradeSettlement", |xml| {
        xml.leaf("ram:PaymentReference", invoice.number.as_str());
        let accounting = crate::accounting_vat(invoice);
        xml.maybe("ram:TaxCurrencyCode", accounting.map(|(to, _)| to.code()));
        xml.leaf("ram:InvoiceCurrencyCode", draft.currency.code());
        payment_means(xml, invoice);
        for group in &invoice.totals.vat_groups {
            breakdown(xml, invoice, group);
        }
        if let Delivered::Between { from, to } = draft.delivered {
            xml.within("ram:BillingSpecifiedPeriod", |xml| {
                xml.within("ram:StartDateTime", |xml| day(xml, from));
                xml.within("ram:EndDateTime", |xml| day(xml, to));
            });
        }
        for stated in content::of_document(invoice) {
            adjustment(xml, &stated, Some(stated.vat));
        }
        xml.within("ram:SpecifiedTradePaymentTerms", |xml| {
            xml.leaf("ram:Description", &invoice.terms);
            if draft.kind == Kind::Invoice {
                xml.within("ram:DueDateDateTime", |xml| day(xml, invoice.due_date));
            }
        });
        summation(xml, invoice);
        if let Some(preceding) = &draft.references.preceding {
            xml.within("ram:InvoiceReferencedDocument", |xml| {
                xml.leaf("ram:IssuerAssignedID", preceding.number.as_str());
                xml.within("ram:FormattedIssueDateTime", |xml| {
                    let date = compact_date(preceding.issue_date);
                    xml.leaf_with("qdt:DateTimeString", Some(("format", "102")), &date);
                });
            });
        }
    });
}

fn payment_means(xml: &mut Xml, invoice: &Invoice) {
    let draft = &invoice.content;
    xml.within("ram:SpecifiedTradeSettlementPaymentMeans", |xml| {
        xml.leaf("ram:TypeCode", content::payment_means(draft));
        let Some(bank) = content::account(draft) else {
            return;
        };
        xml.within("ram:PayeePartyCreditorFinancialAccount", |xml| {
            xml.leaf("ram:IBANID", &content::without_blanks(&bank.iban));
            let holder = bank.holder.as_deref().unwrap_or(&draft.seller.name);
            xml.leaf("ram:AccountName", holder);
        });
        if let Some(bic) = said(bank.bic.as_deref()) {
            xml.within("ram:PayeeSpecifiedCreditorFinancialInstitution", |xml| {
                xml.leaf("ram:BICID", &content::without_blanks(bic));
            });
        }
    });
}

fn breakdown(xml: &mut Xml, invoice: &Invoice, group: &VatGroup) {
    let (draft, category) = (&invoice.content, group.vat.category);
    let reason = draft
        .exemption_reason(category)
        .filter(|_| category.needs_reason());
    xml.within("ram:ApplicableTradeTax", |xml| {
        xml.leaf("ram:CalculatedAmount", &amount(draft, group.tax));
        xml.leaf("ram:TypeCode", "VAT");
        xml.maybe("ram:ExemptionReason", reason);
        xml.leaf("ram:BasisAmount", &amount(draft, group.taxable));
        xml.leaf("ram:CategoryCode", category.code());
        xml.maybe("ram:ExemptionReasonCode", category.reason_code());
        // Unlike its lines, the group of category O states its 0: XRechnung asks for it (BR-DE-14).
        xml.leaf("ram:RateApplicablePercent", &number(group.vat.percent));
    });
}

fn summation(xml: &mut Xml, invoice: &Invoice) {
    let (draft, totals) = (&invoice.content, &invoice.totals);
    let amount = |minor| amount(draft, minor);
    xml.within(
        "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
        |xml| {
            xml.leaf("ram:LineTotalAmount", &amount(totals.sum_of_lines));
            xml.leaf("ram:ChargeTotalAmount", &amount(totals.charges));
            xml.leaf("ram:AllowanceTotalAmount", &amount(totals.allowances));
            xml.leaf("ram:TaxBasisTotalAmount", &amount(totals.net));
            let own = draft.currency.code();
            xml.leaf_with(
                "ram:TaxTotalAmount",
                Some(("currencyID", own)),
                &amount(totals.vat),
            );
            if let Some((to, vat)) = crate::accounting_vat(invoice) {
                let vat = to.decimal(vat).to_string();
                xml.leaf_with("ram:TaxTotalAmount", Some(("currencyID", to.code())), &vat);
            }
            if totals.payable_rounding.0 != 0 {
                xml.leaf("ram:RoundingAmount", &amount(totals.payable_rounding));
            }
            xml.leaf("ram:GrandTotalAmount", &amount(totals.gross));
            xml.leaf("ram:TotalPrepaidAmount", &amount(totals.prepaid));
            xml.leaf("ram:DuePayableAmount", &amount(totals.due));
        },
    );
}
