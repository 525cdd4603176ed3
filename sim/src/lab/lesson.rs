//! A lab as a file: a lesson in Markdown that `netsim scenario FILE` plays.

use serde::Serialize;
use toml::{Table, Value};

use super::{Lab, LabBuilder};

impl Lab {
    /// The machines and what was typed at them, as a lesson. `checks` are lines of its last block, as
    /// `scenarios/README.md` describes them: `reach a -> b icmp`, `no reach a -> b tcp:80`.
    ///
    /// ```
    /// use netsim_sim::lab::{Lab, Machine};
    /// use netsim_sim::lesson::Lesson;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut lab = Lab::builder()
    ///     .segment("lan", "10.0.0.0/24")
    ///     .machine(Machine::new("a").on("lan", "10.0.0.1"))
    ///     .machine(Machine::new("b").on("lan", "10.0.0.2"))
    ///     .build()?;
    /// lab.run("a", "ping -c 1 10.0.0.2")?;
    /// let text = lab.to_lesson("pings", &["reach a -> b icmp"]);
    /// assert!(Lesson::parse("pings.md", &text).is_ok());
    /// # Ok(())
    /// # }
    /// ```
    pub fn to_lesson(&self, id: &str, checks: &[&str]) -> String {
        let mut text = format!(
            "+++\nschema = 1\nid = {}\nlang = \"en\"\ntitle = {0}\nkind = \"tutorial\"\n",
            quoted(id)
        );
        text += &format!("\n[topology]\n{}+++\n\n# {id}\n", self.plan.to_toml());
        if !self.typed.is_empty() {
            text += "\n```console\n";
            for typed in &self.typed {
                text += &format!("{}$ {}\n", self.world.host(typed.host).name, typed.line);
                text += "...\n";
                if typed.status != 0 {
                    text += &format!("[exit {}]\n", typed.status);
                }
            }
            text += "```\n";
        }
        if !checks.is_empty() {
            text += &format!("\n```check\n{}\n```\n", checks.join("\n"));
        }
        text
    }
}

impl LabBuilder {
    /// The topology as lessons write it.
    pub fn to_toml(&self) -> String {
        let topology = self.topology();
        let segments = topology.segment.iter().map(|(name, spec)| line("segment", name, spec));
        let routers = topology.router.iter().map(|(name, spec)| line("router", name, spec));
        let hosts = topology.host.iter().map(|(name, spec)| line("host", name, spec));
        segments.chain(routers).chain(hosts).collect()
    }
}

/// `host.a = { lan = "10.0.0.1" }`: what is not as it would be anyway.
fn line<T: Serialize + Default>(kind: &str, name: &str, spec: &T) -> String {
    let table = |spec: &T| Table::try_from(spec).expect("every setting can be written in TOML");
    let usual = table(&T::default());
    let mut table = table(spec);
    table.retain(|key, value| usual.get(key) != Some(value));
    format!("{kind}.{name} = {}\n", Value::Table(table))
}

/// A TOML string.
fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::topology::Topology;

    const TOML: &str = r#"segment.lan = { subnet = "10.0.0.0/24", latency = "1ms" }
router.gw = { silent-drop = ["10.0.0.0/8"], lan = "10.0.0.1" }
host.a = { docker = { kv = "etcd://10.0.0.9:2379" }, run = ["etcd", "nc -l -p 9"], lan = "10.0.0.2" }
host.b = { gateway = "", lan = { address = "10.0.0.3", device = "net0" } }
"#;

    #[test]
    fn a_topology_is_written_as_it_was_read() {
        let builder = LabBuilder::from_toml(TOML).expect("a right topology");
        assert_eq!(builder.to_toml(), TOML);
        assert!(Topology::parse(&builder.to_toml()).is_ok());
    }
}
