//! `docker cp`: files between a host and a container.

use super::client::{Client, Done, Stop, parse};
use super::flags::{Command, switch};
use crate::docker::ApiError;
use crate::docker::model::Container;
use crate::process::files::split;
use crate::process::{Node, RootId, Tree};

pub(super) const CP: Command = Command {
    name: "docker cp",
    usage: "[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-\n\tdocker cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH",
    about: "Copy files/folders between a container and the local filesystem",
    arguments: (2, 2),
    interspersed: true,
    flags: &[
        switch("archive", Some('a'), "Archive mode (copy all uid/gid information)"),
        switch("follow-link", Some('L'), "Always follow symbol link in SRC_PATH"),
    ],
};

/// A path on the host, or in a container.
struct Place {
    container: Option<Container>,
    root: RootId,
    path: String,
    typed: String,
}

impl Client {
    pub(super) fn copy(&self, args: &[String]) -> Done {
        let given = parse(&CP, args)?;
        let (from, to) = (self.place(&given.arguments[0])?, self.place(&given.arguments[1])?);
        let said = |words: &str| Err(Stop::Said(words.to_owned(), 1));
        let container = match (&from.container, &to.container) {
            (Some(_), Some(_)) => return said("copying between containers is not supported"),
            (None, None) => return said("must specify at least one container source"),
            (Some(container), None) | (None, Some(container)) => container.clone(),
        };
        let files = self.proc.files_of(from.root, |tree| gather(tree, &from.path));
        let Some(files) = files.flatten() else {
            let (typed, name) = (&from.typed, container.name());
            return Err(Stop::Said(
                match &from.container {
                    Some(_) => {
                        format!("Error: No such container:path: {name}:{}", path_part(typed))
                    }
                    None => format!("lstat {}: no such file or directory", from.path),
                },
                1,
            ));
        };
        let name = split(&from.path).1.to_owned();
        let done = self.proc.files_of(to.root, |tree| {
            let is_dir = matches!(tree.get(&to.path), Ok(Node::Dir));
            let target = if is_dir { format!("{}/{name}", to.path) } else { to.path.clone() };
            let parent = split(&target).0;
            if !parent.is_empty() && !matches!(tree.get(parent), Ok(Node::Dir)) {
                return Err(parent.to_owned());
            }
            for (inner, node) in files {
                tree.install(&format!("{target}{inner}"), node);
            }
            Ok(())
        });
        if let Some(Err(parent)) = done {
            let typed = path_part(&to.typed);
            return Err(match &to.container {
                Some(_) if typed.ends_with('/') => Stop::Said("no such directory".to_owned(), 1),
                Some(container) => Stop::Api(ApiError::not_found(format!(
                    "Could not find the file {parent} in container {}",
                    to.typed.split_once(':').map_or(container.name(), |(name, _)| name)
                ))),
                None => Stop::Said(
                    format!("invalid output path: directory \"{parent}\" does not exist"),
                    1,
                ),
            });
        }
        let daemon = self.daemon()?;
        let action = if from.container.is_some() { "archive-path" } else { "extract-to-dir" };
        daemon.tell_use(&container, action);
        Ok(())
    }

    fn place(&self, typed: &str) -> Result<Place, Stop> {
        if typed == "-" {
            return Err(Stop::Said("netsim does not simulate docker cp of archives".to_owned(), 1));
        }
        let (container, path) = match typed.split_once(':') {
            Some((name, path)) if !name.starts_with(['/', '.']) => {
                let missing = |_| Stop::Said(format!("Error: No such container:path: {typed}"), 1);
                (Some(self.daemon()?.find_container(name).map_err(missing)?), path)
            }
            _ => (None, typed),
        };
        let root = match &container {
            Some(container) => container.root,
            None => Some(self.proc.root()),
        };
        let path = match container {
            Some(_) => crate::process::files::absolute("/", path),
            None => self.proc.absolute(path),
        };
        let root = root.ok_or_else(|| Stop::Said("the container has no files".to_owned(), 1))?;
        Ok(Place { container, root, path, typed: typed.to_owned() })
    }
}

fn path_part(typed: &str) -> &str {
    typed.split_once(':').map_or(typed, |(_, path)| path)
}

/// What lies at a path and below, with the ends of the paths; `None` if there is nothing.
fn gather(tree: &Tree, path: &str) -> Option<Vec<(String, Node)>> {
    let mut found = vec![(String::new(), tree.get(path).ok()?.clone())];
    let mut next = 0;
    while let Some((inner, node)) = found.get(next).cloned() {
        next += 1;
        if !matches!(node, Node::Dir) {
            continue;
        }
        for name in tree.list(&format!("{path}{inner}")).unwrap_or_default() {
            let below = format!("{inner}/{name}");
            let node = tree.get_link(&format!("{path}{below}")).ok()?.clone();
            found.push((below, node));
        }
    }
    Some(found)
}
