//! Go's `text/template`, as far as `docker … --format` uses it, over JSON.
//!
//! Supported: fields, `range`, `if`, `with`, variables, pipelines, and the functions of Docker's command
//! line. Differs: values have no Go types, so a structure that is printed whole looks like a map.

use serde_json::Value;

/// Why a template cannot be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError(pub String);

type Result<T> = std::result::Result<T, TemplateError>;

/// Nesting that is followed.
const MAX_DEPTH: usize = 32;
/// Rounds of loops in one run.
const MAX_ROUNDS: usize = 100_000;

#[derive(Debug, Clone)]
enum Node {
    Text(String),
    Print(Pipe),
    Assign(String, Pipe),
    If(Vec<(Option<Pipe>, Vec<Node>)>),
    With(Pipe, Vec<Node>, Vec<Node>),
    Range {
        key: Option<String>,
        value: Option<String>,
        over: Pipe,
        body: Vec<Node>,
        empty: Vec<Node>,
    },
}

type Pipe = Vec<Vec<Operand>>;

#[derive(Debug, Clone)]
enum Operand {
    Field(Vec<String>),
    Variable(String, Vec<String>),
    Literal(Value),
    Function(String),
    Nested(Pipe, Vec<String>),
}

/// A template that was read.
#[derive(Debug, Clone)]
pub struct Template(Vec<Node>);

impl Template {
    /// Reads a template.
    pub fn parse(text: &str) -> Result<Template> {
        let tokens = tokenize(text)?;
        let mut at = 0;
        let nodes = parse_nodes(&tokens, &mut at, 0)?;
        if at < tokens.len() {
            return Err(parse_error("unexpected {{end}}"));
        }
        Ok(Template(nodes))
    }

    /// Runs it over a value.
    pub fn run(&self, value: &Value) -> Result<String> {
        let mut run = Run { root: value, variables: Vec::new(), rounds: 0 };
        let mut out = String::new();
        run.nodes(&self.0, value, &mut out)?;
        Ok(out)
    }

    /// The fields that it prints, in order: for the headers of a table.
    pub fn fields(&self) -> Vec<String> {
        let of_operand = |operand: &Operand| match operand {
            Operand::Field(path) => path.last().cloned(),
            _ => None,
        };
        self.0
            .iter()
            .filter_map(|node| match node {
                Node::Print(pipe) => pipe.iter().flatten().find_map(of_operand),
                _ => None,
            })
            .collect()
    }
}

fn parse_error(words: &str) -> TemplateError {
    TemplateError(format!("template: :1: {words}"))
}

/// Text and actions, with the blanks that `{{-` and `-}}` eat gone.
fn tokenize(text: &str) -> Result<Vec<(bool, String)>> {
    let mut tokens: Vec<(bool, String)> = Vec::new();
    let mut rest = text;
    let mut trim = false;
    loop {
        let Some(start) = rest.find("{{") else {
            let tail = if trim { rest.trim_start() } else { rest };
            tokens.push((false, tail.to_owned()));
            return Ok(tokens);
        };
        let end = rest[start..].find("}}").ok_or_else(|| parse_error("unclosed action"))? + start;
        let (mut before, mut action) = (&rest[..start], &rest[start + 2..end]);
        if trim {
            before = before.trim_start();
        }
        if action.starts_with("- ") {
            before = before.trim_end();
            action = &action[2..];
        }
        trim = action.ends_with(" -");
        let action = action.strip_suffix(" -").unwrap_or(action).trim();
        tokens.push((false, before.to_owned()));
        if !action.starts_with("/*") {
            tokens.push((true, action.to_owned()));
        }
        rest = &rest[end + 2..];
    }
}

fn parse_nodes(tokens: &[(bool, String)], at: &mut usize, depth: usize) -> Result<Vec<Node>> {
    if depth > MAX_DEPTH {
        return Err(parse_error("nesting too deep"));
    }
    let mut nodes = Vec::new();
    while let Some((is_action, text)) = tokens.get(*at) {
        if !is_action {
            nodes.push(Node::Text(text.clone()));
            *at += 1;
            continue;
        }
        let word = text.split_whitespace().next().unwrap_or("");
        if matches!(word, "end" | "else") {
            return Ok(nodes);
        }
        *at += 1;
        let tail = text[word.len()..].trim();
        nodes.push(match word {
            "if" => parse_if(tokens, at, tail, depth)?,
            "with" => {
                let pipe = parse_pipe(tail)?;
                let body = parse_nodes(tokens, at, depth + 1)?;
                Node::With(pipe, body, parse_else(tokens, at, depth)?)
            }
            "range" => {
                let (names, over) = match tail.split_once(":=") {
                    Some((names, over)) => (names.trim(), over.trim()),
                    None => ("", tail),
                };
                let names: Vec<String> =
                    names.split(',').map(|name| name.trim().to_owned()).collect();
                let (key, value) = match names.as_slice() {
                    [key, value] => (Some(key.clone()), Some(value.clone())),
                    [value] if !value.is_empty() => (None, Some(value.clone())),
                    _ => (None, None),
                };
                let over = parse_pipe(over)?;
                let body = parse_nodes(tokens, at, depth + 1)?;
                let empty = parse_else(tokens, at, depth)?;
                Node::Range { key, value, over, body, empty }
            }
            _ => match text.split_once(":=") {
                Some((name, pipe)) if text.starts_with('$') => {
                    Node::Assign(name.trim().to_owned(), parse_pipe(pipe.trim())?)
                }
                _ => Node::Print(parse_pipe(text)?),
            },
        });
    }
    if depth > 0 { Err(parse_error("unexpected EOF")) } else { Ok(nodes) }
}

fn parse_if(
    tokens: &[(bool, String)],
    at: &mut usize,
    condition: &str,
    depth: usize,
) -> Result<Node> {
    let mut branches = vec![(Some(parse_pipe(condition)?), parse_nodes(tokens, at, depth + 1)?)];
    loop {
        let Some((_, text)) = tokens.get(*at) else { return Err(parse_error("unexpected EOF")) };
        *at += 1;
        if text == "end" {
            return Ok(Node::If(branches));
        }
        let tail = text.trim_start_matches("else").trim();
        let condition = match tail.strip_prefix("if ") {
            Some(condition) => Some(parse_pipe(condition)?),
            None => None,
        };
        branches.push((condition, parse_nodes(tokens, at, depth + 1)?));
    }
}

fn parse_else(tokens: &[(bool, String)], at: &mut usize, depth: usize) -> Result<Vec<Node>> {
    let Some((_, text)) = tokens.get(*at) else { return Err(parse_error("unexpected EOF")) };
    *at += 1;
    if text == "end" {
        return Ok(Vec::new());
    }
    let nodes = parse_nodes(tokens, at, depth + 1)?;
    *at += 1;
    Ok(nodes)
}

/// Words of an action; what stands in parentheses or quotes is one word.
fn words(text: &str) -> Result<Vec<String>> {
    let mut out = Vec::new();
    let mut word = String::new();
    let (mut depth, mut quote) = (0, None);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if let Some(q) = quote {
            word.push(c);
            if c == '\\' && q == '"' {
                word.extend(chars.next());
            } else if c == q {
                quote = None;
            }
            continue;
        }
        match c {
            '"' | '`' => {
                quote = Some(c);
                word.push(c);
            }
            '(' => {
                depth += 1;
                word.push(c);
            }
            ')' => {
                depth -= 1;
                word.push(c);
            }
            '|' if depth == 0 => {
                out.push(std::mem::take(&mut word));
                out.push("|".to_owned());
            }
            c if c.is_whitespace() && depth == 0 => out.push(std::mem::take(&mut word)),
            c => word.push(c),
        }
    }
    if quote.is_some() || depth != 0 {
        return Err(parse_error("unclosed string or parenthesis"));
    }
    out.push(word);
    out.retain(|word| !word.is_empty());
    Ok(out)
}

fn parse_pipe(text: &str) -> Result<Pipe> {
    let words = words(text)?;
    if words.is_empty() {
        return Err(parse_error("missing value for command"));
    }
    words
        .split(|word| word == "|")
        .map(|command| command.iter().map(|word| parse_operand(word)).collect())
        .collect()
}

fn parse_operand(word: &str) -> Result<Operand> {
    let path = |text: &str| -> Vec<String> {
        text.split('.').filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    if word.starts_with('(') {
        let end = word.rfind(')').ok_or_else(|| parse_error("unclosed parenthesis"))?;
        if word.matches('(').count() > MAX_DEPTH {
            return Err(parse_error("nesting too deep"));
        }
        return Ok(Operand::Nested(parse_pipe(&word[1..end])?, path(&word[end + 1..])));
    }
    if word.starts_with('.') {
        return Ok(Operand::Field(path(word)));
    }
    if let Some(name) = word.strip_prefix('$') {
        let (name, rest) = name.split_once('.').unwrap_or((name, ""));
        return Ok(Operand::Variable(format!("${name}"), path(rest)));
    }
    if word.starts_with('"') {
        let text = serde_json::from_str(word).map_err(|_| parse_error("bad string"))?;
        return Ok(Operand::Literal(Value::String(text)));
    }
    if word.starts_with('`') {
        return Ok(Operand::Literal(Value::String(word.trim_matches('`').to_owned())));
    }
    if let Ok(number) = word.parse::<i64>() {
        return Ok(Operand::Literal(number.into()));
    }
    match word {
        "true" => Ok(Operand::Literal(true.into())),
        "false" => Ok(Operand::Literal(false.into())),
        "nil" => Ok(Operand::Literal(Value::Null)),
        name if is_function(name) => Ok(Operand::Function(name.to_owned())),
        name => Err(TemplateError(format!("template: :1: function \"{name}\" not defined"))),
    }
}

fn is_function(name: &str) -> bool {
    matches!(
        name,
        "json"
            | "len"
            | "index"
            | "slice"
            | "print"
            | "printf"
            | "println"
            | "join"
            | "split"
            | "title"
            | "lower"
            | "upper"
            | "pad"
            | "truncate"
            | "eq"
            | "ne"
            | "lt"
            | "le"
            | "gt"
            | "ge"
            | "and"
            | "or"
            | "not"
    )
}

struct Run<'a> {
    root: &'a Value,
    variables: Vec<(String, Value)>,
    rounds: usize,
}

impl Run<'_> {
    fn nodes(&mut self, nodes: &[Node], dot: &Value, out: &mut String) -> Result<()> {
        for node in nodes {
            self.node(node, dot, out)?;
        }
        Ok(())
    }

    fn node(&mut self, node: &Node, dot: &Value, out: &mut String) -> Result<()> {
        match node {
            Node::Text(text) => *out += text,
            Node::Print(pipe) => *out += &print(&self.pipe(pipe, dot)?),
            Node::Assign(name, pipe) => {
                let value = self.pipe(pipe, dot)?;
                self.variables.push((name.clone(), value));
            }
            Node::If(branches) => {
                for (condition, body) in branches {
                    let holds = match condition {
                        Some(pipe) => is_true(&self.pipe(pipe, dot)?),
                        None => true,
                    };
                    if holds {
                        return self.nodes(body, dot, out);
                    }
                }
            }
            Node::With(pipe, body, otherwise) => {
                let value = self.pipe(pipe, dot)?;
                if is_true(&value) {
                    self.nodes(body, &value, out)?;
                } else {
                    self.nodes(otherwise, dot, out)?;
                }
            }
            Node::Range { key, value, over, body, empty } => {
                let items = items_of(&self.pipe(over, dot)?);
                if items.is_empty() {
                    return self.nodes(empty, dot, out);
                }
                for (k, v) in items {
                    self.rounds += 1;
                    if self.rounds > MAX_ROUNDS {
                        return Err(parse_error("too many rounds"));
                    }
                    let known = self.variables.len();
                    self.variables.extend(key.iter().map(|name| (name.clone(), k.clone())));
                    self.variables.extend(value.iter().map(|name| (name.clone(), v.clone())));
                    self.nodes(body, &v, out)?;
                    self.variables.truncate(known);
                }
            }
        }
        Ok(())
    }

    fn pipe(&self, pipe: &Pipe, dot: &Value) -> Result<Value> {
        let mut last = None;
        for command in pipe {
            last = Some(self.command(command, dot, last)?);
        }
        Ok(last.unwrap_or(Value::Null))
    }

    fn command(&self, words: &[Operand], dot: &Value, piped: Option<Value>) -> Result<Value> {
        match words.first() {
            Some(Operand::Function(name)) => {
                let mut args = words[1..]
                    .iter()
                    .map(|word| self.operand(word, dot))
                    .collect::<Result<Vec<_>>>()?;
                args.extend(piped);
                call(name, &args)
            }
            Some(operand) => self.operand(operand, dot),
            None => Ok(Value::Null),
        }
    }

    fn operand(&self, operand: &Operand, dot: &Value) -> Result<Value> {
        match operand {
            Operand::Field(path) => follow(dot, path),
            Operand::Variable(name, path) => {
                let known = self.variables.iter().rev().find(|(known, _)| known == name);
                match known {
                    Some((_, value)) => follow(value, path),
                    None if name == "$" => follow(self.root, path),
                    None => Err(parse_error(&format!("undefined variable \"{name}\""))),
                }
            }
            Operand::Literal(value) => Ok(value.clone()),
            Operand::Nested(pipe, path) => follow(&self.pipe(pipe, dot)?, path),
            Operand::Function(name) => call(name, &[]),
        }
    }
}

/// Follows field names. The typed names of Docker's structures differ from JSON's in a few places.
fn follow(value: &Value, path: &[String]) -> Result<Value> {
    let mut value = value;
    let mut done = String::new();
    for name in path {
        done += &format!(".{name}");
        let alias = match name.as_str() {
            "ID" => "Id",
            other => other,
        };
        value = match value {
            Value::Object(object) => match object.get(name).or_else(|| object.get(alias)) {
                Some(value) => value,
                None => {
                    return Err(TemplateError(format!(
                        "template: :1:2: executing \"\" at <{done}>: map has no entry for key \"{name}\""
                    )));
                }
            },
            Value::Null => return Ok(Value::Null),
            _ => {
                return Err(TemplateError(format!(
                    "template: :1:2: executing \"\" at <{done}>: can't evaluate field {name} in type interface {{}}"
                )));
            }
        };
    }
    Ok(value.clone())
}

fn items_of(value: &Value) -> Vec<(Value, Value)> {
    match value {
        Value::Array(list) => {
            list.iter().enumerate().map(|(n, v)| (Value::from(n), v.clone())).collect()
        }
        Value::Object(object) => {
            let mut items: Vec<_> =
                object.iter().map(|(k, v)| (Value::from(k.clone()), v.clone())).collect();
            items.sort_by(|a, b| a.0.as_str().cmp(&b.0.as_str()));
            items
        }
        _ => Vec::new(),
    }
}

fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(object) => !object.is_empty(),
    }
}

/// A value as Go's `fmt` prints it.
fn print(value: &Value) -> String {
    match value {
        Value::Null => "<no value>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(list) => {
            let items: Vec<String> = list.iter().map(print).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Object(object) if is_ipam_config(object) => {
            let part = |key: &str| object.get(key).map(print).unwrap_or_default();
            let aux = object.get("AuxiliaryAddresses").map_or("map[]".to_owned(), print);
            format!("{{{} {} {} {aux}}}", part("Subnet"), part("IPRange"), part("Gateway"))
        }
        Value::Object(_) => {
            let items: Vec<String> = items_of(value)
                .iter()
                .map(|(key, value)| format!("{}:{}", print(key), print(value)))
                .collect();
            format!("map[{}]", items.join(" "))
        }
        other => other.to_string(),
    }
}

/// A structure that people do print whole.
fn is_ipam_config(object: &serde_json::Map<String, Value>) -> bool {
    const KEYS: [&str; 4] = ["Subnet", "IPRange", "Gateway", "AuxiliaryAddresses"];
    object.contains_key("Subnet") && object.keys().all(|key| KEYS.contains(&key.as_str()))
}

fn call(name: &str, args: &[Value]) -> Result<Value> {
    let text = |n: usize| args.get(n).map(print).unwrap_or_default();
    let number = |n: usize| args.get(n).and_then(Value::as_i64).unwrap_or(0);
    let fail = |words: &str| TemplateError(format!("template: :1:2: executing \"\": {words}"));
    Ok(match name {
        "json" => {
            let value = args.first().unwrap_or(&Value::Null);
            Value::String(go_json(value))
        }
        "len" => match args.first() {
            Some(Value::Array(list)) => list.len().into(),
            Some(Value::Object(object)) => object.len().into(),
            Some(Value::String(text)) => text.len().into(),
            _ => return Err(fail("error calling len: nil has no length")),
        },
        "index" => {
            let mut value = args.first().cloned().unwrap_or(Value::Null);
            for key in &args[1..] {
                value = match (&value, key) {
                    (Value::Array(list), Value::Number(n)) => {
                        let n = n.as_u64().unwrap_or(u64::MAX) as usize;
                        list.get(n).cloned().ok_or_else(|| {
                            fail("error calling index: reflect: slice index out of range")
                        })?
                    }
                    (Value::Object(object), key) => {
                        object.get(&print(key)).cloned().unwrap_or(Value::Null)
                    }
                    _ => return Err(fail("error calling index: index of untyped nil")),
                };
            }
            value
        }
        "slice" => {
            let whole = text(0);
            let (from, to) = (number(1) as usize, args.get(2).map(|_| number(2) as usize));
            let part = whole.get(from..to.unwrap_or(whole.len()));
            Value::String(
                part.ok_or_else(|| fail("error calling slice: index out of range"))?.to_owned(),
            )
        }
        "print" => Value::String(args.iter().map(print).collect()),
        "println" => Value::String(args.iter().map(print).collect::<Vec<_>>().join(" ") + "\n"),
        "printf" => {
            let words: Vec<String> = args.iter().map(print).collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let words: Vec<String> = words
                .iter()
                .enumerate()
                .map(|(n, word)| if n == 0 { word.replace("%v", "%s") } else { (*word).to_owned() })
                .collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            Value::String(crate::shell::text::printf(&words).map_err(|error| fail(&error))?)
        }
        "join" => {
            let parts: Vec<String> = match args.first() {
                Some(Value::Array(list)) => list.iter().map(print).collect(),
                _ => Vec::new(),
            };
            Value::String(parts.join(&text(1)))
        }
        "split" => Value::Array(text(0).split(&text(1)).map(Value::from).collect()),
        "title" => {
            let word = text(0);
            let mut chars = word.chars();
            let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
            Value::String(first + chars.as_str())
        }
        "lower" => text(0).to_lowercase().into(),
        "upper" => text(0).to_uppercase().into(),
        "pad" => {
            const MAX: i64 = 1000;
            let blanks = |n: i64| " ".repeat(n.clamp(0, MAX) as usize);
            format!("{}{}{}", blanks(number(1)), text(0), blanks(number(2))).into()
        }
        "truncate" => text(0).chars().take(number(1).max(0) as usize).collect::<String>().into(),
        "eq" => args[1..].iter().any(|other| Some(other) == args.first()).into(),
        "ne" => (args.first() != args.get(1)).into(),
        "lt" => (compare(args) == Some(std::cmp::Ordering::Less)).into(),
        "le" => compare(args).is_some_and(std::cmp::Ordering::is_le).into(),
        "gt" => (compare(args) == Some(std::cmp::Ordering::Greater)).into(),
        "ge" => compare(args).is_some_and(std::cmp::Ordering::is_ge).into(),
        "and" => args
            .iter()
            .find(|value| !is_true(value))
            .or(args.last())
            .cloned()
            .unwrap_or(Value::Null),
        "or" => {
            args.iter().find(|value| is_true(value)).or(args.last()).cloned().unwrap_or(Value::Null)
        }
        "not" => (!args.first().is_some_and(is_true)).into(),
        other => return Err(fail(&format!("function \"{other}\" not defined"))),
    })
}

fn compare(args: &[Value]) -> Option<std::cmp::Ordering> {
    match args {
        [Value::Number(a), Value::Number(b)] => a.as_f64()?.partial_cmp(&b.as_f64()?),
        [a, b] => Some(print(a).cmp(&print(b))),
        _ => None,
    }
}

/// JSON as Go writes it: without blanks, `<`, `>` and `&` escaped.
fn go_json(value: &Value) -> String {
    value.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn run(template: &str, value: &Value) -> String {
        Template::parse(template).unwrap().run(value).unwrap()
    }

    #[test]
    fn the_templates_of_the_tutorials() {
        let value = json!({
            "Id": "0123456789abcdef",
            "State": { "Pid": 42 },
            "IPAM": { "Config": [{ "Subnet": "172.18.0.0/16", "Gateway": "172.18.0.1" }] },
            "NetworkSettings": {
                "Networks": { "net1": { "IPAddress": "172.18.0.2" } },
                "Ports": { "80/tcp": [{ "HostIp": "0.0.0.0", "HostPort": "8080" }] },
            },
        });
        assert_eq!(run("{{.State.Pid}}", &value), "42");
        assert_eq!(run("{{slice .ID 0 12}}", &value), "0123456789ab");
        assert_eq!(run("{{.IPAM.Config}}", &value), "[{172.18.0.0/16  172.18.0.1 map[]}]");
        assert_eq!(
            run(
                "{{range $k, $v := .NetworkSettings.Networks}}{{$k}}={{$v.IPAddress}} {{end}}",
                &value
            ),
            "net1=172.18.0.2 "
        );
        assert_eq!(
            run("{{(index (index .NetworkSettings.Ports \"80/tcp\") 0).HostPort}}", &value),
            "8080"
        );
        assert_eq!(run("{{if eq .State.Pid 42}}yes{{else}}no{{end}}", &value), "yes");
        assert_eq!(run("{{json .State}}", &value), "{\"Pid\":42}");
        assert_eq!(run("{{truncate .Id 4 | upper}}", &value), "0123");
    }

    #[test]
    fn mistakes_are_errors() {
        assert!(Template::parse("{{.Foo").is_err());
        assert!(Template::parse("{{nosuch .Foo}}").is_err());
        assert!(Template::parse("{{if .Foo}}").is_err());
        let error = Template::parse("{{.Foo}}").unwrap().run(&json!({})).unwrap_err();
        assert!(error.0.ends_with("map has no entry for key \"Foo\""));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_template_or_an_error(text in "[{}. a-z$|()\"`:=-]{0,40}") {
            if let Ok(template) = Template::parse(&text) {
                let _ = template.run(&json!({ "a": [1, { "b": "c" }] }));
            }
        }
    }
}
