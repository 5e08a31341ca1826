//! Places inside a pattern, and refusals that name them.
//! It knows nothing of what is right or wrong there.

use crate::Invalid;

/// A place in the pattern, linked to the one around it.
#[derive(Clone, Copy)]
pub(crate) enum At<'a> {
    Whole,
    Key(&'a At<'a>, &'a str),
    Index(&'a At<'a>, usize),
}

impl At<'_> {
    pub(crate) fn key<'b>(&'b self, name: &'b str) -> At<'b> {
        At::Key(self, name)
    }

    pub(crate) fn index(&self, index: usize) -> At<'_> {
        At::Index(self, index)
    }

    pub(crate) fn refuse<T>(
        &self,
        problem: impl Into<String>,
        mend: impl Into<String>,
    ) -> Result<T, Invalid> {
        Err(Invalid {
            path: self.text(),
            problem: problem.into(),
            mend: mend.into(),
        })
    }

    fn text(&self) -> String {
        match self {
            At::Whole => "pattern".to_owned(),
            At::Key(around, "") => format!(r#"{}."""#, around.text()),
            At::Key(At::Whole, name) => (*name).to_owned(),
            At::Key(around, name) => format!("{}.{name}", around.text()),
            At::Index(around, index) => format!("{}[{index}]", around.text()),
        }
    }
}
