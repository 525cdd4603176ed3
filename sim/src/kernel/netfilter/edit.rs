//! What `iptables` can do to a table, and why it may be refused.

use super::check::check_rule;
use super::id::ChainKey;
use super::rule_error::RuleError;
use super::table::{Backend, Base, Chain, Policy, Rule, RuleCounters, Table};

impl Table {
    /// The chain with this name, if the kernel has it.
    fn made(&self, chain: &str) -> Result<ChainKey, RuleError> {
        self.find(chain).filter(|key| self.chain(*key).is_made()).ok_or(RuleError::NoChain)
    }

    /// The chain with this name, made if it is built in.
    fn make(&mut self, chain: &str) -> Result<ChainKey, RuleError> {
        let key = self.find(chain).ok_or(RuleError::NoChain)?;
        if let Some(base) = &mut self.chain_mut(key).base {
            base.made = true;
        }
        Ok(key)
    }

    fn unmake(&mut self, key: ChainKey) {
        let chain = self.chain_mut(key);
        chain.counters = RuleCounters::default();
        if let Some(base) = &mut chain.base {
            *base = Base { policy: Policy::Accept, made: false, counts: false, ..*base };
        }
    }

    /// Puts a rule at a place (from 0), or at the end; where it is then.
    pub fn insert(
        &mut self,
        chain: &str,
        at: Option<usize>,
        rule: Rule,
    ) -> Result<usize, RuleError> {
        let key = self.find(chain).ok_or(RuleError::NoChain)?;
        let len = self.chain(key).rules.len();
        let at = at.unwrap_or(len);
        if at > len {
            return Err(RuleError::NoPlace);
        }
        check_rule(self, key, &rule)?;
        self.make(chain)?;
        self.chain_mut(key).rules.insert(at, rule);
        Ok(at)
    }

    /// Replaces the rule at a place (from 0).
    pub fn replace(&mut self, chain: &str, at: usize, rule: Rule) -> Result<(), RuleError> {
        let key = self.made(chain)?;
        if at >= self.chain(key).rules.len() {
            return Err(RuleError::NoPlace);
        }
        check_rule(self, key, &rule)?;
        self.chain_mut(key).rules[at] = rule;
        Ok(())
    }

    /// Removes the rule at a place (from 0).
    pub fn delete_at(&mut self, chain: &str, at: usize) -> Result<Rule, RuleError> {
        let key = self.made(chain)?;
        let rules = &mut self.chain_mut(key).rules;
        if at >= rules.len() {
            return Err(RuleError::NoPlace);
        }
        Ok(rules.remove(at))
    }

    /// The place of the first rule that asks and does the same.
    pub fn find_rule(&self, chain: &str, rule: &Rule) -> Result<usize, RuleError> {
        let key = self.made(chain).map_err(|_| RuleError::NoRule)?;
        let same = |other: &Rule| other.is_like(rule);
        self.chain(key).rules.iter().position(same).ok_or(RuleError::NoRule)
    }

    /// Removes all rules of a chain, or of all chains.
    pub fn flush(&mut self, chain: Option<&str>) -> Result<(), RuleError> {
        let keys = match chain {
            Some(chain) => vec![self.make(chain)?],
            None => self.keys(),
        };
        for key in keys {
            self.chain_mut(key).rules.clear();
        }
        Ok(())
    }

    /// Makes a chain.
    pub fn new_chain(&mut self, chain: &str) -> Result<(), RuleError> {
        self.add_chain(chain).map(|_| ()).ok_or(RuleError::ChainExists)
    }

    /// Removes an empty chain to which no rule jumps.
    pub fn delete_chain(&mut self, chain: &str) -> Result<(), RuleError> {
        let key = self.made(chain)?;
        let is_built_in = self.chain(key).base.is_some();
        if is_built_in && self.backend == Backend::Legacy {
            return Err(RuleError::BuiltIn);
        }
        if self.references(key) > 0 {
            return Err(RuleError::Referenced);
        }
        if !self.chain(key).rules.is_empty() {
            return Err(RuleError::NotEmpty);
        }
        if is_built_in {
            // nf_tables makes it again when it is needed.
            self.unmake(key);
        } else {
            self.remove_chain(key);
        }
        Ok(())
    }

    /// Gives a chain another name.
    pub fn rename(&mut self, chain: &str, name: &str) -> Result<(), RuleError> {
        if self.find(name).is_some() {
            return Err(RuleError::ChainExists);
        }
        let key = self.made(chain)?;
        if self.chain(key).base.is_some() {
            return Err(RuleError::NoChain);
        }
        self.rename_chain(key, name);
        Ok(())
    }

    /// Sets the policy of a built-in chain, and starts counting anew.
    pub fn set_policy(&mut self, chain: &str, policy: Policy) -> Result<(), RuleError> {
        let key = self.find(chain).ok_or(RuleError::NotBuiltIn)?;
        let Chain { base: Some(base), counters, .. } = self.chain_mut(key) else {
            return Err(RuleError::NotBuiltIn);
        };
        base.policy = policy;
        base.made = true;
        base.counts = true;
        *counters = RuleCounters::default();
        Ok(())
    }

    /// Sets counters to zero: of all chains, of one, or of one rule (from 0).
    pub fn zero(&mut self, chain: Option<&str>, at: Option<usize>) -> Result<(), RuleError> {
        let keys = match chain {
            Some(chain) => vec![self.made(chain)?],
            None => self.keys(),
        };
        for key in keys {
            let chain = self.chain_mut(key);
            match at {
                Some(at) => {
                    let rule = chain.rules.get_mut(at).ok_or(RuleError::NoPlace)?;
                    rule.counters = RuleCounters::default();
                }
                None => {
                    chain.counters = RuleCounters::default();
                    chain.rules.iter_mut().for_each(|r| r.counters = RuleCounters::default());
                }
            }
        }
        Ok(())
    }
}
