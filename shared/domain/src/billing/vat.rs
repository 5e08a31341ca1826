//! VAT categories of EN 16931 and the reason each tax-free one must state.
//! It must not know rates by country: which rate applies is a client's billing rule.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::decimal;
use super::rules::Language;

/// Categories stay apart even where the tax of both is zero: an authority reads them differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum VatCategory {
    /// Reverse charge: the buyer owes the tax.
    AE,
    /// Exempt.
    E,
    /// Export outside the EU.
    G,
    /// Intra-community supply of goods.
    K,
    /// Outside the scope of VAT; never together with another category.
    O,
    /// Standard, and reduced, rates above zero.
    S,
    /// Zero rated.
    Z,
}

impl VatCategory {
    pub fn code(self) -> &'static str {
        match self {
            VatCategory::AE => "AE",
            VatCategory::E => "E",
            VatCategory::G => "G",
            VatCategory::K => "K",
            VatCategory::O => "O",
            VatCategory::S => "S",
            VatCategory::Z => "Z",
        }
    }

    /// Whether a document must say why no tax is charged (BR-E-10, BR-AE-10, BR-IC-10, BR-G-10, BR-O-10).
    pub fn needs_reason(self) -> bool {
        !matches!(self, VatCategory::S | VatCategory::Z)
    }

    /// The VATEX code (BT-121) where the category alone decides it; an exemption names its own law.
    pub fn reason_code(self) -> Option<&'static str> {
        match self {
            VatCategory::AE => Some("VATEX-EU-AE"),
            VatCategory::G => Some("VATEX-EU-G"),
            VatCategory::K => Some("VATEX-EU-IC"),
            VatCategory::O => Some("VATEX-EU-O"),
            VatCategory::E | VatCategory::S | VatCategory::Z => None,
        }
    }

    /// The sentence a reader needs (BT-120) where the category alone decides it.
    pub fn reason_text(self, language: Language) -> Option<&'static str> {
        let (de, en) = match self {
            VatCategory::AE => (
                "Steuerschuldnerschaft des Leistungsempfängers (Reverse Charge)",
                "Reverse charge: VAT is to be accounted for by the recipient",
            ),
            VatCategory::G => (
                "Steuerfreie Ausfuhrlieferung",
                "Export outside the EU, free of VAT",
            ),
            VatCategory::K => (
                "Steuerfreie innergemeinschaftliche Lieferung",
                "Intra-community supply, free of VAT",
            ),
            VatCategory::O => ("Nicht steuerbar", "Outside the scope of VAT"),
            VatCategory::E | VatCategory::S | VatCategory::Z => return None,
        };
        Some(match language {
            Language::De => de,
            Language::En => en,
        })
    }
}

impl fmt::Display for VatCategory {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str(self.code())
    }
}

/// What tax a line or a document allowance falls under; one group of the totals per distinct value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct VatRate {
    pub category: VatCategory,
    /// In percent: `"19"` or `"8.1"`. Zero for every category but S.
    #[serde(with = "decimal", default)]
    pub percent: Decimal,
}

impl VatRate {
    pub fn standard(percent: impl Into<Decimal>) -> VatRate {
        VatRate {
            category: VatCategory::S,
            percent: percent.into(),
        }
    }

    pub fn untaxed(category: VatCategory) -> VatRate {
        VatRate {
            category,
            percent: Decimal::ZERO,
        }
    }
}
