//! `awk`, as people use it between pipes: patterns, `print` and `printf`, fields, variables, sums.

mod parse;
mod run;

use crate::process::Proc;

use super::filters::{fail, input};

/// `awk [-F SEPARATOR] [-v NAME=VALUE] PROGRAM [FILE…]`.
pub async fn awk(proc: Proc) -> i32 {
    let args = proc.args();
    let (mut separator, mut variables, mut words) = (None, Vec::new(), Vec::new());
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let mut value = |flag: &str| match arg.strip_prefix(flag) {
            Some("") => rest.next().cloned(),
            Some(value) => Some(value.to_owned()),
            None => None,
        };
        if !words.is_empty() || !arg.starts_with('-') {
            words.push(arg.as_str());
        } else if let Some(value) = value("-F") {
            separator = Some(value);
        } else if let Some(value) = value("-v") {
            let Some((name, value)) = value.split_once('=') else {
                return fail(&proc, "-v wants NAME=VALUE");
            };
            variables.push((name.to_owned(), value.to_owned()));
        } else {
            return fail(&proc, &format!("option '{arg}' is not simulated by netsim"));
        }
    }
    let Some((source, paths)) = words.split_first() else {
        proc.eprint("usage: awk [-F fs][-v var=value][prog | -f progfile][file ...]\n");
        return 2;
    };
    let program = match parse::program(source) {
        Ok(program) => program,
        Err(error) => {
            fail(&proc, &error);
            return 2;
        }
    };
    let text = match program.reads_input() {
        true => input(&proc, paths).await,
        false => Ok(String::new()),
    };
    match text {
        Ok(text) => {
            let (output, status) = run::run(&program, &text, separator.as_deref(), &variables);
            proc.print(&output);
            status
        }
        Err(error) => {
            fail(&proc, &error);
            2
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(program: &str, text: &str) -> String {
        let program = parse::program(program).expect("it is a program");
        run::run(&program, text, None, &[]).0
    }

    #[test]
    fn fields_are_printed() {
        assert_eq!(output("{print $2}", "a b c\nd  e\n"), "b\ne\n");
        assert_eq!(output("{ print $NF, NR, $1 \"/\" $2 }", "a b c\n"), "c 1 a/b\n");
        assert_eq!(output("{print}", "x\n"), "x\n");
    }

    #[test]
    fn patterns_choose_lines() {
        let text = "eth0 5\nlo 7\neth1 9\n";
        assert_eq!(output("/^eth/ {print $1}", text), "eth0\neth1\n");
        assert_eq!(output("$2 > 5", text), "lo 7\neth1 9\n");
        assert_eq!(output("NR==2 || $1 ~ /1$/ {print $2}", text), "7\n9\n");
        assert_eq!(output("!/lo/", text), "eth0 5\neth1 9\n");
        assert_eq!(output("$1 == \"lo\" { print \"it\"; exit }", text), "it\n");
    }

    #[test]
    fn sums_are_kept() {
        let text = "a 1\nb 2\nc 4\n";
        assert_eq!(output("{ s += $2; n++ } END { print s, n, s / n }", text), "7 3 2.33333\n");
        assert_eq!(output("BEGIN { printf \"%-4s|%03d\\n\", \"ab\", 7 }", ""), "ab  |007\n");
        assert_eq!(output("{ if ($2 > 1) print $1; else print \"-\" }", text), "-\nb\nc\n");
    }

    #[test]
    fn what_is_not_simulated_is_said() {
        let error = parse::program("{ getline x }").unwrap_err();
        assert!(error.contains("not simulated"), "{error}");
        assert!(parse::program("{ print $").is_err());
    }
}
