//! The journal's own tables beside those of the table engine, and the records of its streams.
//! It must not decide when a row is written.

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, params};

use super::{Entry, Left, LeftWork};

/// One accepted mail. `sent_at` is the shown time in milliseconds.
#[derive(Debug, Clone)]
pub(crate) struct MailRow {
    pub(crate) id: u64,
    pub(crate) message_id: String,
    pub(crate) sent_at: i64,
    pub(crate) source: String,
    pub(crate) recipients: Vec<String>,
    pub(crate) raw: Bytes,
}

/// One record of a table's stream as the table engine stored it; images are JSON.
#[derive(Debug, Clone)]
pub(crate) struct StreamRow {
    pub(crate) event_id: String,
    pub(crate) event_name: String,
    pub(crate) keys: String,
    pub(crate) new_image: Option<String>,
    pub(crate) old_image: Option<String>,
    pub(crate) sequence_number: i64,
    pub(crate) created_at: i64,
    pub(crate) user_identity: Option<String>,
}

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS _machine_work (
        id INTEGER PRIMARY KEY, kind TEXT NOT NULL, target TEXT NOT NULL, state TEXT NOT NULL, body BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS _machine_position (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS _machine_mail (
        id INTEGER PRIMARY KEY, message_id TEXT NOT NULL, sent_at INTEGER NOT NULL, source TEXT NOT NULL,
        recipients TEXT NOT NULL, raw BLOB NOT NULL);
    CREATE INDEX IF NOT EXISTS _machine_stream_order ON _stream_records (table_name, CAST(sequence_number AS INTEGER));";

/// Creates the tables, and the index without which the table engine reads the whole stream for every new record.
pub(super) fn prepare(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.execute_batch(TABLES)
}

pub(super) fn left(connection: &Connection) -> Result<(Left, u64), rusqlite::Error> {
    let mut left = Left::default();
    let mut statement = connection
        .prepare("SELECT id, kind, target, state, body FROM _machine_work ORDER BY id")?;
    let rows = statement.query_map([], |row| {
        Ok(LeftWork {
            id: row.get(0)?,
            kind: row.get(1)?,
            target: row.get(2)?,
            state: row.get(3)?,
            body: Bytes::from(row.get::<_, Vec<u8>>(4)?),
        })
    })?;
    for row in rows {
        left.work.push(row?);
    }
    let mut statement = connection.prepare("SELECT name, value FROM _machine_position")?;
    for row in statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))? {
        let (name, value) = row?;
        left.positions.insert(name, value);
    }
    let last: u64 = connection.query_row(
        "SELECT MAX(COALESCE((SELECT MAX(id) FROM _machine_work), 0), COALESCE((SELECT MAX(id) FROM _machine_mail), 0))",
        [],
        |row| row.get(0),
    )?;
    Ok((left, last + 1))
}

pub(super) fn apply(connection: &Connection, entry: &Entry) -> Result<(), rusqlite::Error> {
    match entry {
        Entry::Work(work) => connection
            .prepare_cached("INSERT OR REPLACE INTO _machine_work (id, kind, target, state, body) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![work.id, work.kind, work.target, work.state, &work.body[..]])?,
        Entry::State { id, state } => connection
            .prepare_cached("UPDATE _machine_work SET state = ?2 WHERE id = ?1")?
            .execute(params![id, state])?,
        Entry::Done { id } => connection.prepare_cached("DELETE FROM _machine_work WHERE id = ?1")?.execute(params![id])?,
        Entry::Mail(mail) => connection
            .prepare_cached(
                "INSERT OR REPLACE INTO _machine_mail (id, message_id, sent_at, source, recipients, raw) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                mail.id,
                mail.message_id,
                mail.sent_at,
                mail.source,
                mail.recipients.join("\n"),
                &mail.raw[..]
            ])?,
        Entry::Position { name, value } => connection
            .prepare_cached("INSERT OR REPLACE INTO _machine_position (name, value) VALUES (?1, ?2)")?
            .execute(params![name, value])?,
        // The newest record stays: the table engine numbers the next one after it.
        Entry::TrimStream { table, up_to } => connection
            .prepare_cached(
                "DELETE FROM _stream_records WHERE table_name = ?1 AND CAST(sequence_number AS INTEGER) <= ?2
                 AND CAST(sequence_number AS INTEGER) <
                     (SELECT MAX(CAST(sequence_number AS INTEGER)) FROM _stream_records WHERE table_name = ?1)",
            )?
            .execute(params![table, up_to])?,
    };
    Ok(())
}

/// The next records of a table's stream, in order.
pub(crate) fn stream_rows(
    connection: &Connection,
    table: &str,
    after: i64,
    limit: usize,
) -> Result<Vec<StreamRow>, rusqlite::Error> {
    let mut statement = connection.prepare_cached(
        "SELECT COALESCE(event_id, sequence_number), event_name, keys_json, new_image, old_image,
                CAST(sequence_number AS INTEGER), created_at, user_identity
         FROM _stream_records WHERE table_name = ?1 AND CAST(sequence_number AS INTEGER) > ?2
         ORDER BY CAST(sequence_number AS INTEGER) LIMIT ?3",
    )?;
    let rows = statement.query_map(params![table, after, limit], |row| {
        Ok(StreamRow {
            event_id: row.get(0)?,
            event_name: row.get(1)?,
            keys: row.get(2)?,
            new_image: row.get(3)?,
            old_image: row.get(4)?,
            sequence_number: row.get(5)?,
            created_at: row.get(6)?,
            user_identity: row.get(7)?,
        })
    })?;
    rows.collect()
}

fn mail_row(row: &rusqlite::Row<'_>) -> Result<MailRow, rusqlite::Error> {
    let recipients: String = row.get(4)?;
    Ok(MailRow {
        id: row.get(0)?,
        message_id: row.get(1)?,
        sent_at: row.get(2)?,
        source: row.get(3)?,
        recipients: recipients.lines().map(str::to_owned).collect(),
        raw: Bytes::from(row.get::<_, Vec<u8>>(5)?),
    })
}

/// Mails with an id above `after`, oldest first.
pub(crate) fn mails_after(
    connection: &Connection,
    after: u64,
) -> Result<Vec<MailRow>, rusqlite::Error> {
    let mut statement = connection
        .prepare_cached("SELECT id, message_id, sent_at, source, recipients, raw FROM _machine_mail WHERE id > ?1 ORDER BY id")?;
    let rows = statement.query_map(params![after], mail_row)?;
    rows.collect()
}

/// The newest mails, newest first.
pub(crate) fn newest_mails(
    connection: &Connection,
    limit: usize,
) -> Result<Vec<MailRow>, rusqlite::Error> {
    let mut statement = connection
        .prepare_cached("SELECT id, message_id, sent_at, source, recipients, raw FROM _machine_mail ORDER BY id DESC LIMIT ?1")?;
    let rows = statement.query_map(params![limit], mail_row)?;
    rows.collect()
}

pub(crate) fn mail(connection: &Connection, id: u64) -> Result<Option<MailRow>, rusqlite::Error> {
    connection
        .prepare_cached("SELECT id, message_id, sent_at, source, recipients, raw FROM _machine_mail WHERE id = ?1")?
        .query_row(params![id], mail_row)
        .optional()
}
