//! Which characters of a draft the document's fonts can not draw.
//! It must not judge anything else: what a draft needs is the domain's.

use domain::billing::{Draft, Party, Problem};

use super::typesetter::draws;

/// Path of a field, and its text.
type Text<'a> = (String, &'a str);

/// Characters the document's fonts cannot draw. Ask before a number is taken: afterwards it is too late.
///
/// The fonts have Latin, Greek and Cyrillic.
pub fn unprintable(draft: &Draft) -> Result<(), Vec<Problem>> {
    let mut found = Vec::new();
    for (field, text) in texts(draft) {
        if let Some(c) = text.chars().find(|c| !c.is_whitespace() && !draws(*c)) {
            let what = format!("the invoice's font has no `{c}` (U+{:04X})", u32::from(c));
            found.push(Problem::new(
                field,
                what,
                "write it in Latin, Greek or Cyrillic letters",
            ));
        }
    }
    if found.is_empty() { Ok(()) } else { Err(found) }
}

fn texts(draft: &Draft) -> impl Iterator<Item = Text<'_>> {
    let adjustments = draft.adjustments.iter().enumerate().map(|(at, stated)| {
        (
            format!("adjustments[{at}].reason"),
            stated.adjustment.reason.as_str(),
        )
    });
    let reasons = draft.exemption_reasons.iter();
    let reasons = reasons
        .map(|(category, reason)| (format!("exemption_reasons.{category}"), reason.as_str()));
    let notes = draft.notes.iter().enumerate();
    let notes = notes.map(|(at, note)| (format!("notes[{at}]"), note.as_str()));
    party("seller", &draft.seller)
        .chain(party("buyer", &draft.buyer))
        .chain(lines(draft))
        .chain(adjustments)
        .chain(reasons)
        .chain(notes)
        .chain(others(draft))
}

fn party<'a>(who: &'static str, party: &'a Party) -> impl Iterator<Item = Text<'a>> {
    let street = party.address.street.iter().enumerate();
    let street =
        street.map(move |(at, line)| (format!("{who}.address.street[{at}]"), line.as_str()));
    let named = [
        ("name", Some(party.name.as_str())),
        ("address.postcode", Some(&party.address.postcode)),
        ("address.city", Some(&party.address.city)),
        ("contact_name", party.contact_name.as_deref()),
        ("phone", party.phone.as_deref()),
        ("mail", party.mail.as_deref()),
        ("registration", party.registration.as_deref()),
        ("tax_number", party.tax_number.as_deref()),
    ];
    let named = named
        .into_iter()
        .filter_map(move |(name, text)| Some((format!("{who}.{name}"), text?)));
    named.chain(street)
}

fn lines(draft: &Draft) -> impl Iterator<Item = Text<'_>> {
    draft.lines.iter().enumerate().flat_map(|(at, line)| {
        let field = move |name: &str| format!("lines[{at}].{name}");
        let adjustments = line
            .adjustments
            .iter()
            .map(move |adjustment| (field("adjustments"), adjustment.reason.as_str()));
        let description = line
            .description
            .iter()
            .map(move |text| (field("description"), text.as_str()));
        [
            (field("id"), line.id.as_str()),
            (field("text"), line.text.as_str()),
        ]
        .into_iter()
        .chain(description)
        .chain(adjustments)
    })
}

fn others(draft: &Draft) -> impl Iterator<Item = Text<'_>> {
    let references = &draft.references;
    let bank = draft.bank.as_ref();
    let others = [
        ("bank.holder", bank.and_then(|bank| bank.holder.as_deref())),
        ("bank.bic", bank.and_then(|bank| bank.bic.as_deref())),
        ("bank.name", bank.and_then(|bank| bank.name.as_deref())),
        ("terms", draft.terms.as_deref()),
        ("references.contract", references.contract.as_deref()),
        ("references.project", references.project.as_deref()),
        ("references.milestone", references.milestone.as_deref()),
        (
            "references.purchase_order",
            references.purchase_order.as_deref(),
        ),
        (
            "references.buyer_reference",
            references.buyer_reference.as_deref(),
        ),
    ];
    others
        .into_iter()
        .filter_map(|(field, text)| Some((field.to_owned(), text?)))
}
