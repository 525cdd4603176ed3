//! All keys, over the panes.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::widgets::{Block, BorderType, Clear, Paragraph};

use crate::text::width;
use crate::ui::app::App;

/// Draws them in the middle.
pub fn draw(frame: &mut Frame, app: &App, area: Rect) {
    let text = app.lang.say(HELP_EN, HELP_ZH);
    let rows = text.lines().count() as u16 + 2;
    let wide = text.lines().map(width).max().unwrap_or(0) as u16 + 4;
    let (wide, rows) = (wide.min(area.width), rows.min(area.height));
    let place = Rect {
        x: area.x + (area.width - wide) / 2,
        y: area.y + (area.height - rows) / 2,
        width: wide,
        height: rows,
    };
    frame.render_widget(Clear, place);
    let block = Block::bordered()
        .border_type(BorderType::Double)
        .title(app.lang.say(" Keys (any key closes) ", " 按键(任意键关闭) "));
    frame.render_widget(Paragraph::new(text).block(block), place);
}

const HELP_EN: &str = " Tab, Shift-Tab   next pane, pane before        Esc   back to the lesson
 F2, Enter        next step of the lesson: its command is typed for you
 t                to the terminals; there: Tab completes, ↑↓ history,
                  Ctrl-N/Ctrl-P other machine, Ctrl-C stops, Ctrl-L clears
 Space, F5        pause and go on
 + -, F7 F6       faster, slower: from ×0.0001 to as fast as it goes
 . and F8         one step of a packet          , and F9   one step back
 ↑↓ PgUp PgDn     scroll; in the packets: choose a packet, read its way
 Enter, x         in the packets: its bytes; ← → along its way, » is new
 F10, Ctrl-Q      leave
 Letters: A ARP  I ICMP  T TCP  U UDP  D DNS  V wrapped in VXLAN  ✗ dropped";

const HELP_ZH: &str = " Tab, Shift-Tab   下一个、上一个面板             Esc   回到课程
 F2, 回车         课程的下一步:命令会替你输入
 t                进入终端;其中:Tab 补全,↑↓ 历史,
                  Ctrl-N/Ctrl-P 换机器,Ctrl-C 中断,Ctrl-L 清屏
 空格, F5         暂停与继续
 + -, F7 F6       加快、放慢:从 ×0.0001 到全速
 . 与 F8          数据包走一步                   , 与 F9   退一步
 ↑↓ PgUp PgDn     滚动;在数据包面板:选包、看它走过的路
 回车, x          在数据包面板:看字节;← → 沿途移动,» 表示变化
 F10, Ctrl-Q      退出
 字母:A ARP  I ICMP  T TCP  U UDP  D DNS  V 装在 VXLAN 里  ✗ 被丢弃";
