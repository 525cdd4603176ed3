//! Answers of `netsim reach` as a table for people, as JSON and as CSV.

use netsim_sim::reach::{Cell, Change, Matrix, Protocol};
use serde_json::{Value, json};

use crate::text::barriers::{choose, reason};
use crate::text::words::Lang;
use crate::text::{Line, Piece, Style, width};

/// What is asked where and when.
pub struct Title<'a> {
    /// The lesson.
    pub lesson: &'a str,
    /// The moment, as it was asked for.
    pub at: &'a str,
    /// Whether others were sought by name.
    pub by_name: bool,
}

/// The table of each protocol, then the reasons.
pub fn lines(title: &Title, matrix: &Matrix, lang: Lang, columns: usize) -> Vec<Line> {
    let mut all = Vec::new();
    for protocol in &matrix.protocols {
        all.push(vec![Piece::new(heading(title, *protocol, lang), Style::Heading)]);
        let table = square(matrix, *protocol);
        let fits = table.first().is_some_and(|row| {
            row.iter().map(|piece| width(&piece.text)).sum::<usize>() <= columns
        });
        all.extend(if fits { table } else { list(matrix, *protocol) });
        all.push(Vec::new());
    }
    all.extend(reasons(matrix, lang));
    all
}

fn heading(title: &Title, protocol: Protocol, lang: Lang) -> String {
    let Title { lesson, at, by_name } = title;
    let at = if *at == "end" { choose(lang, "at the end", "结束时") } else { at };
    let by_name = match (by_name, lang) {
        (false, _) => "",
        (true, Lang::En) => ", by name",
        (true, Lang::Zh) => "，按名字",
    };
    let what = match protocol {
        Protocol::Icmp => choose(lang, "ping", "ping").to_owned(),
        _ => protocol.to_string(),
    };
    match lang {
        Lang::En => format!("Who reaches whom ({what}{by_name}) in {lesson}, {at}"),
        Lang::Zh => format!("谁能到达谁（{what}{by_name}）：{lesson}，{at}"),
    }
}

/// One row a sender, one column a receiver.
fn square(matrix: &Matrix, protocol: Protocol) -> Vec<Line> {
    let names = &matrix.names;
    let code = |from: &str, to: &str| matrix.cell(from, to, protocol).map_or("·", Cell::code);
    let first = names.iter().map(|name| width(name)).max().unwrap_or(0);
    let widths: Vec<usize> = names
        .iter()
        .map(|to| {
            let codes = names.iter().map(|from| width(code(from, to)));
            codes.chain([width(to)]).max().unwrap_or(0)
        })
        .collect();
    let mut head = vec![Piece::new(padded("", first), Style::Plain)];
    for (to, width) in names.iter().zip(&widths) {
        head.push(Piece::new(format!("  {}", padded(to, *width)), Style::Strong));
    }
    trim(&mut head);
    let rows = names.iter().map(|from| {
        let mut row = vec![Piece::new(padded(from, first), Style::Strong)];
        for (to, width) in names.iter().zip(&widths) {
            let code = code(from, to);
            row.push(Piece::new(format!("  {}", padded(code, *width)), style(code)));
        }
        trim(&mut row);
        row
    });
    std::iter::once(head).chain(rows).collect()
}

/// For many: one paragraph a sender, one line a kind of answer.
fn list(matrix: &Matrix, protocol: Protocol) -> Vec<Line> {
    let mut all = Vec::new();
    for from in &matrix.names {
        all.push(vec![Piece::new(from.clone(), Style::Strong)]);
        let mut kinds: Vec<(&str, Vec<&str>)> = Vec::new();
        let is_meant = |cell: &&Cell| cell.from == *from && cell.protocol == protocol;
        for cell in matrix.cells.iter().filter(is_meant) {
            match kinds.iter_mut().find(|(code, _)| *code == cell.code()) {
                Some((_, names)) => names.push(&cell.to),
                None => kinds.push((cell.code(), vec![&cell.to])),
            }
        }
        for (code, names) in kinds {
            all.push(vec![
                Piece::new(format!("  {}", padded(code, 14)), style(code)),
                Piece::new(names.join(" "), Style::Plain),
            ]);
        }
    }
    all
}

/// Takes the blanks off the end.
fn trim(line: &mut Line) {
    if let Some(last) = line.last_mut() {
        last.text.truncate(last.text.trim_end().len());
    }
}

fn style(code: &str) -> Style {
    match code {
        "yes" => Style::Good,
        "·" => Style::Dim,
        _ => Style::Bad,
    }
}

fn padded(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// Each reason once, with those whom it concerns.
fn reasons(matrix: &Matrix, lang: Lang) -> Vec<Line> {
    let mut found: Vec<(String, String, Vec<String>)> = Vec::new();
    for cell in &matrix.cells {
        let Some(barrier) = cell.barrier() else { continue };
        let sentence = reason(cell, lang);
        let pair = format!("{} → {}", cell.from, cell.to);
        match found.iter_mut().find(|(_, known, _)| *known == sentence) {
            Some((.., pairs)) if pairs.contains(&pair) => {}
            Some((.., pairs)) => pairs.push(pair),
            None => found.push((barrier.code().to_owned(), sentence, vec![pair])),
        }
    }
    let mut all = Vec::new();
    if !found.is_empty() {
        let title = choose(lang, "Where they cannot", "不通之处").to_owned();
        all.push(vec![Piece::new(title, Style::Heading)]);
    }
    for (code, sentence, pairs) in found {
        all.push(vec![
            Piece::new(format!("{code}  "), Style::Bad),
            Piece::new(sentence, Style::Plain),
        ]);
        let shown = pairs.iter().take(SHOWN_PAIRS).cloned().collect::<Vec<_>>().join(", ");
        let more = pairs.len().saturating_sub(SHOWN_PAIRS);
        let more = if more == 0 { String::new() } else { format!(" … +{more}") };
        all.push(vec![Piece::new(format!("    {shown}{more}"), Style::Dim)]);
    }
    all
}

/// How many pairs a reason names.
const SHOWN_PAIRS: usize = 6;

/// All answers as one document.
pub fn json(title: &Title, matrix: &Matrix) -> Value {
    json!({
        "schema": 1,
        "lesson": title.lesson,
        "at": title.at,
        "by_name": title.by_name,
        "names": matrix.names,
        "protocols": matrix.protocols.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "cells": matrix.cells.iter().map(cell_json).collect::<Vec<_>>(),
    })
}

fn cell_json(cell: &Cell) -> Value {
    let mut value = json!({
        "from": cell.from,
        "to": cell.to,
        "protocol": cell.protocol.to_string(),
        "address": cell.address,
        "reaches": cell.reaches(),
    });
    if let Some(barrier) = cell.barrier() {
        value["reason"] = json!({
            "code": barrier.code(),
            "drop": barrier.drop().map(|reason| reason.code()),
            "text": barrier.sentence(),
            "way": barrier.way.code(),
            "place": barrier.place,
            "device": barrier.device,
            "rule": barrier.rule,
        });
    }
    value
}

/// All answers, one a line.
pub fn csv(matrix: &Matrix) -> String {
    let mut text = "from,to,protocol,address,answer,way,place,device,rule\n".to_owned();
    for cell in &matrix.cells {
        let address = cell.address.map(|address| address.to_string()).unwrap_or_default();
        let barrier = cell.barrier();
        let of = |part: Option<&str>| part.unwrap_or_default().to_owned();
        let fields = [
            cell.from.clone(),
            cell.to.clone(),
            cell.protocol.to_string(),
            address,
            cell.code().to_owned(),
            of(barrier.map(|barrier| barrier.way.code())),
            of(barrier.map(|barrier| barrier.place.as_str())),
            of(barrier.and_then(|barrier| barrier.device.as_deref())),
            of(barrier.and_then(|barrier| barrier.rule.as_deref())),
        ];
        text += &record(&fields);
    }
    text
}

/// A line of comma-separated values (RFC 4180).
fn record(fields: &[String]) -> String {
    let quoted = fields.iter().map(|field| {
        if field.contains([',', '"', '\n']) {
            format!("\"{}\"", field.replace('"', "\"\""))
        } else {
            field.clone()
        }
    });
    quoted.collect::<Vec<_>>().join(",") + "\n"
}

/// The code of an answer at a moment; nothing if one of the two was not there.
fn code(cell: Option<&Cell>) -> Option<&'static str> {
    cell.map(Cell::code)
}

/// What changes, for people.
pub fn changes_lines(moments: [&str; 2], changes: &[Change], lang: Lang) -> Vec<Line> {
    let [from, to] = moments;
    let title = match lang {
        Lang::En => format!("What changes from {from} to {to}"),
        Lang::Zh => format!("从 {from} 到 {to} 的变化"),
    };
    let mut all = vec![vec![Piece::new(title, Style::Heading)]];
    if changes.is_empty() {
        all.push(vec![Piece::new(choose(lang, "Nothing.", "没有变化。"), Style::Plain)]);
    }
    let absent = choose(lang, "not there", "不存在");
    for change in changes {
        let pair = format!("{} → {}", change.from, change.to);
        let answer = |cell| code(cell).unwrap_or(absent);
        let (before, after) = (answer(change.before), answer(change.after));
        let mut line = vec![
            Piece::new(
                format!("{}  {} ", padded(&pair, 28), padded(&change.protocol.to_string(), 9)),
                Style::Plain,
            ),
            Piece::new(before, style(before)),
            Piece::new(" → ", Style::Dim),
            Piece::new(after, style(after)),
        ];
        if let Some(cell) = change.after.filter(|cell| !cell.reaches()) {
            line.push(Piece::new(format!("  {}", reason(cell, lang)), Style::Dim));
        }
        all.push(line);
    }
    all
}

/// What changes, as one document.
pub fn changes_json(lesson: &str, moments: [&str; 2], changes: &[Change]) -> Value {
    let of = |change: &Change| {
        json!({
            "from": change.from,
            "to": change.to,
            "protocol": change.protocol.to_string(),
            "before": change.before.map(cell_json),
            "after": change.after.map(cell_json),
        })
    };
    let changes: Vec<Value> = changes.iter().map(of).collect();
    json!({ "schema": 1, "lesson": lesson, "moments": moments, "changes": changes })
}

/// What changes, one a line.
pub fn changes_csv(changes: &[Change]) -> String {
    let mut text = "from,to,protocol,before,after\n".to_owned();
    for change in changes {
        text += &record(&[
            change.from.to_owned(),
            change.to.to_owned(),
            change.protocol.to_string(),
            code(change.before).unwrap_or_default().to_owned(),
            code(change.after).unwrap_or_default().to_owned(),
        ]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_with_commas_and_quotes_are_quoted() {
        let fields = ["a".to_owned(), "-m comment --comment \"x, y\"".to_owned()];
        assert_eq!(record(&fields), "a,\"-m comment --comment \"\"x, y\"\"\"\n");
    }
}
