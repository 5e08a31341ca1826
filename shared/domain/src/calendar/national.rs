//! Knows the public holidays of some countries and states as rules, as the law of the end of 2026 has them from 2026 on.
//! It must not know holidays that follow the moon or a yearly decree: those are entries of a calendar's own list.

use super::holiday::Rule;

/// A rule and the holiday's English name.
type Known = (&'static str, &'static str);

const NEW_YEAR: Known = ("01-01", "New Year's Day");
const EPIPHANY: Known = ("01-06", "Epiphany");
const MAUNDY_THURSDAY: Known = ("easter -3", "Maundy Thursday");
const GOOD_FRIDAY: Known = ("easter -2", "Good Friday");
const EASTER: Known = ("easter", "Easter Sunday");
const EASTER_MONDAY: Known = ("easter +1", "Easter Monday");
const LABOUR_DAY: Known = ("05-01", "Labour Day");
const ASCENSION: Known = ("easter +39", "Ascension Day");
const WHIT_SUNDAY: Known = ("easter +49", "Whit Sunday");
const WHIT_MONDAY: Known = ("easter +50", "Whit Monday");
const CORPUS_CHRISTI: Known = ("easter +60", "Corpus Christi");
const ASSUMPTION: Known = ("08-15", "Assumption Day");
const REFORMATION: Known = ("10-31", "Reformation Day");
const ALL_SAINTS: Known = ("11-01", "All Saints' Day");
const IMMACULATE: Known = ("12-08", "Immaculate Conception");
const CHRISTMAS_EVE: Known = ("12-24", "Christmas Eve");
const CHRISTMAS: Known = ("12-25", "Christmas Day");
const SECOND_CHRISTMAS: Known = ("12-26", "Second Day of Christmas");
const WOMEN: Known = ("03-08", "Women's Day");

const GERMANY: &[Known] = &[
    NEW_YEAR,
    GOOD_FRIDAY,
    EASTER_MONDAY,
    LABOUR_DAY,
    ASCENSION,
    WHIT_MONDAY,
    ("10-03", "German Unity Day"),
    CHRISTMAS,
    SECOND_CHRISTMAS,
];

/// What each place keeps, in one or two parts.
#[rustfmt::skip]
const PLACES: &[(&str, &[Known], &[Known])] = &[
    ("AT", &[NEW_YEAR, EPIPHANY, EASTER_MONDAY, LABOUR_DAY, ASCENSION, WHIT_MONDAY, CORPUS_CHRISTI, ASSUMPTION,
        ("10-26", "National Day"), ALL_SAINTS, IMMACULATE, CHRISTMAS, SECOND_CHRISTMAS], &[]),
    ("BE", &[NEW_YEAR, EASTER, EASTER_MONDAY, LABOUR_DAY, ASCENSION, WHIT_SUNDAY, WHIT_MONDAY, ("07-21", "National Day"),
        ASSUMPTION, ALL_SAINTS, ("11-11", "Armistice Day"), CHRISTMAS], &[]),
    ("CH-ZH", &[NEW_YEAR, GOOD_FRIDAY, EASTER_MONDAY, LABOUR_DAY, ASCENSION, WHIT_MONDAY, ("08-01", "National Day"),
        CHRISTMAS, SECOND_CHRISTMAS], &[]),
    ("CZ", &[NEW_YEAR, GOOD_FRIDAY, EASTER_MONDAY, LABOUR_DAY, ("05-08", "Victory Day"),
        ("07-05", "Saints Cyril and Methodius Day"), ("07-06", "Jan Hus Day"), ("09-28", "Statehood Day"),
        ("10-28", "Independent Czechoslovak State Day"), ("11-17", "Freedom and Democracy Day"), CHRISTMAS_EVE, CHRISTMAS,
        SECOND_CHRISTMAS], &[]),
    ("DE", GERMANY, &[]),
    ("DE-BB", GERMANY, &[EASTER, WHIT_SUNDAY, REFORMATION]),
    ("DE-BE", GERMANY, &[WOMEN, ("2028-06-17", "75 years since the uprising of 1953")]),
    ("DE-BW", GERMANY, &[EPIPHANY, CORPUS_CHRISTI, ALL_SAINTS]),
    ("DE-BY", GERMANY, &[EPIPHANY, CORPUS_CHRISTI, ALL_SAINTS]),
    ("DE-HB", GERMANY, &[REFORMATION]),
    ("DE-HE", GERMANY, &[CORPUS_CHRISTI]),
    ("DE-HH", GERMANY, &[REFORMATION]),
    ("DE-MV", GERMANY, &[WOMEN, REFORMATION]),
    ("DE-NI", GERMANY, &[REFORMATION]),
    ("DE-NW", GERMANY, &[CORPUS_CHRISTI, ALL_SAINTS]),
    ("DE-RP", GERMANY, &[CORPUS_CHRISTI, ALL_SAINTS]),
    ("DE-SH", GERMANY, &[REFORMATION]),
    ("DE-SL", GERMANY, &[CORPUS_CHRISTI, ASSUMPTION, ALL_SAINTS]),
    ("DE-SN", GERMANY, &[REFORMATION, ("wednesday before 11-23", "Repentance and Prayer Day")]),
    ("DE-ST", GERMANY, &[EPIPHANY, REFORMATION]),
    ("DE-TH", GERMANY, &[("09-20", "World Children's Day"), REFORMATION]),
    ("DK", &[NEW_YEAR, MAUNDY_THURSDAY, GOOD_FRIDAY, EASTER, EASTER_MONDAY, ASCENSION, WHIT_SUNDAY, WHIT_MONDAY, CHRISTMAS,
        SECOND_CHRISTMAS], &[]),
    ("FI", &[NEW_YEAR, EPIPHANY, GOOD_FRIDAY, EASTER, EASTER_MONDAY, LABOUR_DAY, ASCENSION, WHIT_SUNDAY,
        ("friday from 06-19", "Midsummer Eve"), ("saturday from 06-20", "Midsummer Day"),
        ("saturday from 10-31", "All Saints' Day"), ("12-06", "Independence Day"), CHRISTMAS_EVE, CHRISTMAS,
        SECOND_CHRISTMAS], &[]),
    ("FR", &[NEW_YEAR, EASTER_MONDAY, LABOUR_DAY, ("05-08", "Victory Day"), ASCENSION, WHIT_MONDAY,
        ("07-14", "National Day"), ASSUMPTION, ALL_SAINTS, ("11-11", "Armistice Day"), CHRISTMAS], &[]),
    ("GB-ENG", &[("01-01 or next weekday", "New Year's Day"), GOOD_FRIDAY, EASTER_MONDAY, ("1st monday of may", "May Day"),
        ("last monday of may", "Spring Bank Holiday"), ("last monday of august", "Late Summer Bank Holiday"),
        ("12-25 or next weekday", "Christmas Day"), ("12-26 or next weekday", "Boxing Day")], &[]),
    ("IT", &[NEW_YEAR, EPIPHANY, EASTER, EASTER_MONDAY, ("04-25", "Liberation Day"), LABOUR_DAY, ("06-02", "Republic Day"),
        ASSUMPTION, ("10-04", "Saint Francis of Assisi"), ALL_SAINTS, ("1st sunday of november", "National Unity Day"), IMMACULATE, CHRISTMAS, SECOND_CHRISTMAS], &[]),
    ("LU", &[NEW_YEAR, EASTER_MONDAY, LABOUR_DAY, ("05-09", "Europe Day"), ASCENSION, WHIT_MONDAY, ("06-23", "National Day"),
        ASSUMPTION, ALL_SAINTS, CHRISTMAS, SECOND_CHRISTMAS], &[]),
    ("NO", &[NEW_YEAR, MAUNDY_THURSDAY, GOOD_FRIDAY, EASTER, EASTER_MONDAY, LABOUR_DAY, ASCENSION,
        ("05-17", "Constitution Day"), WHIT_SUNDAY, WHIT_MONDAY, CHRISTMAS, SECOND_CHRISTMAS], &[]),
    ("PL", &[NEW_YEAR, EPIPHANY, EASTER, EASTER_MONDAY, LABOUR_DAY, ("05-03", "Constitution Day"), WHIT_SUNDAY,
        CORPUS_CHRISTI, ASSUMPTION, ALL_SAINTS, ("11-11", "Independence Day"), CHRISTMAS_EVE, CHRISTMAS, SECOND_CHRISTMAS],
        &[]),
    ("PT", &[NEW_YEAR, GOOD_FRIDAY, EASTER, ("04-25", "Freedom Day"), LABOUR_DAY, CORPUS_CHRISTI, ("06-10", "Portugal Day"),
        ASSUMPTION, ("10-05", "Republic Day"), ALL_SAINTS, ("12-01", "Restoration of Independence"), IMMACULATE, CHRISTMAS],
        &[]),
    ("SE", &[NEW_YEAR, EPIPHANY, GOOD_FRIDAY, EASTER, EASTER_MONDAY, LABOUR_DAY, ASCENSION, WHIT_SUNDAY,
        ("06-06", "National Day"), ("saturday from 06-20", "Midsummer Day"), ("saturday from 10-31", "All Saints' Day"),
        CHRISTMAS, SECOND_CHRISTMAS], &[]),
    ("US", &[("01-01 observed", "New Year's Day"), ("3rd monday of january", "Martin Luther King Jr. Day"),
        ("3rd monday of february", "Washington's Birthday"), ("last monday of may", "Memorial Day"),
        ("06-19 observed", "Juneteenth"), ("07-04 observed", "Independence Day"), ("1st monday of september", "Labor Day"),
        ("2nd monday of october", "Columbus Day"), ("11-11 observed", "Veterans Day"),
        ("4th thursday of november", "Thanksgiving Day"), ("12-25 observed", "Christmas Day")], &[]),
];

/// The rules of a place such as `DE-BY`, each with its name; none when the place is not known.
pub(super) fn holidays(place: &str) -> Option<impl Iterator<Item = (Rule, &'static str)> + use<>> {
    let (_, country, state) = PLACES.iter().find(|(known, ..)| *known == place)?;
    let rules = country.iter().chain(*state);
    Some(rules.filter_map(|(rule, name)| Some((Rule::read(rule)?, *name))))
}

/// The places that can be written, in order.
pub(super) fn places() -> impl Iterator<Item = &'static str> {
    PLACES.iter().map(|(place, ..)| *place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_of_the_table_can_be_read() {
        for (place, country, state) in PLACES {
            for (rule, name) in country.iter().chain(*state) {
                assert!(Rule::read(rule).is_some(), "{place} {name}: {rule}");
            }
        }
    }
}
