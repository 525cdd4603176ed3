//! Rows of the terminals.

use super::row::{ctrl, reading, row};
use crate::ui::action::{Action, Entry, Group, Scope};

/// Them.
pub static ROWS: &[Entry] = &[
    row(
        Group::Terminals,
        Action::Type,
        "type",
        &[reading('t')],
        ["type commands", "输入命令"],
        ["to the terminals, to type commands", "进入终端输入命令"],
    ),
    row(
        Group::Terminals,
        Action::NextTab,
        "next-terminal",
        &[ctrl(Scope::Terminal, 'n')],
        ["machine", "换机器"],
        ["the terminal of the next machine", "下一台机器的终端"],
    ),
    row(
        Group::Terminals,
        Action::PreviousTab,
        "previous-terminal",
        &[ctrl(Scope::Terminal, 'p')],
        ["machine before", "上一台"],
        ["the terminal of the machine before", "上一台机器的终端"],
    ),
    row(
        Group::Terminals,
        Action::Split,
        "split",
        &[ctrl(Scope::Terminal, 's'), reading('s')],
        ["split", "分屏"],
        ["a second terminal beside the first, or only one again", "并排两个终端,或恢复一个"],
    ),
    row(
        Group::Terminals,
        Action::Interrupt,
        "interrupt",
        &[ctrl(Scope::Terminal, 'c')],
        ["stop", "中断"],
        ["stop what runs in the terminal", "中断终端里运行的命令"],
    ),
    row(
        Group::Terminals,
        Action::EndInput,
        "end-input",
        &[ctrl(Scope::Terminal, 'd')],
        ["end", "结束输入"],
        ["end the input of what runs in the terminal", "结束终端里程序的输入"],
    ),
    row(
        Group::Terminals,
        Action::Clear,
        "clear",
        &[ctrl(Scope::Terminal, 'l')],
        ["clear", "清屏"],
        ["clear the terminal; what was there is above", "清屏,之前的内容可向上滚动查看"],
    ),
    row(
        Group::Terminals,
        Action::Search,
        "search-history",
        &[ctrl(Scope::Terminal, 'r')],
        ["search", "搜索历史"],
        ["look for an earlier command; again: for an older one", "查找以前的命令,再按查找更早的"],
    ),
    row(
        Group::Terminals,
        Action::Copy,
        "copy-output",
        &[ctrl(Scope::Terminal, 'y'), reading('y')],
        ["copy", "复制"],
        [
            "copy what the last command printed to your clipboard (OSC 52)",
            "把上一条命令的输出复制到剪贴板 (OSC 52)",
        ],
    ),
];
