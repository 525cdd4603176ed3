//! The variables of a shell, its positional parameters and its functions.

use super::Shell;
use crate::shell::sh::ast::Command;

impl Shell {
    /// The value of a variable.
    pub(in crate::shell::sh) fn variable(&self, name: &str) -> Option<String> {
        match name {
            "?" => Some(self.status.to_string()),
            "$" => Some(self.proc.inner_pid().to_string()),
            "!" => self.jobs.last().map(|pid| pid.0.to_string()),
            "#" => Some(self.positional.len().to_string()),
            "@" | "*" => Some(self.positional.join(" ")),
            "-" => Some(String::new()),
            "0" => Some(self.name.clone()),
            "PWD" => Some(self.proc.cwd()),
            digits if digits.bytes().all(|b| b.is_ascii_digit()) => {
                let n: usize = digits.parse().ok()?;
                self.positional.get(n.checked_sub(1)?).cloned()
            }
            name => self.variables.get(name).cloned().or_else(|| self.proc.env(name)),
        }
    }

    /// Sets a variable; an exported one stays exported.
    pub(in crate::shell::sh) fn set(&mut self, name: &str, value: &str) {
        if self.proc.env(name).is_some() {
            self.proc.set_env(name, value);
        } else {
            self.variables.insert(name.to_owned(), value.to_owned());
        }
    }

    pub(in crate::shell::sh) fn export(&mut self, name: &str) {
        if let Some(value) = self.variables.shift_remove(name) {
            self.proc.set_env(name, &value);
        }
    }

    pub(in crate::shell::sh) fn unset(&mut self, name: &str) {
        self.variables.shift_remove(name);
        self.functions.shift_remove(name);
        self.proc.unset_env(name);
    }

    pub(in crate::shell::sh) fn function(&self, name: &str) -> Option<&Command> {
        self.functions.get(name)
    }

    pub(in crate::shell::sh) fn variables(&self) -> impl Iterator<Item = (&String, &String)> {
        self.variables.iter()
    }
}
