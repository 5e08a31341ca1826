//! A workflow as a Mermaid flowchart.
//! It must not know more of a step than its name, its kind and its ways on.

use domain::definition::Workflow;

use super::step::{StepTold, To};

/// The text of the drawing, to stand in a fenced block.
pub fn drawing(workflow: &Workflow, steps: &[StepTold]) -> String {
    let mut lines = vec!["flowchart TD".to_owned()];
    let start = match &workflow.starts_on {
        Some(on) => match on.every {
            Some(every) => format!("every {every}"),
            None => format!("{} from {}", on.event, on.from),
        },
        None => "started by a workflow".to_owned(),
    };
    lines.push(format!("  start([\"{}\"])", label(&start)));
    for step in steps {
        let (open, close) = match step.kind {
            "approve" => ("{", "}"),
            "assign" => ("{{", "}}"),
            "project" => ("[[", "]]"),
            "mail" | "notify" | "invoice" | "portal" | "emit" => ("([", "])"),
            _ => ("[", "]"),
        };
        let who = step
            .owner
            .as_ref()
            .map_or("Baton".to_owned(), |owner| owner.short());
        let clock = step
            .within
            .as_ref()
            .map_or_else(String::new, |within| format!("<br/>within {within}"));
        lines.push(format!(
            "  {}{open}\"<b>{}</b><br/>{}{}\"{close}",
            node(step.id.as_str()),
            label(step.id.as_str()),
            label(&who),
            clock
        ));
    }
    if let Some(first) = steps.first() {
        lines.push(format!("  start --> {}", node(first.id.as_str())));
    }
    let mut ends = false;
    let mut stops = false;
    for step in steps {
        for way in &step.ways {
            let to = match &way.to {
                To::Step(id) => node(id.as_str()),
                To::End => {
                    ends = true;
                    "done".to_owned()
                }
                To::Stop => {
                    stops = true;
                    "stopped".to_owned()
                }
            };
            let from = node(step.id.as_str());
            lines.push(match &way.when {
                None => format!("  {from} --> {to}"),
                Some(when) => format!("  {from} -- \"{}\" --> {to}", label(when)),
            });
        }
    }
    for (is_there, line) in [
        (ends, "  done((\"end\"))"),
        (stops, "  stopped((\"stop\"))"),
    ] {
        if is_there {
            lines.push(line.to_owned());
        }
    }
    lines.join("\n")
}

/// Step names may be words of Mermaid's own, such as `end`.
fn node(id: &str) -> String {
    format!("s_{id}")
}

/// Text between double quotes, as Mermaid reads it.
fn label(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '"' | '#' | '<' | '>' | '&' | '`' | ';' | '\\' => {
                out.push_str(&format!("#{};", u32::from(c)));
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_leaves_its_quotes() {
        assert_eq!(
            label("say \"hi\" <b>\n#1;"),
            "say #34;hi#34; #60;b#62; #35;1#59;"
        );
        assert_eq!(label("Zoë: 80%"), "Zoë: 80%");
    }
}
