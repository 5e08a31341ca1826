//! A document of nested elements, written in order.
//! It must not know any element's meaning.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

pub(crate) struct Xml {
    out: Writer<Vec<u8>>,
}

impl Xml {
    /// A document whose root declares `namespaces` (attribute and address).
    pub(crate) fn document(
        root: &str,
        namespaces: &[(&str, &str)],
        fill: impl FnOnce(&mut Xml),
    ) -> String {
        let mut xml = Xml {
            out: Writer::new_with_indent(Vec::new(), b' ', 1),
        };
        xml.write(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
        let start = BytesStart::new(root).with_attributes(namespaces.iter().copied());
        xml.write(Event::Start(start));
        fill(&mut xml);
        xml.write(Event::End(BytesEnd::new(root)));
        String::from_utf8(xml.out.into_inner()).expect("the writer is given nothing but text")
    }

    pub(crate) fn within(&mut self, name: &str, fill: impl FnOnce(&mut Xml)) {
        self.write(Event::Start(BytesStart::new(name)));
        fill(self);
        self.write(Event::End(BytesEnd::new(name)));
    }

    /// An empty element would say nothing and is forbidden by Peppol, so a blank text writes none.
    pub(crate) fn leaf(&mut self, name: &str, text: &str) {
        self.leaf_with(name, None, text);
    }

    pub(crate) fn leaf_with(&mut self, name: &str, attribute: Option<(&str, &str)>, text: &str) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        self.write(Event::Start(
            BytesStart::new(name).with_attributes(attribute),
        ));
        self.write(Event::Text(BytesText::new(text)));
        self.write(Event::End(BytesEnd::new(name)));
    }

    pub(crate) fn maybe(&mut self, name: &str, text: Option<&str>) {
        self.leaf(name, text.unwrap_or_default());
    }

    fn write(&mut self, event: Event) {
        self.out
            .write_event(event)
            .expect("a vector takes every byte");
    }
}

#[cfg(test)]
mod tests {
    use super::Xml;

    #[test]
    fn texts_are_escaped_and_blank_ones_left_out() {
        let written = Xml::document("a", &[("xmlns:b", "urn:b")], |xml| {
            xml.within("b:c", |xml| {
                xml.leaf_with("b:d", Some(("unit", "\"<")), " 1 < 2 & \"3\"\n]]> ");
            });
            xml.leaf("b:e", " \n");
            xml.maybe("b:f", None);
        });
        insta::assert_snapshot!(written);
    }
}
