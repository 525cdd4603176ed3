//! What a learner and a teacher do: hints, checks that fail at first, steps typed by hand, teacher's keys.

use super::*;
use crate::ui::lesson::record::Record;

const LESSON: &str = "+++
schema = 1
id = \"repair\"
lang = \"en\"
title = \"Repair\"
kind = \"fix\"
[topology]
segment.lan = { subnet = \"10.0.0.0/24\" }
host.a = { lan = \"10.0.0.1\" }
host.b = { lan = \"10.0.0.2\" }
[setup]
run = [\"b$ ip link set eth0 up\"]
[[fault]]
type = \"run\"
at = \"b\"
command = \"ip link set eth0 down\"
when = \"look\"
+++
# Repair

```predict #p for=#look
Does b answer?
( ) yes
(x) no
```

```console #look
a$ ping -c 1 -W 1 10.0.0.2
...
[exit 1]
```

```hint n=2
Compare `ip link` on both.
```

```hint n=1
Look at b.
```

```hint n=3
b$ ip link set eth0 up
```

```check #works
reach a -> 10.0.0.2 icmp
```

```solution
b$ ip link set eth0 up
```

```explain layer=L2
A link that is down carries nothing.
wrong=a: It would, if its link were up.
```
";

fn repair() -> Lesson {
    Lesson::parse("repair.md", LESSON).expect("it is right")
}

fn text(app: &App) -> String {
    let view = app.progress.view(app.lang.words(), 100);
    let line = |line: &text::Line| line.iter().map(|piece| &*piece.text).collect::<String>() + "\n";
    view.lines.iter().map(line).collect()
}

fn type_on(app: &mut App, machine: &str, command: &str) {
    let n = app.terminals.iter().position(|it| it.name == machine).expect("there is one");
    app.show_terminal(n);
    app.focus = Pane::Terminal;
    type_text(app, command);
    press(app, KeyCode::Enter);
    wait(app);
}

#[test]
fn a_check_that_fails_says_what_is_missing_and_can_be_tried_again() {
    let lesson = repair();
    let mut app = app(&lesson, Lang::En);
    press(&mut app, KeyCode::Char('b'));
    press(&mut app, KeyCode::Enter);
    press(&mut app, KeyCode::Enter);
    wait(&mut app);
    press(&mut app, KeyCode::Enter);
    let said = text(&app);
    assert!(said.contains("✗ Check: reach a -> 10.0.0.2 icmp"), "{said}");
    assert!(!app.progress.is_finished());
    type_on(&mut app, "b", "ip link set eth0 up");
    press(&mut app, KeyCode::F(2));
    let said = text(&app);
    assert!(said.contains("✓ Check: reach a -> 10.0.0.2 icmp"), "{said}");
    assert!(said.contains("The lesson ends here"), "{said}");
    assert!(!said.contains("It would, if"), "no remark on what was not answered: {said}");
}

#[test]
fn hints_come_one_by_one_in_their_order_and_are_kept() {
    let lesson = repair();
    let mut app = app(&lesson, Lang::En);
    press(&mut app, KeyCode::Char('H'));
    assert_eq!(app.progress.hint_count(), (0, 0), "there is none for the question");
    press(&mut app, KeyCode::Char('a'));
    for _ in 0..2 {
        press(&mut app, KeyCode::Enter);
        wait(&mut app);
    }
    assert!(text(&app).contains("a hint (0 of 3 taken)"), "{}", text(&app));
    for (n, hint) in ["Look at b", "Compare ip link", "ip link set eth0 up"].iter().enumerate() {
        assert!(!text(&app).contains(hint), "{hint} before it was asked for");
        app.perform(Action::Hint);
        assert_eq!(app.progress.hint_count(), (n + 1, 3));
        assert!(text(&app).contains(hint), "{}", text(&app));
    }
    app.perform(Action::Hint);
    assert!(app.notice.is_some(), "it is said that there are no more");
    let record = app.progress.record();
    let mut again = super::app(&lesson, Lang::En);
    again.resume(&record);
    assert_eq!(again.progress.record(), record);
    assert_eq!(again.progress.hint_count(), (3, 3));
    press(&mut app, KeyCode::Char('S'));
    assert!(text(&app).contains("If you chose a: It would, if"), "{}", text(&app));
}

#[test]
fn a_step_can_be_typed_by_hand() {
    let lesson = repair();
    let mut app = app(&lesson, Lang::En);
    press(&mut app, KeyCode::Char('b'));
    press(&mut app, KeyCode::Enter);
    type_on(&mut app, "a", "ping -c 2 -W 1 10.0.0.2");
    assert!(text(&app).contains("▶ a$ ping"), "another command is not the step");
    type_on(&mut app, "b", "ping -c 1 -W 1 10.0.0.2");
    assert!(text(&app).contains("▶ a$ ping"), "another machine is not, either");
    type_on(&mut app, "a", "ping  -c 1 -W 1  10.0.0.2");
    assert!(text(&app).contains("✓ a$ ping"), "{}", text(&app));
}

#[test]
fn a_teacher_reveals_skips_and_hides() {
    let lesson = repair();
    let mut app = app(&lesson, Lang::En);
    assert!(!text(&app).contains("Answer: b) no"));
    press(&mut app, KeyCode::Char('R'));
    assert!(text(&app).contains("Answer: b) no"), "{}", text(&app));
    press(&mut app, KeyCode::Char('a'));
    press(&mut app, KeyCode::Enter);
    press(&mut app, KeyCode::Char('S'));
    assert!(text(&app).contains("· a$ ping"), "gone past: {}", text(&app));
    assert!(text(&app).contains("✗ a"), "{}", text(&app));
    press(&mut app, KeyCode::Char('A'));
    assert!(!text(&app).contains("✗ a"), "{}", text(&app));
    press(&mut app, KeyCode::Char('R'));
    assert!(text(&app).contains("What repairs it"), "{}", text(&app));
}

#[test]
fn while_it_is_frozen_nothing_changes() {
    let lesson = repair();
    let mut app = app(&lesson, Lang::En);
    press(&mut app, KeyCode::Char('F'));
    let (now, record) = (app.session.world().now(), app.progress.record());
    for key in ['b', 'n', '.', '+', 't', 'x', 'z'] {
        press(&mut app, KeyCode::Char(key));
        press(&mut app, KeyCode::Enter);
        app.advance(Duration::from_millis(100));
    }
    assert_eq!((app.session.world().now(), app.progress.record()), (now, record));
    assert!(app.terminals.iter().all(|terminal| terminal.input.is_empty()));
    press(&mut app, KeyCode::Esc);
    app.advance(Duration::from_millis(100));
    assert!(app.session.world().now() > now);
}

#[test]
fn an_empty_answer_is_none() {
    let lesson = repair();
    let mut app = app(&lesson, Lang::En);
    press(&mut app, KeyCode::Enter);
    assert!(app.notice.is_some());
    assert_eq!(app.progress.record().passed, 0);
}

#[test]
fn every_lesson_opens_and_goes_on() {
    let shelf = library::shelf(None, Lang::Zh, Seed(3)).expect("the lessons are right").0;
    for item in &shelf {
        let session = Session::new(&item.lesson, 3).unwrap_or_else(|error| panic!("{error}"));
        let mut app = App::new(session, Lang::Zh);
        for _ in 0..4 {
            answer(&mut app);
            press(&mut app, KeyCode::F(2));
            wait(&mut app);
            screen(&mut app, 80, 24);
        }
        assert_eq!(app.complaint, None, "{}", item.lesson.front.id);
        let begun = app.progress.record();
        assert!(begun.passed + begun.step > 0 || begun.places == 0, "{}", item.lesson.front.id);
    }
}

#[test]
fn what_is_hidden_runs_by_itself_and_is_not_shown() {
    let text = LESSON
        .replace("```console #look\n", "```console hidden\na$ hostname\n```\n\n```console #look\n");
    let lesson = Lesson::parse("x.md", &text).expect("a right lesson");
    let mut app = app(&lesson, Lang::En);
    press(&mut app, KeyCode::Char('b'));
    press(&mut app, KeyCode::Enter);
    app.advance(Duration::from_millis(33));
    wait(&mut app);
    assert_eq!(app.session.player.commands().count(), 1, "nobody pressed a key for it");
    let text = screen(&mut app, 120, 40);
    let lesson: Vec<&str> = text.lines().filter_map(|line| line.get(..40)).collect();
    assert!(!lesson.join("\n").contains("✓ a$ hostname"), "{text}");
    assert!(text.contains("▶ a$ ping -c 1"), "{text}");
}

#[test]
fn who_comes_back_is_told_where_he_is() {
    let lesson = Lesson::parse("x.md", LESSON).expect("a right lesson");
    let mut app = app(&lesson, Lang::En);
    let record = Record { passed: 1, places: 3, ..Record::default() };
    app.resume(&record);
    assert_eq!(app.notice.as_deref(), Some("you are at: Repair (1 of 3 done)"));
}
