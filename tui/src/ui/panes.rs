//! The parts of the screen.

use super::action::Scope;
use crate::text::words::Lang;

/// The parts of the screen to which keys can go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    /// The lesson.
    Lesson,
    /// The terminals.
    Terminal,
    /// The machines.
    Map,
    /// The packets.
    Packets,
    /// Who reaches whom; it has the place of the machines.
    Reach,
}

/// All panes, in the order of the Tab key.
pub const PANES: [Pane; 5] = [Pane::Lesson, Pane::Terminal, Pane::Map, Pane::Reach, Pane::Packets];

impl Pane {
    /// Its name.
    pub fn title(self, lang: Lang) -> &'static str {
        match self {
            Pane::Lesson => lang.say("Lesson", "课程"),
            Pane::Terminal => lang.say("Terminals", "终端"),
            Pane::Map => lang.say("Machines", "机器"),
            Pane::Packets => lang.say("Packets", "数据包"),
            Pane::Reach => lang.say("Reach", "可达性"),
        }
    }

    /// Where keys mean something while this pane has them, the nearest first.
    pub fn scopes(self) -> &'static [Scope] {
        match self {
            Pane::Lesson => &[Scope::Lesson, Scope::Reading, Scope::Always],
            Pane::Terminal => &[Scope::Terminal, Scope::Always],
            Pane::Map => &[Scope::Map, Scope::Reading, Scope::Always],
            Pane::Packets => &[Scope::Packets, Scope::Reading, Scope::Always],
            Pane::Reach => &[Scope::Reach, Scope::Reading, Scope::Always],
        }
    }
}
