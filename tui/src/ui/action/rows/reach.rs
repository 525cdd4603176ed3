//! Rows of the matrix: who reaches whom.

use super::row::{reading, row};
use crate::ui::action::key::Key;
use crate::ui::action::{Action, Entry, Group, Scope};

/// Them.
pub static ROWS: &[Entry] = &[
    row(
        Group::Reach,
        Action::Reach,
        "reach",
        &[reading('o')],
        ["who reaches whom", "谁能到达谁"],
        [
            "who reaches whom, and why not, asked on a copy; again: the machines",
            "谁能到达谁,不通的原因是什么(在副本上询问);再按回到机器",
        ],
    ),
    row(
        Group::Reach,
        Action::AskAgain,
        "reach-again",
        &[(Scope::Reach, Key::char('r'))],
        ["ask again", "重新询问"],
        ["ask again, at the moment that is shown now", "按现在显示的时刻重新询问"],
    ),
    row(
        Group::Reach,
        Action::Protocols,
        "reach-by",
        &[(Scope::Reach, Key::char('/'))],
        ["ports", "端口"],
        [
            "what is sent: ping, TCP and UDP ports; or type :reach tcp 80",
            "发送什么:ping、TCP 或 UDP 端口;也可输入 :reach tcp 80",
        ],
    ),
    row(
        Group::Reach,
        Action::NextProtocol,
        "reach-next",
        &[(Scope::Reach, Key::char('x'))],
        ["next port", "下一端口"],
        ["the answers for the next of them", "查看下一种的结果"],
    ),
];
