//! Marks a finished PDF as a Factur-X file: the typesetter attaches the XML, but cannot say in the metadata what it is.
//! It must not know what the XML says, and reads only what the typesetter writes: one plain cross-reference table.

/// Describes the four properties below to whoever validates PDF/A, which knows only Adobe's own.
const SCHEMA: &str = concat!(
    r#"<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>"#,
    r#"<pdfaSchema:namespaceURI>urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#</pdfaSchema:namespaceURI>"#,
    r#"<pdfaSchema:prefix>fx</pdfaSchema:prefix><pdfaSchema:property><rdf:Seq>"#,
    r#"<rdf:li rdf:parseType="Resource"><pdfaProperty:name>DocumentFileName</pdfaProperty:name><pdfaProperty:valueType>Text</pdfaProperty:valueType><pdfaProperty:category>external</pdfaProperty:category><pdfaProperty:description>name of the embedded XML invoice file</pdfaProperty:description></rdf:li>"#,
    r#"<rdf:li rdf:parseType="Resource"><pdfaProperty:name>DocumentType</pdfaProperty:name><pdfaProperty:valueType>Text</pdfaProperty:valueType><pdfaProperty:category>external</pdfaProperty:category><pdfaProperty:description>INVOICE</pdfaProperty:description></rdf:li>"#,
    r#"<rdf:li rdf:parseType="Resource"><pdfaProperty:name>Version</pdfaProperty:name><pdfaProperty:valueType>Text</pdfaProperty:valueType><pdfaProperty:category>external</pdfaProperty:category><pdfaProperty:description>The actual version of the Factur-X XML schema</pdfaProperty:description></rdf:li>"#,
    r#"<rdf:li rdf:parseType="Resource"><pdfaProperty:name>ConformanceLevel</pdfaProperty:name><pdfaProperty:valueType>Text</pdfaProperty:valueType><pdfaProperty:category>external</pdfaProperty:category><pdfaProperty:description>The conformance level of the embedded Factur-X data</pdfaProperty:description></rdf:li>"#,
    r#"</rdf:Seq></pdfaSchema:property></rdf:li>"#,
);

/// Factur-X 1.0, section 6: a credit note is an `INVOICE` too.
const PROPERTIES: &str = concat!(
    r#"<rdf:Description rdf:about="" xmlns:fx="urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#">"#,
    r#"<fx:DocumentType>INVOICE</fx:DocumentType><fx:DocumentFileName>factur-x.xml</fx:DocumentFileName>"#,
    r#"<fx:Version>1.0</fx:Version><fx:ConformanceLevel>EN 16931</fx:ConformanceLevel></rdf:Description>"#,
);

/// The file with its metadata grown, and every offset behind them moved along.
///
/// # Errors
/// What was not found, when the typesetter begins to write files in another way.
pub(super) fn marked(pdf: &[u8]) -> Result<Vec<u8>, &'static str> {
    let packet = Packet::find(pdf)?;
    let xmp = grown(&pdf[packet.body..packet.end])?;
    let length = xmp.len().to_string();
    let mut out = Vec::with_capacity(pdf.len() + SCHEMA.len() + PROPERTIES.len() + 8);
    out.extend_from_slice(&pdf[..packet.length]);
    out.extend_from_slice(length.as_bytes());
    out.extend_from_slice(&pdf[packet.length_end..packet.body]);
    out.extend_from_slice(&xmp);
    let grown_by = out.len() - packet.end;
    out.extend_from_slice(&pdf[packet.end..]);
    move_offsets(&mut out, packet.end, grown_by)?;
    Ok(out)
}

/// Where in the file the metadata's stream and its length stand.
struct Packet {
    length: usize,
    length_end: usize,
    body: usize,
    end: usize,
}

impl Packet {
    fn find(pdf: &[u8]) -> Result<Packet, &'static str> {
        const OPENS: &[u8] = b"/Type/Metadata/Subtype/XML>>\nstream\n";
        const LENGTH: &[u8] = b"<</Length ";
        let length_end = last(pdf, OPENS).ok_or("no metadata stream")?;
        let length = last(&pdf[..length_end], LENGTH).ok_or("no length of the metadata")?;
        let length = length + LENGTH.len();
        let body = length_end + OPENS.len();
        let stated = digits(&pdf[length..length_end]).ok_or("a length that is no number")?;
        let end = body + stated;
        let closes = pdf.get(end..).unwrap_or_default().trim_ascii_start();
        if !closes.starts_with(b"endstream") {
            return Err("metadata of another length than stated");
        }
        Ok(Packet {
            length,
            length_end,
            body,
            end,
        })
    }
}

fn grown(xmp: &[u8]) -> Result<Vec<u8>, &'static str> {
    const SCHEMAS_END: &[u8] = b"</rdf:Bag></pdfaExtension:schemas>";
    const END: &[u8] = b"</rdf:RDF>";
    let schemas_end = last(xmp, SCHEMAS_END).ok_or("no list of metadata schemas")?;
    let end = last(xmp, END).ok_or("no end of the metadata")?;
    if end < schemas_end {
        return Err("schemas behind the end of the metadata");
    }
    Ok([
        &xmp[..schemas_end],
        SCHEMA.as_bytes(),
        &xmp[schemas_end..end],
        PROPERTIES.as_bytes(),
        &xmp[end..],
    ]
    .concat())
}

/// Entries of the cross-reference table are ten digits each; the place of the table itself closes the file.
fn move_offsets(pdf: &mut Vec<u8>, behind: usize, by: usize) -> Result<(), &'static str> {
    const START: &[u8] = b"startxref\n";
    let start = last(pdf, START).ok_or("no startxref")? + START.len();
    let table = digits(&pdf[start..]).ok_or("no place of the cross-reference table")? + by;
    let rest = pdf
        .get(table..)
        .and_then(|rest| rest.strip_prefix(b"xref\n0 "))
        .ok_or("no plain cross-reference table")?;
    let count = digits(rest).ok_or("no count of cross-references")?;
    let line_end = rest.iter().position(|byte| *byte == b'\n');
    let first = pdf.len() - rest.len() + line_end.ok_or("no cross-references")? + 1;
    for at in 0..count {
        let place = first + at * 20;
        let entry = pdf.get(place..place + 20).ok_or("a cut cross-reference")?;
        let in_use = entry.get(17) == Some(&b'n');
        let offset = digits(entry).ok_or("a cross-reference that is no number")?;
        if in_use && offset >= behind {
            let moved = format!("{:010}", offset + by);
            pdf[place..place + 10].copy_from_slice(moved.as_bytes());
        }
    }
    let end = start
        + pdf[start..]
            .iter()
            .take_while(|b| b.is_ascii_digit())
            .count();
    pdf.splice(start..end, table.to_string().into_bytes());
    Ok(())
}

fn last(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .rposition(|window| window == wanted)
}

/// The number that `bytes` begin with.
fn digits(bytes: &[u8]) -> Option<usize> {
    let count = bytes
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    std::str::from_utf8(&bytes[..count]).ok()?.parse().ok()
}
