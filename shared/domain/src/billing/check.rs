//! What must be right before a number is taken, because a refused document must not burn one.
//! It must not stop at the first problem: whoever mends the draft sees all of them at once.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::draft::{Delivered, Draft, Kind};
use super::field::{Problem, check_party, check_printable, check_text, is_mail_address};
use super::iban::iban_is_valid;
use super::line::Line;
use super::money::Minor;
use super::party::Party;
use super::vat::{VatCategory, VatRate};

impl Draft {
    /// Everything an issued document needs by EN 16931 and by this client's rules.
    pub fn check(&self) -> Result<(), Vec<Problem>> {
        let mut found = Vec::new();
        check_party(&self.seller, "seller", &mut found);
        check_party(&self.buyer, "buyer", &mut found);
        self.check_addresses(&mut found);
        self.check_lines(&mut found);
        self.check_vat(&mut found);
        self.check_references(&mut found);
        self.check_totals(&mut found);
        if found.is_empty() { Ok(()) } else { Err(found) }
    }

    fn check_addresses(&self, found: &mut Vec<Problem>) {
        if self.send_to.is_empty() {
            found.push(Problem::new(
                "send_to",
                "nobody gets the invoice",
                "name at least one mail address in the client's billing rules",
            ));
        }
        for (at, address) in self.send_to.iter().enumerate() {
            if !is_mail_address(address) {
                let what = format!("`{address}` is not a mail address");
                found.push(Problem::new(
                    format!("send_to[{at}]"),
                    what,
                    "write it as name@host",
                ));
            }
        }
        match (&self.bank, self.kind) {
            (None, Kind::Invoice) => {
                found.push(Problem::new(
                    "bank",
                    "the client is not told where to pay",
                    "state the seller's bank account",
                ));
            }
            (Some(bank), _) if !iban_is_valid(&bank.iban) => {
                let what = format!("`{}` is not an IBAN: its check digits are wrong", bank.iban);
                found.push(Problem::new(
                    "bank.iban",
                    what,
                    "copy it again from the bank",
                ));
            }
            _ => {}
        }
    }

    fn check_lines(&self, found: &mut Vec<Problem>) {
        if self.lines.is_empty() {
            found.push(Problem::new(
                "lines",
                "there is no line",
                "add what is billed",
            ));
        }
        let mut ids = BTreeSet::new();
        for (at, line) in self.lines.iter().enumerate() {
            let field = |name: &str| format!("lines[{at}].{name}");
            if !ids.insert(&line.id) {
                found.push(Problem::new(
                    field("id"),
                    format!("line id `{}` is there twice", line.id),
                    "give each line its own",
                ));
            }
            check_line(line, field, found);
        }
        for (at, adjustment) in self.adjustments.iter().enumerate() {
            let field = format!("adjustments[{at}].reason");
            check_text(
                &adjustment.adjustment.reason,
                &field,
                "say what it is for",
                found,
            );
        }
    }

    fn check_vat(&self, found: &mut Vec<Problem>) {
        let lines = self
            .lines
            .iter()
            .enumerate()
            .map(|(at, line)| (format!("lines[{at}].vat"), line.vat));
        let adjustments = self
            .adjustments
            .iter()
            .enumerate()
            .map(|(at, adjustment)| (format!("adjustments[{at}].vat"), adjustment.vat));
        let mut categories = BTreeSet::new();
        for (field, vat) in lines.chain(adjustments) {
            categories.insert(vat.category);
            check_rate(vat, &field, found);
        }
        if categories.contains(&VatCategory::O) && categories.len() > 1 {
            let what = "work outside the scope of VAT stands with taxed or exempt work";
            found.push(Problem::new(
                "lines",
                what,
                "bill it on a document of its own",
            ));
        }
        for category in &categories {
            self.check_category(*category, found);
        }
    }

    fn check_category(&self, category: VatCategory, found: &mut Vec<Problem>) {
        let code = category.code();
        let mut needs = |missing: bool, field: &str, what: &str, fix: &str| {
            if missing {
                found.push(Problem::new(
                    field,
                    format!("{what} under VAT category {code}"),
                    fix,
                ));
            }
        };
        let no_vat_id = |party: &Party| party.vat_id.is_none();
        let no_tax_id = |party: &Party| party.vat_id.is_none() && party.tax_number.is_none();
        match category {
            VatCategory::S | VatCategory::Z | VatCategory::E => {
                needs(
                    no_tax_id(&self.seller),
                    "seller.vat_id",
                    "the seller has neither VAT id nor tax number",
                    "state one in team.yaml",
                );
            }
            VatCategory::AE => {
                needs(
                    no_tax_id(&self.seller),
                    "seller.vat_id",
                    "the seller has neither VAT id nor tax number",
                    "state one in team.yaml",
                );
                let nameless = no_vat_id(&self.buyer) && self.buyer.registration.is_none();
                needs(
                    nameless,
                    "buyer.vat_id",
                    "the buyer has no VAT id",
                    "ask the client for it, or bill with tax",
                );
            }
            VatCategory::K => {
                needs(
                    no_vat_id(&self.seller),
                    "seller.vat_id",
                    "the seller has no VAT id",
                    "state it in team.yaml",
                );
                needs(
                    no_vat_id(&self.buyer),
                    "buyer.vat_id",
                    "the buyer has no VAT id",
                    "ask the client for it, or bill with tax",
                );
                needs(
                    self.delivered_to.is_none(),
                    "delivered_to",
                    "no country of delivery is named",
                    "state where to the goods went",
                );
            }
            VatCategory::G => {
                needs(
                    no_vat_id(&self.seller),
                    "seller.vat_id",
                    "the seller has no VAT id",
                    "state it in team.yaml",
                );
            }
            VatCategory::O => {}
        }
        let unexplained = category.needs_reason()
            && self
                .exemption_reason(category)
                .is_none_or(|reason| reason.trim().is_empty());
        needs(
            unexplained,
            "exemption_reasons",
            "it is not said why no tax is charged",
            "state the law in the client's tax rule as `because`",
        );
    }

    fn check_references(&self, found: &mut Vec<Problem>) {
        let order = self
            .references
            .purchase_order
            .as_deref()
            .unwrap_or_default();
        if self.po_required && order.trim().is_empty() {
            let what = "this client pays only with an order number";
            found.push(Problem::new(
                "references.purchase_order",
                what,
                "get the number from the client and state it with the work or in the billing rules",
            ));
        }
        if self.kind == Kind::CreditNote && self.references.preceding.is_none() {
            found.push(Problem::new(
                "references.preceding",
                "the credited invoice is not named",
                "make the credit note from the invoice",
            ));
        }
        if let Delivered::Between { from, to } = self.delivered
            && to < from
        {
            found.push(Problem::new(
                "delivered",
                format!("the period ends on {to}, before it begins on {from}"),
                "swap the two dates",
            ));
        }
        let references = &self.references;
        for (field, text) in [
            ("references.contract", &references.contract),
            ("references.project", &references.project),
            ("references.milestone", &references.milestone),
            ("references.purchase_order", &references.purchase_order),
            ("references.buyer_reference", &references.buyer_reference),
            ("terms", &self.terms),
        ] {
            check_printable(text.as_deref().unwrap_or_default(), field, found);
        }
        for (at, note) in self.notes.iter().enumerate() {
            check_printable(note, &format!("notes[{at}]"), found);
        }
    }

    fn check_totals(&self, found: &mut Vec<Problem>) {
        if self.prepaid < Minor::ZERO || self.cash_increment_minor < Minor::ZERO {
            found.push(Problem::new(
                "prepaid",
                "a payment or cash step below zero makes no sense",
                "state it as zero or more",
            ));
        }
        match self.totals() {
            Err(error) => found.push(Problem::of_totals(&error)),
            Ok(totals) if totals.gross < Minor::ZERO || totals.due < Minor::ZERO => {
                let what = "the client would be owed money";
                found.push(Problem::new(
                    "lines",
                    what,
                    "issue a credit note with positive amounts instead",
                ));
            }
            Ok(_) => {}
        }
    }
}

fn check_line(line: &Line, field: impl Fn(&str) -> String, found: &mut Vec<Problem>) {
    check_text(&line.id, &field("id"), "number the lines", found);
    check_text(&line.text, &field("text"), "say what is billed", found);
    check_printable(
        line.description.as_deref().unwrap_or_default(),
        &field("description"),
        found,
    );
    if line.price < Decimal::ZERO {
        found.push(Problem::new(
            field("price"),
            "a price may not be below zero",
            "take things back by a negative quantity",
        ));
    }
    if line.base_quantity < Decimal::ZERO {
        found.push(Problem::new(
            field("base_quantity"),
            "a price cannot be for fewer than no units",
            "state how many units it is for",
        ));
    }
    for (name, value) in [
        ("quantity", line.quantity),
        ("price", line.price),
        ("base_quantity", line.base_quantity),
    ] {
        // Within these bounds products are exact, so a rounding never starts from a rounded figure.
        if value.normalize().scale() > 6 || value.abs() > Decimal::from(1_000_000_000_000_u64) {
            found.push(Problem::new(
                field(name),
                format!("{value} is too long to be kept exactly"),
                "use at most 6 decimals and 12 digits before them",
            ));
        }
    }
    for (at, adjustment) in line.adjustments.iter().enumerate() {
        check_text(
            &adjustment.reason,
            &field(&format!("adjustments[{at}].reason")),
            "say what it is for",
            found,
        );
    }
}

fn check_rate(vat: VatRate, field: &str, found: &mut Vec<Problem>) {
    let VatRate { category, percent } = vat;
    if category == VatCategory::S && percent <= Decimal::ZERO {
        found.push(Problem::new(
            field,
            format!("category S with {percent} %"),
            "state a rate above zero, or category Z, E or AE",
        ));
    } else if category != VatCategory::S && !percent.is_zero() {
        found.push(Problem::new(
            field,
            format!("category {category} with {percent} %"),
            "state 0, or category S",
        ));
    } else if percent > Decimal::ONE_HUNDRED || percent.normalize().scale() > 4 {
        found.push(Problem::new(
            field,
            format!("{percent} % is no VAT rate"),
            "state it in percent, such as 19 or 8.1",
        ));
    }
}
