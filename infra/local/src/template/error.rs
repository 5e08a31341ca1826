//! A refusal that names its place in the template.
//! It decides nothing.

/// Why a template cannot be run on this machine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {}: {problem}; {mend}", place(resource, property))]
pub struct TemplateError {
    /// Counted from 1.
    pub line: usize,
    /// The logical id, or the section for what lies outside the resources.
    pub resource: String,
    /// Dotted path below the resource, such as `Properties.Timeout`. Empty for the resource as a whole.
    pub property: String,
    /// What is wrong.
    pub problem: String,
    /// What to write instead.
    pub mend: String,
}

fn place(resource: &str, property: &str) -> String {
    match property {
        "" => resource.to_owned(),
        _ => format!("{resource}.{property}"),
    }
}

/// The known name that was probably meant.
pub(super) fn nearest<'n>(written: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let likeness =
        |name: &&str| strsim::jaro_winkler(&name.to_lowercase(), &written.to_lowercase());
    let scored = known.map(|name| (likeness(&name), name));
    let (likeness, name) = scored.max_by(|left, right| left.0.total_cmp(&right.0))?;
    (likeness > 0.9).then_some(name)
}

/// A place in the template: enough to refuse what stands there.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) line: usize,
    pub(super) resource: String,
    pub(super) property: String,
}

impl Place {
    pub(super) fn new(line: usize, resource: impl Into<String>) -> Self {
        Self {
            line,
            resource: resource.into(),
            property: String::new(),
        }
    }

    /// The place of a property below this one.
    pub(super) fn below(&self, property: &str, line: usize) -> Self {
        let property = match self.property.as_str() {
            "" => property.to_owned(),
            path => format!("{path}.{property}"),
        };
        Self {
            line,
            resource: self.resource.clone(),
            property,
        }
    }

    /// The place of an item of the list that stands here.
    pub(super) fn item(&self, index: usize, line: usize) -> Self {
        Self {
            line,
            resource: self.resource.clone(),
            property: format!("{}[{index}]", self.property),
        }
    }

    pub(super) fn on_line(&self, line: usize) -> Self {
        Self {
            line,
            ..self.clone()
        }
    }

    pub(super) fn error(
        &self,
        problem: impl Into<String>,
        mend: impl Into<String>,
    ) -> TemplateError {
        TemplateError {
            line: self.line,
            resource: self.resource.clone(),
            property: self.property.clone(),
            problem: problem.into(),
            mend: mend.into(),
        }
    }

    pub(super) fn refuse<T>(
        &self,
        problem: impl Into<String>,
        mend: impl Into<String>,
    ) -> Result<T, TemplateError> {
        Err(self.error(problem, mend))
    }
}
