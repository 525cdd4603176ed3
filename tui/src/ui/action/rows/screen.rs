//! Rows of the screen: panes, colours, help, ways out.

use ratatui::crossterm::event::KeyCode;

use super::row::{always, at, ctrl, reading, row};
use crate::ui::action::key::Key;
use crate::ui::action::{Action, Entry, Group, Scope};
use crate::ui::theme::Scheme;

/// Them.
pub static ROWS: &[Entry] = &[
    row(
        Group::Screen,
        Action::Up,
        "up",
        &[at(Scope::Reading, KeyCode::Up)],
        ["up", "向上"],
        ["scroll up; in a list: choose the one above", "向上滚动,在列表中选上一项"],
    ),
    row(
        Group::Screen,
        Action::Down,
        "down",
        &[at(Scope::Reading, KeyCode::Down)],
        ["down", "向下"],
        ["scroll down; in a list: choose the one below", "向下滚动,在列表中选下一项"],
    ),
    row(
        Group::Screen,
        Action::Left,
        "left",
        &[at(Scope::Reading, KeyCode::Left)],
        ["earlier", "向左"],
        [
            "left: the same packet one place earlier; the machine beside",
            "向左:同一个包的前一处;旁边的机器",
        ],
    ),
    row(
        Group::Screen,
        Action::Right,
        "right",
        &[at(Scope::Reading, KeyCode::Right)],
        ["later", "向右"],
        [
            "right: the same packet one place later; the machine beside",
            "向右:同一个包的后一处;旁边的机器",
        ],
    ),
    row(
        Group::Screen,
        Action::PageUp,
        "page-up",
        &[always(KeyCode::PageUp)],
        ["page up", "上翻"],
        ["a page up", "上翻一页"],
    ),
    row(
        Group::Screen,
        Action::PageDown,
        "page-down",
        &[always(KeyCode::PageDown)],
        ["page down", "下翻"],
        ["a page down", "下翻一页"],
    ),
    row(
        Group::Screen,
        Action::NextPane,
        "next-pane",
        &[at(Scope::Reading, KeyCode::Tab), at(Scope::Terminal, KeyCode::Tab)],
        ["pane", "切换"],
        [
            "the next pane; in a terminal, while its line is empty: else it completes",
            "下一个面板;在终端中仅当命令行为空时,否则用于补全",
        ],
    ),
    row(
        Group::Screen,
        Action::PreviousPane,
        "previous-pane",
        &[always(KeyCode::BackTab)],
        ["pane before", "上一面板"],
        ["the pane before", "上一个面板"],
    ),
    row(
        Group::Screen,
        Action::Zoom,
        "bigger",
        &[reading('z'), (Scope::Always, Key::alt('z'))],
        ["bigger", "放大"],
        ["this pane alone on the screen, or all panes again", "只显示这个面板,或恢复全部"],
    ),
    row(
        Group::Screen,
        Action::NextTheme,
        "next-theme",
        &[(Scope::Reading, Key::char('T'))],
        ["theme", "配色"],
        ["the next colours", "换下一种配色"],
    ),
    row(
        Group::Screen,
        Action::Theme(Scheme::Dark),
        "theme-dark",
        &[],
        ["dark", "深色"],
        ["colours for a dark terminal", "深色终端的配色"],
    ),
    row(
        Group::Screen,
        Action::Theme(Scheme::Light),
        "theme-light",
        &[],
        ["light", "浅色"],
        ["dark text on white", "白底深色字"],
    ),
    row(
        Group::Screen,
        Action::Theme(Scheme::HighContrast),
        "theme-high-contrast",
        &[],
        ["high contrast", "高对比"],
        ["bright on black, nothing dimmed", "黑底亮字,无暗色"],
    ),
    row(
        Group::Screen,
        Action::Theme(Scheme::ColourBlind),
        "theme-colour-blind",
        &[],
        ["colour-blind safe", "色盲友好"],
        ["blue, orange and yellow instead of green and red", "用蓝、橙、黄代替绿与红"],
    ),
    row(
        Group::Screen,
        Action::Theme(Scheme::Projector),
        "theme-projector",
        &[],
        ["projector", "投影"],
        ["black and bold on white, few strong colours", "白底黑粗体,少量浓色"],
    ),
    row(
        Group::Screen,
        Action::Mouse,
        "mouse",
        &[always(KeyCode::F(12)), reading('m')],
        ["mouse", "鼠标"],
        [
            "give the mouse to your terminal, to select and copy there, or take it back",
            "把鼠标交给终端以便选择复制,或收回",
        ],
    ),
    row(
        Group::Screen,
        Action::Help,
        "help",
        &[reading('?'), always(KeyCode::F(1))],
        ["help", "帮助"],
        ["all keys", "所有按键"],
    ),
    row(
        Group::Screen,
        Action::Palette,
        "palette",
        &[reading(':'), (Scope::Always, Key::alt('x')), always(KeyCode::F(4))],
        ["commands", "命令"],
        ["everything by name: type a few letters of it", "按名字找命令:输入几个字母"],
    ),
    row(
        Group::Screen,
        Action::Back,
        "back",
        &[always(KeyCode::Esc)],
        ["lesson", "课程"],
        [
            "close what is open; then back to the lesson; then to the list of lessons",
            "关闭打开的内容,再回到课程,再到课程列表",
        ],
    ),
    row(
        Group::Screen,
        Action::Leave,
        "leave",
        &[reading('q')],
        ["leave", "离开"],
        [
            "to the list of lessons; the machines wait there as they are",
            "回到课程列表,机器保持现状等你回来",
        ],
    ),
    row(
        Group::Screen,
        Action::Quit,
        "quit",
        &[always(KeyCode::F(10)), ctrl(Scope::Always, 'q')],
        ["quit", "退出"],
        ["leave netsim", "退出 netsim"],
    ),
];
