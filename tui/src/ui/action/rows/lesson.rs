//! Rows of the lesson, of its list, and for teachers.

use ratatui::crossterm::event::KeyCode;

use super::row::{always, at, reading, row};
use crate::ui::action::key::Key;
use crate::ui::action::{Action, Entry, Group, Scope};

/// Them.
pub static ROWS: &[Entry] = &[
    row(
        Group::Lesson,
        Action::Next,
        "next",
        &[always(KeyCode::F(2)), at(Scope::Lesson, KeyCode::Enter), reading('n')],
        ["next step", "下一步"],
        [
            "the lesson's next step: types its command, takes your answer, runs its checks",
            "课程的下一步:替你输入命令、提交答案、运行检查",
        ],
    ),
    row(
        Group::Lesson,
        Action::Hint,
        "hint",
        &[always(KeyCode::F(3)), (Scope::Reading, Key::char('H'))],
        ["hint", "提示"],
        ["one more hint, from where to look to what to change", "再给一条提示:先看哪里,再改什么"],
    ),
    row(
        Group::Teacher,
        Action::Reveal,
        "reveal",
        &[reading('R')],
        ["reveal", "揭晓"],
        ["show the answer of the question, or the commands that repair", "显示答案,或修复用的命令"],
    ),
    row(
        Group::Teacher,
        Action::Skip,
        "skip",
        &[reading('S')],
        ["skip", "跳过"],
        ["go past the question, command or check that waits", "跳过当前的问题、命令或检查"],
    ),
    row(
        Group::Teacher,
        Action::Freeze,
        "freeze",
        &[reading('F')],
        ["freeze", "冻结"],
        [
            "freeze: time stands and nothing can be typed until you press it again",
            "冻结:时间停住、不能输入,再按一次解除",
        ],
    ),
    row(
        Group::Teacher,
        Action::HideAnswers,
        "hide-answers",
        &[reading('A')],
        ["hide answers", "隐藏答案"],
        ["hide whether answers are right, or show it again", "隐藏或显示答案的对错"],
    ),
    row(
        Group::Chooser,
        Action::Start,
        "start",
        &[at(Scope::Chooser, KeyCode::Enter)],
        ["start", "开始"],
        ["open the lesson, where you left it", "打开课程,从上次离开的地方继续"],
    ),
    row(
        Group::Chooser,
        Action::Restart,
        "restart",
        &[(Scope::Chooser, Key::char('r'))],
        ["from the beginning", "从头开始"],
        ["open the lesson from its beginning", "从头打开课程"],
    ),
    row(
        Group::Chooser,
        Action::Find,
        "find",
        &[(Scope::Chooser, Key::char('/'))],
        ["find", "查找"],
        ["find a lesson: type a few letters of it", "查找课程:输入几个字"],
    ),
];
