//! The command line from outside: exit statuses and what is said about wrong input.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

fn netsim(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_netsim"));
    command.args(arguments).env_remove("LANG").env_remove("LC_ALL");
    command.output().expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A file that is there while the test runs.
struct File(PathBuf);

impl File {
    fn new(name: &str, content: &str) -> File {
        let path = std::env::temp_dir().join(format!("netsim-{}-{name}", std::process::id()));
        fs::write(&path, content).expect("there is room for a small file");
        File(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("the name is ASCII")
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

const LESSON: &str = "+++
schema = 1
id = \"x\"
lang = \"en\"
title = \"x\"
kind = \"tutorial\"
[topology]
host.a = {}
+++
```console
a$ echo hello
hello
```
";

/// Plays a lesson that is not right; its complaint.
fn complaint(name: &str, lesson: &str) -> String {
    let file = File::new(name, lesson);
    let output = netsim(&["scenario", file.path()]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "");
    text(&output.stderr).replace(file.path(), "FILE")
}

#[test]
fn alone_it_says_what_to_do_first() {
    let output = netsim(&[]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).contains("netsim scenario overlay-isolation"));
}

#[test]
fn a_mistyped_name_gets_a_suggestion() {
    let output = netsim(&["scenario", "overlay-isolaton"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("did you mean 'overlay-isolation'?"));
}

#[test]
fn an_expectation_that_fails_is_status_1_with_its_line() {
    let file = File::new("fails.md", &LESSON.replace("\nhello\n", "\nworld\n"));
    let output = netsim(&["scenario", file.path()]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stdout);
    assert!(said.contains(&format!("{}:12", file.path())), "{said}");
    assert!(said.contains("expected: world") && said.contains("got: hello"), "{said}");
}

#[test]
fn a_right_lesson_is_status_0_also_quietly_and_as_json() {
    let file = File::new("right.md", LESSON);
    assert_eq!(netsim(&["scenario", file.path(), "--quiet"]).status.code(), Some(0));
    let output = netsim(&["scenario", file.path(), "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    assert_eq!(json["steps"][0]["output"], "hello\n");
}

#[test]
fn wrong_lessons_say_where_and_what() {
    let said = complaint("front.md", &LESSON.replace("schema = 1", "schema ="));
    assert!(said.starts_with("netsim: FILE:2:"), "{said}");
    let said = complaint("key.md", &LESSON.replace("kind =", "knd ="));
    assert!(said.contains("FILE:6:1") && said.contains("did you mean 'kind'?"), "{said}");
    let said = complaint("open.md", LESSON.trim_end().trim_end_matches('`'));
    assert!(said.contains("FILE:10:1: the block that begins here has no end"), "{said}");
    let said = complaint("host.md", &LESSON.replace("a$ echo", "b$ echo"));
    assert!(said.contains("FILE:11:1: there is no machine 'b'"), "{said}");
    let said = complaint("bytes.md", "\u{0}\u{1}\u{fffd}");
    assert!(said.contains("a lesson begins with a line '+++'"), "{said}");
}

#[test]
fn a_lesson_can_be_read_and_answered_line_by_line() {
    let data = tempfile::tempdir().expect("there is room");
    let say = |input: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_netsim"));
        command.args(["tui", "overlay-isolation", "--plain", "--lang", "en"]);
        command.env("NETSIM_DATA_DIR", data.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut stdin = child.stdin.take().expect("it is piped");
        stdin.write_all(input.as_bytes()).expect("it reads");
        drop(stdin);
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(0));
        text(&output.stdout)
    };
    let said = say("\nb\n\n\n\n\nc\nc\n");
    assert!(said.contains("You said: b: right."), "{said}");
    assert!(!said.contains('┃') && !said.contains('✓'), "nothing is drawn: {said}");
    let said = say("docker-1$ hostname\n\n\n\n\na,b\n\n:w\n\n\n\nb\n\n\n\nforward route\n\n");
    assert!(said.contains("It goes on where you left it."), "{said}");
    assert!(said.contains("\ndocker-1\n"), "{said}");
    assert!(said.contains("not right. Answer: d)") && said.contains("If you chose c:"), "{said}");
    assert!(said.contains("path test3 -> 10.0.0.2 has vxlan(vni=256): holds"), "{said}");
    assert!(said.contains("The lesson ends here."), "{said}");
}

#[test]
fn no_option_is_silently_ignored() {
    for options in [&["--plain", "--json"][..], &["--ascii"], &["--theme", "light", "--plain"]] {
        let arguments = [&["scenario", "overlay-isolation"], options].concat();
        assert_eq!(netsim(&arguments).status.code(), Some(2), "{options:?}");
    }
}

#[test]
fn ten_megabytes_in_a_line_do_no_harm() {
    let file = File::new("long.md", &format!("{LESSON}\n{}\n", "x".repeat(10_000_000)));
    assert_eq!(netsim(&["scenario", file.path(), "--quiet"]).status.code(), Some(0));
    let long = LESSON.replace("echo hello", &format!("echo {}", "y".repeat(10_000_000)));
    let file = File::new("long-command.md", &long);
    let output = netsim(&["scenario", file.path(), "--quiet"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.len() < 10_000, "long lines are shortened when they are told");
}

#[test]
fn a_capture_begins_as_pcapng_does() {
    let file = File::new("right-pcap.md", LESSON);
    let capture = File::new("capture.pcapng", "");
    let output = netsim(&["scenario", file.path(), "--quiet", "--pcap", capture.path()]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let bytes = fs::read(capture.path()).expect("it was written");
    assert_eq!(bytes.get(..4), Some(&[0x0a, 0x0d, 0x0d, 0x0a][..]));
}

#[test]
fn reach_tells_who_reaches_whom_and_why_not() {
    let output = netsim(&["reach", "overlay-isolation", "--only", "test1,test4", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    assert_eq!(json["cells"][0]["from"], "test1");
    assert_eq!(json["cells"][0]["reaches"], false);
    assert_eq!(json["cells"][0]["reason"]["code"], "no-route");
    let csv = text(&netsim(&["reach", "overlay-isolation", "--only", "kv,gw", "--csv"]).stdout);
    assert!(csv.contains("\ngw,kv,icmp,192.168.56.135,yes,"), "{csv}");
}

#[test]
fn reach_tells_what_changes_and_which_moments_there_are() {
    let only = ["--only", "test1,test3"];
    let changes =
        netsim(&[&["reach", "overlay-isolation", "--diff", "0", "end"][..], &only[..]].concat());
    assert!(text(&changes.stdout).contains("not there → yes"), "{}", text(&changes.stdout));
    let wrong = netsim(&["reach", "overlay-isolation", "--at", "999"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong.stderr).contains("there is no step 999"), "{}", text(&wrong.stderr));
}

#[test]
fn the_hash_is_the_same_twice() {
    let file = File::new("hash.md", LESSON);
    let hash = |seed: &str| {
        let output = netsim(&["scenario", file.path(), "--quiet", "--hash", "--seed", seed]);
        text(&output.stdout).lines().last().unwrap_or_default().to_owned()
    };
    assert!(hash("1").starts_with("hash "), "{}", hash("1"));
    assert_eq!(hash("1"), hash("1"));
}
