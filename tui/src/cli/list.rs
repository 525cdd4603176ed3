//! `netsim list`: the lessons that are built in.

use std::process::ExitCode;

use clap::Args;
use netsim_sim::lesson::catalogue;
use serde_json::json;

use super::input::bad_input;
use super::paint;
use crate::text::words::{self, Lang, fill};
use crate::text::{Piece, Style, width};

/// List the built-in lessons, in the order in which they are taught.
#[derive(Args)]
pub struct List {
    /// The language of the titles; from LANG if you do not say.
    #[arg(long, value_enum)]
    lang: Option<Lang>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// No colours; `NO_COLOR` in the environment does the same.
    #[arg(long)]
    no_color: bool,
}

impl List {
    /// Does it.
    pub fn run(&self) -> ExitCode {
        paint::choose_colours(self.no_color);
        let lang = self.lang.unwrap_or_else(Lang::of_environment);
        let mut lessons = Vec::new();
        for entry in catalogue::entries() {
            match entry.lesson(lang.code()) {
                Ok(lesson) => lessons.push((entry, lesson.front)),
                Err(error) => return bad_input(&error.to_string()),
            }
        }
        if self.json {
            let all: Vec<_> = lessons
                .iter()
                .map(|(entry, front)| {
                    let mut langs = vec!["en"];
                    langs.extend(entry.translations.iter().map(|(lang, ..)| lang.as_str()));
                    json!({
                        "id": front.id, "module": entry.module, "title": front.title,
                        "kind": front.kind, "level": front.level, "minutes": front.minutes,
                        "needs": front.needs, "langs": langs,
                    })
                })
                .collect();
            paint::raw(&format!("{:#}\n", json!(all)));
            return ExitCode::SUCCESS;
        }
        let widest = lessons.iter().map(|(_, front)| width(&front.id)).max().unwrap_or(0);
        let mut module = String::new();
        for (entry, front) in &lessons {
            if entry.module != module {
                module.clone_from(&entry.module);
                paint::line(&vec![Piece::new(words::module(&module, lang), Style::Heading)]);
            }
            let gap = " ".repeat(widest - width(&front.id) + 2);
            let words = lang.words();
            let minutes = fill(words.minutes, &[&front.minutes]);
            let facts = format!("  {minutes}, {}", fill(words.level, &[&front.level]));
            paint::line(&vec![
                Piece::new(format!("  {}{gap}", front.id), Style::Strong),
                Piece::new(front.title.clone(), Style::Plain),
                Piece::new(facts, Style::Dim),
            ]);
        }
        paint::line(&Vec::new());
        paint::line(&vec![Piece::new("Play one: netsim scenario NAME", Style::Dim)]);
        ExitCode::SUCCESS
    }
}
