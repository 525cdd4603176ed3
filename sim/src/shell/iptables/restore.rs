//! `iptables-restore`: the tables from a file. A table changes with its `COMMIT`, or not at all.

use crate::kernel::netfilter::spec::{Refusal, SpecError, text};
use crate::kernel::netfilter::table::{Policy, RuleCounters};
use crate::kernel::netfilter::{Backend, Table, TableName};
use crate::process::Proc;

use super::Tool;

/// What was asked for.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools)]
struct Request {
    with_counters: bool,
    keep: bool,
    test: bool,
    verbose: bool,
    version: bool,
    help: bool,
    only: Option<String>,
    file: Option<String>,
}

fn read_request(args: &[String], program: &str) -> Result<Request, String> {
    let mut request = Request::default();
    let mut rest = args.iter().peekable();
    while let Some(arg) = rest.next() {
        match arg.as_str() {
            "-c" | "--counters" => request.with_counters = true,
            "-n" | "--noflush" => request.keep = true,
            "-t" | "--test" => request.test = true,
            "-v" | "--verbose" => request.verbose = true,
            "-V" | "--version" => request.version = true,
            "-h" | "--help" => request.help = true,
            "-T" | "--table" => request.only = rest.next().cloned(),
            "-M" | "--modprobe" | "-W" | "--wait-interval" => drop(rest.next()),
            "-w" | "--wait" => drop(rest.next_if(|word| word.parse::<u32>().is_ok())),
            "-4" | "--ipv4" | "-6" | "--ipv6" => {}
            option if option.starts_with('-') => {
                let letter = option.chars().nth(1).unwrap_or('-');
                return Err(format!(
                    "{program}: invalid option -- '{letter}'\n\
                     Try `iptables-restore -h' for more information.\n"
                ));
            }
            file if request.file.is_none() => request.file = Some(file.to_owned()),
            _ => return Err("Unknown arguments found on commandline\n".to_owned()),
        }
    }
    Ok(request)
}

const USAGE: &str = "\
Usage: iptables-restore [-c] [-v] [-V] [-t] [-h] [-n] [-w SECONDS] [-T TABLE] [-M COMMAND] [FILE]
       -c, --counters   set the counters
       -n, --noflush    keep the rules that are there
       -t, --test       change nothing
       -T, --table      restore this table only
       -v, --verbose    say what is done
";

/// `iptables-restore`, `ip6tables-restore`.
pub async fn restore(proc: Proc) -> i32 {
    let tool = Tool::of(&proc);
    let fail = |sentence: &str| {
        proc.eprint(sentence);
        1
    };
    let request = match read_request(&proc.args(), &tool.own_name) {
        Ok(request) => request,
        Err(sentence) => return fail(&sentence),
    };
    if request.version {
        proc.print(&format!("{}\n", tool.voice.name_and_version()));
        return 0;
    }
    if request.help {
        proc.print(USAGE);
        return 0;
    }
    if tool.is_ipv6 {
        return fail(&format!("{}: IPv6 is not simulated by netsim\n", tool.voice.program));
    }
    let bytes = match &request.file {
        None => proc.read_all().await,
        Some(file) => match proc.read_file(file) {
            Ok(bytes) => bytes,
            Err(errno) => return fail(&format!("Can't open {file}: {errno}\n")),
        },
    };
    let mut restorer = Restorer { proc: &proc, tool, request, section: None, number: 0 };
    match restorer.run(&String::from_utf8_lossy(&bytes)) {
        Ok(()) => 0,
        Err(Failure { sentence, status }) => {
            proc.eprint(&sentence);
            status
        }
    }
}

/// Why a file is refused.
struct Failure {
    sentence: String,
    status: i32,
}

/// The part of a file between `*TABLE` and `COMMIT`.
struct Section {
    table: TableName,
    /// How the table was before.
    before: Option<Table>,
    /// `-T` names another one.
    skipped: bool,
}

struct Restorer<'a> {
    proc: &'a Proc,
    tool: Tool,
    request: Request,
    section: Option<Section>,
    /// The number of the line.
    number: usize,
}

impl Restorer<'_> {
    fn run(&mut self, text: &str) -> Result<(), Failure> {
        let lines: Vec<&str> = text.lines().collect();
        for (n, line) in lines.iter().enumerate() {
            self.number = n + 1;
            self.tool.voice.line = Some(n + 1);
            let Err(refusal) = self.line(line) else { continue };
            // iptables-nft looks for chains at the end of the table.
            let is_late = matches!(refusal, Refusal::Words(SpecError::NoTarget { .. }))
                && self.tool.backend() == Backend::Nft;
            if is_late {
                let rest = lines[n..].iter().position(|line| *line == "COMMIT");
                self.tool.voice.line = Some(n + 1 + rest.unwrap_or(0));
            }
            self.roll_back();
            let (sentence, status) = self.tool.voice.refuse(&refusal);
            return Err(Failure { sentence, status });
        }
        if self.section.is_none() {
            return Ok(());
        }
        self.roll_back();
        let (program, number) = (&self.tool.voice.program, lines.len() + 1);
        let sentence = format!("{program}: COMMIT expected at line {number}\n");
        Err(Failure { sentence, status: 1 })
    }

    /// Takes back what was done to the table.
    fn roll_back(&mut self) {
        if let Some(section) = self.section.take() {
            self.proc.sys(|sys| sys.table_return(section.table, section.before));
        }
    }

    fn line(&mut self, line: &str) -> Result<(), Refusal> {
        if line.starts_with('#') {
            if self.request.verbose {
                self.proc.print(&format!("{line}\n"));
            }
            return Ok(());
        }
        if line.trim().is_empty() {
            return Ok(());
        }
        let Some(section) = &self.section else {
            let name = line.strip_prefix('*').ok_or(Refusal::BadLine)?;
            return self.begin(name.trim());
        };
        let (table, skipped) = (section.table, section.skipped);
        if line == "COMMIT" {
            if self.request.test {
                self.roll_back();
            }
            self.section = None;
            return Ok(());
        }
        if skipped {
            return Ok(());
        }
        match line.strip_prefix(':') {
            Some(declaration) => self.declare(table, declaration),
            None => self.command(table, line),
        }
    }

    fn begin(&mut self, name: &str) -> Result<(), Refusal> {
        let backend = self.tool.backend();
        let table = TableName::named(name)
            .ok_or_else(|| Refusal::Words(SpecError::NoTable(name.to_owned())))?;
        let skipped = self.request.only.as_ref().is_some_and(|only| only != name);
        let before = self.proc.sys(|sys| sys.table_snapshot(table));
        if !skipped && !self.request.keep {
            if self.request.verbose {
                let table = self.tool.table(self.proc, table);
                for (_, chain) in table.chains().filter(|(_, chain)| chain.base.is_some()) {
                    self.proc.print(&format!("Flushing chain `{}'\n", chain.name));
                }
            }
            self.proc.sys(|sys| sys.table_clear(table, backend));
        }
        self.section = Some(Section { table, before, skipped });
        Ok(())
    }

    /// `INPUT ACCEPT [0:0]`, `DOCKER - [0:0]`
    fn declare(&self, table: TableName, declaration: &str) -> Result<(), Refusal> {
        let mut words = declaration.split_whitespace();
        let chain = words.next().unwrap_or_default();
        let policy = match words.next() {
            Some("-") | None => None,
            Some(name) => {
                let unknown = || Refusal::BadPolicy { chain: chain.into(), policy: name.into() };
                Some(Policy::named(name).ok_or_else(unknown)?)
            }
        };
        let counters = words.next().and_then(read_counters).filter(|_| self.request.with_counters);
        let backend = self.tool.backend();
        let declared =
            self.proc.sys(|sys| sys.chain_declare(table, backend, chain, policy, counters));
        declared.map_err(|_| Refusal::BadLine)
    }

    /// `[3:180] -A INPUT -j ACCEPT`
    fn command(&self, table: TableName, line: &str) -> Result<(), Refusal> {
        let (counters, words) = match line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((counters, words)) => (read_counters(&format!("[{counters}]")), words),
            None => (None, line),
        };
        let mut words = text::words(words);
        if let Some(counters) = counters.filter(|_| self.request.with_counters) {
            let numbers = [counters.packets.to_string(), counters.bytes.to_string()];
            words.extend(["-c".to_owned()].into_iter().chain(numbers));
        }
        let mut command = self.tool.parse(&words, Some(table))?;
        command.options.verbose |= self.request.verbose;
        self.tool.execute(self.proc, &command)
    }
}

/// `[3:180]`
fn read_counters(word: &str) -> Option<RuleCounters> {
    let (packets, bytes) = word.strip_prefix('[')?.strip_suffix(']')?.split_once(':')?;
    Some(RuleCounters { packets: packets.parse().ok()?, bytes: bytes.parse().ok()? })
}
