//! SES: what is sent is what is kept, shown and downloadable; what SES refuses is refused.

use aws_sdk_ses::error::ProvideErrorMetadata;
use aws_sdk_ses::primitives::Blob;
use aws_sdk_ses::types::{Body, Content, Destination, Message, RawMessage};
use mail_builder::MessageBuilder;

use crate::support::{Clients, get, ground, settings, standing_clock, start};

fn invoice() -> Vec<u8> {
    MessageBuilder::new()
        .from(("Büro", "office@firm.test"))
        .to("client@client.test")
        .subject("Rechnung für März")
        .text_body("Im Anhang.\n")
        .html_body("<p>Im <b>Anhang</b>.</p><script>alert(1)</script>")
        .attachment(
            "application/pdf",
            "invoice 7.pdf",
            &b"%PDF-1.7 not really"[..],
        )
        .write_to_vec()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_with_an_attachment_comes_back_as_it_was_sent() {
    let host = start(ground()).await;
    let clients = Clients::of(&host);
    let raw = invoice();
    let message = RawMessage::builder()
        .data(Blob::new(raw.clone()))
        .build()
        .unwrap();
    let sent = clients
        .ses
        .send_raw_email()
        .raw_message(message)
        .destinations("client@client.test")
        .send()
        .await
        .unwrap();

    let mails = host.mails();
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    assert_eq!(mail.message_id, sent.message_id());
    assert_eq!(mail.raw, raw);
    assert_eq!(
        (mail.source.as_str(), mail.recipients.as_slice()),
        ("office@firm.test", &["client@client.test".to_owned()][..])
    );
    assert_eq!(mail.sent_at.to_string(), crate::support::START);
    let parsed = mail.parsed();
    assert_eq!(parsed.subject, "Rechnung für März");
    assert_eq!(parsed.text.as_deref().map(str::trim), Some("Im Anhang."));
    assert!(parsed.html.as_deref().unwrap().contains("<b>Anhang</b>"));
    assert_eq!(parsed.attachments.len(), 1);
    assert_eq!(parsed.attachments[0].name, "invoice 7.pdf");
    assert_eq!(parsed.attachments[0].content_type, "application/pdf");
    assert_eq!(&parsed.attachments[0].bytes[..], b"%PDF-1.7 not really");

    let list = get(&host.url(), "/mails").await;
    assert!(list.text().contains("Rechnung für März"), "{}", list.text());
    let page = get(&host.url(), &format!("/mails/{}", mail.id))
        .await
        .text();
    assert!(
        page.contains("Im Anhang.") && page.contains("invoice 7.pdf"),
        "{page}"
    );
    assert!(
        !page.contains("alert(1)"),
        "the page itself holds nothing of the mail's HTML"
    );
    let html = get(&host.url(), &format!("/mails/{}/html", mail.id)).await;
    assert!(
        html.header("content-security-policy")
            .unwrap()
            .starts_with("sandbox; default-src 'none'")
    );
    let attachment = get(&host.url(), &format!("/mails/{}/attachment/0", mail.id)).await;
    assert_eq!(attachment.body, b"%PDF-1.7 not really");
    assert_eq!(
        attachment.header("content-disposition"),
        Some("attachment; filename=\"invoice 7.pdf\"")
    );
    assert_eq!(
        get(&host.url(), &format!("/mails/{}/raw", mail.id))
            .await
            .body,
        raw
    );
    assert_eq!(get(&host.url(), "/mails/999").await.status, 404);
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_given_in_parts_becomes_a_mail() {
    let host = start(ground()).await;
    let clients = Clients::of(&host);
    let content = |text: &str| {
        Content::builder()
            .data(text)
            .charset("UTF-8")
            .build()
            .unwrap()
    };
    let message = Message::builder()
        .subject(content("Grüße"))
        .body(
            Body::builder()
                .text(content("Guten Tag"))
                .html(content("<p>Guten Tag</p>"))
                .build(),
        )
        .build();
    let to = Destination::builder()
        .to_addresses("Ann <ann@client.test>")
        .bcc_addresses("hidden@firm.test")
        .build();
    clients
        .ses
        .send_email()
        .source("Office <office@firm.test>")
        .destination(to)
        .message(message)
        .send()
        .await
        .unwrap();
    let mail = &host.mails()[0];
    assert_eq!(
        mail.recipients,
        ["Ann <ann@client.test>", "hidden@firm.test"]
    );
    let parsed = mail.parsed();
    assert_eq!(parsed.subject, "Grüße");
    assert_eq!(parsed.text.as_deref().map(str::trim), Some("Guten Tag"));
    assert!(parsed.html.is_some());
    assert!(!String::from_utf8_lossy(&mail.raw).contains("hidden@firm.test"));
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ses_refuses_is_refused_and_not_kept() {
    let host = start(ground()).await;
    let clients = Clients::of(&host);
    let send = |raw: &str| {
        clients
            .ses
            .send_raw_email()
            .raw_message(RawMessage::builder().data(Blob::new(raw)).build().unwrap())
    };
    let fine = "From: a@x.test\r\nTo: b@x.test\r\n\r\nHi";
    let crowd = (0..51).map(|n| format!("p{n}@x.test")).collect();
    let refused = send(fine)
        .set_destinations(Some(crowd))
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert_eq!(refused.code(), Some("InvalidParameterValue"));
    let refused = send("To: b@x.test\r\n\r\nHi")
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert_eq!(refused.code(), Some("InvalidParameterValue"));
    let large = format!("{fine}{}", "x".repeat(10 * 1024 * 1024));
    let refused = send(&large).send().await.unwrap_err().into_service_error();
    assert!(refused.is_message_rejected(), "{refused:?}");
    assert!(host.mails().is_empty());
    assert_eq!(host.counts().operations["SendRawEmail"].refused, 3);
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_folder_mails_are_also_files() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(ground(), &standing_clock());
    settings.data = Some(folder.path().to_owned());
    let host = local::Host::start(settings).await.unwrap();
    let clients = Clients::of(&host);
    let raw = invoice();
    let message = RawMessage::builder()
        .data(Blob::new(raw.clone()))
        .build()
        .unwrap();
    clients
        .ses
        .send_raw_email()
        .raw_message(message)
        .send()
        .await
        .unwrap();
    let path = folder
        .path()
        .join("mails")
        .join(format!("{:08}.eml", host.mails()[0].id));
    let mut tries = 0;
    while std::fs::read(&path).ok().as_deref() != Some(&raw[..]) {
        tries += 1;
        assert!(tries < 500, "{} was not written", path.display());
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_can_be_handed_on_to_another_endpoint() {
    let other = start(ground()).await;
    let mut settings = settings(ground(), &standing_clock());
    settings.hand_mails_on_to = Some(other.url());
    let host = local::Host::start(settings).await.unwrap();
    let clients = Clients::of(&host);
    let message = RawMessage::builder()
        .data(Blob::new(invoice()))
        .build()
        .unwrap();
    clients
        .ses
        .send_raw_email()
        .raw_message(message)
        .destinations("client@client.test")
        .send()
        .await
        .unwrap();
    for _ in 0..500 {
        if !other.mails().is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(host.mails().len(), 1, "it is kept here as well");
    assert_eq!(other.mails()[0].raw, host.mails()[0].raw);
    host.shutdown().await;
    other.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_are_handed_on_over_plain_http_only() {
    let mut settings = settings(ground(), &standing_clock());
    settings.hand_mails_on_to = Some("https://email.eu-central-1.amazonaws.com".to_owned());
    let refused = local::Host::start(settings)
        .await
        .err()
        .map(|error| error.to_string());
    assert!(refused.is_some_and(|text| text.contains("begins with http://")));
}
