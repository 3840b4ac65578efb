//! What a requirement string says, and where.

use proptest::prelude::*;

use super::*;

fn ok(text: &str) -> Requirement {
    match read(text) {
        Ok(requirement) => requirement,
        Err(error) => panic!("{text:?}: {error}"),
    }
}

#[test]
fn names_extras_specifiers_and_markers_are_told_apart() {
    let text = "  Requests [security , tests] (>= 2.8.1, == 2.8.*) ; python_version < \"2.7\" ";
    let requirement = ok(text);
    assert_eq!(requirement.name, "Requests");
    assert_eq!(requirement.extras, ["security", "tests"]);
    assert_eq!(requirement.specifier, ">=2.8.1,==2.8.*");
    assert_eq!(requirement.specifier_at.unwrap().slice(text.as_bytes()), b">= 2.8.1, == 2.8.*");
    assert_eq!(requirement.marker.as_deref(), Some("python_version < \"2.7\""));
    assert_eq!(requirement.pin, Pin::Range(">=2.8.1,==2.8.*".into()));
    assert!(requirement.fault.is_none());
}

#[test]
fn one_equality_is_exact() {
    for (text, version) in
        [("a==1.0", "1.0"), ("a === 1.0+weird_local", "1.0+weird_local"), ("a (==1)", "1"), ("pytz==2004d", "2004d")]
    {
        assert_eq!(ok(text).pin, Pin::Exact(version.into()), "{text}");
    }
    assert_eq!(ok("a==1.*").pin, Pin::Range("==1.*".into()));
    assert_eq!(ok("a").pin, Pin::Unpinned);
}

#[test]
fn placeholders_keep_the_name() {
    for (text, name, template) in [
        ("azureml-core=={{latest-pypi-version}}", "azureml-core", "{{latest-pypi-version}}"),
        ("torch==${TORCH}", "torch", "${TORCH}"),
        ("torch~=$TORCH", "torch", "$TORCH"),
        ("torch==2.0.{patch}", "torch", "{patch}"),
        ("certifi${CERTIFI_VERSION}", "certifi", "${CERTIFI_VERSION}"),
    ] {
        let requirement = ok(text);
        assert_eq!(requirement.name, name);
        assert_eq!(requirement.pin, Pin::Template(template.into()));
        assert!(requirement.fault.is_none());
    }
}

#[test]
fn what_may_be_a_part_of_the_name_is_no_version() {
    for text in ["torch${SUFFIX}", "torch $TORCH_VERSION", "torch-{cuda_version}-cpu"] {
        assert!(read(text).is_err(), "{text}");
    }
}

#[test]
fn what_the_standard_refuses_is_read_with_a_fault() {
    let requirement = ok("fastapi[all]>=0.111.0<0.112.0");
    assert_eq!(requirement.pin, Pin::Invalid(">=0.111.0<0.112.0".into()));
    assert!(requirement.fault.is_some());
    let requirement = ok("numpy==1.19.2; python_version =");
    assert_eq!(requirement.pin, Pin::Exact("1.19.2".into()));
    assert!(requirement.fault.is_some());
    assert_eq!(ok("a == 3.7.1 @ git+https://me:pw@example.org/a").specifier, "==3.7.1");
    assert_eq!(ok("numpy=1.19.2").pin, Pin::Invalid("=1.19.2".into()));
}

#[test]
fn prose_and_options_are_no_requirement() {
    for text in ["example archive", "foo,bar&&foobar==1.2.3", "==2.3.4", "", "foo|bar=='1.2'", "{{ name }}==1"] {
        assert!(matches!(read(text), Err(RequirementError::Malformed(_))), "{text}");
    }
}

#[test]
fn urls_name_packages_where_they_say_so() {
    let text = "git+https://example.org/raven.git#subdirectory=x&egg=raven[flask]";
    let requirement = ok(text);
    assert_eq!((requirement.name.as_str(), requirement.pin), ("raven", Pin::Url));
    assert_eq!(requirement.name_at.slice(text.as_bytes()), b"raven");
    assert_eq!(requirement.extras, ["flask"]);

    let wheel = ok("https://example.org/a/Flask_Login-3.0.0%2Bcu1-py3-none-any.whl#sha256=00 ; os_name == 'nt'");
    assert_eq!((wheel.name.as_str(), wheel.pin), ("Flask_Login", Pin::Exact("3.0.0+cu1".into())));
    assert_eq!(wheel.marker.as_deref(), Some("os_name == 'nt'"));

    let sdist = ok("https://example.org/packages/en_core_web_sm-3.7.1.tar.gz");
    assert_eq!((sdist.name.as_str(), sdist.pin), ("en_core_web_sm", Pin::Exact("3.7.1".into())));

    assert_eq!(wheel_specifier("./numpy-1.9.2-cp34-none-any.whl"), "==1.9.2");
    let egg = ok("git+https://example.org/b.git#egg=buildtimetrend[native]>=0.4.dev4");
    assert_eq!((egg.name.as_str(), egg.pin), ("buildtimetrend", Pin::Range(">=0.4.dev4".into())));
    assert_eq!(ok("git+git@example.org:user/repo.git#egg=myname").name, "myname");
    let named = ok("flask @ https://example.org/flask-3.0.0-py3-none-any.whl");
    assert_eq!((named.name.as_str(), named.pin), ("flask", Pin::Exact("3.0.0".into())));
    assert!(matches!(read("https://example.org/tarball/master"), Err(RequirementError::UnnamedUrl)));
}

fn wheel_specifier(text: &str) -> String {
    ok(text).specifier
}

#[test]
fn what_readers_of_the_standard_take_is_no_fault() {
    let comma = ok("a==1.0,");
    assert_eq!((comma.specifier.as_str(), &comma.pin, comma.fault), ("==1.0", &Pin::Exact("1.0".into()), None));
    let arbitrary = ok("a===any_text ; os_name == 'nt'");
    assert_eq!((&arbitrary.pin, arbitrary.fault), (&Pin::Exact("any_text".into()), None));
    // Two on one line: said, and the first is read.
    let two = ok("a==1.0 b==2.0");
    assert_eq!(two.pin, Pin::Exact("1.0".into()));
    assert!(two.fault.is_some());
}

#[test]
fn paths_name_nothing_unless_they_are_archives() {
    for text in [".", "./x", "../x[dev]", "file:///a/b", "~/a", "pkg/sub", "C:\\a", "./black editable ; os_name"] {
        assert!(matches!(read(text), Err(RequirementError::Path)), "{text}");
    }
    for text in [
        "a-${{ env.VERSION }}-py3-none-any.whl",
        "a-${{ env.VERSION }}-py3-none-any.whl[dev]",
        "a-${{ env.V }}.tar.gz ; os_name",
    ] {
        assert!(matches!(read(text), Err(RequirementError::Path)), "{text}");
    }
    assert_eq!(ok("numpy==${{ matrix.numpy }}").name, "numpy");
    assert_eq!(ok("./wheels/numpy-1.9.2-cp34-none-any.whl").pin, Pin::Exact("1.9.2".into()));
    assert_eq!(ok("numpy-1.9.2.zip").name, "numpy");
}

proptest! {
    #[test]
    fn spans_lie_inside_and_point_at_what_they_name(text in "\\PC{0,60}") {
        if let Ok(requirement) = read(&text) {
            prop_assert_eq!(requirement.name_at.slice(text.as_bytes()), requirement.name.as_bytes());
            prop_assert!(requirement.extent.contains(requirement.name_at));
            if let Some(at) = requirement.specifier_at {
                prop_assert!(requirement.extent.contains(at));
                prop_assert_eq!(compact(std::str::from_utf8(at.slice(text.as_bytes())).unwrap()), requirement.specifier);
            }
        }
    }

    #[test]
    fn what_the_standard_takes_reads_the_same(
        text in "[a-z]{1,4} ?(\\[[a-z]{1,3}(, ?[a-z]{1,2})?\\])? ?(\\(?(==|>=|~=|!=|<) ?[0-9]\\.[0-9](, ?<[0-9])?\\)?)?( ?; ?os_name == 'nt')?"
    ) {
        if let Ok(standard) = pep508_rs::Requirement::<pep508_rs::VerbatimUrl>::from_str(&text) {
            let requirement = ok(&text);
            prop_assert_eq!(requirement.fault, None);
            prop_assert_eq!(standard.name.to_string(), requirement.name.to_lowercase());
            prop_assert_eq!(standard.extras.len(), requirement.extras.len());
            let specifiers = match standard.version_or_url {
                Some(pep508_rs::VersionOrUrl::VersionSpecifier(specifiers)) => specifiers,
                _ => pep440_rs::VersionSpecifiers::empty(),
            };
            prop_assert_eq!(specifiers, pep440_rs::VersionSpecifiers::from_str(&requirement.specifier).unwrap());
        }
    }
}
