//! The files of one issued invoice: the PDF, its XML, and UBL for a client that reads it.
//! It must not compute: each of them shows the stored figures.

use domain::billing::Invoice;
use domain::company::Letterhead;
use einvoice::{NotWritten, UblRules};
use pages::mime::Attachment;
use store::Store;

use crate::executor::Act;

pub(crate) struct Papers {
    pdf: Vec<u8>,
    /// What the PDF carries too; none where EN 16931 cannot say the invoice, which then is paper only.
    cii: Option<String>,
    ubl: Option<String>,
}

impl Papers {
    pub(crate) fn of(invoice: &Invoice, letterhead: &Letterhead) -> Result<Papers, Act> {
        let refused = |error: &dyn std::error::Error| Act::Refused(error.to_string());
        let cii = match einvoice::cii(invoice) {
            Ok(cii) => Some(cii),
            Err(NotWritten::NotCarried(why)) => {
                tracing::info!(number = %invoice.number, "{why}");
                None
            }
            Err(error) => return Err(refused(&error)),
        };
        let ubl = UblRules::of(invoice.content.format)
            .filter(|_| cii.is_some())
            .map(|rules| einvoice::ubl(invoice, rules))
            .transpose()
            .map_err(|error| refused(&error))?;
        let set = |look: &Letterhead| pages::invoice::set(invoice, cii.as_deref(), look);
        // The number is taken: a template that fails on this one invoice must not keep it from the client.
        let pdf = set(letterhead).or_else(|error| {
            tracing::warn!(number = %invoice.number, %error, "set as shipped, not on the team's own letterhead");
            set(&Letterhead::default())
        });
        Ok(Papers {
            pdf: pdf.map_err(|error| refused(&error))?,
            cii,
            ubl,
        })
    }

    /// The files of an invoice that has none yet.
    pub(crate) async fn make(
        store: &Store,
        invoice: &Invoice,
        letterhead: &Letterhead,
    ) -> Result<Papers, Act> {
        let papers = Papers::of(invoice, letterhead)?;
        papers.keep(store, invoice).await?;
        Ok(papers)
    }

    /// The files as they were issued: made and kept once, and from then on never made anew.
    pub(crate) async fn kept(
        store: &Store,
        invoice: &Invoice,
        letterhead: &Letterhead,
    ) -> Result<Papers, Act> {
        let id = format!("invoice/{}", invoice.number);
        let Some(pdf) = store.document(&id).await? else {
            return Papers::make(store, invoice, letterhead).await;
        };
        let text = async |kind: &str| -> Result<Option<String>, Act> {
            let document = store.document(&format!("{id}/{kind}")).await?;
            let text = document.map(|document| String::from_utf8(document.bytes));
            text.transpose()
                .map_err(|error| Act::Refused(error.to_string()))
        };
        Ok(Papers {
            pdf: pdf.bytes,
            cii: text("cii").await?,
            ubl: text("ubl").await?,
        })
    }

    /// Keeps all of them beside each other: `invoice/N`, `invoice/N/cii`, `invoice/N/ubl`. The same again changes nothing.
    pub(crate) async fn keep(&self, store: &Store, invoice: &Invoice) -> Result<(), Act> {
        let id = format!("invoice/{}", invoice.number);
        let xml = xml_name(invoice);
        for (kind, text) in [("cii", &self.cii), ("ubl", &self.ubl)] {
            if let Some(text) = text {
                let id = format!("{id}/{kind}");
                store.put_document(&id, &xml, text.as_bytes()).await?;
            }
        }
        // Last, so that whoever finds the PDF finds the rest too.
        store
            .put_document(&id, &invoice.file_name(), &self.pdf)
            .await?;
        Ok(())
    }

    /// What the client gets: the PDF, which carries its XML, and UBL where its books read that.
    pub(crate) fn attachments(self, invoice: &Invoice) -> Vec<Attachment> {
        let pdf = Attachment {
            file_name: invoice.file_name(),
            media_type: "application/pdf".into(),
            bytes: self.pdf,
        };
        let ubl = self.ubl.map(|text| Attachment {
            file_name: xml_name(invoice),
            media_type: "application/xml".into(),
            bytes: text.into_bytes(),
        });
        [pdf].into_iter().chain(ubl).collect()
    }
}

fn xml_name(invoice: &Invoice) -> String {
    let name = invoice.file_name();
    format!("{}.xml", name.strip_suffix(".pdf").unwrap_or(&name))
}
