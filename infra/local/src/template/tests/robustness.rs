//! Whatever the text, the reader answers with a wiring or a refusal.

use proptest::prelude::*;

use super::{read, settings};

const TEMPLATE: &str = include_str!("../../../../template.yaml");

/// Pieces that a template is made of, in no order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "Resources:",
        "Parameters:",
        "Conditions:",
        "Transform: AWS::Serverless-2016-10-31",
        "  R:",
        "    Type:",
        " AWS::SQS::Queue",
        "\n",
        "\n  ",
        "\n    ",
        " {",
        "}",
        " [",
        "]",
        ", ",
        "- ",
        ": ",
        "!Ref ",
        "!GetAtt R.Arn",
        "!Sub '${R}'",
        "!If [A, b, c]",
        "Fn::If",
        "AWS::NoValue",
        "'",
        "\"",
        "|",
        ">",
        "&a",
        "*a",
        "#",
        "? ",
        "é",
        "\t",
        "0",
        "-1",
        "null",
        "Type: AWS::Serverless::Function",
        "Properties:",
        "Events:",
        "Properties: {Events: {E: {Type: SQS}}}",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn any_text_is_answered(text in prop_oneof![pieces(), any::<String>()]) {
        if let Err(refusal) = read(&text, &settings(&[])) {
            prop_assert!(refusal.line >= 1 && !refusal.mend.is_empty());
        }
    }

    #[test]
    fn our_own_template_with_a_line_changed_is_answered(line in 0..TEMPLATE.lines().count(), change in 0..5_usize, other in 0..TEMPLATE.lines().count()) {
        let lines: Vec<&str> = TEMPLATE.lines().collect();
        let changed = match change {
            0 => String::new(),
            1 => format!("  {}", lines[line]),
            2 => lines[line].trim_start().to_owned(),
            3 => lines[other].to_owned(),
            _ => lines[line].replace([':', '!'], ""),
        };
        let text: String = lines.iter().enumerate().map(|(n, text)| format!("{}\n", if n == line { &changed } else { *text })).collect();
        if let Err(refusal) = read(&text, &settings(&[("Sender", "a@example.com")])) {
            prop_assert!(refusal.line >= 1 && !refusal.problem.is_empty() && !refusal.mend.is_empty());
        }
    }
}

#[test]
fn depth_is_refused_and_not_a_stack_overflow() {
    for text in [
        "[".repeat(100_000),
        "{a: ".repeat(50_000),
        "- ".repeat(20_000),
        "a:\n".to_owned() + &(1..400).map(|n| " ".repeat(n) + "a:\n").collect::<String>(),
    ] {
        assert!(read(&text, &settings(&[])).is_err());
    }
}
