//! Names of countries as a letter's last line states them.
//! It must not be complete: a country that is not here is written by its code, which the post reads too.

use domain::billing::{CountryCode, Language};

/// Code, German name, English name.
const COUNTRIES: [(&str, &str, &str); 40] = [
    ("AT", "Österreich", "Austria"),
    ("AU", "Australien", "Australia"),
    ("BE", "Belgien", "Belgium"),
    ("BG", "Bulgarien", "Bulgaria"),
    ("CA", "Kanada", "Canada"),
    ("CH", "Schweiz", "Switzerland"),
    ("CY", "Zypern", "Cyprus"),
    ("CZ", "Tschechien", "Czechia"),
    ("DE", "Deutschland", "Germany"),
    ("DK", "Dänemark", "Denmark"),
    ("EE", "Estland", "Estonia"),
    ("ES", "Spanien", "Spain"),
    ("FI", "Finnland", "Finland"),
    ("FR", "Frankreich", "France"),
    ("GB", "Vereinigtes Königreich", "United Kingdom"),
    ("GR", "Griechenland", "Greece"),
    ("HR", "Kroatien", "Croatia"),
    ("HU", "Ungarn", "Hungary"),
    ("IE", "Irland", "Ireland"),
    ("IN", "Indien", "India"),
    ("IS", "Island", "Iceland"),
    ("IT", "Italien", "Italy"),
    ("JP", "Japan", "Japan"),
    ("LI", "Liechtenstein", "Liechtenstein"),
    ("LT", "Litauen", "Lithuania"),
    ("LU", "Luxemburg", "Luxembourg"),
    ("LV", "Lettland", "Latvia"),
    ("MT", "Malta", "Malta"),
    ("NL", "Niederlande", "Netherlands"),
    ("NO", "Norwegen", "Norway"),
    ("NZ", "Neuseeland", "New Zealand"),
    ("PL", "Polen", "Poland"),
    ("PT", "Portugal", "Portugal"),
    ("RO", "Rumänien", "Romania"),
    ("SE", "Schweden", "Sweden"),
    ("SG", "Singapur", "Singapore"),
    ("SI", "Slowenien", "Slovenia"),
    ("SK", "Slowakei", "Slovakia"),
    ("UA", "Ukraine", "Ukraine"),
    ("US", "USA", "United States"),
];

pub(super) fn name(country: &CountryCode, language: Language) -> &str {
    let known = COUNTRIES.iter().find(|(code, ..)| *code == country.code());
    known.map_or(country.code(), |(_, de, en)| match language {
        Language::De => de,
        Language::En => en,
    })
}
