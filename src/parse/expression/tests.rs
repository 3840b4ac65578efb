//! Tests of expressions.

use super::*;
use crate::model::ArtifactPath;
use crate::parse::rendered;

fn read(text: &str, syntax: Syntax) -> String {
    let source = Source::new(ArtifactPath::new("a"), text.as_bytes());
    let mut reader = Reader::new(&source, syntax);
    let value = reader.expression();
    reader.blanks();
    let rest = String::from_utf8_lossy(reader.rest()).into_owned();
    let malformed = if reader.malformed.is_some() { " !" } else { "" };
    format!("{}{rest}{malformed}", rendered::given(&value))
}

fn hcl(text: &str) -> String {
    read(text, Syntax::Hcl)
}

fn bicep(text: &str) -> String {
    read(text, Syntax::Bicep)
}

fn template(text: &str) -> String {
    let source = Source::new(ArtifactPath::new("a"), b"");
    rendered::given(&arm(text.to_owned(), &source))
}

#[test]
fn literals() {
    for (text, expected) in [
        ("true", "true"),
        ("null", "null"),
        ("-1.5e-3", "-1.5e-3"),
        (r#""a\t\"\u00e9$${x}%%{y}""#, r#""a\t\"é${x}%{y}""#),
        ("\"\"", "\"\""),
        ("[1, \"a\", # no\n true,\n]", "[1, \"a\", true]"),
        ("{ a = 1, \"b c\" : 2\n (var.k) = 3\n 4 = 5 }", "{a=1, b c=2, (var.k)=3, 4=5}"),
        ("{ for = 1 }", "{for=1}"),
    ] {
        assert_eq!(hcl(text), expected, "{text}");
    }
    assert_eq!(
        bicep("{\n  a: 1 // no\n  'b c': 'it\\'s \\${x}'\n  d: [\n    1\n    -2\n  ]\n}"),
        "{a=1, b c=\"it's ${x}\", d=[1, -2]}"
    );
    assert_eq!(bicep("'''\na 'b' ${c}\n'''"), "\"a 'b' ${c}\\n\"");
    assert_eq!(bicep("$'''a ${c}'''"), "+(\"a \", c)");
    assert_eq!(bicep("{ ...a\n b: 1 }"), "{...=a, b=1}");
}

#[test]
fn names_lose_their_indexes() {
    for (text, expected) in [
        ("var.x", "var.x"),
        ("a.b[0].c", "a.b.c"),
        ("azurerm_x.y[count.index].id", "azurerm_x.y.id"),
        ("azurerm_x.y[\"k\"].id", "azurerm_x.y.id"),
        ("data.azurerm_x.y[\"k\"].id", "data.azurerm_x.y.id"),
        ("module.m[\"k\"].out[\"p\"]", "module.m.out.p"),
        ("var.x[\"k\"].id", "var.x.k.id"),
        ("each.value[\"k\"]", "each.value.k"),
        // Which entry of a value is chosen stays: it may not be the one that is safe.
        ("var.x[1].id", "var.x.[1].id"),
        ("local.x[var.k].id", "local.x.[].id"),
        ("azurerm_x.y.*.id", "azurerm_x.y.id"),
        ("azurerm_x.y[*].id", "azurerm_x.y.id"),
        ("azurerm_x.y.0.id", "azurerm_x.y.id"),
        ("each.value.z", "each.value.z"),
    ] {
        assert_eq!(hcl(text), expected, "{text}");
    }
    assert_eq!(bicep("a::b"), "a.b");
    assert_eq!(bicep("a!.b.?c[?0]['d']"), "a.b.c.[0].d");
    assert_eq!(bicep("cfg[env].access"), "cfg.[].access");
}

#[test]
fn calls_and_what_they_change() {
    for (text, expected) in [
        ("jsonencode({ a = var.b })", "{a=var.b}"),
        ("nonsensitive(tostring(var.x))", "var.x"),
        ("f(\n  1, # one\n  \"a\",\n)", "f(1, \"a\")"),
        ("merge(local.a, { b = 1 })", "merge(local.a, {b=1})"),
        ("f(x...)", "f(x)"),
        ("one(a.b[*].c).d", "a.b.c.d"),
        ("split(\",\", a)[0]", ".(split(\",\", a))"),
        ("f(a).b.c", ".b.c(f(a))"),
        ("provider::azurerm::p(a)", "provider.azurerm.p(a)"),
    ] {
        assert_eq!(hcl(text), expected, "{text}");
    }
    assert_eq!(bicep("json('null')"), "null");
    assert_eq!(bicep("az.resourceId('a', b)"), "resourceId(\"a\", b)");
    assert_eq!(bicep("account.listKeys().keys[0].value"), ".keys.value(account.listKeys())");
    assert_eq!(bicep("f().g(1)"), ".g(f(), 1)");
    assert_eq!(bicep("map(xs, x => x.a)"), "map(xs, (x.a))");
    assert_eq!(bicep("any(x)"), "x");
}

#[test]
fn operators() {
    for (text, expected) in [
        ("a ? b : c", "?:(a, b, c)"),
        ("a == \"x\" ? 1 : b ? 2 : 3", "?:(==(a, \"x\"), 1, ?:(b, 2, 3))"),
        ("!a && b != c || d", "||(&&(!(a), !=(b, c)), d)"),
        ("a && b && c", "&&(a, b, c)"),
        ("(a || b) && c", "&&(||(a, b), c)"),
        ("a + b.c * 2 - f(d)", "(a, b.c, d)"),
        ("length(a) > 0", "(a)"),
        ("a == b == c", "(a, b, c)"),
        ("!!a", "a"),
        ("-a", "(a)"),
        ("[a\n  ? b\n  : c]", "[?:(a, b, c)]"),
        ("a\n? b : c", "a\n? b : c"),
    ] {
        assert_eq!(hcl(text), expected, "{text}");
    }
    assert_eq!(bicep("a ?? b ?? 'c'"), "??(a, b, \"c\")");
    assert_eq!(bicep("a =~ 'x'\n  ? b\n  // no\n  : c"), "?:(==(a, \"x\"), b, c)");
    assert_eq!(bicep("a\n  && b"), "&&(a, b)");
}

#[test]
fn texts_that_hold_expressions() {
    for (text, expected) in [
        ("\"${var.x}\"", "var.x"),
        ("\"a-${var.x}\"", "+(\"a-\", var.x)"),
        ("\"${a}${f(\"${b}\")}\"", "+(a, f(b))"),
        ("\"%{ if a.b }x%{ else }y%{ endif }\"", "+((a.b), \"x\", (), \"y\", ())"),
        ("\"%{ for k, v in m ~}${v}%{ endfor ~}\"", "+((m), v, ())"),
        ("<<EOF\n a\n${b}\nEOF\n", "+(\" a\\n\", b, \"\\n\")\n"),
        ("<<-EOF\n    a\n      b\n    EOF\n", "\"a\\n  b\\n\"\n"),
        ("[<<A\nx\nA\n, 1]", "[\"x\\n\", 1]"),
    ] {
        assert_eq!(hcl(text), expected, "{text}");
    }
    assert_eq!(bicep("'${a}-${b.c}'"), "+(a, \"-\", b.c)");
}

#[test]
fn loops() {
    assert_eq!(hcl("[for x in var.xs : x.id if x.on]"), "for(var.xs, x.on, x.id)");
    assert_eq!(hcl("{ for k, v in var.m : k => { id = v } }"), "for(var.m, k, {id=v})");
    assert_eq!(hcl("{ for k, v in var.m : k => v... if v != null }"), "for(var.m, !=(v, null), k, v)");
    assert_eq!(bicep("[for (x, i) in xs: {\n  a: x\n}]"), "for(xs, {a=x})");
    assert_eq!(bicep("[for x in xs: if (x.on) {\n  a: x\n}]"), "for(xs, x.on, {a=x})");
}

#[test]
fn strings_of_templates() {
    for (text, expected) in [
        ("plain", "\"plain\""),
        ("[[literal]", "\"[literal]\""),
        ("[open", "\"[open\""),
        ("[parameters('x').sku[0].name]", "parameters.x.sku.[0].name"),
        ("[variables('x')['y']]", "variables.x.y"),
        ("[if(equals(parameters('a'), 'it''s'), true(), json('null'))]", "?:(==(parameters.a, \"it's\"), true, null)"),
        ("[and(not(a()), or(b(), false()))]", "&&(!(a()), ||(b(), false))"),
        ("[concat('a', variables('b'))]", "+(\"a\", variables.b)"),
        (
            "[reference(resourceId('T', 'n'), '2020').outputs.x]",
            ".outputs.x(reference(resourceId(\"T\", \"n\"), \"2020\"))",
        ),
        ("[null()]", "null"),
        ("[coalesce(parameters('a'), -1)]", "??(parameters.a, -1)"),
        ("[1, 2]", "()"),
    ] {
        assert_eq!(template(text), expected, "{text}");
    }
}

#[test]
fn what_is_broken_is_passed_over() {
    assert_eq!(hcl("{\n  a = 1 1\n  b = @\n  c = \"x\n  d = 2\n}"), "{a=1, b=(), c=\"x\", d=2} !");
    assert_eq!(hcl("[1 2, 3]"), "[1, 3] !");
    assert_eq!(bicep("{\n  a: f(1\n  b: 2\n}"), "{a=f(1)} !");
    assert_eq!(hcl("{ a = (1 }"), "{a=1} !");
    assert_eq!(hcl(""), "() !");
}

#[test]
fn places_are_first_lines() {
    let text = "{\n  a = [1,\n 2]\n  b = 3 # x\n}";
    let source = Source::new(ArtifactPath::new("a"), text.as_bytes());
    let mut reader = Reader::new(&source, Syntax::Hcl);
    let Given::Group(settings) = reader.expression() else { panic!("no object") };
    let spans: Vec<&[u8]> = settings.iter().map(|setting| setting.location.span.slice(text.as_bytes())).collect();
    assert_eq!(spans, [&b"a = [1,"[..], b"b = 3"]);
}

#[test]
fn depth_and_number_are_bounded() {
    for syntax in [Syntax::Hcl, Syntax::Bicep, Syntax::Arm] {
        for unit in [
            "[",
            "{",
            "(",
            "!",
            "-",
            "f(",
            "a?",
            "\"${",
            "'${",
            "{a=",
            "{a:",
            "a&&",
            "a==",
            "a.b().",
            "<<A\n${",
            "[for a in ",
            "a??",
            "a=>",
        ] {
            let text = unit.repeat(100_000);
            let source = Source::new(ArtifactPath::new("a"), text.as_bytes());
            let mut reader = Reader::new(&source, syntax);
            reader.expression();
            arm(format!("[{text}]"), &source);
        }
    }
    let many = format!("[{}]", "1,\n".repeat(MAXIMUM_SETTINGS + 5));
    let source = Source::new(ArtifactPath::new("a"), many.as_bytes());
    let mut document = Document::new(&source);
    let mut reader = Reader::new(&source, Syntax::Hcl);
    let Given::List(elements) = reader.expression() else { panic!("no list") };
    assert_eq!(elements.len(), MAXIMUM_SETTINGS);
    reader.finish(&mut document, "Terraform");
    assert_eq!(document.notifications.len(), 1);
}
