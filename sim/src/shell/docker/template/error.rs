//! Why a template cannot be run.

/// Why a template cannot be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError(pub String);

impl TemplateError {
    /// The same over a structure of Go, which has fields and not keys.
    pub fn of_type(self, kind: &str) -> TemplateError {
        let Some((before, key)) = self.0.split_once("map has no entry for key ") else {
            return self;
        };
        let key = key.trim_matches('"');
        TemplateError(format!("{before}can't evaluate field {key} in type {kind}"))
    }
}

/// What comes of reading or running a template.
pub type Result<T> = std::result::Result<T, TemplateError>;

/// What a template is that cannot be read.
pub(super) fn parse_error(words: &str) -> TemplateError {
    TemplateError(format!("template: :1: {words}"))
}
