//! Steps that send a client the link to its own page.
//! It must not know what stands on the page, nor how a link is signed.

use domain::definition::Action;

use super::{invoice, mail};
use crate::fields::{Fields, short};
use crate::steps::{Reads, Scope};

/// What a portal's mail calls the link.
const LINK: &str = "portal";
const USUAL_DAYS: u32 = 90;
const MOST_DAYS: u32 = 366;

pub(crate) fn portal<'n>(
    fields: &Fields<'n, '_>,
    scope: &Scope<'_, 'n, '_>,
    reads: &mut Reads<'n>,
) -> Option<Action> {
    let client = invoice::client(fields, "V25", scope, reads);
    let holds_days = holds_days(fields);
    let letter = mail::letter(fields, scope, reads, &[LINK])?;
    let (client, holds_days) = (client?, holds_days?);
    if let Some((file, named)) = scope.files.mail(&letter.template)
        && !named
            .iter()
            .any(|named| named.path == LINK && named.printed)
        && let Some(template) = fields.text("template", "V25")
    {
        let message = format!("{file} does not say where the portal is");
        let help = "write `{{ portal }}` alone on a line of it: that is the link";
        fields.sink.error("V25", template.at, message, help);
        return None;
    }
    Some(Action::Portal {
        template: letter.template,
        to: letter.to,
        sender: letter.sender,
        client,
        holds_days,
    })
}

/// `expires_after: 90 days`, which is also meant when it is not stated. `None`: it was told what is wrong with it.
fn holds_days(fields: &Fields<'_, '_>) -> Option<u32> {
    if fields.get("expires_after").is_none() {
        return Some(USUAL_DAYS);
    }
    let stated = fields.text("expires_after", "V25")?;
    let days = stated
        .text
        .strip_suffix(" days")
        .or_else(|| stated.text.strip_suffix(" day"))
        .and_then(|number| number.trim().parse().ok())
        .filter(|days| (1..=MOST_DAYS).contains(days));
    if days.is_none() {
        let message = format!(
            "`{}` is no time for which a link can hold",
            short(stated.text)
        );
        let help = format!("write 1 to {MOST_DAYS} days: `expires_after: {USUAL_DAYS} days`");
        fields.sink.error("V25", stated.at, message, help);
    }
    days
}
