//! A lesson as JSON: what happened, for programs.

use std::fmt;

use netsim_sim::lesson::Lesson;
use netsim_sim::lesson::play::{Failure, Scene};
use netsim_sim::world::World;
use serde_json::{Map, Value, json};

/// Collects what happens.
pub struct Report {
    head: Map<String, Value>,
    steps: Vec<Value>,
    checks: Vec<Value>,
    end: Value,
    explain: bool,
}

impl Report {
    /// An empty report of a lesson.
    pub fn new(lesson: &Lesson, seed: u64, explain: bool) -> Report {
        let mut head = Map::new();
        head.insert("scenario".into(), json!(lesson.front.id));
        head.insert("title".into(), json!(lesson.front.title));
        head.insert("lang".into(), json!(lesson.front.lang));
        head.insert("file".into(), json!(lesson.file));
        head.insert("seed".into(), json!(seed));
        Report { head, steps: Vec::new(), checks: Vec::new(), end: Value::Null, explain }
    }

    /// Takes a scene.
    pub fn take(&mut self, world: &World, scene: Scene) {
        match scene {
            Scene::Ran(step, ran) => {
                let mut entry = json!({
                    "line": step.line,
                    "host": step.host,
                    "container": step.container,
                    "command": step.command,
                    "at": ran.at.as_secs_f64(),
                    "took": ran.took.as_secs_f64(),
                    "status": ran.status,
                    "output": ran.output,
                    "ok": ran.failure.is_none(),
                    "failure": ran.failure.as_ref().map(failure),
                });
                if self.explain {
                    entry["packets"] = super::explain::json(world, ran);
                }
                self.steps.push(entry);
            }
            Scene::Checked(check, message, failed) => self.checks.push(json!({
                "line": check.line,
                "check": check.text,
                "message": message,
                "ok": failed.is_none(),
                "failure": failed.map(failure),
            })),
            Scene::End(score) => {
                let frames: u64 = world.cables().iter().map(|cable| cable.carried()).sum();
                self.end = json!({
                    "ok": score.failures.is_empty(),
                    "expectations": score.expectations,
                    "failed": score.failures.len(),
                    "simulated_seconds": world.now().as_secs_f64(),
                    "events": world.events(),
                    "frames": frames,
                });
            }
            _ => {}
        }
    }
}

fn failure(failure: &Failure) -> Value {
    json!({
        "file": failure.file,
        "line": failure.line,
        "expected": failure.expected,
        "got": failure.got,
    })
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut all = self.head.clone();
        all.insert("steps".into(), json!(self.steps));
        all.insert("checks".into(), json!(self.checks));
        if let Value::Object(end) = &self.end {
            all.extend(end.clone());
        }
        let text = serde_json::to_string_pretty(&all).map_err(|_| fmt::Error)?;
        f.write_str(&text)
    }
}
