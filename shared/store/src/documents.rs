//! Documents: bytes in parts that fit an item, with a manifest written last so that half of one is never read.
//! It must not know what the bytes are.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::StoreError;
use crate::keys;
use crate::rows::{Head, from_item};
use crate::store::Store;
use crate::table::{AttributeValue, Query, Write, to_item};

/// An item may hold 400 KB; a part leaves room for its keys.
const PART_BYTES: usize = 256 * 1024;

#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    #[serde(flatten)]
    head: Head,
    file_name: String,
    parts: usize,
    sha256: String,
}

/// A stored file.
pub struct Document {
    pub file_name: String,
    pub bytes: Vec<u8>,
}

impl Store {
    /// Keeps a document under `id`; the same again changes nothing.
    pub async fn put_document(
        &self,
        id: &str,
        file_name: &str,
        bytes: &[u8],
    ) -> Result<(), StoreError> {
        let parts: Vec<_> = bytes.chunks(PART_BYTES).collect();
        for (place, part) in parts.iter().enumerate() {
            let mut item = to_item(&Head::new(keys::document_part(id, place), "document_part"))?;
            item.insert("bytes".into(), AttributeValue::B((*part).into()));
            self.table.write(Write::put(item)).await?;
        }
        let manifest = Manifest {
            head: Head::new(keys::document_manifest(id), "document"),
            file_name: file_name.to_owned(),
            parts: parts.len(),
            sha256: sha256(bytes),
        };
        self.table.write(Write::put(to_item(&manifest)?)).await
    }

    /// # Errors
    /// `Never` when the parts are not what the manifest says.
    pub async fn document(&self, id: &str) -> Result<Option<Document>, StoreError> {
        let Some(item) = self.table.get(&keys::document_manifest(id)).await? else {
            return Ok(None);
        };
        let manifest: Manifest = from_item(item)?;
        let parts = self
            .table
            .query_all(&Query::partition(keys::document_partition(id)).begins_with("P#"))
            .await?;
        let mut bytes = Vec::new();
        for part in parts.iter().take(manifest.parts) {
            if let Some(AttributeValue::B(blob)) = part.get("bytes") {
                bytes.extend_from_slice(blob.as_ref());
            }
        }
        if sha256(&bytes) != manifest.sha256 {
            return Err(StoreError::never(
                "read a document",
                format!("{id} is not what was stored"),
            ));
        }
        Ok(Some(Document {
            file_name: manifest.file_name,
            bytes,
        }))
    }
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
