//! Bytes per second of each stage of the secret engine, so that a loss of speed is seen where it is:
//! `cargo bench --bench secrets`.

use divan::Bencher;
use divan::counter::BytesCount;
use redan::pattern::{Patterns, Search, regions};

fn main() {
    divan::main();
}

/// Source code as it is common, with an occasional hash and long name.
fn code() -> Vec<u8> {
    let line = "    def forward(self, hidden_states, attention_mask=None):  # see https://example.org/paper/1706.03762\n        \
                weight = self.query_key_value.weight.view(self.num_heads, 3, self.head_dim, -1)\n        \
                return self.output_dropout(attention_output) if self.training else attention_output\n";
    let rare = "CHECKSUM = \"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\"\n";
    let mut text = String::new();
    while text.len() < 4 << 20 {
        text.push_str(&line.repeat(20));
        text.push_str(rare);
    }
    text.into_bytes()
}

/// One long line of base64, as images and fonts in HTML are.
fn base64() -> Vec<u8> {
    let mut state = 1u32;
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        alphabet[(state >> 24) as usize % 64]
    };
    (0..4 << 20).map(|_| next()).collect()
}

#[divan::bench]
fn gate(bencher: Bencher<'_, '_>) {
    let text = code();
    bencher.counter(BytesCount::new(text.len())).bench_local(|| regions::runs(divan::black_box(&text)).len());
}

#[divan::bench]
fn search_code(bencher: Bencher<'_, '_>) {
    let (patterns, text) = (Patterns::new(), code());
    bencher.counter(BytesCount::new(text.len())).bench_local(|| patterns.search(&text, Search::default()).len());
}

#[divan::bench]
fn search_code_exhaustively(bencher: Bencher<'_, '_>) {
    let (patterns, text) = (Patterns::new(), code());
    let how = Search { exhaustive: true, prose: false };
    bencher.counter(BytesCount::new(text.len())).bench_local(|| patterns.search(&text, how).len());
}

#[divan::bench]
fn search_base64(bencher: Bencher<'_, '_>) {
    let (patterns, text) = (Patterns::new(), base64());
    bencher.counter(BytesCount::new(text.len())).bench_local(|| patterns.search(&text, Search::default()).len());
}

/// Text that keeps offering every rule a beginning.
#[divan::bench]
fn search_beginnings(bencher: Bencher<'_, '_>) {
    let patterns = Patterns::new();
    let beginnings: String =
        patterns.rules().flat_map(|rule| rule.literals).map(|literal| format!("{}a1", literal.text)).collect();
    let text = beginnings.repeat((1 << 20) / beginnings.len() + 1).into_bytes();
    bencher.counter(BytesCount::new(text.len())).bench_local(|| patterns.search(&text, Search::default()).len());
}
