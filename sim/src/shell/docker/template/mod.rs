//! Go's `text/template`, as far as `docker … --format` uses it, over JSON.
//!
//! Supported: fields, `range`, `if`, `with`, variables, pipelines, and the functions of Docker's command
//! line. Differs: values have no Go types, so a structure that is printed whole looks like a map.
//!
//! [`parse`] reads a template, [`evaluate`] runs it with the functions of [`function`] over what
//! [`value`] makes of JSON.

mod error;
mod evaluate;
mod function;
mod node;
mod parse;
mod value;

use serde_json::Value;

pub use error::TemplateError;
use error::{Result, parse_error};
use evaluate::Run;
use node::{Node, Operand};
use parse::{parse_nodes, tokenize};

/// A template that was read.
#[derive(Debug, Clone)]
pub struct Template(String, Vec<Node>);

impl Template {
    /// Reads a template.
    pub fn parse(text: &str) -> Result<Template> {
        let tokens = tokenize(text)?;
        let mut at = 0;
        let nodes = parse_nodes(&tokens, &mut at, 0)?;
        if at < tokens.len() {
            return Err(parse_error("unexpected {{end}}"));
        }
        Ok(Template(text.to_owned(), nodes))
    }

    /// Runs it over a value.
    pub fn run(&self, value: &Value) -> Result<String> {
        let mut run = Run { root: value, variables: Vec::new(), rounds: 0 };
        let mut out = String::new();
        run.nodes(&self.1, value, &mut out).map_err(|error| self.placed(error))?;
        Ok(out)
    }

    /// A mistake with its place: the line, and the column of the node that it names. Of several names
    /// in a row the place is that of the second.
    fn placed(&self, error: TemplateError) -> TemplateError {
        let Some((node, _)) = error.0.strip_prefix("at <").and_then(|rest| rest.split_once(">: "))
        else {
            return error;
        };
        let at = self.0.find(node).unwrap_or(2);
        let second = node.strip_prefix('.').and_then(|names| names.find('.'));
        let before = &self.0[..at];
        let line = before.matches('\n').count() + 1;
        let column = at - before.rfind('\n').map_or(0, |end| end + 1) + second.map_or(0, |n| n + 1);
        TemplateError(format!("template: :{line}:{column}: executing \"\" {}", error.0))
    }

    /// What it prints, in order: for the headers of a table.
    pub fn columns(&self) -> Vec<Column> {
        let of_command = |command: &Vec<Operand>| match command.as_slice() {
            [Operand::Field(path), Operand::Literal(Value::String(name))]
                if path.last().is_some_and(|field| field == "Label") =>
            {
                Some(Column::Label(name.clone()))
            }
            operands => operands.iter().find_map(|operand| match operand {
                Operand::Field(path) => path.last().cloned().map(Column::Field),
                _ => None,
            }),
        };
        let of_node = |node: &Node| match node {
            Node::Print(pipe) => pipe.iter().find_map(of_command),
            _ => None,
        };
        self.1.iter().filter_map(of_node).collect()
    }
}

/// What a column of a table shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Column {
    /// A field.
    Field(String),
    /// A label.
    Label(String),
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
        let value = json!({ "A": { "B": [1] } });
        let error = |text: &str| Template::parse(text).unwrap().run(&value).unwrap_err().0;
        assert_eq!(
            error("x {{.A.C}}"),
            "template: :1:6: executing \"\" at <.A.C>: map has no entry for key \"C\""
        );
        assert_eq!(
            error("{{index .A.B 5}}"),
            "template: :1:2: executing \"\" at <index .A.B 5>: error calling index: index out of range: 5"
        );
        assert!(
            error("{{json}}").ends_with("at <json>: wrong number of args for json: want 1 got 0")
        );
    }

    #[test]
    fn what_is_nil_or_a_structure_prints_as_in_go() {
        let value = json!({
            "IPAM": { "Options": null },
            "Ports": { "80/tcp": [{ "HostIp": "0.0.0.0", "HostPort": "8080" }], "99/tcp": null },
            "Config": { "ExposedPorts": { "80/tcp": {} }, "OnBuild": null },
            "HostConfig": { "Dns": ["1.1.1.1"] },
        });
        assert_eq!(run("{{.IPAM.Options}} {{.Config.OnBuild}}", &value), "map[] []");
        assert_eq!(run("{{json .IPAM.Options}}", &value), "null");
        assert_eq!(run("{{.Ports}}", &value), "map[80/tcp:[{0.0.0.0 8080}] 99/tcp:[]]");
        assert_eq!(run("{{.Config.ExposedPorts}}", &value), "map[80/tcp:{}]");
        assert_eq!(run("[{{.Config.MacAddress}}] {{.HostConfig.DNS}}", &value), "[] [1.1.1.1]");
        assert_eq!(
            run("{{print 1 2 \"a\" \"b\"}} {{title \"/web one\"}}", &value),
            "1 2ab /Web One"
        );
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
