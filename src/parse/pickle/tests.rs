//! Streams as their authors would write them, opcode by opcode.

use super::*;
use crate::model::{Extent, OddityKind, Standing};

/// Streams, and the imports of all of them as `module.name@offset`, with `!` for those that no loader reaches.
fn read(bytes: &[u8]) -> (Vec<Stream>, Vec<String>) {
    let streams = stream::streams(&mut Input::slice(bytes), Expectation::Pickle);
    let imports = streams.iter().flat_map(|stream| &stream.walk.imports);
    let imports = imports
        .map(|import| {
            let mark = if import.reachable { "" } else { "!" };
            format!("{}.{}@{}{mark}", import.module, import.name, import.offset)
        })
        .collect();
    (streams, imports)
}

fn imports(bytes: &[u8]) -> Vec<String> {
    read(bytes).1
}

#[test]
fn global_and_stack_global_are_resolved() {
    assert_eq!(imports(b"cos\nsystem\n(S'true'\ntR."), ["os.system@0"]);
    assert_eq!(imports(b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x04true\x85R."), ["posix.system@17"]);
    assert_eq!(imports(b"\x80\x04\x8c\x05posix\x94\x8c\x06system\x94\x93\x94."), ["posix.system@19"]);
    assert_eq!(imports(b"(S'true'\niposix\nsystem\n."), ["posix.system@9"]);
    assert_eq!(imports(b"(cposix\nsystem\nS'true'\no."), ["posix.system@1"]);
}

#[test]
fn names_come_through_the_memo_as_of_that_moment() {
    let stream = b"\x80\x04\x8c\x05posixq\x000\x8c\x06systemq\x010h\x00h\x01\x93\x8c\x01aq\x000\x8c\x01bq\x010.";
    assert_eq!(imports(stream), ["posix.system@27"]);
    let between = b"\x80\x04\x8c\x05posix\x8c\x01x0\x940\x8c\x06system\x8c\x01y0\x940h\x00h\x01\x93.";
    assert_eq!(imports(between).len(), 1);
    assert!(imports(between)[0].starts_with("posix.system@"));
}

#[test]
fn a_name_that_is_computed_says_so() {
    let stream = b"\x80\x04\x8c\x08builtins\x8c\x03str\x93\x8c\x05posix\x85R\x8c\x06system\x93.";
    assert_eq!(imports(stream), ["builtins.str@17", "<computed>.system@35"]);
}

#[test]
fn extension_codes_are_those_that_the_stream_registers() {
    let stream = b"\x80\x02ccopyreg\nadd_extension\n(X\x05\0\0\0posixX\x06\0\0\0systemK\x07tR0\x82\x07.";
    let (streams, imports) = read(stream);
    assert_eq!(imports[1].split('@').next(), Some("posix.system"));
    assert_eq!(streams[0].walk.oddities[0].kind, OddityKind::ExtensionCode);
    assert!(self::imports(b"\x80\x02\x82\x07.")[0].starts_with("<ext>.7"));
}

#[test]
fn what_comes_before_the_break_is_live_and_what_follows_is_not() {
    let (streams, imports) = read(b"\x80\x04\x8c\x02os\x8c\x06system\x93h\x09\x8c\x01a\x8c\x01b\x93.");
    assert_eq!(imports, ["os.system@14", "a.b@23!"]);
    assert_eq!(streams[0].walk.extent, Extent::Broken { offset: 15, reason: "memo key is missing" });
    assert_eq!(super::tests::imports(b"\x80\x06\x8c\x01a\x8c\x01b\x93."), ["a.b@8!"]);
    let frame = b"\x80\x04\x95\0\0\0\0\0\x01\0\0\x8c\x01a\x8c\x01b\x93.";
    assert_eq!(super::tests::imports(frame), ["a.b@17!"]);
}

#[test]
fn stacked_streams_have_a_memo_each() {
    let first = b"\x80\x04\x8c\x0bcollections\x94\x8c\x0bOrderedDict\x94\x93)R.";
    let second = b"\x80\x04\x8c\x05posix\x94\x8c\x06system\x94\x93.";
    let all = [first.as_slice(), second].concat();
    let imports = imports(&all);
    assert_eq!(imports.len(), 2);
    assert!(imports[1].starts_with("posix.system@"));
}

#[test]
fn a_stream_behind_junk_is_dormant() {
    let all = [b"\x80\x04}.".as_slice(), b"\xff\xff", b"\x80\x04\x8c\x05posix\x8c\x06system\x93)R."].concat();
    let (streams, _) = read(&all);
    assert_eq!(streams.len(), 2);
    assert_eq!(streams[1].standing, Standing::Dormant);
}

#[test]
fn bytes_that_a_loader_is_called_with_are_read() {
    let inner = b"\x80\x02cposix\nsystem\n)R.";
    let all = [b"\x80\x04\x8c\x06pickle\x8c\x05loads\x93C".as_slice(), &[inner.len() as u8], inner, b"\x85R."].concat();
    let (streams, imports) = read(&all);
    assert_eq!(imports.len(), 2);
    assert_eq!(streams[1].standing, Standing::PassedTo("pickle.loads".to_owned()));
    let unused = [b"\x80\x04C".as_slice(), &[inner.len() as u8], inner, b"."].concat();
    assert_eq!(read(&unused).0[1].standing, Standing::Dormant);
}

#[test]
fn more_pickles_than_are_read_are_told() {
    let inner = b"\x80\x02cposix\nsystem\n)R.";
    let bytes = [b"C".as_slice(), &[inner.len() as u8], inner].concat();
    let is_cut = |file: &[u8]| {
        let mut input = Input::slice(file);
        stream::streams(&mut input, Expectation::Pickle);
        input.is_cut
    };
    for (count, wanted) in [(step::MAX_INNER, false), (step::MAX_INNER + 1, true)] {
        assert_eq!(is_cut(&[b"\x80\x04(".as_slice(), &bytes.repeat(count), b"t."].concat()), wanted);
    }
    // Each begins as a pickle and is none.
    for (count, wanted) in [(stream::MAX_ATTEMPTS, false), (stream::MAX_ATTEMPTS + 1, true)] {
        assert_eq!(is_cut(&[b"\x80\x04}.".as_slice(), &b"\xFF\x80\x02\xFF".repeat(count)].concat()), wanted);
    }
    // A pickle in a pickle in a pickle.
    let nest = |depth: u8| {
        let innermost = inner.to_vec();
        let wrap = |inside: Vec<u8>, _| [b"\x80\x04cposix\nx\n0B".as_slice(), &(inside.len() as u32).to_le_bytes(), &inside, b"."].concat();
        (0..depth).fold(innermost, wrap)
    };
    assert!(!is_cut(&nest(stream::MAX_DEPTH)) && is_cut(&nest(stream::MAX_DEPTH + 1)));
}

#[test]
fn joblib_arrays_are_crossed() {
    let wrapper = b"\x80\x04\x8c\x13joblib.numpy_pickle\x8c\x11NumpyArrayWrapper\x93)\x81}(\x8c\x05dtype\x8c\x05numpy\x8c\x05dtype\x93\x8c\x02f8\x85R\x8c\x05shapeK\x03\x85\x8c\x1bnumpy_array_alignment_bytesK\x10ub";
    let array = [[2, 0xff, 0xff].as_slice(), &[0xff; 24]].concat();
    let all = [wrapper.as_slice(), &array, b"\x8c\x05posix\x8c\x06system\x93."].concat();
    let (streams, imports) = read(&all);
    assert_eq!(streams[0].walk.extent, Extent::Whole);
    assert_eq!(imports.len(), 3);
    assert!(imports[2].starts_with("posix.system@"));
}

#[test]
fn text_is_not_a_pickle() {
    for text in [
        &b"common words in text\ncos sin\n(tR.\n"[..],
        b"class M(Module):\n    pass\n",
        b"cat\ncow\ndog\n",
        b"(a, b)\n",
        b"I am\nN.\n",
        b"",
        b"version https://git-lfs.github.com/spec/v1\n",
        b"config\nvalues\n.\n",
    ] {
        assert!(!stream::is_likely(text, Expectation::Nothing), "{:?}", String::from_utf8_lossy(text));
    }
    assert!(stream::is_likely(b"cos\nsystem\n(S'true'\ntR.", Expectation::Nothing));
    assert!(stream::streams(&mut Input::slice(b"\x89PNG\r\n\x1a\n"), Expectation::Model).is_empty());
}

#[test]
fn huge_lengths_and_keys_cost_nothing() {
    assert!(imports(b"\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\xff").is_empty());
    let (streams, _) = read(b"\x80\x04Nr\xff\xff\xff\xff0j\xff\xff\xff\xff.");
    assert_eq!(streams[0].walk.extent, Extent::Whole);
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            stream::streams(&mut Input::slice(&bytes), Expectation::Pickle);
            stream::is_likely(&bytes, Expectation::Nothing);
        }

        #[test]
        fn a_window_over_a_file_reads_what_a_slice_reads(
            opcodes in proptest::collection::vec(proptest::sample::select(b"(.0123NKM]}aeusqhjtb)R\x85\x86\x94\x8c\x93cS\n'ab\x01\x02".to_vec()), 0..400),
        ) {
            let names = |streams: Vec<Stream>| -> Vec<_> {
                streams.into_iter().flat_map(|stream| stream.walk.imports).map(|import| (import.module, import.name, import.offset)).collect()
            };
            let slice = stream::streams(&mut Input::slice(&opcodes), Expectation::Pickle);
            let file = std::io::Cursor::new(opcodes.as_slice());
            let file = stream::streams(&mut Input::file(Box::new(file), opcodes.len() as u64), Expectation::Pickle);
            prop_assert_eq!(names(slice), names(file));
        }
    }
}

#[test]
fn bytes_that_are_only_named_as_a_pickle_are_told() {
    let told = |name: &str, bytes: &[u8]| {
        let source = Source::new(ArtifactPath::new(name), bytes);
        if !Pickle.claims(&source.path, bytes) {
            return 0;
        }
        let mut document = Document::new(&source);
        Pickle.parse(&source, &mut document);
        document.notifications.len()
    };
    assert_eq!(told("m.pkl", b"\0\0\0\0\x80\x04."), 1);
    assert_eq!(told("m.joblib", b"\xE3\xB0\xC4\x42\x98\xFC\x1C"), 1);
    for (name, bytes) in [
        ("m.pkl", &b"version https://git-lfs.github.com/spec/v1\n"[..]),
        ("m.pkl", b""),
        ("m.pkl", b"\x80\x04]."),
        ("m.pkl", b"\x93NUMPY\x01\0v\0{}"),
        ("m.pkl", b"\x1F\x8B\x08\0\0\0"),
        ("m.bin", b"\0\0\0\0\x80\x04."),
        ("idl.sav", b"SR\0\x04\0\0\0"),
    ] {
        assert_eq!(told(name, bytes), 0, "{name}: {bytes:?}");
    }
}
