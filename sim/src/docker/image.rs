//! Images: what a container starts from. There is no registry in a simulation: the images that netsim
//! has lie on every host, or on those that a topology names.

use serde_json::{Map, Value, json};

/// An image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Its name, without tag.
    pub name: &'static str,
    /// Its tags; they all mean the same.
    pub tags: &'static [&'static str],
    /// Whose files it has (`Proc::image_files`).
    pub files: &'static str,
    /// Its id, 64 hex digits.
    pub id: &'static str,
    /// Its size, as `docker images` prints it.
    pub size: &'static str,
    /// What runs if nobody says.
    pub command: &'static [&'static str],
    /// What comes in front of the command.
    pub entrypoint: &'static [&'static str],
    /// Ports that it announces.
    pub exposed: &'static [u16],
    /// Where its program starts.
    pub workdir: &'static str,
}

impl Image {
    /// What `docker inspect` shows of it.
    pub fn inspect(&self) -> Value {
        let exposed: Map<String, Value> =
            self.exposed.iter().map(|port| (format!("{port}/tcp"), json!({}))).collect();
        let words = |words: &[&str]| if words.is_empty() { Value::Null } else { json!(words) };
        json!({
            "Id": format!("sha256:{}", self.id),
            "RepoTags": [format!("{}:latest", self.name)],
            "RepoDigests": [],
            "Parent": "",
            "Comment": "",
            "Config": {
                "ExposedPorts": if exposed.is_empty() { Value::Null } else { json!(exposed) },
                "Cmd": words(self.command),
                "WorkingDir": self.workdir,
                "Entrypoint": words(self.entrypoint),
            },
            "Architecture": "amd64",
            "Os": "linux",
        })
    }
}

/// All images.
pub const IMAGES: [Image; 6] = [
    Image {
        name: "busybox",
        tags: &["latest", "1", "1.36", "1.36.1", "stable"],
        files: "busybox",
        id: "fafe6937e9bc0a7c1e53f5c5d2a5b4c3e6f7081929a3b4c5d6e7f80912a3b4c5",
        size: "1.98MB",
        command: &["sh"],
        entrypoint: &[],
        exposed: &[],
        workdir: "",
    },
    Image {
        name: "alpine",
        tags: &["latest", "3", "3.19", "3.19.0"],
        files: "alpine",
        id: "05455a08881ea9cf0e752bc48e61bbd71a34c029bb13df01e40e3e70e0d007bd",
        size: "7.38MB",
        command: &["/bin/sh"],
        entrypoint: &[],
        exposed: &[],
        workdir: "",
    },
    Image {
        name: "nginx",
        tags: &["latest", "1", "1.25", "1.25.3", "mainline"],
        files: "nginx",
        id: "92b11f67642b62bbb98e7e49169c346b30e20cd3c1c034d31087e46924b9312e",
        size: "187MB",
        command: &["nginx", "-g", "daemon off;"],
        entrypoint: &["/docker-entrypoint.sh"],
        exposed: &[80],
        workdir: "",
    },
    Image {
        name: "nicolaka/netshoot",
        tags: &["latest", "v0.11"],
        files: "netshoot",
        id: "d7c8e9fa10b21c32d43e54f65a76b87c98d09e1fa2b3c4d5e6f708192a3b4c5d",
        size: "478MB",
        command: &["zsh"],
        entrypoint: &[],
        exposed: &[],
        workdir: "/root",
    },
    Image {
        name: "progrium/consul",
        tags: &["latest"],
        files: "consul",
        id: "09ea64205e552a6e2a1d16a5e9d4bf2f6f8a0d0b6d4ef4b3b86c0f0a7c1e5d29",
        size: "69.4MB",
        command: &[],
        entrypoint: &["/bin/consul"],
        exposed: &[8500],
        workdir: "",
    },
    Image {
        name: "consul",
        tags: &["latest", "1.15", "1.15.4"],
        files: "consul",
        id: "686495461132a0f5d1e8a6c5b3b0e2a41f6d7c8e9fa0a1b2c3d4e5f607182930",
        size: "155MB",
        command: &["agent", "-dev", "-client", "0.0.0.0"],
        entrypoint: &["/bin/consul"],
        exposed: &[8500],
        workdir: "",
    },
];

/// A name of an image, taken apart: without the default parts of a reference, and its tag.
pub fn reference(text: &str) -> (String, String) {
    let (name, tag) = match text.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ => (text, "latest"),
    };
    let name = name.trim_start_matches("docker.io/").trim_start_matches("library/");
    (name.to_owned(), tag.to_owned())
}

/// What is wrong with a reference, if anything is (the grammar of `distribution/reference`).
pub fn reference_error(text: &str) -> Option<&'static str> {
    let (name, tag) = reference(text);
    let path = name.rsplit_once('@').map_or(name.as_str(), |(name, _)| name);
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let is_part = |part: &str| {
        part.starts_with(is_word)
            && part.ends_with(is_word)
            && part.chars().all(|c| is_word(c) || matches!(c, '.' | '_' | '-' | ':'))
    };
    let is_tag = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    if path.chars().any(|c| c.is_ascii_uppercase())
        && path.to_ascii_lowercase().split('/').all(is_part)
    {
        return Some("invalid reference format: repository name must be lowercase");
    }
    let is_right = path.split('/').all(is_part) && !tag.is_empty() && tag.chars().all(is_tag);
    (!is_right).then_some("invalid reference format")
}

/// The image that a reference or the beginning of an id names.
pub fn find(text: &str) -> Option<&'static Image> {
    let (name, tag) = reference(text);
    IMAGES.iter().find(|image| {
        (image.name == name && image.tags.contains(&tag.as_str()))
            || (text.len() >= 4 && image.id.starts_with(text))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_taken_apart() {
        assert_eq!(reference("docker.io/library/busybox:1.36"), ("busybox".into(), "1.36".into()));
        assert_eq!(find("busybox").map(|image| image.name), Some("busybox"));
        assert_eq!(find("fafe6937e9bc").map(|image| image.name), Some("busybox"));
        assert_eq!(find("nosuch"), None);
        assert_eq!(reference_error("nicolaka/netshoot:v0.11"), None);
        assert_eq!(reference_error("localhost:5000/x/y"), None);
        assert_eq!(reference_error("–d"), Some("invalid reference format"));
        assert!(reference_error("BusyBox").is_some_and(|words| words.ends_with("lowercase")));
        assert!(IMAGES.iter().all(|image| image.id.len() == 64));
    }
}
