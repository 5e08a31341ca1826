//! The bytes of a mail, read back by another library.

use mail_parser::{MessageParser, MimeHeaders};
use pages::mail::Rendered;
use pages::mime::{Attachment, Headers, Mailbox, MimeError, message};

fn mailbox(name: &str, mail: &str) -> Mailbox {
    Mailbox {
        name: Some(name.into()),
        mail: mail.into(),
    }
}

fn rendered() -> Rendered {
    Rendered {
        subject: "Rechnung SST-2026-0001: 5.712,00\u{a0}EUR für „Größenwahn & Söhne“, zahlbar bis 06.12.2026 – und noch etwas mehr Betreff".into(),
        text: "Guten Tag,\n\nÄrger? Nein.\n.\nFrom here on\n".into(),
        html: format!("<p>{}</p>", "Ä long line ".repeat(200)),
    }
}

fn pdf() -> Attachment {
    Attachment {
        file_name: "rechnung-SST-2026-0001.pdf".into(),
        media_type: "application/pdf".into(),
        bytes: (0..=255).cycle().take(5000).collect(),
    }
}

fn build(
    mail: &Rendered,
    to: &[Mailbox],
    attachments: &[Attachment],
) -> Result<Vec<u8>, MimeError> {
    let from = mailbox("Olga Größe, Sample Studio", "baton@studio.example");
    let reply_to = mailbox("Lena", "lena@studio.example");
    let headers = Headers {
        from: &from,
        reply_to: Some(&reply_to),
        to,
        message_id: "eff_0003-1@studio.example",
        date: "2026-11-22T10:00:00Z".parse().expect("a written time"),
    };
    message(mail, &headers, attachments)
}

#[test]
fn what_is_sent_reads_back() {
    let to = [
        mailbox("Hanna \"H\" Müller", "hanna@harbour-clinic.example"),
        Mailbox {
            name: None,
            mail: "accounts@harbour-clinic.example".into(),
        },
    ];
    let bytes = build(&rendered(), &to, &[pdf()]).unwrap();
    let parsed = MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(parsed.subject(), Some(rendered().subject.as_str()));
    assert_eq!(
        parsed.body_text(0).unwrap().replace("\r\n", "\n"),
        rendered().text
    );
    assert_eq!(parsed.body_html(0).unwrap(), rendered().html);
    assert_eq!(parsed.message_id(), Some("eff_0003-1@studio.example"));
    assert_eq!(parsed.date().unwrap().to_rfc3339(), "2026-11-22T10:00:00Z");
    assert_eq!(
        parsed.header_raw("Auto-Submitted").map(str::trim),
        Some("auto-generated")
    );
    let to: Vec<_> = parsed
        .to()
        .unwrap()
        .iter()
        .map(|found| {
            (
                found.name().map(str::to_owned),
                found.address().unwrap().to_owned(),
            )
        })
        .collect();
    assert_eq!(
        to[0],
        (
            Some("Hanna \"H\" Müller".into()),
            "hanna@harbour-clinic.example".into()
        )
    );
    assert_eq!(to[1].1, "accounts@harbour-clinic.example");
    assert_eq!(
        parsed.reply_to().unwrap().first().unwrap().address(),
        Some("lena@studio.example")
    );
    let attached = parsed.attachment(0).unwrap();
    assert_eq!(
        (attached.attachment_name(), attached.contents()),
        (Some("rechnung-SST-2026-0001.pdf"), pdf().bytes.as_slice())
    );
    assert!(
        bytes
            .split(|byte| *byte == b'\n')
            .all(|line| line.len() <= 998),
        "a line is longer than SMTP carries"
    );
}

#[test]
fn the_same_mail_is_the_same_bytes() {
    let to = [mailbox("Hanna", "hanna@harbour-clinic.example")];
    let once = build(&rendered(), &to, &[pdf()]).unwrap();
    assert_eq!(build(&rendered(), &to, &[pdf()]).unwrap(), once);
    let other = Rendered {
        text: "other".into(),
        ..rendered()
    };
    assert_ne!(build(&other, &to, &[pdf()]).unwrap(), once);
}

#[test]
fn a_body_can_not_end_a_part() {
    let to = [mailbox("Hanna", "hanna@harbour-clinic.example")];
    let seen = String::from_utf8(build(&rendered(), &to, &[]).unwrap()).unwrap();
    let boundary = seen
        .split("boundary=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let forged = Rendered {
        text: format!("--{boundary}--\r\nContent-Type: text/html\r\n\r\n<b>forged</b>\n"),
        ..rendered()
    };
    let bytes = build(&forged, &to, &[]).unwrap();
    let parsed = MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(
        parsed.body_text(0).unwrap().replace("\r\n", "\n"),
        forged.text.replace("\r\n", "\n")
    );
    assert_eq!(parsed.html_body_count(), 1);
}

#[test]
fn no_header_takes_a_second_line() {
    let good = [mailbox("Hanna", "hanna@harbour-clinic.example")];
    let breaks =
        |result: Result<Vec<u8>, MimeError>| matches!(result, Err(MimeError::Breaks { .. }));
    for forged in ["a\r\nBcc: x@y.example", "a\nb", "a\rb", "a\0b"] {
        assert!(
            breaks(build(
                &Rendered {
                    subject: forged.into(),
                    ..rendered()
                },
                &good,
                &[]
            )),
            "{forged:?}"
        );
        assert!(
            breaks(build(
                &rendered(),
                &[mailbox(forged, "hanna@harbour-clinic.example")],
                &[]
            )),
            "{forged:?}"
        );
        assert!(
            breaks(build(&rendered(), &[mailbox("Hanna", forged)], &[])),
            "{forged:?}"
        );
        assert!(
            breaks(build(
                &rendered(),
                &good,
                &[Attachment {
                    file_name: forged.into(),
                    ..pdf()
                }]
            )),
            "{forged:?}"
        );
    }
    for wrong in [
        "",
        "hanna",
        "@host",
        "hanna@",
        "a b@host",
        "a@b@c",
        "a@b>,<c@d",
    ] {
        assert_eq!(
            build(&rendered(), &[mailbox("Hanna", wrong)], &[]),
            Err(MimeError::NotAnAddress(wrong.into()))
        );
    }
    assert_eq!(build(&rendered(), &[], &[]), Err(MimeError::NoRecipient));
}
