//! Compound commands: groups, conditions, loops, `case`.

use super::{BUILTIN_TIME, Flow, Shell};
use crate::shell::sh::ast::{Kind, List, Word};
use crate::shell::sh::pattern;

impl Shell {
    pub(super) async fn kind(&mut self, kind: &Kind) {
        match kind {
            Kind::Simple { assignments, words } => self.simple(assignments, words).await,
            Kind::Group(list) => {
                self.may_exec = false;
                self.list(list).await;
            }
            Kind::Subshell(list) => {
                let pid = self.fork(self.io.clone(), list.clone());
                self.status = self.proc.wait(pid).await;
            }
            Kind::If { branches, otherwise } => {
                self.may_exec = false;
                for (condition, body) in branches {
                    self.condition(condition).await;
                    if self.flow != Flow::Next {
                        return;
                    }
                    if self.status == 0 {
                        return self.list(body).await;
                    }
                }
                self.status = 0;
                if let Some(list) = otherwise {
                    self.list(list).await;
                }
            }
            Kind::Loop { until, condition, body } => {
                self.may_exec = false;
                let mut status = 0;
                loop {
                    self.proc.sleep(BUILTIN_TIME).await;
                    self.condition(condition).await;
                    if self.flow != Flow::Next || (self.status == 0) == *until {
                        break;
                    }
                    self.list(body).await;
                    status = self.status;
                    if !self.loop_goes_on() {
                        break;
                    }
                }
                self.status = status;
            }
            Kind::For { name, words, body } => self.for_loop(name, words.as_deref(), body).await,
            Kind::Case { word, arms } => self.case(word, arms).await,
            Kind::Function { name, body } => {
                self.functions.insert(name.clone(), (**body).clone());
                self.status = 0;
            }
        }
    }

    /// A condition: a failure in it is no reason for `set -e` to end the shell.
    async fn condition(&mut self, list: &List) {
        let errexit = std::mem::replace(&mut self.errexit, false);
        self.list(list).await;
        self.errexit = errexit;
    }

    async fn for_loop(&mut self, name: &str, words: Option<&[Word]>, body: &List) {
        self.may_exec = false;
        let values = match words {
            None => self.positional.clone(),
            Some(words) => match self.fields(words).await {
                Ok(values) => values,
                Err(text) => return self.error(&text, 2),
            },
        };
        self.status = 0;
        for value in values {
            self.proc.sleep(BUILTIN_TIME).await;
            self.set(name, &value);
            self.list(body).await;
            if !self.loop_goes_on() {
                break;
            }
        }
    }

    /// After a round of a loop: whether there is another.
    fn loop_goes_on(&mut self) -> bool {
        match self.flow {
            Flow::Next => true,
            Flow::Break(n) => {
                self.flow = if n > 1 { Flow::Break(n - 1) } else { Flow::Next };
                false
            }
            Flow::Continue(1) => {
                self.flow = Flow::Next;
                true
            }
            Flow::Continue(n) => {
                self.flow = Flow::Continue(n - 1);
                false
            }
            Flow::Return | Flow::Exit => false,
        }
    }

    async fn case(&mut self, word: &Word, arms: &[(Vec<Word>, List)]) {
        self.may_exec = false;
        let text = match self.text(word).await {
            Ok(text) => text,
            Err(text) => return self.error(&text, 2),
        };
        self.status = 0;
        for (patterns, body) in arms {
            for pattern in patterns {
                let Ok(pattern) = self.pattern(pattern).await else { continue };
                if pattern::fits(&pattern, &text) {
                    return self.list(body).await;
                }
            }
        }
    }
}
