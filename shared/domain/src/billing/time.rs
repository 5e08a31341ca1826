//! From minutes worked to minutes billed, and to a line that loses none of them.
//! It must not know who worked or which entries belong together: the caller adds those up first.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::line::{Line, UnitCode};
use super::money::{Currency, Minor};
use super::vat::VatRate;

/// A contract's rule for time, such as "every begun quarter of an hour, half an hour at least".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Increment {
    /// 0 and 1 bill to the minute.
    pub minutes: u32,
    pub round: RoundMinutes,
    /// What any work at all costs.
    #[serde(default)]
    pub at_least_minutes: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoundMinutes {
    Up,
    Nearest,
    Down,
}

impl Increment {
    /// Time is billed as it was worked.
    pub const TO_THE_MINUTE: Increment = Increment {
        minutes: 1,
        round: RoundMinutes::Up,
        at_least_minutes: 0,
    };

    /// No work is billed as none; a tie of `Nearest` goes up. None if the result is past `u32`.
    pub fn billed_minutes(&self, worked_minutes: u32) -> Option<u32> {
        if worked_minutes == 0 {
            return Some(0);
        }
        let step = self.minutes.max(1);
        let (whole, over) = (worked_minutes / step, worked_minutes % step);
        let begun = match self.round {
            RoundMinutes::Up => over > 0,
            RoundMinutes::Nearest => over >= step.div_ceil(2),
            RoundMinutes::Down => false,
        };
        let steps = whole.checked_add(u32::from(begun))?;
        Some(steps.checked_mul(step)?.max(self.at_least_minutes))
    }
}

impl Line {
    /// Time at an hourly price: in hours where these come out even, else in minutes at the price of 60.
    pub fn time(
        id: impl Into<String>,
        text: impl Into<String>,
        minutes: u32,
        hourly: Minor,
        currency: Currency,
        vat: VatRate,
    ) -> Line {
        let fixed = Line::fixed(id, text, hourly, currency, vat);
        // Multiples of three minutes are exact in two decimals of an hour.
        if minutes.is_multiple_of(3) {
            let hours = (Decimal::from(minutes) / Decimal::from(60)).normalize();
            return Line {
                quantity: hours,
                unit: UnitCode::HOUR,
                ..fixed
            };
        }
        let unit = UnitCode::MINUTE;
        Line {
            quantity: Decimal::from(minutes),
            unit,
            base_quantity: Decimal::from(60),
            ..fixed
        }
    }
}
