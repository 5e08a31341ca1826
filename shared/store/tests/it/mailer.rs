use store::{MailError, MessageId, Refusal};

use crate::wire::{Answer, Script};

const MIME: &[u8] = b"Subject: hello\r\n\r\nhello\r\n";

fn accepted(id: &str) -> Answer {
    Answer::Is(
        200,
        format!(
            "<SendRawEmailResponse xmlns=\"http://ses.amazonaws.com/doc/2010-12-01/\"><SendRawEmailResult><MessageId>{id}</MessageId></SendRawEmailResult></SendRawEmailResponse>"
        ),
    )
}

fn error(status: u16, code: &str, message: &str) -> Answer {
    Answer::Is(
        status,
        format!(
            "<ErrorResponse xmlns=\"http://ses.amazonaws.com/doc/2010-12-01/\"><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>r</RequestId></ErrorResponse>"
        ),
    )
}

async fn send(script: &Script, mime: &[u8], to: &[String]) -> Result<MessageId, MailError> {
    script
        .clients()
        .mailer()
        .send_raw(
            mime.to_vec(),
            "ops@example.com",
            to,
            "set-1",
            ("baton_effect", "abc_1-2"),
        )
        .await
}

async fn send_one(script: &Script) -> Result<MessageId, MailError> {
    send(script, MIME, &["ada@example.com".to_owned()]).await
}

#[tokio::test(start_paused = true)]
async fn a_mail_goes_out_once_with_all_its_recipients() {
    let script = Script::of([accepted("m-1")]);
    let to = ["ada@example.com".to_owned(), "ben@example.com".to_owned()];
    assert_eq!(send(&script, MIME, &to).await.unwrap().as_str(), "m-1");
    let asked = script.asked_text();
    assert_eq!(asked.len(), 1);
    for part in [
        "Action=SendRawEmail",
        "Source=ops%40example.com",
        "ConfigurationSetName=set-1",
        "Tags.member.1.Name=baton_effect",
        "Tags.member.1.Value=abc_1-2",
        "Destinations.member.1=ada%40example.com",
        "Destinations.member.2=ben%40example.com",
        "RawMessage.Data=U3ViamVjdDogaGVsbG8NCg0KaGVsbG8NCg%3D%3D",
    ] {
        assert!(asked[0].contains(part), "{part} is not in {}", asked[0]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_throttled_call_was_not_taken_and_is_repeated() {
    let throttled = || error(400, "Throttling", "Maximum sending rate exceeded.");
    let script = Script::of([throttled(), throttled(), accepted("m-1")]);
    assert_eq!(send_one(&script).await.unwrap().as_str(), "m-1");
    assert_eq!(script.calls(), 3);

    let script = Script::of(vec![throttled(); 6]);
    assert!(matches!(
        send_one(&script).await,
        Err(MailError::TryAgain {
            perhaps_sent: false,
            ..
        })
    ));
    assert_eq!(script.calls(), 6);
}

/// SES knows no request token: a second call would be a second mail.
#[tokio::test(start_paused = true)]
async fn a_call_whose_effect_is_unknown_is_never_repeated() {
    for answer in [
        Answer::Silence,
        Answer::Broken,
        error(500, "InternalFailure", "oops"),
        Answer::Is(503, "<html>".to_owned()),
        Answer::Is(200, "not xml at all".to_owned()),
    ] {
        let script = Script::of([answer.clone()]);
        let sent = send_one(&script).await;
        assert!(
            matches!(
                sent,
                Err(MailError::TryAgain {
                    perhaps_sent: true,
                    ..
                })
            ),
            "{answer:?}: {sent:?}"
        );
        assert_eq!(script.calls(), 1, "{answer:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn credentials_that_ran_out_sent_nothing_and_come_anew() {
    let script = Script::of([error(
        403,
        "ExpiredToken",
        "The security token included in the request is expired",
    )]);
    assert!(matches!(
        send_one(&script).await,
        Err(MailError::TryAgain {
            perhaps_sent: false,
            ..
        })
    ));
}

#[tokio::test(start_paused = true)]
async fn what_only_a_person_can_mend_is_refused_with_the_reason() {
    let said = |code: &str| Refusal::BySes {
        code: code.to_owned(),
    };
    for (code, message, expected) in [
        (
            "MessageRejected",
            "Email address is not verified. The following identities failed the check in region EU-CENTRAL-1: ada@example.com",
            Refusal::Unverified,
        ),
        ("MessageRejected", "Virus found", said("MessageRejected")),
        (
            "MailFromDomainNotVerifiedException",
            "no",
            said("MailFromDomainNotVerifiedException"),
        ),
        (
            "AccountSendingPausedException",
            "no",
            said("AccountSendingPausedException"),
        ),
        (
            "InvalidParameterValue",
            "Missing final '@domain'",
            said("InvalidParameterValue"),
        ),
        ("AccessDenied", "not authorized", said("AccessDenied")),
    ] {
        let script = Script::of([error(400, code, message)]);
        match send_one(&script).await {
            Err(MailError::Refused(refusal)) => {
                assert_eq!(refusal, expected);
                assert!(!refusal.to_string().contains("ada@"), "{refusal}");
            }
            other => panic!("{code}: {other:?}"),
        }
        assert_eq!(script.calls(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn limits_are_checked_before_the_call() {
    let people = |count: usize| -> Vec<String> {
        (0..count)
            .map(|number| format!("p{number}@example.com"))
            .collect()
    };
    let big = vec![b'x'; 10 * 1024 * 1024 + 1];
    let cases = [
        (MIME, vec![], Refusal::NoRecipient),
        (MIME, people(51), Refusal::TooManyRecipients { count: 51 }),
        (&big[..], people(1), Refusal::TooBig { bytes: big.len() }),
        (
            MIME,
            vec![
                "p0@example.com".to_owned(),
                "a@b.c\r\nBcc: x@y.z".to_owned(),
            ],
            Refusal::BadAddress { position: 2 },
        ),
        (
            MIME,
            vec!["nobody".to_owned()],
            Refusal::BadAddress { position: 1 },
        ),
    ];
    for (mime, to, expected) in cases {
        let script = Script::default();
        match send(&script, mime, &to).await {
            Err(MailError::Refused(refusal)) => assert_eq!(refusal, expected),
            other => panic!("{expected:?}: {other:?}"),
        }
        assert_eq!(script.calls(), 0);
    }
    let script = Script::of([accepted("m-1")]);
    assert!(
        send(&script, &big[1..], &people(50)).await.is_ok(),
        "the limits themselves are allowed"
    );
}
