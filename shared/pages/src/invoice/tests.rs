//! What the document says on which page, that it is always the same, and that what is checked can be printed.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot read its own samples has failed"
)]

#[path = "../../tests/fixture/mod.rs"]
mod fixture;

use serde_json::{Value, json};

use super::typesetter::{draws, text_of_pages};
use super::view::View;
use domain::company::Letterhead;

use super::{TEMPLATE, hybrid_pdf, pdf, set, unprintable};

/// Without blanks and the places where a long word may break.
fn bare(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && !"\u{200b}\u{ad}".contains(*c))
        .collect()
}

#[test]
fn what_the_client_reads() {
    insta::assert_json_snapshot!("two_rates", View::of(&fixture::two_rates()));
    insta::assert_json_snapshot!("reverse_charge", View::of(&fixture::reverse_charge()));
    insta::assert_json_snapshot!("cash_rounding", View::of(&fixture::cash_rounding()));
    insta::assert_json_snapshot!("credit_note", View::of(&fixture::credit_note()));
}

#[test]
fn short_documents_fit_one_page_and_long_ones_carry_their_header() {
    for short in [
        fixture::one_line(),
        fixture::two_rates(),
        fixture::many_scripts(),
        fixture::reverse_charge(),
    ] {
        assert_eq!(text_of_pages(&View::of(&short)).len(), 1);
    }
    let pages = text_of_pages(&View::of(&fixture::many_lines()));
    assert_eq!(pages.len(), 4);
    for (at, page) in pages.iter().enumerate() {
        assert!(
            page.contains("Description") && page.contains("Amount"),
            "page {} has no header: {page}",
            at + 1
        );
        assert!(bare(page).contains(&format!("Page{}of4", at + 1)), "{page}");
        assert_eq!(
            page.contains("Sample Studio GmbHInvoice SST-2026-0001"),
            at > 0,
            "{page}"
        );
    }
}

#[test]
fn every_text_and_figure_of_the_view_is_on_the_pages() {
    fn texts(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::String(text) => found.push(text.clone()),
            Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
            Value::Object(fields) => fields.values().for_each(|field| texts(field, found)),
            _ => {}
        }
    }
    for (name, invoice) in fixture::all() {
        let view = serde_json::to_value(View::of(&invoice)).unwrap();
        let pages = bare(&text_of_pages(&View::of(&invoice)).concat());
        let mut expected = Vec::new();
        let unseen = ["language", "ident", "words"];
        view.as_object()
            .unwrap()
            .iter()
            .filter(|(name, _)| !unseen.contains(&name.as_str()))
            .for_each(|(_, value)| texts(value, &mut expected));
        let shows_vat = view["shows_vat"] == json!(true);
        for line in view["lines"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|_| !shows_vat)
        {
            // With one rate the lines leave it to the sums.
            let vat = line["vat"].as_str().unwrap();
            let place = expected.iter().position(|text| text == vat).unwrap();
            expected.remove(place);
        }
        for text in expected {
            // A hyphen where a word was divided is the typesetter's.
            assert!(
                pages.contains(&bare(&text))
                    || pages
                        .replace('-', "")
                        .contains(&bare(&text).replace('-', "")),
                "{name}: {text}"
            );
        }
    }
}

#[test]
fn the_same_invoice_is_the_same_bytes() {
    let first = pdf(&fixture::two_rates()).unwrap();
    assert!(first.starts_with(b"%PDF-1."));
    pdf(&fixture::one_line()).unwrap();
    assert_eq!(pdf(&fixture::two_rates()).unwrap(), first);
    assert_ne!(pdf(&fixture::credit_note()).unwrap(), first);
}

#[test]
fn what_no_font_draws_is_named_before_a_number_is_taken() {
    let mut draft = fixture::draft(json!({}));
    assert_eq!(unprintable(&draft), Ok(()));
    assert_eq!(unprintable(&fixture::many_scripts().content), Ok(()));
    draft.buyer.name = "東京 GmbH".into();
    draft.lines[0].description = Some("done \u{1f389}".into());
    let fields: Vec<_> = unprintable(&draft)
        .unwrap_err()
        .into_iter()
        .map(|problem| problem.field)
        .collect();
    assert_eq!(fields, ["buyer.name", "lines[0].description"]);
}

#[test]
fn whatever_passes_the_check_can_be_printed() {
    let odd_blanks = "\t\n\u{a0}\u{ad}\u{2002}\u{2003}\u{2009}\u{200a}\u{200b}\u{2028}\u{202f}\u{205f}\u{3000}\u{feff}e\u{301}\u{200d}\u{200e}";
    let every = (0x21..0x3000)
        .filter_map(char::from_u32)
        .filter(|c| draws(*c) && !c.is_control());
    let passes = |c: &char| {
        let mut draft = fixture::draft(json!({}));
        draft.buyer.name = format!("A{c}B");
        unprintable(&draft).is_ok()
    };
    let mut draft = fixture::draft(json!({}));
    draft.lines[0].text = every.flat_map(|c| [c, ' ']).collect();
    draft.lines[0].description = Some(
        odd_blanks
            .chars()
            .filter(passes)
            .flat_map(|c| ['A', c, 'B'])
            .collect(),
    );
    assert_eq!(unprintable(&draft), Ok(()));
    assert!(pdf(&fixture::issue(draft)).is_ok());
}

#[test]
fn a_hybrid_file_carries_its_xml_and_says_so() {
    let cii = "<?xml version=\"1.0\"?><invoice>Größe</invoice>";
    let plain = pdf(&fixture::two_rates()).unwrap();
    let hybrid = hybrid_pdf(&fixture::two_rates(), cii).unwrap();
    assert_eq!(hybrid, hybrid_pdf(&fixture::two_rates(), cii).unwrap());
    let says = |bytes: &[u8], text: &str| {
        let found = bytes.windows(text.len()).filter(|w| *w == text.as_bytes());
        found.count()
    };
    for text in [
        "<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>",
        "<pdfaSchema:prefix>fx</pdfaSchema:prefix>",
        "/AFRelationship/Alternative",
    ] {
        assert_eq!((says(&plain, text), says(&hybrid, text)), (0, 1), "{text}");
    }
    // Every object is where the table says it is; `tests/einvoice` reads the file with other readers.
    let table = hybrid.windows(6).rposition(|w| w == b"\nxref\n").unwrap() + 1;
    let text = String::from_utf8_lossy(&hybrid[table..]).into_owned();
    let mut objects = 0;
    for (number, entry) in text.lines().skip(2).enumerate() {
        let Some(offset) = entry.strip_suffix(" 00000 n") else {
            continue;
        };
        let offset: usize = offset.trim().parse().unwrap();
        let head = format!("{number} 0 obj\n");
        assert!(hybrid[offset..].starts_with(head.as_bytes()), "{entry}");
        objects += 1;
    }
    assert!(objects > 20, "{objects}");
    let place: usize = text.lines().rev().nth(1).unwrap().parse().unwrap();
    assert_eq!(place, table);
}

#[test]
fn a_team_sets_its_own_template_and_logo_and_is_told_the_line_of_a_mistake() {
    let logo = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 20"><rect width="60" height="20" fill="#17507a"/></svg>"##;
    let letterhead = |template: Option<String>| Letterhead {
        template,
        logo: Some(logo.into()),
    };
    let invoice = fixture::two_rates();
    let shipped = set(&invoice, Some("<a/>"), &Letterhead::default()).unwrap();
    let with_logo = set(&invoice, Some("<a/>"), &letterhead(None)).unwrap();
    let own = TEMPLATE.replace("#17507a", "#7a1733");
    let own = set(&invoice, Some("<a/>"), &letterhead(Some(own))).unwrap();
    assert!(shipped != with_logo && with_logo != own && own != shipped);
    let wrong = TEMPLATE.replace("view.recipient.map", "view.reciever.map");
    let line = TEMPLATE
        .lines()
        .position(|line| line.contains("view.recipient.map"));
    let error = set(&invoice, None, &letterhead(Some(wrong))).unwrap_err();
    assert_eq!(error.line(), line.map(|line| line + 1), "{error}");
    assert!(error.to_string().contains("reciever"), "{error}");
    let broken = set(&invoice, None, &letterhead(Some("#let x = ".into()))).unwrap_err();
    assert_eq!(broken.line(), Some(1), "{broken}");
    // Nothing but the view and the logo can be read.
    let reads = set(
        &invoice,
        None,
        &letterhead(Some("#read(\"/etc/passwd\")".into())),
    );
    assert!(reads.is_err());
}
