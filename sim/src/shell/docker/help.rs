//! What `--help` prints: commands, groups of commands, the client itself. The text of a flag is broken
//! as the client breaks it where there is no terminal.

use super::flags::{Command, Flag, switch, value};

/// Columns of a line of flags.
const WIDTH: usize = 79;

/// A group of commands: `docker network`.
pub(super) struct Group {
    /// `docker network`.
    pub name: &'static str,
    /// A sentence.
    pub about: &'static str,
    /// Its commands, each with a sentence.
    pub commands: &'static [(&'static str, &'static str)],
}

/// Other names of commands, as the help lists them.
const ALIASES: [(&str, &str); 4] = [
    ("docker network ls", "ls, list"),
    ("docker network rm", "rm, remove"),
    ("docker container ls", "ls, ps, list"),
    ("docker image ls", "ls, list"),
];

/// More about a command than a sentence.
const MORE: [(&str, &str); 1] = [(
    "docker cp",
    "
Use '-' as the source to read a tar archive from stdin
and extract it to a directory destination in a container.
Use '-' as the destination to stream a tar archive of a
container source to stdout.
",
)];

/// What is said of a command by `--help`, under this name.
pub(super) fn of_command(command: &Command, name: &str) -> String {
    let mut text = format!("\nUsage:  {name} {}\n\n{}\n", command.usage, command.about);
    text.extend(MORE.iter().filter(|(known, _)| *known == name).map(|(_, more)| *more));
    if let Some(aliases) = aliases(name) {
        text += &format!("\n{aliases}");
    }
    if !command.flags.is_empty() {
        text += &format!("\nOptions:\n{}", flags(command.flags));
    }
    text
}

/// The part of the help that lists other names of a command.
pub(super) fn aliases(name: &str) -> Option<String> {
    let (_, aliases) = ALIASES.iter().find(|(known, _)| *known == name)?;
    Some(format!("Aliases:\n  {aliases}\n"))
}

/// What is said of a group.
pub(super) fn of_group(group: &Group) -> String {
    let Group { name, about, commands } = group;
    format!(
        "\nUsage:  {name} COMMAND\n\n{about}\n\nCommands:\n{}\n\
         Run '{name} COMMAND --help' for more information on a command.\n",
        list(commands)
    )
}

/// What is said of the client. A command that completes others is there only once it has begun to run.
pub(super) fn of_client(has_begun: bool) -> String {
    let mut groups = MANAGEMENT.to_vec();
    if has_begun {
        groups.insert(
            1,
            ("completion", "Generate the autocompletion script for the specified shell"),
        );
    }
    format!(
        "\nUsage:  docker [OPTIONS] COMMAND\n\nA self-sufficient runtime for containers\n\n\
         Options:\n{}\nManagement Commands:\n{}\nCommands:\n{}\n\
         Run 'docker COMMAND --help' for more information on a command.\n\n\
         To get more help with docker, check out our guides at \
         https://docs.docker.com/go/guides/\n",
        flags(&CLIENT_FLAGS),
        list(&groups),
        list(&COMMANDS)
    )
}

fn list(commands: &[(&str, &str)]) -> String {
    commands.iter().map(|(name, about)| format!("  {name:<11} {about}\n")).collect()
}

/// The flags with their sentences, one below the other.
fn flags(flags: &[Flag]) -> String {
    let label = |flag: &Flag| {
        let short = flag.short.map_or("    ".to_owned(), |short| format!("-{short}, "));
        let kind = if flag.kind.is_empty() { String::new() } else { format!(" {}", flag.kind) };
        format!("  {short}--{}{kind}", flag.name)
    };
    let width = flags.iter().map(|flag| label(flag).len()).max().unwrap_or(0) + 3;
    let mut sorted = flags.to_vec();
    sorted.sort_by_key(|flag| flag.name);
    let line = |flag: &Flag| format!("{:<width$}{}\n", label(flag), wrap(flag.help, width));
    sorted.iter().map(line).collect()
}

/// A sentence in lines that begin at a column.
fn wrap(sentence: &str, column: usize) -> String {
    /// A last line may be so much longer: no short word stands alone.
    const SLOP: usize = 5;
    let room = WIDTH - column - SLOP;
    let mut lines: Vec<&str> = Vec::new();
    let mut rest = sentence;
    while !rest.is_empty() {
        let (line, tail) = match rest.get(..room) {
            Some(head) if rest.len() >= room + SLOP => split(rest, head),
            _ => (rest, ""),
        };
        lines.extend(line.split('\n'));
        rest = tail;
    }
    lines.join(&format!("\n{}", " ".repeat(column)))
}

/// Splits a text at the last blank of its beginning, or at the end of a line there.
fn split<'t>(text: &'t str, head: &str) -> (&'t str, &'t str) {
    let Some(blank) = head.rfind([' ', '\n']).filter(|at| *at > 0) else { return (text, "") };
    let at = head.rfind('\n').filter(|at| *at > 0 && *at < blank).unwrap_or(blank);
    (&text[..at], &text[at + 1..])
}

/// Flags of the client, which come before a command.
const CLIENT_FLAGS: [Flag; 11] = [
    value("config", None, "string", "Location of client config files (default \"/root/.docker\")"),
    value(
        "context",
        Some('c'),
        "string",
        "Name of the context to use to connect to the daemon (overrides DOCKER_HOST env var and default context set with \"docker context use\")",
    ),
    switch("debug", Some('D'), "Enable debug mode"),
    value("host", Some('H'), "list", "Daemon socket(s) to connect to"),
    value(
        "log-level",
        Some('l'),
        "string",
        "Set the logging level (\"debug\"|\"info\"|\"warn\"|\"error\"|\"fatal\") (default \"info\")",
    ),
    switch("tls", None, "Use TLS; implied by --tlsverify"),
    value(
        "tlscacert",
        None,
        "string",
        "Trust certs signed only by this CA (default \"/root/.docker/ca.pem\")",
    ),
    value(
        "tlscert",
        None,
        "string",
        "Path to TLS certificate file (default \"/root/.docker/cert.pem\")",
    ),
    value("tlskey", None, "string", "Path to TLS key file (default \"/root/.docker/key.pem\")"),
    switch("tlsverify", None, "Use TLS and verify the remote"),
    switch("version", Some('v'), "Print version information and quit"),
];

/// The groups.
pub(super) const MANAGEMENT: [(&str, &str); 16] = [
    ("builder", "Manage builds"),
    ("config", "Manage Docker configs"),
    ("container", "Manage containers"),
    ("context", "Manage contexts"),
    ("image", "Manage images"),
    ("manifest", "Manage Docker image manifests and manifest lists"),
    ("network", "Manage networks"),
    ("node", "Manage Swarm nodes"),
    ("plugin", "Manage plugins"),
    ("secret", "Manage Docker secrets"),
    ("service", "Manage services"),
    ("stack", "Manage Docker stacks"),
    ("swarm", "Manage Swarm"),
    ("system", "Manage Docker"),
    ("trust", "Manage trust on Docker images"),
    ("volume", "Manage volumes"),
];

const ATTACH: &str =
    "Attach local standard input, output, and error streams to a running container";
const COPY: &str = "Copy files/folders between a container and the local filesystem";
const COMMIT: &str = "Create a new image from a container's changes";
const DIFF: &str = "Inspect changes to files or directories on a container's filesystem";
const EXPORT: &str = "Export a container's filesystem as a tar archive";
const SAVE: &str = "Save one or more images to a tar archive (streamed to STDOUT by default)";
const STATS: &str = "Display a live stream of container(s) resource usage statistics";
const TAG: &str = "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE";
const WAIT: &str = "Block until one or more containers stop, then print their exit codes";

/// The commands.
pub(super) const COMMANDS: [(&str, &str); 40] = [
    ("attach", ATTACH),
    ("build", "Build an image from a Dockerfile"),
    ("commit", COMMIT),
    ("cp", COPY),
    ("create", "Create a new container"),
    ("diff", DIFF),
    ("events", "Get real time events from the server"),
    ("exec", "Run a command in a running container"),
    ("export", EXPORT),
    ("history", "Show the history of an image"),
    ("images", "List images"),
    ("import", "Import the contents from a tarball to create a filesystem image"),
    ("info", "Display system-wide information"),
    ("inspect", "Return low-level information on Docker objects"),
    ("kill", "Kill one or more running containers"),
    ("load", "Load an image from a tar archive or STDIN"),
    ("login", "Log in to a Docker registry"),
    ("logout", "Log out from a Docker registry"),
    ("logs", "Fetch the logs of a container"),
    ("pause", "Pause all processes within one or more containers"),
    ("port", "List port mappings or a specific mapping for the container"),
    ("ps", "List containers"),
    ("pull", "Pull an image or a repository from a registry"),
    ("push", "Push an image or a repository to a registry"),
    ("rename", "Rename a container"),
    ("restart", "Restart one or more containers"),
    ("rm", "Remove one or more containers"),
    ("rmi", "Remove one or more images"),
    ("run", "Run a command in a new container"),
    ("save", SAVE),
    ("search", "Search the Docker Hub for images"),
    ("start", "Start one or more stopped containers"),
    ("stats", STATS),
    ("stop", "Stop one or more running containers"),
    ("tag", TAG),
    ("top", "Display the running processes of a container"),
    ("unpause", "Unpause all processes within one or more containers"),
    ("update", "Update configuration of one or more containers"),
    ("version", "Show the Docker version information"),
    ("wait", WAIT),
];

/// `docker network`.
pub(super) const NETWORK: Group = Group {
    name: "docker network",
    about: "Manage networks",
    commands: &[
        ("connect", "Connect a container to a network"),
        ("create", "Create a network"),
        ("disconnect", "Disconnect a container from a network"),
        ("inspect", "Display detailed information on one or more networks"),
        ("ls", "List networks"),
        ("prune", "Remove all unused networks"),
        ("rm", "Remove one or more networks"),
    ],
};

/// `docker container`.
pub(super) const CONTAINER: Group = Group {
    name: "docker container",
    about: "Manage containers",
    commands: &[
        ("attach", ATTACH),
        ("commit", COMMIT),
        ("cp", COPY),
        ("create", "Create a new container"),
        ("diff", DIFF),
        ("exec", "Run a command in a running container"),
        ("export", EXPORT),
        ("inspect", "Display detailed information on one or more containers"),
        ("kill", "Kill one or more running containers"),
        ("logs", "Fetch the logs of a container"),
        ("ls", "List containers"),
        ("pause", "Pause all processes within one or more containers"),
        ("port", "List port mappings or a specific mapping for the container"),
        ("prune", "Remove all stopped containers"),
        ("rename", "Rename a container"),
        ("restart", "Restart one or more containers"),
        ("rm", "Remove one or more containers"),
        ("run", "Run a command in a new container"),
        ("start", "Start one or more stopped containers"),
        ("stats", STATS),
        ("stop", "Stop one or more running containers"),
        ("top", "Display the running processes of a container"),
        ("unpause", "Unpause all processes within one or more containers"),
        ("update", "Update configuration of one or more containers"),
        ("wait", WAIT),
    ],
};

/// `docker image`.
pub(super) const IMAGE: Group = Group {
    name: "docker image",
    about: "Manage images",
    commands: &[
        ("build", "Build an image from a Dockerfile"),
        ("history", "Show the history of an image"),
        ("import", "Import the contents from a tarball to create a filesystem image"),
        ("inspect", "Display detailed information on one or more images"),
        ("load", "Load an image from a tar archive or STDIN"),
        ("ls", "List images"),
        ("prune", "Remove unused images"),
        ("pull", "Pull an image or a repository from a registry"),
        ("push", "Push an image or a repository to a registry"),
        ("rm", "Remove one or more images"),
        ("save", SAVE),
        ("tag", TAG),
    ],
};

/// `docker system`.
pub(super) const SYSTEM: Group = Group {
    name: "docker system",
    about: "Manage Docker",
    commands: &[
        ("df", "Show docker disk usage"),
        ("events", "Get real time events from the server"),
        ("info", "Display system-wide information"),
        ("prune", "Remove unused data"),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_sentences_are_broken_at_blanks() {
        let text = flags(&[
            value(
                "aux-address",
                None,
                "map",
                "Auxiliary IPv4 or IPv6 addresses used by Network driver (default map[])",
            ),
            value(
                "config-from",
                None,
                "string",
                "The network from which to copy the configuration",
            ),
        ]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[0],
            "      --aux-address map      Auxiliary IPv4 or IPv6 addresses used by"
        );
        assert_eq!(lines[1], format!("{}Network driver (default map[])", " ".repeat(29)));
        assert_eq!(lines.len(), 3);
    }

    #[test]
    fn the_client_and_its_groups_have_all_their_commands() {
        assert!(of_client(true).contains("\n  network     Manage networks\n"));
        assert!(of_client(true).contains("\n                           \"/root/.docker\")\n"));
        let text = of_group(&NETWORK);
        assert!(text.starts_with("\nUsage:  docker network COMMAND\n\nManage networks\n"));
        assert!(text.contains("\n  disconnect  Disconnect a container from a network\n"));
    }
}
