//! Redirections.

use super::Shell;
use crate::kernel::Errno;
use crate::process::Stream;
use crate::shell::sh::ast::{Place, Redirect};

impl Shell {
    pub(super) async fn redirect(&mut self, redirects: &[Redirect]) -> Result<(), String> {
        for redirect in redirects {
            let stream = match &redirect.to {
                Place::Fd(fd) => self.io[*fd].clone(),
                Place::Close => Stream::Null,
                Place::Here(word) => {
                    let text = self.text(word).await?;
                    self.proc.input(text.into_bytes())
                }
                Place::Read(word) => {
                    let path = self.text(word).await?;
                    let open = self.proc.open_input(&path);
                    open.map_err(|errno| format!("cannot open {path}: {}", short(errno)))?
                }
                Place::Write(word) | Place::Append(word) => {
                    let path = self.text(word).await?;
                    let append = matches!(redirect.to, Place::Append(_));
                    let open = self.proc.open_output(&path, append);
                    let verb =
                        if errno_of(&open) == Some(Errno::ENOENT) { "create" } else { "open" };
                    open.map_err(|errno| match errno {
                        Errno::ENOENT if verb == "create" => {
                            format!("cannot create {path}: Directory nonexistent")
                        }
                        errno => format!("cannot create {path}: {errno}"),
                    })?
                }
            };
            self.io[redirect.fd.min(2)] = stream;
        }
        Ok(())
    }
}

fn errno_of<T>(result: &Result<T, Errno>) -> Option<Errno> {
    result.as_ref().err().copied()
}

/// dash's own words for some errors.
fn short(errno: Errno) -> String {
    match errno {
        Errno::ENOENT => "No such file".to_owned(),
        errno => errno.to_string(),
    }
}
