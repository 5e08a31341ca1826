//! A tool of somebody else's, on loopback: it gives its answers in order and remembers what it was asked.
//! It must not know Baton.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Asked {
    /// `POST /entries`
    pub line: String,
    /// Names in small letters.
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

pub struct Tool {
    pub url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    answers: Arc<Mutex<VecDeque<String>>>,
}

impl Tool {
    /// Answers with these, status line and headers and body; then with 200 and nothing.
    pub fn answering(answers: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let tool = Self {
            url: format!("http://{address}"),
            asked: Arc::default(),
            answers: Arc::new(Mutex::new(
                answers.iter().map(|one| (*one).to_owned()).collect(),
            )),
        };
        let (asked, answers) = (tool.asked.clone(), tool.answers.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let Some(request) = read(&stream) else {
                    continue;
                };
                asked
                    .lock()
                    .expect("no test has panicked with it")
                    .push(request);
                let next = answers
                    .lock()
                    .expect("no test has panicked with it")
                    .pop_front();
                let answer = next.unwrap_or_else(|| "200 OK".to_owned());
                let (head, body) = answer.split_once("\n\n").unwrap_or((&answer, ""));
                let length = body.len();
                let head = head.replace('\n', "\r\n");
                let _ = write!(
                    &stream,
                    "HTTP/1.1 {head}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
                );
            }
        });
        tool
    }

    /// What it answers from now on; then 200 and nothing.
    pub fn answers(&self, answers: &[&str]) {
        let answers = answers.iter().map(|one| (*one).to_owned()).collect();
        *self.answers.lock().expect("no test has panicked with it") = answers;
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked
            .lock()
            .expect("no test has panicked with it")
            .clone()
    }
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length = headers
        .get("content-length")
        .and_then(|length| length.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some(Asked {
        line: line.trim_end().trim_end_matches(" HTTP/1.1").to_owned(),
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}
