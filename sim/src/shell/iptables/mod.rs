//! `iptables`, `iptables-save`, `iptables-restore`, in both flavours: `nf_tables`, and `legacy`, which
//! a host has whose link `/etc/alternatives/iptables` says so.
//!
//! The command line is read by [`crate::kernel::netfilter::spec`], which Docker uses, too; here are the
//! lists and files. Read [`list`], [`rules`], [`save`](mod@save), [`restore`](mod@restore).
//!
//! Differs: a namespace has one set of tables, and both flavours see it. The first that uses a table
//! decides how it counts.

mod help;
mod hosts;
mod list;
mod restore;
mod rules;
mod save;

use crate::kernel::netfilter::spec::{
    Action, Command, Environment, Refusal, SpecError, Voice, parse,
};
use crate::kernel::netfilter::{Backend, Table, TableName};
use crate::process::{Proc, alternatives};

use hosts::Hosts;

pub use restore::restore;
pub use save::save;

/// The tool that runs.
struct Tool {
    voice: Voice,
    /// The name under which it was called.
    own_name: String,
    /// `ip6tables`: IPv6 is not simulated, and its tables are empty.
    is_ipv6: bool,
    /// What is known of the names of hosts.
    hosts: Hosts,
}

impl Tool {
    fn of(proc: &Proc) -> Tool {
        let argv = proc.argv();
        let name = argv.first().map_or("", |path| path.rsplit('/').next().unwrap_or_default());
        let backend = match name {
            name if name.contains("-legacy") => Backend::Legacy,
            name if name.contains("-nft") => Backend::Nft,
            _ => alternatives::iptables(proc),
        };
        let program = name.replace("-legacy", "").replace("-nft", "");
        let voice = Voice { program, backend, line: None };
        let (own_name, is_ipv6) = (name.to_owned(), name.starts_with("ip6"));
        Tool { voice, own_name, is_ipv6, hosts: Hosts::read(proc) }
    }

    fn backend(&self) -> Backend {
        self.voice.backend
    }

    /// Says what is wrong; the exit status.
    fn refuse(&self, proc: &Proc, refusal: &Refusal) -> i32 {
        let (sentence, status) = self.voice.refuse(refusal);
        proc.eprint(&sentence);
        status
    }

    fn table(&self, proc: &Proc, name: TableName) -> Table {
        if self.is_ipv6 {
            return Table::new(name, self.backend());
        }
        let backend = self.backend();
        proc.sys(|sys| sys.table(name, backend))
    }

    /// Reads a command line; in a file of `iptables-restore`, of this table.
    fn parse(&self, words: &[String], table: Option<TableName>) -> Result<Command, Refusal> {
        let resolve = |name: &str| self.hosts.addresses(name);
        Ok(parse(words, &Environment { resolve: &resolve, table })?)
    }

    /// Does what a command says; the exit status.
    fn execute(&self, proc: &Proc, command: &Command) -> Result<(), Refusal> {
        for remark in &command.remarks {
            proc.eprint(&format!("{remark}\n"));
        }
        match &command.action {
            Action::Version => proc.print(&format!("{}\n", self.voice.name_and_version())),
            Action::Help => proc.print(&help::text(&self.voice)),
            _ => self.execute_on_table(proc, command)?,
        }
        Ok(())
    }

    fn execute_on_table(&self, proc: &Proc, command: &Command) -> Result<(), Refusal> {
        proc.sys(|sys| sys.may_administer(command.table))?;
        let backend = self.backend();
        let is_list = command.action.is_list();
        if self.is_ipv6 && !is_list {
            let what = "IPv6".to_owned();
            return Err(Refusal::Words(SpecError::NotSimulated(what)));
        }
        if !self.is_ipv6 && is_list {
            proc.sys(|sys| sys.iptables_command(backend, command))?;
        }
        let table = self.table(proc, command.table);
        if is_list {
            let chain = listed_chain(&table, command)?;
            let text = match command.action {
                Action::List { at } => list::list(&table, chain, at, command.options, &self.hosts),
                _ => rules::list_rules(&table, chain, command),
            };
            proc.print(&text);
            if command.options.zero {
                proc.sys(|sys| sys.counters_zero(backend, command, None))?;
            }
            return Ok(());
        }
        if command.options.verbose {
            proc.print(&list::announce(&table, command)?);
        }
        proc.sys(|sys| sys.iptables_command(backend, command))
    }
}

/// The chain to which a list is limited.
fn listed_chain<'c>(table: &Table, command: &'c Command) -> Result<Option<&'c str>, Refusal> {
    let Some(name) = command.chain.as_deref() else { return Ok(None) };
    match table.find(name) {
        Some(_) => Ok(Some(name)),
        None => Err(Refusal::NoChainToList { table: table.name, chain: name.to_owned() }),
    }
}

/// `iptables`, `ip6tables`.
pub async fn iptables(proc: Proc) -> i32 {
    let tool = Tool::of(&proc);
    let done = tool.parse(&proc.args(), None).and_then(|command| tool.execute(&proc, &command));
    match done {
        Ok(()) => 0,
        Err(refusal) => tool.refuse(&proc, &refusal),
    }
}

/// `nft`: says that it is not here. Its rules would be those of `iptables-nft` in other words.
pub async fn nft(proc: Proc) -> i32 {
    proc.eprint("nft is not simulated by netsim: use iptables\n");
    1
}
