//! What a recording gives away of steps that it does not show. A network that could be removed had no
//! member any more: whoever recorded that had removed its containers before.

use crate::trace::HostId;
use crate::world::World;

/// The networks that a recorded command removed.
fn removed<'a>(command: &'a str, recorded: &str) -> Vec<&'a str> {
    let Some(names) = command.strip_prefix("docker network rm ") else { return Vec::new() };
    let names: Vec<&str> = names.split_whitespace().collect();
    let is_told = |name: &&str| recorded.lines().any(|line| line == *name);
    if names.iter().all(is_told) { names } else { Vec::new() }
}

/// Does on a host what must have been done before a command could print what it printed; what that was.
pub(super) fn prepare(
    world: &mut World,
    host: HostId,
    command: &str,
    recorded: &str,
) -> Vec<String> {
    let mut done = Vec::new();
    for network in removed(command, recorded) {
        let format = "{{range .Containers}}{{.Name}} {{end}}";
        let members =
            world.run_command(host, &format!("docker network inspect -f '{format}' {network}"));
        let members = members.text();
        if members.trim().is_empty() || members.contains("No such network") {
            continue;
        }
        // A member on another host stays; then the network does, too.
        let removal = format!("docker rm -f {}", members.trim());
        let _ = world.run_command(host, &removal);
        done.push(removal);
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_removal_that_succeeded_says_something() {
        assert_eq!(removed("docker network rm a b", "a\nb\n"), ["a", "b"]);
        assert!(removed("docker network rm a", "Error response from daemon: …\n").is_empty());
        assert!(removed("docker network ls", "").is_empty());
    }
}
