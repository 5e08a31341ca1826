//! Reads the values of a workflow: each a name and the place in the event that it is read from.
//! It must not know which line uses them.

use domain::definition::{DataSource, Kind};

use crate::fields::{Fields, Text, entries_of, short, text_of};
use crate::names::{Names, Shape};
use crate::problem::Sink;
use crate::team::is_id;
use crate::trigger;

pub(crate) type DataRead<'n> = (
    Vec<(Text<'n>, Option<Text<'n>>)>,
    Vec<(String, DataSource)>,
    Names,
);

pub(crate) fn data<'n>(
    fields: &Fields<'n, '_>,
    kind: Option<Kind>,
    sink: Sink<'_>,
) -> DataRead<'n> {
    let (mut places, mut data, mut names) = (Vec::new(), Vec::new(), Names::default());
    let Some(node) = fields.get("data") else {
        return (places, data, names);
    };
    if kind == Some(Kind::Project) {
        let help = "name the values its starter hands over: `given: [client, contract]`";
        sink.error(
            "V12",
            fields.key_at("data"),
            "a project reads no event",
            help,
        );
        return (places, data, names);
    }
    for (key, node) in entries_of(node, "data", "V12", sink) {
        if !is_id(key, "a value", sink) {
            continue;
        }
        let source = text_of(node, &key.text, "V12", sink).and_then(|text| source(text, sink));
        // Whatever its source is, later lines may name it.
        let shape = match &source {
            Some((DataSource::LookupClient(_), _)) => Shape::Client,
            Some((DataSource::LookupPerson(_), _)) => Shape::Person,
            Some((DataSource::Path(_), _)) => Shape::Field,
            None => Shape::Unknown,
        };
        names.insert(&key.text, shape);
        places.push((
            Text {
                text: &key.text,
                at: key.at,
            },
            source.as_ref().map(|(_, path)| *path),
        ));
        data.extend(source.map(|(source, _)| (key.text.clone(), source)));
    }
    (places, data, names)
}

fn source<'n>(text: Text<'n>, sink: Sink<'_>) -> Option<(DataSource, Text<'n>)> {
    let words: Vec<_> = text.text.split_whitespace().collect();
    let (path, source): (&'n str, fn(String) -> DataSource) = match words.as_slice() {
        [path] => (*path, DataSource::Path),
        ["lookup", "client", path] => (*path, DataSource::LookupClient),
        ["lookup", "person", path] => (*path, DataSource::LookupPerson),
        _ => {
            let message = format!("`{}` is no source of a value", short(text.text));
            let help = "write `detail.field`, `lookup client detail.field` or `lookup person detail.field`";
            sink.error("V12", text.at, message, help);
            return None;
        }
    };
    let path = Text {
        text: path,
        at: text.at,
    };
    trigger::is_path(path, "V12", sink).then(|| (source(path.text.to_owned()), path))
}
