//! A loopback HTTP server that answers as a test tells it to, well or badly, with and without TLS.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What came in.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// With the query.
    pub(crate) path: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
}

impl Request {
    /// A header; empty when absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

/// What goes out.
pub(crate) enum Reply {
    /// Status, further header lines, body.
    Content(u16, String, Vec<u8>),
    /// 200 with an entity tag, or 304 when that is at hand.
    Tagged(String, Vec<u8>),
    /// Promises more than it sends.
    CutShort(Vec<u8>),
    /// Says nothing for a long time.
    Silence,
}

impl Reply {
    pub(crate) fn status(status: u16) -> Self {
        Self::Content(status, String::new(), b"{\"code\":5}".to_vec())
    }
}

type Handler = dyn Fn(&Request) -> Reply + Send + Sync;

/// Runs until the process ends.
pub(crate) struct Server {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    pub(crate) fn new(handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        Self::start("http", Arc::new(handler))
    }

    pub(crate) fn with_tls(handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        Self::start("https", Arc::new(handler))
    }

    fn start(scheme: &str, handler: Arc<Handler>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("{scheme}://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let tls = (scheme == "https").then(tls_configuration);
        let log = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (handler, log, tls) = (Arc::clone(&handler), Arc::clone(&log), tls.clone());
                std::thread::spawn(move || {
                    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
                    match tls {
                        None => serve(stream, &*handler, &log),
                        Some(configuration) => {
                            let connection = rustls::ServerConnection::new(configuration).unwrap();
                            serve(rustls::StreamOwned::new(connection, stream), &*handler, &log);
                        }
                    }
                });
            }
        });
        Self { url, seen }
    }

    /// Paths that were asked for, in order.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.requests().into_iter().map(|request| request.path).collect()
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }
}

fn serve<S: Read + Write>(stream: S, handler: &Handler, log: &Mutex<Vec<Request>>) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read_request(&mut reader) {
        log.lock().unwrap().push(request.clone());
        let (status, headers, body) = match handler(&request) {
            Reply::Content(status, headers, body) => (status, headers, body),
            Reply::Tagged(tag, _) if request.header("if-none-match") == tag => (304, String::new(), Vec::new()),
            Reply::Tagged(tag, body) => (200, format!("ETag: {tag}\r\n"), body),
            Reply::CutShort(body) => {
                let _ = write!(reader.get_mut(), "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len() + 999);
                let _ = reader.get_mut().write_all(&body);
                return;
            }
            Reply::Silence => {
                std::thread::sleep(Duration::from_secs(20));
                return;
            }
        };
        let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n{headers}\r\n", body.len());
        let stream = reader.get_mut();
        if stream
            .write_all(head.as_bytes())
            .and_then(|()| stream.write_all(&body))
            .and_then(|()| stream.flush())
            .is_err()
        {
            return;
        }
    }
}

fn read_request(reader: &mut impl BufRead) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) => headers.push((name.to_ascii_lowercase(), value.to_owned())),
            None => return Some(Request { path, headers }),
        }
    }
}

/// A certificate for 127.0.0.1 that nobody has signed but itself. Made for these tests, used nowhere else.
pub(crate) static CERTIFICATE: &[u8] = include_bytes!("loopback.cert.der");
static KEY: &[u8] = include_bytes!("loopback.key.der");

fn tls_configuration() -> Arc<rustls::ServerConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let configuration = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CERTIFICATE.to_vec().into()],
            rustls::pki_types::PrivatePkcs8KeyDer::from(KEY.to_vec()).into(),
        )
        .unwrap();
    Arc::new(configuration)
}

/// Listens, so that a connection is made, and counts those.
pub(crate) fn count_connections() -> (String, Arc<Mutex<usize>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
    let count = Arc::new(Mutex::new(0));
    let counter = Arc::clone(&count);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            *counter.lock().unwrap() += 1;
            drop::<Option<TcpStream>>(stream.ok());
        }
    });
    (url, count)
}
