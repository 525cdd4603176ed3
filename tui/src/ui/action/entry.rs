//! Actions, and a row of the table for each.

use super::key::Key;
use crate::text::words::Lang;
use crate::ui::theme::Scheme;

/// Something that can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    // The lesson.
    /// Types the next command, takes the answer, runs the checks.
    Next,
    /// Shows the next hint.
    Hint,
    /// Shows the answer, or what repairs.
    Reveal,
    /// Goes past what waits.
    Skip,
    /// Nothing changes until it is taken back.
    Freeze,
    /// Answers are not compared on the screen.
    HideAnswers,
    // Time.
    /// Stands still, goes on.
    Pause,
    /// A slower pace.
    Slower,
    /// A faster pace.
    Faster,
    /// The next event of a packet.
    Step,
    /// Until a frame has reached the next device.
    Hop,
    /// Until a packet has arrived or is lost.
    Follow,
    /// The event before.
    StepBack,
    /// Earlier on the strip of time.
    Earlier,
    /// Later on the strip of time.
    Later,
    /// From the past to now.
    Now,
    /// To an event, a time, a packet.
    Jump,
    /// Stand still when something happens.
    Break,
    /// Takes the last typed line back.
    Undo,
    /// Types it again.
    Redo,
    // Terminals.
    /// The keys go to the terminals.
    Type,
    /// The next terminal.
    NextTab,
    /// The terminal before.
    PreviousTab,
    /// Another terminal beside this one, or only one again.
    Split,
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-D.
    EndInput,
    /// Empties the terminal.
    Clear,
    /// Looks for an earlier command.
    Search,
    /// Copies what the last command printed.
    Copy,
    // Packets.
    /// Deeper into what is chosen: a packet, a stop, an object of the map.
    Open,
    /// The way of the chosen packet.
    Way,
    /// Its headers, below each other.
    Headers,
    /// Its bytes.
    Bytes,
    /// The byte before.
    EarlierByte,
    /// The next byte.
    LaterByte,
    /// Compare with this frame.
    Beside,
    /// Also the rules that did not match.
    Rules,
    /// The packets of all, or those of the last command.
    AllPackets,
    /// Only some packets.
    Filter,
    /// Look at the moment of the chosen stop.
    GoThere,
    /// Type the command that would cure a loss.
    Cure,
    /// Open a packet that was lost here.
    Loss,
    // The map.
    /// More of each machine.
    Closer,
    /// Less of each machine.
    Farther,
    // Who reaches whom.
    /// Shows the matrix.
    Reach,
    /// Asks anew.
    AskAgain,
    /// Sends something else.
    Protocols,
    /// The answers for what else was sent.
    NextProtocol,
    // The list of lessons.
    /// Opens the chosen lesson, where it was left.
    Start,
    /// Opens it from its beginning.
    Restart,
    /// Shows only what fits to what is typed.
    Find,
    // The screen.
    /// Up: scrolls, or chooses.
    Up,
    /// Down.
    Down,
    /// To the left: the machine or the frame before.
    Left,
    /// To the right.
    Right,
    /// Up by a page.
    PageUp,
    /// Down by a page.
    PageDown,
    /// The next pane.
    NextPane,
    /// The pane before.
    PreviousPane,
    /// One pane alone, or all again.
    Zoom,
    /// The next colours.
    NextTheme,
    /// These colours.
    Theme(Scheme),
    /// The mouse is netsim's, or the terminal's own.
    Mouse,
    /// All keys.
    Help,
    /// Everything by name.
    Palette,
    /// Back: closes, returns to the lesson.
    Back,
    /// Leaves the lesson.
    Leave,
    /// Leaves netsim.
    Quit,
}

/// Where a key means something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Everywhere, also while a command is typed.
    Always,
    /// Wherever nothing is typed.
    Reading,
    /// In the list of lessons.
    Chooser,
    /// In the lesson.
    Lesson,
    /// In the terminals.
    Terminal,
    /// In the map of the machines.
    Map,
    /// In the packets.
    Packets,
    /// In the matrix of who reaches whom.
    Reach,
}

/// What belongs together in the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// The list of lessons.
    Chooser,
    /// Steps, questions, checks.
    Lesson,
    /// What a teacher needs.
    Teacher,
    /// Pace and steps.
    Time,
    /// Typing.
    Terminals,
    /// Packets and their bytes.
    Packets,
    /// Machines and their tables.
    Map,
    /// Who reaches whom.
    Reach,
    /// Panes, colours, help.
    Screen,
}

impl Group {
    /// All, in the order of the help.
    pub const ALL: [Group; 9] = [
        Group::Lesson,
        Group::Time,
        Group::Terminals,
        Group::Packets,
        Group::Map,
        Group::Reach,
        Group::Screen,
        Group::Teacher,
        Group::Chooser,
    ];

    /// Its title.
    pub fn title(self, lang: Lang) -> &'static str {
        match self {
            Group::Chooser => lang.say("List of lessons", "课程列表"),
            Group::Lesson => lang.say("Lesson", "课程"),
            Group::Teacher => lang.say("For teachers", "教师"),
            Group::Time => lang.say("Time", "时间"),
            Group::Terminals => lang.say("Terminals", "终端"),
            Group::Packets => lang.say("Packets", "数据包"),
            Group::Map => lang.say("Machines", "机器"),
            Group::Reach => lang.say("Who reaches whom", "谁能到达谁"),
            Group::Screen => lang.say("Screen", "屏幕"),
        }
    }
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// What is done.
    pub action: Action,
    /// Where it stands in the help.
    pub group: Group,
    /// Its name in the palette.
    pub name: &'static str,
    /// Its keys.
    pub keys: &'static [(Scope, Key)],
    /// A word or two, in English and Chinese.
    pub short: [&'static str; 2],
    /// A sentence, in English and Chinese.
    pub help: [&'static str; 2],
}

impl Entry {
    /// A word or two.
    pub fn short(&self, lang: Lang) -> &'static str {
        lang.say(self.short[0], self.short[1])
    }

    /// A sentence.
    pub fn help(&self, lang: Lang) -> &'static str {
        lang.say(self.help[0], self.help[1])
    }

    /// Its first key that works in one of these places.
    pub fn key_in(&self, scopes: &[Scope]) -> Option<Key> {
        let mut found = scopes.iter().filter_map(|scope| {
            self.keys.iter().find(|(known, _)| known == scope).map(|(_, key)| *key)
        });
        found.next()
    }
}
