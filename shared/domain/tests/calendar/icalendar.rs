//! Holidays from iCalendar files as the usual programs write them.

use domain::calendar::{Calendar, CalendarSpec, IcalendarError, holidays_from_icalendar};
use jiff::civil::date;

/// A government's list, a groupware's folded lines and line ends, a phone's repetitions, and what is none of a holiday.
const FILE: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//EN\r\n\
BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20261226\r\nSUMMARY:Christmas Day\r\nUID:1\r\nEND:VEVENT\r\n\
BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270103\r\nSUMMARY;LANGUAGE=\"x:y\":A long name\\, that goes on\r\n  over the line\r\n\
BEGIN:VALARM\r\nSUMMARY:not the name\r\nTRIGGER:-PT1H\r\nEND:VALARM\r\nEND:VEVENT\r\n\
BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270405\r\nDTEND;VALUE=DATE:20270408\r\nSUMMARY:Company retreat\r\nEND:VEVENT\r\n\
BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270510\r\nDURATION:P2D\r\nEND:VEVENT\r\n\
BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20200101\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:New Year's Day\r\nEND:VEVENT\r\n\
BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20201126\r\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH\r\nSUMMARY:Thanksgiving\r\nEND:VEVENT\r\n\
BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20260608\r\nRRULE:FREQ=YEARLY;COUNT=2\r\nSUMMARY:Jubilee\r\nEND:VEVENT\r\n\
BEGIN:VEVENT\r\nDTSTART:20261224T120000Z\r\nSUMMARY:Party\r\nEND:VEVENT\r\n\
BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261231\r\nSTATUS:CANCELLED\r\nSUMMARY:Old Year\r\nEND:VEVENT\r\n\
BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270101\r\nRRULE:FREQ=MONTHLY\r\nSUMMARY:First of the month\r\nEND:VEVENT\r\n\
BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270101\r\nDTEND;VALUE=DATE:20280101\r\nSUMMARY:The year\r\nEND:VEVENT\r\n\
END:VCALENDAR\r\n";

#[test]
fn what_is_read_and_what_is_left_out() {
    let read = holidays_from_icalendar(FILE).unwrap();
    let holidays = read
        .holidays
        .iter()
        .map(|holiday| format!("{}  {}", holiday.date(), holiday.name().unwrap_or("–")));
    let skipped = read.skipped.iter().map(ToString::to_string);
    insta::assert_snapshot!(holidays.chain(skipped).collect::<Vec<_>>().join("\n"));
}

#[test]
fn what_is_read_makes_a_calendar() {
    let holidays = holidays_from_icalendar(FILE).unwrap().holidays;
    let mut spec: CalendarSpec = crate::berlin().spec().clone();
    spec.holidays = holidays;
    let calendar = Calendar::try_from(spec).unwrap();
    let found = calendar.holidays_between(
        crate::at("2027-11-24T00:00Z"),
        crate::at("2027-11-27T00:00Z"),
    );
    assert_eq!(found, [(date(2027, 11, 25), Some("Thanksgiving"))]);
}

#[test]
fn what_is_no_calendar_file() {
    let cut_off = FILE.split_once("SUMMARY:Company").unwrap().0;
    assert_eq!(
        holidays_from_icalendar(cut_off),
        Err(IcalendarError::CutOff { line: 19 })
    );
    for text in [
        "",
        "date,name\n2026-12-25,Christmas",
        "BEGIN:VCARD\nEND:VCARD",
    ] {
        assert_eq!(
            holidays_from_icalendar(text),
            Err(IcalendarError::NotACalendar)
        );
    }
    assert!(
        holidays_from_icalendar("BEGIN:VCALENDAR\nEND:VCALENDAR")
            .unwrap()
            .holidays
            .is_empty()
    );
}

proptest::proptest! {
    /// Whatever is in a file, reading it ends without a panic, and what is read can be used.
    #[test]
    fn any_text_is_read_or_refused(
        lines in proptest::collection::vec("(BEGIN:VEVENT|END:VEVENT|DTSTART[:;=0-9A-Z]{0,12}|DTSTART:2026[01][0-9][0-3][0-9]|DTEND:2026[01][0-9][0-3][0-9]|DURATION:P[0-9]{1,9}[DW]|RRULE:FREQ=YEARLY;(COUNT|UNTIL|BYDAY)=[-A-Z0-9é]{0,9}|SUMMARY:.{0,9}| .{0,5})", 0..20),
    ) {
        let text = format!("BEGIN:VCALENDAR\n{}", lines.join("\n"));
        if let Ok(read) = holidays_from_icalendar(&text) {
            let mut spec: CalendarSpec = crate::berlin().spec().clone();
            spec.holidays = read.holidays;
            Calendar::try_from(spec).unwrap();
        }
    }
}
