//! Another past: a command that is typed while one looks back, a line that is taken back and typed again.
//! The machines are built anew and everything before is typed again; so is what the terminals show.

use netsim_sim::lesson::play::Player;
use netsim_sim::lesson::typing::Running;

use crate::text::words::Lang;
use crate::ui::app::App;
use crate::ui::session::Latest;

impl<'a> App<'a> {
    /// If one looks back, the machines go back there.
    pub fn fork(&mut self) {
        if self.session.looking.is_some() {
            let (_, to) = self.session.moment();
            match self.session.player.rewound(to) {
                Ok((player, started)) => self.take_over(player, started),
                Err(error) => self.complaint = Some(error.to_string()),
            }
        }
    }

    /// A line is about to be typed.
    pub fn before_typing(&mut self) {
        self.history.undone.clear();
        let line = self.session.player.typed().len();
        self.history.records.push((line, self.progress.record()));
    }

    /// Takes the last typed line back.
    pub fn undo(&mut self) {
        let last = self.session.player.commands().last().cloned();
        match self.session.player.undone() {
            Ok(Some((player, started))) => {
                self.take_over(player, started);
                self.history.undone.extend(last);
                let left = self.session.player.commands().count();
                self.say_undone(left);
            }
            Ok(None) => {
                let text = self.lang.say("nothing was typed", "还没有输入过命令");
                self.notice = Some(text.to_owned());
            }
            Err(error) => self.complaint = Some(error.to_string()),
        }
    }

    /// Types the line again that was taken back last.
    pub fn redo(&mut self) {
        let Some(typed) = self.history.undone.pop() else {
            let text = self.lang.say("nothing was taken back", "没有可重做的命令");
            self.notice = Some(text.to_owned());
            return;
        };
        let undone = std::mem::take(&mut self.history.undone);
        let place = self.terminals.iter().position(|terminal| terminal.host == typed.host);
        let Some(n) = place.filter(|n| self.terminals[*n].running.is_none()) else {
            let text = self.lang.say("a command runs there", "那台机器上有命令在运行");
            self.notice = Some(text.to_owned());
            self.history.undone = undone;
            self.history.undone.push(typed);
            return;
        };
        self.fork();
        self.before_typing();
        self.history.undone = undone;
        self.packets.restart();
        self.show_terminal(n);
        let keys: String = typed.keys.iter().filter_map(|(_, keys)| keys.clone()).collect();
        self.terminals[n].run(&mut self.session, None, &typed.line, &keys);
    }

    fn say_undone(&mut self, left: usize) {
        self.notice = Some(match self.lang {
            Lang::En => format!("taken back; {left} lines are left, U types it again"),
            Lang::Zh => format!("已撤销,还剩 {left} 条命令;按 U 重做"),
        });
    }

    /// Other machines take the place of these.
    fn take_over(&mut self, player: Player<'a>, started: Vec<Running>) {
        let count = player.typed().len();
        let latest = started.last().map(|it| Latest {
            host: it.host,
            pid: it.pid.0,
            since: it.first_record,
        });
        self.session.player = player;
        self.session.lines.clear();
        started.iter().for_each(|it| self.session.remember(it));
        let player = &self.session.player;
        let mut running: Vec<Running> =
            started.into_iter().filter(|it| player.status(it).is_none()).collect();
        self.session.latest = latest;
        self.session.looking = None;
        for n in (0..self.terminals.len()).rev() {
            let terminal = &mut self.terminals[n];
            let at = running.iter().position(|it| terminal.lines.has_typed(it.place));
            terminal.rewind(count, at.map(|at| running.remove(at)));
            if terminal.is_attached && terminal.running.is_none() {
                self.detach(n, 0);
            }
        }
        self.forget_lesson_run();
        let before = self.history.records.iter().position(|(line, _)| *line >= count);
        if let Some(at) = before {
            let (_, record) = self.history.records.swap_remove(at);
            self.history.records.truncate(at);
            self.progress.resume(&record);
        }
        self.packets.begin_anew();
        self.map.begin_anew();
        self.reach.begin_anew();
        self.look();
    }
}
