//! Simple commands: assignments, functions, builtins, programs.

use super::{BUILTIN_TIME, Flow, Shell};
use crate::shell::sh::ast::{Command, Word};
use crate::shell::sh::builtin;

/// Function calls that may be open at the same time.
const MAX_CALLS: u32 = 100;

impl Shell {
    pub(super) async fn simple(&mut self, assignments: &[(String, Word)], words: &[Word]) {
        let before = self.status;
        let fields = match self.fields(words).await {
            Ok(fields) => fields,
            Err(text) => {
                self.error(&text, 2);
                self.flow = if self.interactive { Flow::Next } else { Flow::Exit };
                return;
            }
        };
        let mut values = Vec::new();
        for (name, word) in assignments {
            match self.text(word).await {
                Ok(value) => values.push((name.clone(), value)),
                Err(text) => return self.error(&text, 2),
            }
        }
        if self.xtrace {
            self.complain(&format!("+ {}\n", fields.join(" ")));
        }
        let Some(name) = fields.first().cloned() else {
            // The status is that of a command substitution, if there was one.
            self.status = if self.status == before { 0 } else { self.status };
            for (name, value) in values {
                self.set(&name, &value);
            }
            return;
        };
        if let Some(body) = self.functions.get(&name).cloned() {
            return self.call(&body, fields, values).await;
        }
        if builtin::is_builtin(&name) {
            self.proc.sleep(BUILTIN_TIME).await;
            for (name, value) in values {
                self.set(&name, &value);
            }
            return self.builtin(fields).await;
        }
        self.external(fields, values).await;
    }

    async fn call(&mut self, body: &Command, fields: Vec<String>, values: Vec<(String, String)>) {
        if self.calls >= MAX_CALLS {
            return self.error(&format!("{}: too many open function calls", fields[0]), 2);
        }
        for (name, value) in values {
            self.set(&name, &value);
        }
        self.may_exec = false;
        let positional = fields.into_iter().skip(1).collect();
        let saved = std::mem::replace(&mut self.positional, positional);
        self.calls += 1;
        self.command(body).await;
        self.calls -= 1;
        self.positional = saved;
        if self.flow == Flow::Return {
            self.flow = Flow::Next;
        }
    }
}
