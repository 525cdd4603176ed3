//! Pictures of the panes in three sizes and two languages, as text. `INSTA_UPDATE=always cargo test`
//! draws them anew; look at what changed.

use netsim_sim::engine::{Span, Time};

use super::*;
use crate::ui::action::rows;
use crate::ui::session::Pace;

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

/// Compares a picture of each size.
fn compare(name: &str, lang: Lang, mut draw: impl FnMut(u16, u16) -> String) {
    for (width, height) in SIZES {
        let text = draw(width, height);
        insta::assert_snapshot!(format!("{name}-{}-{width}x{height}", lang.code()), text);
    }
}

fn both(check: impl Fn(Lang)) {
    [Lang::En, Lang::Zh].into_iter().for_each(check);
}

/// The lesson after its first command, with a question that waits.
fn begun(lesson: &Lesson, lang: Lang) -> App<'_> {
    let mut app = app(lesson, lang);
    press(&mut app, KeyCode::F(2));
    wait(&mut app);
    press(&mut app, KeyCode::Char('b'));
    app
}

#[test]
fn the_list_of_lessons() {
    both(|lang| {
        let items = library::shelf(None, lang, Seed(1)).expect("the lessons are right").0;
        // What is on the shelf changes: four are enough for a picture.
        let four =
            ["overlay-kv-setup", "overlay-first-ping", "overlay-isolation", "overlay-subnet"];
        let is_one = |item: &Item| four.contains(&&*item.lesson.front.id);
        let items: Vec<Item> = items.into_iter().filter(is_one).collect();
        let of_overlays = items.iter().position(|item| item.lesson.front.id == "overlay-isolation");
        let standings = (0..items.len()).map(|n| match n % 3 {
            0 => Standing::New,
            1 => Standing::Begun(3, 12),
            _ => Standing::Finished,
        });
        let mut chooser = Chooser::new(lang, Theme::plain(), standings.collect());
        chooser.query = Some("overlay".to_owned());
        chooser.chosen = of_overlays.expect("the main lesson is built in");
        compare("lessons", lang, |width, height| {
            picture(width, height, |frame| draw::draw_chooser(frame, &mut chooser, &items))
        });
    });
}

#[test]
fn a_lesson_that_asks() {
    both(|lang| {
        let lesson = lesson(lang);
        let mut app = begun(&lesson, lang);
        app.shares.zoomed = true;
        compare("question", lang, |width, height| only_pane(&screen(&mut app, width, height)));
    });
}

#[test]
fn terminals_side_by_side() {
    both(|lang| {
        let lesson = lesson(lang);
        let mut app = begun(&lesson, lang);
        app.focus = Pane::Terminal;
        app.shares.zoomed = true;
        app.split(3);
        type_text(&mut app, "echo 你好,世界 # wide characters");
        compare("terminals", lang, |width, height| only_pane(&screen(&mut app, width, height)));
    });
}

#[test]
fn the_palette_and_the_help_name_everything() {
    both(|lang| {
        let lesson = lesson(lang);
        let mut app = app(&lesson, lang);
        app.perform(Action::Palette);
        type_text(&mut app, "step");
        let text = screen(&mut app, 80, 24);
        assert!(text.contains("▸ step ") && text.contains("step-back"), "{text}");
        press(&mut app, KeyCode::Esc);
        app.perform(Action::Help);
        let text = screen(&mut app, 200, 200);
        for entry in rows::all() {
            assert!(text.contains(entry.help(lang)), "{}:\n{text}", entry.name);
        }
        for _ in 0..200 {
            press(&mut app, KeyCode::Down);
        }
        let text = screen(&mut app, 80, 24);
        assert!(text.contains("VXLAN"), "it scrolls to its end:\n{text}");
        press(&mut app, KeyCode::Char('q'));
        assert_eq!((&app.overlay, app.exit), (&None, None), "any other key only closes it");
    });
}

/// Only the pane that has the keys: what is around it is others'.
fn only_pane(text: &str) -> String {
    let mut rows = text.lines().skip_while(|row| !row.starts_with('┏'));
    let mut pane: Vec<&str> = rows.by_ref().take_while(|row| !row.starts_with('┗')).collect();
    pane.push("┗");
    pane.join("\n")
}

#[test]
fn in_ascii_there_are_only_letters() {
    let lesson = lesson(Lang::En);
    let mut app = begun(&lesson, Lang::En);
    app.theme.ascii = true;
    for pane in PANES {
        app.focus = pane;
        for overlay in [None, Some(Overlay::Help(0)), Some(Overlay::Palette(Palette::default()))] {
            app.overlay = overlay;
            for (width, height) in SIZES {
                let text = screen(&mut app, width, height);
                let strange: String = text.chars().filter(|c| !c.is_ascii()).collect();
                assert_eq!(strange, "", "{text}");
            }
        }
    }
}

#[test]
fn every_scheme_draws_the_same_letters() {
    let lesson = lesson(Lang::En);
    let mut app = begun(&lesson, Lang::En);
    let before = screen(&mut app, 120, 40);
    for scheme in Scheme::ALL {
        app.perform(Action::Theme(scheme));
        assert_eq!(screen(&mut app, 120, 40), before, "{scheme:?}: nothing by colour alone");
    }
}

/// The screen after a ping through the tunnel and one that is lost.
fn pinged(lesson: &Lesson, lang: Lang) -> App<'_> {
    let mut app = app(lesson, lang);
    for line in [
        "docker exec test2 ping -c 1 10.0.0.2",
        "sysctl -w net.ipv4.ip_forward=0",
        "docker exec test2 ping -c 1 -W 1 192.168.56.135",
    ] {
        panes::run(&mut app, "docker-2", line);
    }
    app.shares.zoomed = true;
    app
}

#[test]
fn the_map_and_tables() {
    both(|lang| {
        let lesson = lesson(lang);
        let mut app = pinged(&lesson, lang);
        app.focus = Pane::Map;
        // Nothing moves any more.
        app.session.pace = Pace::Paused;
        (0..40).for_each(|_| app.look());
        compare("map", lang, |width, height| only_pane(&screen(&mut app, width, height)));
        press(&mut app, KeyCode::Down);
        press(&mut app, KeyCode::Enter);
        compare("tables", lang, |width, height| only_pane(&screen(&mut app, width, height)));
    });
}

#[test]
fn a_packet_that_is_lost_and_one_through_the_tunnel() {
    both(|lang| {
        let lesson = lesson(lang);
        let mut app = pinged(&lesson, lang);
        app.focus = Pane::Packets;
        compare("lost", lang, |width, height| only_pane(&screen(&mut app, width, height)));
        let wrapped = app.packets.index.iter().find(|it| it.was_wrapped && it.root.is_some());
        let wrapped = wrapped.expect("the first ping went through the tunnel").packet;
        app.packets.open(wrapped, &app.session);
        compare("way", lang, |width, height| only_pane(&screen(&mut app, width, height)));
        press(&mut app, KeyCode::Char('e'));
        compare("headers", lang, |width, height| only_pane(&screen(&mut app, width, height)));
        press(&mut app, KeyCode::Char('x'));
        (0..3).for_each(|_| press(&mut app, KeyCode::Right));
        (0..7).for_each(|_| press(&mut app, KeyCode::Down));
        compare("bytes", lang, |width, height| only_pane(&screen(&mut app, width, height)));
    });
}

#[test]
fn eight_hosts_and_forty_containers() {
    let lesson = Lesson::parse("many.md", include_str!("labs/many.md")).expect("a right lesson");
    let mut app = app(&lesson, Lang::En);
    app.focus = Pane::Map;
    app.shares.zoomed = true;
    app.session.pace = Pace::Paused;
    (0..40).for_each(|_| app.look());
    compare("many", Lang::En, |width, height| only_pane(&screen(&mut app, width, height)));
    press(&mut app, KeyCode::Char('>'));
    // The cameras of the last machine hang on its card.
    let objects = 200;
    (0..objects).for_each(|_| press(&mut app, KeyCode::Down));
    compare("many-closer", Lang::En, |width, height| {
        screen(&mut app, width, height);
        only_pane(&screen(&mut app, width, height))
    });
    press(&mut app, KeyCode::Char('>'));
    compare("many-closest", Lang::En, |width, height| only_pane(&screen(&mut app, width, height)));
}

#[test]
fn who_reaches_whom() {
    both(|lang| {
        let lesson = lesson(lang);
        let mut app = reaching::asked(&lesson, lang);
        app.shares.zoomed = true;
        // test1 → consul
        (0..3).for_each(|_| press(&mut app, KeyCode::Down));
        press(&mut app, KeyCode::Right);
        compare("reach", lang, |width, height| only_pane(&screen(&mut app, width, height)));
        press(&mut app, KeyCode::Enter);
        reaching::answered(&mut app);
        compare("reach-way", lang, |width, height| only_pane(&screen(&mut app, width, height)));
    });
}

#[test]
fn the_past_on_the_strip_of_time() {
    both(|lang| {
        let lesson = lesson(lang);
        let mut app = pinged(&lesson, lang);
        app.focus = Pane::Map;
        app.shares.zoomed = false;
        (0..6).for_each(|_| press(&mut app, KeyCode::Char('[')));
        compare("past", lang, |width, height| {
            let text = screen(&mut app, width, height);
            let lines: Vec<&str> = text.lines().collect();
            lines[lines.len() - 3..].join("\n")
        });
    });
}

#[test]
fn terminals_in_the_past() {
    both(|lang| {
        let lesson = lesson(lang);
        let mut app = begun(&lesson, lang);
        app.focus = Pane::Terminal;
        app.shares.zoomed = true;
        app.split(3);
        let at = app.session.player.commands().next().expect("it was typed").at;
        let trace = &app.session.world().trace;
        let before = |at: Time| trace.since(0).filter(|(_, it)| it.at < at).count() as u64;
        let moment = trace.first_seq() + before(at + Span::millis(500));
        app.look_at(moment);
        compare("terminals-past", lang, |width, height| {
            only_pane(&screen(&mut app, width, height))
        });
    });
}
