//! What goes over etcd's `/v2` interface: replies with nodes, and errors.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A node: a key with its value, or a directory with what is in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Node {
    /// Its path, with a slash in front; the root has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub key: String,
    /// The value of a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Whether it is a directory.
    #[serde(default, skip_serializing_if = "is_false")]
    pub dir: bool,
    /// When it will vanish.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiration: Option<String>,
    /// Seconds until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl: Option<u64>,
    /// What is in a directory.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<Node>,
    /// The index of the change that it got last.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub modified_index: u64,
    /// The index of the change that made it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub created_index: u64,
}

/// The answer to a request that succeeded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reply {
    /// `get`, `set`, `create`, `delete`, …
    pub action: String,
    /// The node as it is now.
    #[serde(default)]
    pub node: Node,
    /// The node as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prev_node: Option<Node>,
}

/// The answer to a request that failed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// Its number.
    pub error_code: u16,
    /// What the number means.
    pub message: String,
    /// What it is about.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cause: String,
    /// The index of the server.
    pub index: u64,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Failure { error_code, message, cause, index } = self;
        write!(f, "{error_code}: {message} ({cause}) [{index}]")
    }
}

/// A member of the cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its identifier.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Where other members find it.
    #[serde(rename = "peerURLs")]
    pub peer_urls: Vec<String>,
    /// Where clients find it.
    #[serde(rename = "clientURLs")]
    pub client_urls: Vec<String>,
}

/// The answer to `GET /v2/members`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Members {
    /// The members.
    pub members: Vec<Member>,
}

/// Reasons to refuse, by their numbers.
#[allow(missing_docs)]
pub mod code {
    pub const KEY_NOT_FOUND: u16 = 100;
    pub const TEST_FAILED: u16 = 101;
    pub const NOT_FILE: u16 = 102;
    pub const NOT_DIR: u16 = 104;
    pub const NODE_EXIST: u16 = 105;
    pub const ROOT_READ_ONLY: u16 = 107;
    pub const DIR_NOT_EMPTY: u16 = 108;
    pub const PREV_VALUE_REQUIRED: u16 = 201;
    pub const TTL_NOT_A_NUMBER: u16 = 202;
    pub const INDEX_NOT_A_NUMBER: u16 = 203;
    pub const INVALID_FIELD: u16 = 209;
    pub const INDEX_CLEARED: u16 = 401;
}

/// What the number of an error means.
pub(super) fn meaning(code: u16) -> &'static str {
    match code {
        code::KEY_NOT_FOUND => "Key not found",
        code::TEST_FAILED => "Compare failed",
        code::NOT_FILE => "Not a file",
        code::NOT_DIR => "Not a directory",
        code::NODE_EXIST => "Key already exists",
        code::ROOT_READ_ONLY => "Root is read only",
        code::DIR_NOT_EMPTY => "Directory not empty",
        code::PREV_VALUE_REQUIRED => "PrevValue is Required in POST form",
        code::TTL_NOT_A_NUMBER => "The given TTL in POST form is not a number",
        code::INDEX_NOT_A_NUMBER => "The given index in POST form is not a number",
        code::INVALID_FIELD => "Invalid field",
        code::INDEX_CLEARED => "The event in requested index is outdated and cleared",
        _ => "unknown error",
    }
}

/// The status of the HTTP response that carries an error.
pub(super) fn status(code: u16) -> u16 {
    match code {
        code::KEY_NOT_FOUND => 404,
        code::NOT_FILE | code::DIR_NOT_EMPTY => 403,
        code::TEST_FAILED | code::NODE_EXIST => 412,
        _ => 400,
    }
}

// serde asks by reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_are_written_as_a_real_server_writes_them() {
        let node = Node {
            key: "/message".into(),
            value: Some("hello".into()),
            modified_index: 5,
            created_index: 4,
            ..Node::default()
        };
        let reply = Reply { action: "set".into(), node, prev_node: None };
        let text = r#"{"action":"set","node":{"key":"/message","value":"hello","modifiedIndex":5,"createdIndex":4}}"#;
        assert_eq!(serde_json::to_string(&reply).unwrap(), text);
        assert_eq!(serde_json::from_str::<Reply>(text).unwrap(), reply);
    }

    #[test]
    fn errors_are_told_as_clients_tell_them() {
        let text = r#"{"errorCode":100,"message":"Key not found","cause":"/foo","index":8}"#;
        let failure: Failure = serde_json::from_str(text).unwrap();
        assert_eq!(failure.to_string(), "100: Key not found (/foo) [8]");
    }
}
