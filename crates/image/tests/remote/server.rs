//! A small HTTP/1.1 server whose every answer is decided by the test, also wrong ones: headers that lie,
//! bodies that stop in the middle. One request a connection.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

/// What was asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// What to answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Close the connection after so many bytes of the body, without a word.
    pub(crate) cut: Option<usize>,
    /// Leave out `Content-Length`: the body ends with the connection.
    pub(crate) no_length: bool,
    /// Wait before each 16 KiB of the body.
    pub(crate) pause: Option<Duration>,
}

impl Reply {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        Self { status, headers: Vec::new(), body, cut: None, no_length: false, pause: None }
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

type Handler = dyn Fn(&Asked) -> Reply + Send + Sync;

/// Runs until it is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    log: Arc<Mutex<Vec<Asked>>>,
    sent: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
}

impl Server {
    pub(crate) fn start(handler: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (log, stop) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let handler: Arc<Handler> = Arc::new(handler);
        let sent = Arc::new(AtomicUsize::new(0));
        let (seen, stopped, counted) = (log.clone(), stop.clone(), sent.clone());
        thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let (handler, seen, sent) = (handler.clone(), seen.clone(), counted.clone());
                thread::spawn(move || stream.map(|stream| serve(stream, &*handler, &seen, &sent)));
            }
        });
        Self { address, log, sent, stop }
    }

    /// `127.0.0.1:PORT`.
    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    /// All requests so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.log.lock().unwrap().clone()
    }

    /// Bytes of bodies that went out so far, to the kernel at least.
    pub(crate) fn sent(&self) -> usize {
        self.sent.load(Ordering::Relaxed)
    }

    /// How many requests there were whose path contains `part`.
    pub(crate) fn count(&self, part: &str) -> usize {
        self.asked().iter().filter(|asked| asked.path.contains(part)).count()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(stream: TcpStream, handler: &Handler, log: &Mutex<Vec<Asked>>, sent: &AtomicUsize) {
    let mut reader = BufReader::new(&stream);
    let Some(asked) = read_request(&mut reader) else { return };
    log.lock().unwrap().push(asked.clone());
    let reply = handler(&asked);
    let mut head = format!("HTTP/1.1 {} X\r\nConnection: close\r\n", reply.status);
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if !reply.no_length {
        head.push_str(&format!("Content-Length: {}\r\n", reply.body.len()));
    }
    head.push_str("\r\n");
    let mut stream = &stream;
    if stream.write_all(head.as_bytes()).is_err() {
        return;
    }
    let end = reply.cut.unwrap_or(reply.body.len()).min(reply.body.len());
    for part in reply.body[..end].chunks(16 << 10) {
        if let Some(pause) = reply.pause {
            thread::sleep(pause);
        }
        if stream.write_all(part).is_err() {
            return;
        }
        sent.fetch_add(part.len(), Ordering::Relaxed);
    }
}

fn read_request(reader: &mut impl BufRead) -> Option<Asked> {
    let mut line = String::new();
    // Not text: somebody tries TLS.
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let headers = read_headers(reader)?;
    let length = headers.get("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = Vec::new();
    reader.take(length).read_to_end(&mut body).ok()?;
    Some(Asked { method, path, headers, body })
}

fn read_headers(reader: &mut impl BufRead) -> Option<BTreeMap<String, String>> {
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { return Some(headers) };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
}

/// Passes a request on to a real server and brings its answer back.
pub(crate) fn forward(asked: &Asked, to: &str) -> Reply {
    // HTTP/1.0, so that bodies are not chunked.
    let host = asked.header("host").unwrap_or(to);
    let mut head = format!("{} {} HTTP/1.0\r\nHost: {host}\r\n", asked.method, asked.path);
    for name in ["accept", "authorization", "range", "content-type", "content-range"] {
        if let Some(value) = asked.header(name) {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    head.push_str(&format!("content-length: {}\r\n\r\n", asked.body.len()));
    let mut stream = TcpStream::connect(to).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&asked.body).unwrap();
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let status = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    let headers = read_headers(&mut reader).unwrap();
    let mut body = Vec::new();
    reader.read_to_end(&mut body).unwrap();
    let mut reply = Reply::new(status, body);
    for (name, value) in headers {
        if name != "content-length" && name != "connection" {
            reply = reply.header(&name, value);
        }
    }
    reply
}
