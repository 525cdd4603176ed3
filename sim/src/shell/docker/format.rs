//! `--format`: rows by a template, with headers if it begins with `table`.

use serde_json::Value;

use super::client::Stop;
use super::table::table;
use super::template::{Column, Template, TemplateError};

/// A template that makes no sense.
fn bad_template(error: &TemplateError) -> Stop {
    Stop::Said(format!("template parsing error: {}", error.0), 1)
}

/// Prints rows by a template. `headers` gives the header of a field, `kind` is the name of Go's type.
pub fn rows(
    format: &str,
    values: &[Value],
    headers: &[(&str, &str)],
    kind: &str,
) -> Result<String, Stop> {
    let format = format.replace("\\t", "\t").replace("\\n", "\n");
    let (is_table, text) = match format.strip_prefix("table ") {
        Some(text) => (true, text),
        None => (false, format.as_str()),
    };
    let template = Template::parse(text).map_err(|error| bad_template(&error))?;
    let lines: Vec<String> = values
        .iter()
        .map(|value| template.run(value))
        .collect::<Result<_, _>>()
        .map_err(|error: TemplateError| bad_template(&error.of_type(kind)))?;
    if !is_table {
        return Ok(lines.iter().map(|line| format!("{line}\n")).collect());
    }
    let fields = template.columns();
    let header = |field: &Column| {
        let field = match field {
            // A label's own name, or the end of it, is the title.
            Column::Label(name) => {
                let end = name.rsplit('.').next().unwrap_or(name);
                return end.replace(['-', '_'], " ");
            }
            Column::Field(field) => field,
        };
        let known = headers.iter().find(|(name, _)| name == field);
        known.map_or(field.to_uppercase(), |(_, header)| (*header).to_owned())
    };
    let names: Vec<String> = fields.iter().map(header).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let cells: Vec<Vec<String>> = lines
        .iter()
        .map(|line| {
            let mut cells: Vec<String> = line.split('\t').map(str::to_owned).collect();
            cells.resize(names.len(), String::new());
            cells
        })
        .collect();
    Ok(table(&names, &cells))
}

/// Prints one value by a template.
pub fn one(format: &str, value: &Value) -> Result<String, Stop> {
    let template = Template::parse(format)
        .map_err(|error| Stop::Said(format!("template parsing error: {}", error.0), 64))?;
    template
        .run(value)
        .map_err(|error| Stop::Said(format!("template parsing error: {}", error.0), 1))
}

/// Prints an event by a template, which is tried before anything else.
pub fn event(format: &str, value: &Value) -> Result<String, Stop> {
    let bad = |error: TemplateError| Stop::Said(format!("Error parsing format: {}", error.0), 64);
    let template = Template::parse(format).map_err(bad)?;
    let printed = template.run(value).map_err(|error| bad(error.of_type("*events.Message")))?;
    Ok(printed + "\n")
}

/// JSON with an indent of four.
pub fn pretty(value: &Value) -> String {
    let mut out = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, formatter);
    // Writing JSON into memory cannot fail.
    let _ = serde::Serialize::serialize(value, &mut serializer);
    String::from_utf8_lossy(&out).into_owned()
}
