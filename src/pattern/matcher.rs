//! From literals to matches: the cheapest question first, the regex of the rule last and only around its
//! literal, compiled when it is first needed.

use std::ops::Range;

use regex_automata::meta::{self, Regex};
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input};
use regex_syntax::hir::{Capture, Hir, HirKind, Repetition};

use super::analysis::Place;
use super::budget::Budget;
use super::literals::{Hit, Literals, Owner};
use super::load::Pattern;
use super::regions::Survey;
use super::secret::{Match, Proof, Secret, Wrapping};
use super::{Patterns, Search, boundary, checksum, entropy, generic, placeholder, regions};
use crate::model::{Confidence, Span};

/// How far before a match a word of `near` may stand.
pub const NEAR_BEFORE: usize = 128;
/// How far after a match a word of `near` may stand.
pub const NEAR_AFTER: usize = 64;
/// How far before a match the name that it belongs to may begin.
const NAME: usize = 24;
/// Starts that are tried in one window before it is given up; a window is at most some 8 KiB long.
const TRIES: usize = 256;
/// The longest repetition that an automaton counts.
const COUNTED: u32 = 300;

/// The regexes of a rule.
pub struct Compiled {
    form: Regex,
    /// The index of the group `secret`; 0, the whole match, where there is none.
    group: usize,
    /// The index of the group `user`, whose text is often the password's as well where nothing is protected.
    user: Option<usize>,
    allow: Vec<Regex>,
}

/// Finds what stands in `text` as it is. Returns what a look at it told, for those who look for
/// encodings.
pub fn search(patterns: &Patterns, text: &[u8], how: Search, budget: &mut Budget, found: &mut Vec<Match>) -> Survey {
    let literals = patterns.literals.get_or_init(|| Literals::new(patterns.patterns));
    let survey = regions::survey(text);
    let mut hits = Vec::new();
    literals.in_whole(text, &mut hits);
    if how.exhaustive {
        literals.in_region(text, 0..text.len(), &mut hits);
    } else {
        for region in regions::regions(&survey.runs, text.len()) {
            literals.in_region(text, region, &mut hits);
        }
    }
    hits.sort_unstable();
    hits.dedup();
    let named = hits.partition_point(|hit| matches!(hit.owner, Owner::Rule(..)));
    let (by_rule, generic) = hits.split_at(named);
    for of_rule in by_rule.chunk_by(|a, b| rule_of(a) == rule_of(b)) {
        if let Some(rule) = of_rule.first().and_then(rule_of) {
            let runs = (!how.exhaustive).then_some(survey.runs.as_slice());
            confirm(patterns, rule, text, of_rule, runs, budget, found);
        }
    }
    generic::search(patterns, text, how, generic, found);
    survey
}

fn rule_of(hit: &Hit) -> Option<usize> {
    match hit.owner {
        Owner::Rule(rule, _) => Some(usize::from(rule)),
        Owner::Name(_) | Owner::Url => None,
    }
}

/// Where a match may start, and where the last of them ends at most.
struct Window {
    starts: Range<usize>,
    end: usize,
}

impl Window {
    /// How many bytes there are to look at.
    fn len(&self) -> usize {
        self.end.saturating_sub(self.starts.start)
    }
}

/// Looks for matches of one rule around its literals. `runs` are the random runs of the text where matches of a rule
/// that needs one are looked for there alone.
fn confirm(
    patterns: &Patterns,
    rule: usize,
    text: &[u8],
    hits: &[Hit],
    runs: Option<&[Range<usize>]>,
    budget: &mut Budget,
    found: &mut Vec<Match>,
) {
    let pattern = &patterns.patterns[rule];
    let has_run = |window: &Window| runs.is_none_or(|runs| pattern.run == 0 || holds_run(runs, window, pattern.run));
    // A body is looked for in steps of its length.
    let mut has_body = |window: &Window| {
        pattern.body.is_none_or(|body| {
            budget.asks(window.len() / body.count) && body.is_in(&text[window.starts.start..window.end])
        })
    };
    let windows =
        hits.iter().filter(|hit| has_behind(pattern, hit, text)).filter_map(|hit| window(pattern, hit, text.len()));
    let mut windows: Vec<Window> = windows.filter(has_run).filter(|window| has_body(window)).collect();
    if windows.is_empty() {
        return;
    }
    let Some(compiled) = patterns.compiled[rule].get_or_init(|| compile(pattern)) else { return };
    windows.sort_unstable_by_key(|window| window.starts.start);
    let mut resume = 0;
    for window in windows {
        let mut from = window.starts.start.max(resume);
        let mut tries = 0;
        while from < window.starts.end && tries < TRIES {
            if !budget.asks(window.end.saturating_sub(from)) {
                return;
            }
            tries += 1;
            // A single possible start needs no search, only a test.
            let anchored = if window.starts.len() == 1 { Anchored::Yes } else { Anchored::No };
            let input = Input::new(text).range(from..window.end).anchored(anchored);
            let Some(whole) = compiled.form.search(&input).filter(|one| one.start() < window.starts.end) else {
                from = window.starts.end;
                break;
            };
            match judge(pattern, compiled, text, whole.start()..whole.end()) {
                Some(one) => {
                    from = whole.end();
                    found.push(Match { rule, ..one });
                }
                None if compiled.group > 0 => from = whole.start() + 1,
                None => from = next_start(pattern, text, whole.start() + 1, window.starts.end),
            }
        }
        budget.is_spent |= tries == TRIES && from < window.starts.end;
        resume = from.max(resume);
    }
}

/// The next place where the left boundary can hold.
fn next_start(pattern: &Pattern, text: &[u8], from: usize, end: usize) -> usize {
    (from..end).find(|at| boundary::holds(text, *at, text.len(), pattern.left, pattern.right)).unwrap_or(end)
}

/// True when a run of at least `length` bytes reaches so far into the window that a match can hold it.
fn holds_run(runs: &[Range<usize>], window: &Window, length: usize) -> bool {
    let first = runs.partition_point(|run| run.end < window.starts.start + length);
    runs[first..]
        .iter()
        .take_while(|run| run.start + length <= window.end)
        .any(|run| run.end.min(window.end) >= run.start.max(window.starts.start) + length)
}

/// False when what stands behind a literal in every match does not here.
fn has_behind(pattern: &Pattern, hit: &Hit, text: &[u8]) -> bool {
    let Owner::Rule(_, index) = hit.owner else { return false };
    let literal = &pattern.literals[usize::from(index)];
    literal.behind.is_none_or(|behind| behind.fits(&text[hit.at + literal.text.len()..]))
}

/// Where matches with this hit lie; `None` where there is no room for one.
fn window(pattern: &Pattern, hit: &Hit, len: usize) -> Option<Window> {
    let Owner::Rule(_, index) = hit.owner else { return None };
    let literal = &pattern.literals[usize::from(index)];
    let at = hit.at;
    let starts = match literal.place {
        Place::Offset(least, most) => at.saturating_sub(most)..(at.checked_sub(least)? + 1),
        Place::Inside => at.saturating_sub(pattern.longest)..at + 1,
        Place::Near => {
            at.saturating_sub(NEAR_AFTER + pattern.longest)..(at + literal.text.len() + NEAR_BEFORE).min(len)
        }
    };
    let end = (starts.end - 1 + pattern.longest).min(len);
    (starts.start + pattern.shortest <= len).then_some(Window { starts, end })
}

fn compile(pattern: &Pattern) -> Option<Compiled> {
    let build = |regex: &str| {
        let hir = syntax::parse_with(regex, &syntax::Config::new().unicode(false).utf8(false)).ok()?;
        Regex::builder()
            .configure(
                meta::Config::new()
                    .auto_prefilter(false)
                    .onepass(false)
                    .dfa(false)
                    .utf8_empty(false)
                    .nfa_size_limit(Some(16 << 20)),
            )
            .build_from_hir(&without_high_bounds(hir))
            .ok()
    };
    let form = build(pattern.regex)?;
    let group = form.group_info().to_index(regex_automata::PatternID::ZERO, "secret").unwrap_or(0);
    let user = form.group_info().to_index(regex_automata::PatternID::ZERO, "user");
    Some(Compiled { form, group, user, allow: pattern.allow.iter().filter_map(|allow| build(allow)).collect() })
}

/// Takes the bound from what may be repeated very often: each repetition counted is a state of the automaton, and no match
/// is longer than its window anyway.
fn without_high_bounds(hir: Hir) -> Hir {
    match hir.into_kind() {
        HirKind::Repetition(repetition) => Hir::repetition(Repetition {
            max: repetition.max.filter(|max| *max < COUNTED),
            sub: Box::new(without_high_bounds(*repetition.sub)),
            ..repetition
        }),
        HirKind::Capture(capture) => {
            Hir::capture(Capture { sub: Box::new(without_high_bounds(*capture.sub)), ..capture })
        }
        HirKind::Concat(parts) => Hir::concat(parts.into_iter().map(without_high_bounds).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.into_iter().map(without_high_bounds).collect()),
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) => Hir::literal(literal.0),
        HirKind::Class(class) => Hir::class(class),
        HirKind::Look(look) => Hir::look(look),
    }
}

/// What is left to ask once the form fits. The rule's number is filled in by the caller.
fn judge(pattern: &Pattern, compiled: &Compiled, text: &[u8], whole: Range<usize>) -> Option<Match> {
    let (span, user) = groups(compiled, text, whole.clone())?;
    // A secret that proves itself needs no boundary: in binary data letters of something else may touch it.
    let is_bounded = boundary::holds(text, span.start, span.end, pattern.left, pattern.right);
    if !is_bounded && pattern.checksum.is_none() {
        return None;
    }
    let before = whole.start.checked_sub(1).and_then(|at| text.get(at));
    if pattern.begins_word && before.is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    let mut confidence = pattern.confidence;
    if pattern.by_name && names_another(text, whole.start, span.start) {
        return None;
    }
    if !pattern.near.is_empty() && !is_near(pattern, text, &whole) {
        if pattern.near_required {
            return None;
        }
        confidence = lower(confidence);
    }
    let secret = span.slice(text);
    // Beside the name of a service a variable, a type or a public key stands more often than a secret one. Passwords may be
    // written as names are.
    let is_password = pattern.id.ends_with("password");
    if pattern.by_name && !is_password && (generic::is_name(secret) || generic::is_public(secret)) {
        return None;
    }
    if entropy::shannon_bits(secret) < pattern.min_entropy
        || !pattern.needs.iter().all(|need| contains_kind(secret, need))
        || compiled.allow.iter().any(|allow| allow.is_match(secret))
    {
        return None;
    }
    let verdict = pattern.checksum.map(|name| checksum::check(name, secret));
    let proof = verdict.as_ref().map_or(Proof::None, |verdict| verdict.proof);
    if !is_bounded && proof != Proof::Holds {
        return None;
    }
    if proof != Proof::Holds && is_placeholder(pattern, secret) {
        return None;
    }
    match proof {
        Proof::Holds => confidence = Confidence::Certain,
        Proof::Fails if signs_in(text, span.start) => confidence = Confidence::Medium,
        Proof::Fails => confidence = Confidence::Low,
        // `guest:guest`.
        _ if user.is_some_and(|user| user.slice(text).eq_ignore_ascii_case(secret)) => confidence = Confidence::Low,
        _ if placeholder::is_sequence(without_prefix(pattern, secret)) => {
            confidence = confidence.min(Confidence::Medium)
        }
        Proof::None | Proof::Formed => {}
    }
    let severity = verdict.as_ref().and_then(|verdict| verdict.severity).unwrap_or(pattern.severity);
    let note = verdict.map(|verdict| verdict.note).unwrap_or_default();
    Some(Match {
        rule: 0,
        span,
        secret: Secret::new(secret),
        confidence,
        severity,
        proof,
        note,
        wrapping: Wrapping::None,
    })
}

/// `client_secret=…`: the parameter that a client signs in with (RFC 6749, section 2.3.1). There it is a secret whatever its
/// checksum says, as in [`super::overlap`].
fn signs_in(text: &[u8], start: usize) -> bool {
    let before = &text[start.saturating_sub(NAME)..start];
    let letters: Vec<u8> =
        before.iter().filter(|byte| byte.is_ascii_alphabetic()).map(u8::to_ascii_lowercase).collect();
    letters.ends_with(b"clientsecret")
}

/// One step less sure; low stays low.
pub fn lower(confidence: Confidence) -> Confidence {
    match confidence {
        Confidence::Certain => Confidence::High,
        Confidence::High => Confidence::Medium,
        Confidence::Medium | Confidence::Low => Confidence::Low,
    }
}

/// The secret, and the user that it belongs to where the rule has one.
fn groups(compiled: &Compiled, text: &[u8], whole: Range<usize>) -> Option<(Span, Option<Span>)> {
    if compiled.group == 0 {
        return Some((Span::new(whole.start, whole.end), None));
    }
    let mut captures = compiled.form.create_captures();
    compiled.form.search_captures(&Input::new(text).range(whole).anchored(Anchored::Yes), &mut captures);
    let span = |group: usize| captures.get_group(group).map(|group| Span::new(group.start, group.end));
    Some((span(compiled.group)?, compiled.user.and_then(span)))
}

fn is_placeholder(pattern: &Pattern, secret: &[u8]) -> bool {
    match pattern.checksum {
        Some("private-key") => {
            checksum::private_key::is_elided(secret)
                || placeholder::is_placeholder(checksum::private_key::without_headers(secret).as_bytes())
        }
        _ => placeholder::is_placeholder(without_prefix(pattern, secret)),
    }
}

/// What comes after the public prefix: only that is drawn at random.
fn without_prefix<'t>(pattern: &Pattern, secret: &'t [u8]) -> &'t [u8] {
    let prefixes = pattern.literals.iter().filter_map(|literal| secret.strip_prefix(literal.text.as_bytes()));
    prefixes.min_by_key(|rest| rest.len()).unwrap_or(secret)
}

fn is_near(pattern: &Pattern, text: &[u8], whole: &Range<usize>) -> bool {
    let context = &text[whole.start.saturating_sub(NEAR_BEFORE)..(whole.end + NEAR_AFTER).min(text.len())];
    let context = context.to_ascii_lowercase();
    pattern.near.iter().any(|word| memchr::memmem::find(&context, word.as_bytes()).is_some())
}

/// What the names of hashes and versions end with, and those of hashes begin with, and the endings of the names of files,
/// beside which their hashes stand.
const HASHES: &[&str] =
    &["hash", "sha1", "sha256", "sha512", "md5", "checksum", "digest", "version", "commit", "revision"];
const FILES: &[&str] = &[
    ".svg", ".png", ".jpg", ".gz", ".tgz", ".zip", ".js", ".css", ".whl", ".jar", ".exe", ".deb", ".rpm", ".json",
    ".xml",
];

/// `hashed_secret`, `sha256_libx`, `x.tar.gz`, `checksum/x`: the name before a secret that is known by its context says that it
/// is another thing.
fn names_another(text: &[u8], start: usize, end: usize) -> bool {
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(**byte, b'_' | b'-' | b'/' | b'.');
    let before = text[..start].iter().rev().take(NAME).take_while(is_name).count();
    let name = String::from_utf8_lossy(&text[start - before..end]).to_ascii_lowercase();
    let name = name.trim_end_matches(|sign: char| !sign.is_ascii_alphanumeric());
    let is_sign = |sign: char| sign.is_ascii_whitespace() || matches!(sign, '"' | '\'' | '`' | '(' | '{' | ',' | ';');
    let path = name.rsplit(is_sign).next().unwrap_or(name);
    let name = path.rsplit(['/', '.']).next().unwrap_or(path);
    let mut words = name.split(['_', '-']);
    let (first, last) = (words.next().unwrap_or(name), words.next_back().unwrap_or(name));
    FILES.iter().any(|ending| path.ends_with(ending))
        || name.contains("hashed")
        || path.starts_with("checksum/")
        || HASHES.contains(&last)
        || first.starts_with("sha") && HASHES.contains(&first)
}

fn contains_kind(secret: &[u8], kind: &str) -> bool {
    match kind {
        "digit" => secret.iter().any(u8::is_ascii_digit),
        "upper" => secret.iter().any(u8::is_ascii_uppercase),
        "lower" => secret.iter().any(u8::is_ascii_lowercase),
        _ => secret.iter().any(|byte| !byte.is_ascii_alphanumeric()),
    }
}
