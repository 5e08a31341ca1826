//! Numbers of a series, and keys of what is billed.

use domain::billing::*;
use jiff::civil::date;

#[test]
fn numbers_follow_each_other_and_dates_never_go_back() {
    let yearly = Series::parse("SST-{year}-{count:4}").unwrap();
    let plain = Series::parse("{count}").unwrap();
    let at = |last, on| {
        Some(Counter {
            last,
            last_issue_date: on,
        })
    };
    let table = [
        (
            &yearly,
            None,
            date(2026, 11, 22),
            "SST-2026-0001",
            date(2026, 11, 22),
        ),
        (
            &yearly,
            at(1, date(2026, 11, 22)),
            date(2026, 11, 22),
            "SST-2026-0002",
            date(2026, 11, 22),
        ),
        (
            &yearly,
            at(9_999, date(2026, 11, 22)),
            date(2026, 11, 30),
            "SST-2026-10000",
            date(2026, 11, 30),
        ),
        (
            &yearly,
            at(7, date(2026, 12, 31)),
            date(2027, 1, 1),
            "SST-2027-0001",
            date(2027, 1, 1),
        ),
        // A clock five minutes behind at New Year stays in the year that has begun.
        (
            &yearly,
            at(1, date(2027, 1, 1)),
            date(2026, 12, 31),
            "SST-2027-0002",
            date(2027, 1, 1),
        ),
        (
            &plain,
            at(7, date(2026, 12, 31)),
            date(2027, 1, 1),
            "8",
            date(2027, 1, 1),
        ),
    ];
    for (series, counter, today, number, issue_date) in table {
        let next = series.next(counter, today).unwrap();
        assert_eq!(
            (next.number.as_str(), next.issue_date),
            (number, issue_date)
        );
        assert_eq!(next.counter.last_issue_date, issue_date);
    }
    assert_eq!(
        plain.next(at(u64::MAX, date(2026, 1, 1)), date(2026, 1, 1)),
        Err(SeriesError::Full)
    );
    for wrong in [
        "",
        "{year}",
        "{count}-{year}",
        "R/{count}",
        "R {count:4}",
        "{count:0}",
        "{count:99}",
        "{year}{year}{count}",
        "{Year}-{count}",
    ] {
        assert!(
            matches!(Series::parse(wrong), Err(SeriesError::Pattern(_))),
            "{wrong}"
        );
    }
}

#[test]
fn billed_keys_tell_every_part_apart() {
    let parts: [&[&str]; 5] = [&["ab", "c"], &["a", "bc"], &["abc"], &["ab;1:c"], &[]];
    let keys: std::collections::BTreeSet<_> = parts
        .iter()
        .map(|part| BilledPart::of(part.iter().copied()).billed_key())
        .collect();
    assert_eq!(keys.len(), parts.len());
}
