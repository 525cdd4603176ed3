//! The last line: the time, the pace, the keys that matter now.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::widgets::Paragraph;

use crate::text::{Piece, Style};
use crate::ui::app::{App, Pane};
use crate::ui::lesson::Next;
use crate::ui::session::Pace;

/// Draws it.
pub fn draw(frame: &mut Frame, app: &App, area: Rect) {
    let pace = match app.session.pace {
        Pace::Paused => app.lang.say("paused", "暂停").to_owned(),
        Pace::Fast => app.lang.say("fast", "全速").to_owned(),
        Pace::Times(times) => format!("×{times}"),
    };
    let now = app.session.world().now().as_secs_f64();
    let keys = match (app.focus, app.progress.next()) {
        (Pane::Terminal, _) => app.lang.say(
            "Enter run  Tab complete  Ctrl-N machine  Ctrl-C stop  Esc lesson  F1 help  F10 quit",
            "回车运行  Tab 补全  Ctrl-N 换机器  Ctrl-C 中断  Esc 课程  F1 帮助  F10 退出",
        ),
        (Pane::Packets, _) => app.lang.say(
            "↑↓ packet  PgUp/PgDn its way  Enter bytes  Space pause  . step  , back  Tab pane  F1",
            "↑↓ 选包  PgUp/PgDn 路径  回车看字节  空格暂停  . 单步  , 后退  Tab 切换  F1",
        ),
        (Pane::Lesson, Next::Ask(_)) => app.lang.say(
            "a-h choose  Enter answer  t type commands  Tab pane  F1 help  F10 quit",
            "a-h 选择  回车作答  t 输入命令  Tab 切换  F1 帮助  F10 退出",
        ),
        _ => app.lang.say(
            "Enter next step  t type commands  Space pause  +/- pace  Tab pane  F1 help  q quit",
            "回车下一步  t 输入命令  空格暂停  +/- 速度  Tab 切换  F1 帮助  q 退出",
        ),
    };
    let line = match &app.complaint {
        Some(complaint) => vec![Piece::new(format!("! {complaint}"), Style::Bad)],
        None => vec![
            Piece::new(format!(" {now:.6} s "), Style::Strong),
            Piece::new(format!("{pace}  "), Style::Ask),
            Piece::new(keys, Style::Dim),
        ],
    };
    frame.render_widget(Paragraph::new(app.theme.line(&line)), area);
}
