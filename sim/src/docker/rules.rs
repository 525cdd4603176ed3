//! The packet filter rules of the daemon: chains and rules as `iptables` takes them.

use crate::kernel::NamespaceId;
use crate::kernel::netfilter::spec::Voice;
use crate::process::alternatives;

use super::daemon::Daemon;
use super::error::ApiError;

impl Daemon {
    /// `iptables WORDS` in a namespace.
    pub(super) fn iptables_in(&self, ns: NamespaceId, words: &str) -> Result<(), ApiError> {
        if !self.config.iptables {
            return Ok(());
        }
        let backend = alternatives::iptables(&self.proc);
        self.proc.sys_in(ns, |sys| sys.iptables(backend, words)).map_err(|refusal| {
            let voice = Voice { program: "iptables".to_owned(), backend, line: None };
            let (sentence, status) = voice.refuse(&refusal);
            ApiError::server(format!(
                "iptables failed: iptables --wait {words}: {sentence} (exit status {status})"
            ))
        })
    }

    /// `iptables WORDS` on the host.
    pub(super) fn iptables(&self, words: &str) -> Result<(), ApiError> {
        self.iptables_in(self.proc.ns(), words)
    }

    /// Whether there is such a rule: `iptables -C …`.
    fn has_rule(&self, table: &str, chain: &str, rule: &str) -> bool {
        let words = format!("-t {table} -C {chain} {rule}");
        self.iptables_in(self.proc.ns(), &words).is_ok()
    }

    /// Puts a rule at the head of a chain, unless it is there.
    pub(super) fn rule_insert(&self, table: &str, chain: &str, rule: &str) -> Result<(), ApiError> {
        if !self.config.iptables || self.has_rule(table, chain, rule) {
            return Ok(());
        }
        self.iptables(&format!("-t {table} -I {chain} {rule}"))
    }

    /// Puts a rule at the end of a chain, unless it is there.
    pub(super) fn rule_append(&self, table: &str, chain: &str, rule: &str) -> Result<(), ApiError> {
        if !self.config.iptables || self.has_rule(table, chain, rule) {
            return Ok(());
        }
        self.iptables(&format!("-t {table} -A {chain} {rule}"))
    }

    /// Removes a rule, if it is there.
    pub(super) fn rule_delete(&self, table: &str, chain: &str, rule: &str) {
        if self.config.iptables && self.has_rule(table, chain, rule) {
            // It was there a moment ago.
            let _ = self.iptables(&format!("-t {table} -D {chain} {rule}"));
        }
    }

    /// Makes a chain, unless it is there.
    pub(super) fn chain_make(&self, table: &str, chain: &str) {
        // It may be there from an earlier life of the daemon.
        let _ = self.iptables(&format!("-t {table} -N {chain}"));
    }

    /// The chains of the daemon, and the rules that are always there.
    pub(super) fn init_chains(&self) -> Result<(), ApiError> {
        const FILTER: [&str; 3] =
            ["DOCKER", "DOCKER-ISOLATION-STAGE-1", "DOCKER-ISOLATION-STAGE-2"];
        self.remove_chains(&FILTER);
        self.chain_make("nat", "DOCKER");
        for chain in FILTER {
            self.chain_make("filter", chain);
        }
        for chain in ["DOCKER-ISOLATION-STAGE-1", "DOCKER-ISOLATION-STAGE-2"] {
            self.rule_append("filter", chain, "-j RETURN")?;
        }
        Ok(())
    }

    /// Removes what an earlier life of the daemon left, perhaps with other settings (`removeIPChains`).
    /// A chain of `filter` to which a rule still leads stays, empty.
    fn remove_chains(&self, filter: &[&str]) {
        // A chain of engines before 17.06; that it is asked for makes `filter` the first table in use.
        self.rule_delete("filter", "FORWARD", "-j DOCKER-ISOLATION");
        let local = "-m addrtype --dst-type LOCAL -j DOCKER";
        self.rule_delete("nat", "PREROUTING", local);
        self.rule_delete("nat", "OUTPUT", &format!("! -d 127.0.0.0/8 {local}"));
        self.rule_delete("nat", "OUTPUT", local);
        let chains = filter.iter().map(|chain| ("filter", *chain));
        for (table, chain) in std::iter::once(("nat", "DOCKER")).chain(chains) {
            for what in ["-F", "-X"] {
                // There is none on the first start.
                let _ = self.iptables(&format!("-t {table} {what} {chain}"));
            }
        }
    }

    /// The jumps for local destinations, once there is a network that needs them.
    pub(super) fn jump_to_docker(&self) -> Result<(), ApiError> {
        let local = "-m addrtype --dst-type LOCAL -j DOCKER";
        self.rule_append("nat", "PREROUTING", local)?;
        let not_loopback = if self.config.userland_proxy { "! -d 127.0.0.0/8 " } else { "" };
        self.rule_append("nat", "OUTPUT", &format!("{not_loopback}{local}"))
    }

    /// The isolation chain first, and before it the user's own.
    pub(super) fn raise_jumps(&self) -> Result<(), ApiError> {
        let isolation = "-j DOCKER-ISOLATION-STAGE-1";
        self.rule_delete("filter", "FORWARD", isolation);
        self.rule_insert("filter", "FORWARD", isolation)
    }

    /// The user's chain comes before everything (`arrangeUserFilterRule`).
    pub(super) fn raise_user_chain(&self) -> Result<(), ApiError> {
        self.chain_make("filter", "DOCKER-USER");
        self.rule_append("filter", "DOCKER-USER", "-j RETURN")?;
        self.rule_delete("filter", "FORWARD", "-j DOCKER-USER");
        self.rule_insert("filter", "FORWARD", "-j DOCKER-USER")
    }
}
