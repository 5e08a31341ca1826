//! Minutes, instalments and totals: by table, and as laws.

use domain::billing::*;
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::draft;

#[test]
fn minutes_are_billed_as_the_contract_says() {
    let quarter = |round, at_least_minutes| Increment {
        minutes: 15,
        round,
        at_least_minutes,
    };
    let table = [
        (quarter(RoundMinutes::Up, 0), 0, 0),
        (quarter(RoundMinutes::Up, 0), 1, 15),
        (quarter(RoundMinutes::Up, 30), 1, 30),
        (quarter(RoundMinutes::Up, 30), 0, 0),
        (quarter(RoundMinutes::Up, 0), 15, 15),
        (quarter(RoundMinutes::Nearest, 0), 7, 0),
        (quarter(RoundMinutes::Nearest, 0), 8, 15),
        (
            Increment {
                minutes: 10,
                round: RoundMinutes::Nearest,
                at_least_minutes: 0,
            },
            5,
            10,
        ),
        (quarter(RoundMinutes::Down, 0), 29, 15),
        (
            Increment {
                minutes: 0,
                round: RoundMinutes::Up,
                at_least_minutes: 0,
            },
            29,
            29,
        ),
    ];
    for (increment, worked, billed) in table {
        assert_eq!(
            increment.billed_minutes(worked),
            Some(billed),
            "{increment:?} of {worked}"
        );
    }
    assert_eq!(
        quarter(RoundMinutes::Up, 0).billed_minutes(u32::MAX),
        Some(u32::MAX)
    );
    assert_eq!(
        Increment {
            minutes: 7,
            round: RoundMinutes::Up,
            at_least_minutes: 0
        }
        .billed_minutes(u32::MAX),
        None
    );
}

#[test]
fn shares_that_are_not_a_whole_are_refused() {
    let eur: Currency = "EUR".parse().unwrap();
    let split = |shares: &[i64], index| {
        let shares: Vec<_> = shares.iter().map(|share| Decimal::from(*share)).collect();
        instalment(
            Money {
                minor: Minor(1_000_005),
                currency: eur,
            },
            &shares,
            index,
        )
    };
    assert_eq!(split(&[30, 40, 30], 0), Ok(Minor(300_002)));
    assert_eq!(split(&[30, 40, 30], 2), Ok(Minor(300_001)));
    assert!(matches!(
        split(&[30, 40], 0),
        Err(InstalmentError::NotHundred(_))
    ));
    assert!(matches!(
        split(&[130, -30], 0),
        Err(InstalmentError::NotPositive)
    ));
    assert!(matches!(
        split(&[100], 1),
        Err(InstalmentError::NoSuchShare { index: 1, count: 1 })
    ));
    assert!(matches!(split(&[], 0), Err(InstalmentError::NotHundred(_))));
}

fn rates() -> impl Strategy<Value = VatRate> {
    prop_oneof![
        Just(VatRate::standard(19)),
        Just(VatRate::standard(7)),
        Just(VatRate::standard(Decimal::new(81, 1))),
        Just(VatRate::untaxed(VatCategory::AE)),
        Just(VatRate::untaxed(VatCategory::E)),
        Just(VatRate::untaxed(VatCategory::Z)),
    ]
}

fn lines() -> impl Strategy<Value = Vec<Line>> {
    let line = (
        -1_000_000_i64..1_000_000,
        0_i64..100_000_000,
        1_i64..1000,
        rates(),
    )
        .prop_map(|(quantity, price, base, vat)| Line {
            id: String::new(),
            text: "work".into(),
            description: None,
            quantity: Decimal::new(quantity, 3),
            unit: UnitCode::ONE,
            price: Decimal::new(price, 4),
            base_quantity: Decimal::from(base),
            adjustments: Vec::new(),
            vat,
            entries: Vec::new(),
        });
    proptest::collection::vec(line, 0..40)
}

fn totals_of(lines: &[Line], currency: Currency, prepaid: i64, step: i64) -> Totals {
    let (prepaid, cash_increment) = (Minor(prepaid), Minor(step));
    Totals::of(Sums {
        currency,
        rounding: Rounding::HalfUp,
        lines,
        adjustments: &[],
        prepaid,
        cash_increment,
        accounting: None,
    })
    .unwrap()
}

fn sum(amounts: impl Iterator<Item = Minor>) -> i64 {
    amounts.map(|amount| amount.0).sum()
}

proptest! {
    #[test]
    fn instalments_add_up_to_the_total(total in -10_000_000_i64..10_000_000, cuts in proptest::collection::btree_set(1_u32..10_000, 0..12)) {
        let currency: Currency = "EUR".parse().unwrap();
        let edges: Vec<u32> = std::iter::once(0).chain(cuts).chain([10_000]).collect();
        let shares: Vec<_> = edges.windows(2).map(|pair| Decimal::new(i64::from(pair[1] - pair[0]), 2)).collect();
        let total = Money { minor: Minor(total), currency };
        let parts: Vec<_> = (0..shares.len()).map(|index| instalment(total, &shares, index).unwrap()).collect();
        prop_assert_eq!(sum(parts.iter().copied()), total.minor.0);
        prop_assert!(parts.iter().all(|part| part.0.signum() * total.minor.0.signum() >= 0), "no instalment turns round: {:?}", parts);
    }

    #[test]
    fn every_sum_is_exact(lines in lines(), prepaid in 0_i64..1_000_000, code in prop_oneof!["EUR", "JPY", "KWD", "CHF"], step in prop_oneof![Just(0_i64), Just(1), Just(5), Just(100)]) {
        let totals = totals_of(&lines, code.parse().unwrap(), prepaid, step);
        prop_assert_eq!(totals.sum_of_lines.0, sum(totals.lines.iter().map(|line| line.net)));
        prop_assert_eq!(totals.net.0, sum(totals.vat_groups.iter().map(|group| group.taxable)));
        prop_assert_eq!(totals.vat.0, sum(totals.vat_groups.iter().map(|group| group.tax)));
        prop_assert_eq!(totals.gross.0, totals.net.0 + totals.vat.0);
        prop_assert_eq!(totals.due.0, totals.gross.0 - prepaid + totals.payable_rounding.0);
        prop_assert_eq!(totals.due.0 % step.max(1), 0);
        prop_assert!(totals.payable_rounding.0.abs() * 2 <= step);
    }

    #[test]
    fn the_order_of_lines_changes_no_total(lines in lines()) {
        let currency: Currency = "EUR".parse().unwrap();
        let forth = totals_of(&lines, currency, 0, 0);
        let back = totals_of(&lines.into_iter().rev().collect::<Vec<_>>(), currency, 0, 0);
        prop_assert_eq!((forth.vat_groups, forth.due), (back.vat_groups, back.due));
    }

    #[test]
    fn taking_back_is_the_mirror_of_billing(lines in lines()) {
        let currency: Currency = "EUR".parse().unwrap();
        let mirrored: Vec<_> = lines.iter().map(|line| Line { quantity: -line.quantity, ..line.clone() }).collect();
        let (forth, back) = (totals_of(&lines, currency, 0, 0), totals_of(&mirrored, currency, 0, 0));
        prop_assert_eq!(forth.due.0, -back.due.0);
        prop_assert_eq!(forth.vat.0, -back.vat.0);
    }

    #[test]
    fn a_document_discount_is_split_by_group(lines in lines(), tenths in 1_i64..1000) {
        let mut draft = draft();
        draft.lines = lines;
        let before = draft.totals().unwrap();
        draft.discount_percent(Decimal::new(tenths, 1), "loyalty").unwrap();
        let after = draft.totals().unwrap();
        prop_assert_eq!(before.vat_groups.len(), after.vat_groups.len());
        for (full, cut) in before.vat_groups.iter().zip(&after.vat_groups) {
            let off = full.taxable.0 - cut.taxable.0;
            let exact = full.taxable.0 as i128 * i128::from(tenths);
            prop_assert!((i128::from(off) * 1000 - exact).abs() * 2 <= 1000, "{} off {}", off, full.taxable.0);
        }
    }
}
