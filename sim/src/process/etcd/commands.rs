//! The subcommands of `etcdctl`.

use serde_json::json;

use super::client::{Client, Error, Patience};
use super::line::{BAD_ARGS, Line, Output, SERVER_ERROR};
use super::message::{Node, Reply};
use super::options::authority;
use crate::engine::Span;
use crate::process::runtime::LocalFuture;

/// A subcommand.
pub(super) struct Command {
    /// Its options; those with a value end with an equals sign.
    pub flags: &'static [&'static str],
    /// Whether it asks for the members of the cluster first.
    pub syncs: bool,
    verb: Verb,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Ls,
    Get,
    Put(Put),
    Rm { only_empty: bool },
    Watch,
    Health,
    Member,
}

/// What a writing subcommand wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Put {
    Set,
    SetDir,
    Make,
    MakeDir,
    Update,
    UpdateDir,
}

/// The subcommand of this name.
pub(super) fn named(name: &str) -> Option<Command> {
    let (verb, flags): (Verb, &'static [&'static str]) = match name {
        "ls" => (Verb::Ls, &["sort", "recursive,r", "p", "quorum,q"]),
        "get" => (Verb::Get, &["sort", "quorum,q"]),
        "set" => (Verb::Put(Put::Set), &["ttl=", "swap-with-value=", "swap-with-index="]),
        "setdir" => (Verb::Put(Put::SetDir), &["ttl="]),
        "mk" => (Verb::Put(Put::Make), &["in-order", "ttl="]),
        "mkdir" => (Verb::Put(Put::MakeDir), &["ttl="]),
        "update" => (Verb::Put(Put::Update), &["ttl="]),
        "updatedir" => (Verb::Put(Put::UpdateDir), &["ttl="]),
        "rm" => {
            (Verb::Rm { only_empty: false }, &["dir", "recursive,r", "with-value=", "with-index="])
        }
        "rmdir" => (Verb::Rm { only_empty: true }, &[]),
        "watch" => (Verb::Watch, &["forever,f", "after-index=", "recursive,r"]),
        "cluster-health" => (Verb::Health, &[]),
        "member" => (Verb::Member, &[]),
        _ => return None,
    };
    Some(Command { flags, syncs: !matches!(verb, Verb::Health | Verb::Member), verb })
}

impl Command {
    /// Runs it.
    pub fn run(&self, line: Line) -> LocalFuture<i32> {
        let verb = self.verb;
        Box::pin(async move {
            match verb {
                Verb::Ls => ls(&line).await,
                Verb::Get => get(&line).await,
                Verb::Put(put) => write(&line, put).await,
                Verb::Rm { only_empty } => remove(&line, only_empty).await,
                Verb::Watch => watch(&line).await,
                Verb::Health => health(&line).await,
                Verb::Member => member(&line).await,
            }
        })
    }
}

fn json_of(reply: &Reply) -> String {
    format!("{}\n", json!(reply))
}

/// Prints what became of a key.
fn print_reply(line: &Line, reply: &Reply, index: u64) {
    let value = reply.node.value.as_deref().unwrap_or_default();
    let previous = reply.prev_node.as_ref().and_then(|node| node.value.as_deref());
    let deleted = reply.action == "delete";
    line.proc.print(&match line.output {
        Output::Json => json_of(reply),
        Output::Simple if deleted => {
            format!("PrevNode.Value: {}\n", previous.unwrap_or_default())
        }
        Output::Simple => format!("{value}\n"),
        Output::Extended => {
            let node = &reply.node;
            let mut text = format!(
                "Key: {}\nCreated-Index: {}\nModified-Index: {}\n",
                node.key, node.created_index, node.modified_index
            );
            if let Some(previous) = previous {
                text += &format!("PrevNode.Value: {previous}\n");
            }
            text += &format!("TTL: {}\nIndex: {index}\n", node.ttl.unwrap_or(0));
            if deleted { text } else { format!("{text}\n{value}\n") }
        }
    });
}

async fn ls(line: &Line) -> i32 {
    let key = line.words.first().map_or("/", String::as_str);
    let mut query = Vec::new();
    for (flag, name) in [("recursive", "recursive"), ("sort", "sorted"), ("quorum", "quorum")] {
        if line.has(flag) {
            query.push((name, "true"));
        }
    }
    let reply = match line.client.keys("GET", key, &query, &[]).await {
        Ok((reply, _)) => reply,
        Err(error) => return line.fail(SERVER_ERROR, &error),
    };
    if line.output == Output::Json {
        line.proc.print(&json_of(&reply));
        return 0;
    }
    let mut text = String::new();
    if !reply.node.dir {
        text += &format!("{}\n", reply.node.key);
    }
    reply.node.nodes.iter().for_each(|node| list(node, line.has("p"), &mut text));
    line.proc.print(&text);
    0
}

/// A node and what is below it, each in a line.
fn list(node: &Node, marks_dirs: bool, text: &mut String) {
    let mark = if marks_dirs && node.dir { "/" } else { "" };
    *text += &format!("{}{mark}\n", node.key);
    node.nodes.iter().for_each(|node| list(node, marks_dirs, text));
}

async fn get(line: &Line) -> i32 {
    let [key, ..] = line.words.as_slice() else { return line.refuse("key required") };
    match line.client.keys("GET", key, &[], &[]).await {
        Ok((reply, _)) if reply.node.dir => {
            line.proc.eprint(&format!("{}: is a directory\n", reply.node.key));
            BAD_ARGS
        }
        Ok((reply, index)) => {
            print_reply(line, &reply, index);
            0
        }
        Err(error) => line.fail(SERVER_ERROR, &error),
    }
}

async fn write(line: &Line, put: Put) -> i32 {
    let [key, rest @ ..] = line.words.as_slice() else { return line.refuse("key required") };
    let is_dir = matches!(put, Put::SetDir | Put::MakeDir | Put::UpdateDir);
    let value = match rest {
        _ if is_dir => String::new(),
        [value, ..] => value.clone(),
        [] => {
            let input = line.proc.read_all().await;
            if input.is_empty() {
                return line.refuse("value required");
            }
            String::from_utf8_lossy(&input).into_owned()
        }
    };
    let mut query = Vec::new();
    match put {
        Put::Set => {
            let fields = [("swap-with-value", "prevValue"), ("swap-with-index", "prevIndex")];
            query.extend(fields.iter().filter_map(|(flag, name)| Some((*name, line.value(flag)?))));
        }
        Put::Make | Put::MakeDir if !line.has("in-order") => query.push(("prevExist", "false")),
        Put::Update | Put::UpdateDir => query.push(("prevExist", "true")),
        _ => {}
    }
    let mut form = vec![("value", value.as_str())];
    if is_dir {
        query.push(("dir", "true"));
        form.clear();
    }
    form.extend(line.value("ttl").map(|ttl| ("ttl", ttl)));
    let method = if line.has("in-order") { "POST" } else { "PUT" };
    match line.client.keys(method, key, &query, &form).await {
        Ok((reply, index)) => {
            if !is_dir || line.output != Output::Simple {
                print_reply(line, &reply, index);
            }
            0
        }
        Err(error) => line.fail(SERVER_ERROR, &error),
    }
}

async fn remove(line: &Line, only_empty: bool) -> i32 {
    let [key, ..] = line.words.as_slice() else { return line.refuse("key required") };
    let mut query = Vec::new();
    if line.has("recursive") {
        query.push(("recursive", "true"));
    }
    if only_empty || line.has("dir") {
        query.push(("dir", "true"));
    }
    let fields = [("with-value", "prevValue"), ("with-index", "prevIndex")];
    query.extend(fields.iter().filter_map(|(flag, name)| Some((*name, line.value(flag)?))));
    match line.client.keys("DELETE", key, &query, &[]).await {
        Ok((reply, index)) => {
            if !reply.node.dir || line.output != Output::Simple {
                print_reply(line, &reply, index);
            }
            0
        }
        Err(error) => line.fail(SERVER_ERROR, &error),
    }
}

async fn watch(line: &Line) -> i32 {
    let [key, ..] = line.words.as_slice() else { return line.refuse("key required") };
    let recursive = line.has("recursive");
    let after = line.value("after-index").and_then(|index| index.parse::<u64>().ok());
    let mut next = after.map(|index| index + 1);
    loop {
        let since = next.map(|index| index.to_string());
        let mut query =
            vec![("wait", "true"), ("recursive", if recursive { "true" } else { "false" })];
        query.extend(since.as_deref().map(|index| ("waitIndex", index)));
        let (reply, index) = match line.client.keys("GET", key, &query, &[]).await {
            Ok(answer) => answer,
            Err(error) => return line.fail(SERVER_ERROR, &error),
        };
        next = Some(reply.node.modified_index + 1);
        if reply.node.dir {
            line.proc.print(&format!("[{}] {}\n", reply.action, reply.node.key));
        } else {
            if recursive {
                line.proc.print(&format!("[{}] {}\n", reply.action, reply.node.key));
            }
            print_reply(line, &reply, index);
        }
        if !line.has("forever") {
            return 0;
        }
    }
}

async fn health(line: &Line) -> i32 {
    let members = match line.client.members().await {
        Ok(found) => found.members,
        Err(error) => {
            line.proc.print("cluster may be unhealthy: failed to list members\n");
            return line.fail(SERVER_ERROR, &error);
        }
    };
    let mut healthy = 0;
    for member in &members {
        let id = &member.id;
        let mut answered = false;
        for url in &member.client_urls {
            let endpoints = authority(url).into_iter().collect();
            let client = Client::new(&line.proc, endpoints, Patience::Dial(Span::secs(1)));
            let words = match client.call("GET", "/health", "").await {
                Ok(_) => {
                    healthy += 1;
                    answered = true;
                    format!("member {id} is healthy: got healthy result from {url}\n")
                }
                Err(Error::Unavailable(errors)) => {
                    let words = errors.join(", ");
                    format!(
                        "failed to check the health of member {id} on {url}: Get {url}/health: {words}\n"
                    )
                }
                Err(error) => {
                    format!("failed to check the health of member {id} on {url}: {error}\n")
                }
            };
            line.proc.print(&words);
            if answered {
                break;
            }
        }
        if !answered {
            let urls = member.client_urls.join(" ");
            line.proc.print(&format!("member {id} is unreachable: [{urls}] are all unreachable\n"));
        }
    }
    let (words, status) = match healthy {
        0 => ("cluster is unavailable\n", 5),
        all if all == members.len() => ("cluster is healthy\n", 0),
        _ => ("cluster is degraded\n", 5),
    };
    line.proc.print(words);
    status
}

async fn member(line: &Line) -> i32 {
    if line.words.first().map(String::as_str) != Some("list") {
        return line.refuse("only 'member list' is simulated by netsim");
    }
    let members = match line.client.members().await {
        Ok(found) => found.members,
        Err(error) => return line.fail(SERVER_ERROR, &error),
    };
    for member in members {
        line.proc.print(&format!(
            "{}: name={} peerURLs={} clientURLs={} isLeader=true\n",
            member.id,
            member.name,
            member.peer_urls.join(","),
            member.client_urls.join(",")
        ));
    }
    0
}
