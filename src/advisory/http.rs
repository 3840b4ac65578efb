//! Fetching over HTTPS: conditional requests, retries with back-off, bounds on time and size. The only module
//! that opens a connection.
//!
//! A redirect is followed within the host that was asked and nowhere else, so that neither data nor credentials
//! change hands unseen. Proxies come from the usual environment variables, certificates from the system and
//! from `SSL_CERT_FILE`. URLs in messages never show user names, passwords or queries.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use reqwest::blocking::{Client, Response};
use reqwest::header::{self, HeaderMap, HeaderValue};

/// Bounds and manners.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Until a connection stands.
    pub connect: Duration,
    /// Until the next bytes.
    pub read: Duration,
    /// For one whole answer.
    pub answer: Duration,
    /// How often a request is sent before giving up.
    pub attempts: u32,
    /// Pause before the second attempt; doubled for each further one, with up to as much again by chance.
    pub pause: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            read: Duration::from_secs(30),
            answer: Duration::from_secs(15 * 60),
            attempts: 4,
            pause: Duration::from_millis(500),
        }
    }
}

/// The longest that a server's `Retry-After` is honoured.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Why nothing came.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The URL is none, or not `http(s)`.
    #[error("{url:?} is no http or https URL")]
    Url {
        /// What was given, without credentials.
        url: String,
    },
    /// No connection, or it broke.
    #[error("cannot fetch {url}: {reason}")]
    Connection {
        /// What was asked for.
        url: String,
        /// What happened.
        reason: String,
    },
    /// The server is not who it says.
    #[error("cannot trust {url}: {reason}")]
    Certificate {
        /// What was asked for.
        url: String,
        /// What is wrong with the certificate.
        reason: String,
    },
    /// Nothing came for too long.
    #[error("{url} did not answer in time")]
    Timeout {
        /// What was asked for.
        url: String,
    },
    /// An answer that is neither content nor "not modified".
    #[error("{url} answered {status}")]
    Status {
        /// What was asked for.
        url: String,
        /// The answer.
        status: StatusCode,
    },
    /// A redirect that leads elsewhere.
    #[error("{url} redirects to another host, {to}")]
    Redirect {
        /// What was asked for.
        url: String,
        /// Where it leads.
        to: String,
    },
    /// More than is reasonable.
    #[error("{url} sends more than {} MiB", limit >> 20)]
    TooLarge {
        /// What was asked for.
        url: String,
        /// How much would have been read.
        limit: u64,
    },
    /// What came could not be kept.
    #[error("cannot write what was fetched")]
    Write(#[from] io::Error),
}

impl Error {
    /// What the user can do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Url { .. } => "give a URL that begins with https://",
            Self::Connection { .. } | Self::Timeout { .. } => {
                "check the connection and HTTPS_PROXY, or download the archive elsewhere and give it with --from"
            }
            Self::Certificate { .. } => "if your network has its own authority, name its certificates in SSL_CERT_FILE",
            Self::Status { status, .. } if status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS => {
                "try again later; the data in use has not changed"
            }
            Self::Status { .. } => "check the URL; the data in use has not changed",
            Self::Redirect { .. } => "if that host is right, give its URL",
            Self::TooLarge { .. } => "check the URL; the data in use has not changed",
            Self::Write(_) => "make room on the disk, or name another directory with REDAN_CACHE_DIR",
        }
    }

    fn is_temporary(&self) -> bool {
        match self {
            Self::Connection { .. } | Self::Timeout { .. } => true,
            Self::Status { status, .. } => {
                status.is_server_error()
                    || matches!(*status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
            }
            _ => false,
        }
    }
}

/// Where an answer goes. Emptied before each attempt.
pub trait Sink: Write {
    /// Makes it empty.
    fn restart(&mut self) -> io::Result<()>;
}

impl Sink for Vec<u8> {
    fn restart(&mut self) -> io::Result<()> {
        self.clear();
        Ok(())
    }
}

impl Sink for File {
    fn restart(&mut self) -> io::Result<()> {
        self.set_len(0)?;
        self.rewind()
    }
}

/// What came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The content is in the sink.
    Content {
        /// Its entity tag; empty when there is none.
        tag: String,
    },
    /// It is what the entity tag stands for.
    NotModified,
}

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Request<'a> {
    /// Where. A user name and password in it are sent as basic authentication, to its host alone.
    pub url: &'a str,
    /// The entity tag that is at hand; empty for none.
    pub tag: &'a str,
    /// Most bytes of content.
    pub limit: u64,
    /// `Accept`, when it matters.
    pub accept: Option<&'static str>,
}

/// Fetches.
pub struct Http {
    client: Client,
    settings: Settings,
}

impl Http {
    /// Makes ready; opens no connection.
    ///
    /// # Errors
    ///
    /// When the certificates of the system, or those in `SSL_CERT_FILE`, cannot be read.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        // The process may have a provider already: then that one serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let policy = reqwest::redirect::Policy::custom(|attempt| {
            let same_host = attempt.previous().first().is_some_and(|first| {
                let upgraded = first.scheme() == "http" && attempt.url().scheme() == "https" && first.port().is_none();
                first.host_str() == attempt.url().host_str()
                    && (upgraded || first.scheme() == attempt.url().scheme())
                    && (upgraded || first.port_or_known_default() == attempt.url().port_or_known_default())
            });
            if attempt.previous().len() > 5 || !same_host { attempt.stop() } else { attempt.follow() }
        });
        let client = Client::builder()
            .user_agent(concat!("redan/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(settings.connect)
            .timeout(settings.read)
            .redirect(policy)
            .referer(false)
            .build()
            .map_err(|error| Error::Connection { url: "anything".to_owned(), reason: reason(&error) })?;
        Ok(Self { client, settings })
    }

    /// Fetches into `sink`, with retries. `progress` hears of each piece: bytes so far, and of how many if known.
    ///
    /// # Errors
    ///
    /// When no attempt brought an answer that can be used.
    pub fn fetch(
        &self,
        request: &Request<'_>,
        sink: &mut dyn Sink,
        progress: &mut dyn FnMut(u64, Option<u64>),
    ) -> Result<Answer, Error> {
        let mut pause = self.settings.pause;
        for attempt in 1.. {
            sink.restart()?;
            let mut asked = Duration::ZERO;
            let error = match self.attempt(request, sink, progress, &mut asked) {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if attempt >= self.settings.attempts || !error.is_temporary() {
                return Err(error);
            }
            std::thread::sleep((pause + jitter(pause)).max(asked.min(LONGEST_PAUSE)));
            pause *= 2;
        }
        Err(Error::Timeout { url: shown(request.url) })
    }

    fn attempt(
        &self,
        request: &Request<'_>,
        sink: &mut dyn Sink,
        progress: &mut dyn FnMut(u64, Option<u64>),
        asked: &mut Duration,
    ) -> Result<Answer, Error> {
        let url = || shown(request.url);
        let deadline = Instant::now() + self.settings.answer;
        let mut response = self.send(request)?;
        match response.status() {
            StatusCode::NOT_MODIFIED if !request.tag.is_empty() => return Ok(Answer::NotModified),
            StatusCode::OK => {}
            status if status.is_redirection() && status != StatusCode::NOT_MODIFIED => {
                let to = text_of(response.headers(), header::LOCATION);
                return Err(Error::Redirect { url: url(), to: shown(&to) });
            }
            status => {
                let seconds = text_of(response.headers(), header::RETRY_AFTER).parse().unwrap_or(0);
                *asked = Duration::from_secs(seconds);
                return Err(Error::Status { url: url(), status });
            }
        }
        let length = response.content_length();
        if length.is_some_and(|length| length > request.limit) {
            return Err(Error::TooLarge { url: url(), limit: request.limit });
        }
        let tag = text_of(response.headers(), header::ETAG);
        let mut received = 0;
        let mut buffer = vec![0; 64 << 10];
        loop {
            let read = match response.read(&mut buffer) {
                Ok(0) => return Ok(Answer::Content { tag }),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(broken(url(), &error)),
            };
            received += read as u64;
            if received > request.limit {
                return Err(Error::TooLarge { url: url(), limit: request.limit });
            }
            if Instant::now() > deadline {
                return Err(Error::Timeout { url: url() });
            }
            sink.write_all(buffer.get(..read).unwrap_or_default())?;
            progress(received, length);
        }
    }

    fn send(&self, request: &Request<'_>) -> Result<Response, Error> {
        let invalid = || Error::Url { url: shown(request.url) };
        let url = reqwest::Url::parse(request.url).map_err(|_| invalid())?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(invalid());
        }
        let mut builder = self.client.get(url);
        if let Ok(tag) = HeaderValue::from_str(request.tag)
            && !request.tag.is_empty()
        {
            builder = builder.header(header::IF_NONE_MATCH, tag);
        }
        if let Some(accept) = request.accept {
            builder = builder.header(header::ACCEPT, accept);
        }
        builder.send().map_err(|error| {
            let url = shown(request.url);
            if error.is_timeout() {
                Error::Timeout { url }
            } else if is_certificate(&error) {
                Error::Certificate { url, reason: reason(&error) }
            } else {
                Error::Connection { url, reason: reason(&error) }
            }
        })
    }
}

/// The URL as messages show it: without user name, password, query and fragment.
pub fn shown(url: &str) -> String {
    match reqwest::Url::parse(url) {
        Ok(mut url) if url.has_host() => {
            let _ = url.set_username("");
            let _ = url.set_password(None);
            url.set_query(None);
            url.set_fragment(None);
            url.to_string()
        }
        _ => {
            let start = url.rfind('@').map_or(0, |at| at + 1);
            url.get(start..).unwrap_or_default().chars().filter(|c| !c.is_control()).take(200).collect()
        }
    }
}

fn text_of(headers: &HeaderMap, name: header::HeaderName) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

/// The innermost cause, which says what happened without repeating the URL.
fn reason(error: &(dyn std::error::Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

fn is_certificate(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        let inside = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if inside.is_some_and(|inside| inside.is::<rustls::Error>() || is_certificate(inside))
            || error.is::<rustls::Error>()
        {
            return true;
        }
        next = error.source();
    }
    false
}

fn broken(url: String, error: &io::Error) -> Error {
    let timeout = error.kind() == io::ErrorKind::TimedOut
        || error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<reqwest::Error>())
            .is_some_and(reqwest::Error::is_timeout);
    if timeout { Error::Timeout { url } } else { Error::Connection { url, reason: reason(error) } }
}

/// Up to `most`, different for processes that failed at the same moment.
fn jitter(most: Duration) -> Duration {
    use std::hash::{BuildHasher, Hasher};
    let random = std::collections::hash_map::RandomState::new().build_hasher().finish();
    most.mul_f64((random % 1000) as f64 / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_holds_no_credentials() {
        assert_eq!(shown("https://user:pass@example.org/a?sig=1#x"), "https://example.org/a");
        assert_eq!(shown("user:pass@example.org"), "example.org");
    }

    #[test]
    fn only_http_is_spoken() {
        let http = Http::new(Settings::default()).unwrap();
        for url in ["file:///etc/passwd", "ftp://a/b", "nonsense", ""] {
            let request = Request { url, limit: 1, ..Request::default() };
            assert!(matches!(http.fetch(&request, &mut Vec::new(), &mut |_, _| {}), Err(Error::Url { .. })), "{url}");
        }
    }
}
