//! The names that AWS gives to things, for one account that exists only here.
//! It must not know what the things do.

/// The account of everything on this machine.
pub(crate) const ACCOUNT: &str = "000000000000";

/// The region whose name stands in ARNs and envelopes.
#[derive(Debug, Clone)]
pub(crate) struct Region(pub(crate) String);

impl Region {
    pub(crate) fn function(&self, name: &str) -> String {
        format!("arn:aws:lambda:{}:{ACCOUNT}:function:{name}", self.0)
    }

    pub(crate) fn queue(&self, name: &str) -> String {
        format!("arn:aws:sqs:{}:{ACCOUNT}:{name}", self.0)
    }

    pub(crate) fn rule(&self, bus: &str, rule: &str) -> String {
        match bus {
            "default" => format!("arn:aws:events:{}:{ACCOUNT}:rule/{rule}", self.0),
            _ => format!("arn:aws:events:{}:{ACCOUNT}:rule/{bus}/{rule}", self.0),
        }
    }

    pub(crate) fn schedule(&self, name: &str) -> String {
        format!(
            "arn:aws:scheduler:{}:{ACCOUNT}:schedule/default/{name}",
            self.0
        )
    }

    pub(crate) fn stream(&self, table: &str) -> String {
        format!(
            "arn:aws:dynamodb:{}:{ACCOUNT}:table/{table}/stream/2026-01-01T00:00:00.000",
            self.0
        )
    }
}
