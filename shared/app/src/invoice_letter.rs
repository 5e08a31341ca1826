//! The mail that a document is attached to: the first, the same again, a reminder.
//! It must not decide whether it is sent.

use domain::billing::{Invoice, Kind, Language, Letter as Which};
use pages::mail::views::InvoiceCover;
use pages::mime::Mailbox;
use store::Standing;

use crate::executor::Act;
use crate::papers::Papers;
use crate::post::Letter;

/// Which mail it is, in a few words.
pub(crate) fn name(which: Which) -> &'static str {
    match which {
        Which::First => "mailed",
        Which::Again => "mailed again",
        Which::Reminder { .. } => "reminded",
    }
}

pub(crate) fn letter(
    invoice: &Invoice,
    standing: &Standing,
    which: Which,
    papers: Papers,
) -> Result<Letter, Act> {
    let content = &invoice.content;
    let refused = |error: String| Act::Refused(error);
    let total = match which {
        Which::Reminder { .. } => {
            let open = standing.life.open();
            let open = open.map_err(|error| refused(error.to_string()))?;
            pages::invoice::money(invoice, open)
        }
        Which::First | Which::Again => pages::invoice::amount_due(invoice),
    };
    let cover = InvoiceCover {
        language: match content.language {
            Language::De => "de",
            Language::En => "en",
        },
        number: invoice.number.to_string(),
        line: standing.title.clone(),
        total,
        due_date: pages::invoice::date(invoice.due_date, content.language),
        file_name: invoice.file_name(),
        seller: content.seller.name.clone(),
    };
    let mail = match (content.kind, which) {
        (Kind::CreditNote, _) => cover.render_credit(),
        (Kind::Invoice, Which::Reminder { .. }) => cover.render_reminder(),
        (Kind::Invoice, Which::First | Which::Again) => cover.render(),
    };
    Ok(Letter {
        mail: mail.map_err(|error| refused(error.to_string()))?,
        from_name: content.seller.name.clone(),
        reply_to: content.seller.mail.clone().map(|mail| Mailbox {
            name: Some(content.seller.name.clone()),
            mail,
        }),
        to: content
            .send_to
            .iter()
            .map(|mail| Mailbox {
                name: None,
                mail: mail.clone(),
            })
            .collect(),
        attachments: papers.attachments(invoice),
    })
}
