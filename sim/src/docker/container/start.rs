//! Starting containers: by hand, and those that want to run always.

use std::rc::Rc;

use crate::docker::daemon::Daemon;
use crate::docker::error::ApiError;
use crate::docker::model::{Container, NetworkMode, Restart, Status};
use crate::engine::Span;
use crate::kernel::NamespaceId;
use crate::process::Signal;
use crate::process::calendar::Calendar;

use super::process::runtime_error;

/// The exit status of a container whose start failed before its program was tried.
const START_FAILED: i32 = 128;

/// What starting one takes: namespaces, cgroups, the runtime.
const START_TIME: Span = Span::millis(180);

impl Daemon {
    /// Starts a container.
    pub async fn container_start(self: Rc<Self>, term: &str) -> Result<(), ApiError> {
        let id = self.find_container(term)?.id;
        let _held = self.lock.hold(&self.proc).await;
        self.start_held(&id).await
    }

    /// The same, by whoever holds the lock.
    async fn start_held(self: &Rc<Self>, id: &str) -> Result<(), ApiError> {
        let container = self.find_container(id)?;
        if container.is_running() {
            return Ok(());
        }
        let result = self.clone().start_now(&container).await;
        if let Err(error) = &result {
            self.leave_networks(id).await;
            let code = exec_code(&error.message);
            self.with_container(id, |container| {
                container.error.clone_from(&error.message);
                // That of the last run stays, unless the program itself cannot be started.
                if code != START_FAILED || container.exit_code == 0 {
                    container.exit_code = code;
                }
            });
            self.save();
        }
        result
    }

    async fn start_now(self: Rc<Self>, container: &Container) -> Result<(), ApiError> {
        let id = container.id.clone();
        let of_net = |(key, _): &&(String, String)| key.starts_with("net.");
        if container.config.mode == NetworkMode::Host
            && let Some((key, _)) = container.config.sysctls.iter().find(of_net)
        {
            return Err(ApiError::bad_request(format!(
                "failed to create shim task: OCI runtime create failed: runc create failed: sysctl \"{key}\" not allowed in host network namespace: unknown"
            )));
        }
        let ns = self.join_networks(&id).await?;
        self.proc.sleep(START_TIME).await;
        let container = self.find_container(&id)?;
        let own = self.proc.sys(|sys| sys.host_ns());
        let ns = match ns {
            Some(ns) => ns,
            None => self.make_namespace(&container).await?,
        };
        self.check_linked(&container)?;
        self.write_etc(&self.find_container(&id)?);
        let started = self.run_first(&container, ns);
        // The process holds its namespace by itself.
        if ns != own && container.sandbox.is_some() {
            self.sys(|sys| sys.netns_release(ns));
        }
        let pid = started?;
        self.with_container(&id, |container| {
            container.status = Status::Running;
            container.pid = Some(pid);
            container.error.clear();
            container.started = self.calendar();
            container.stopped_by_hand = false;
            container.restarting = false;
        });
        self.save();
        self.tell_linking(&container);
        self.tell_container(&container, "start", &[]);
        let daemon = self.clone();
        self.proc.thread(async move { daemon.wait_for_end(id, pid).await });
        Ok(())
    }

    /// Makes the namespace of a container, with its loopback device, and moves the endpoints in.
    async fn make_namespace(
        self: &Rc<Self>,
        container: &Container,
    ) -> Result<NamespaceId, ApiError> {
        let ns = self.sys(|sys| {
            let ns = sys.netns_new(container.name());
            let mut inside = sys.in_ns(ns);
            if let Some(lo) = inside.link_named("lo") {
                // A loopback device can always be set up.
                let _ = inside.link_up(lo);
            }
            ns
        });
        for (key, value) in &container.config.sysctls {
            self.proc.sys_in(ns, |sys| sys.sysctl_set(key, value)).map_err(|_| {
                let path = key.replace('.', "/");
                runtime_error(&format!(
                    "error during container init: open /proc/sys/{path}: no such file or directory"
                ))
            })?;
        }
        if let Some(sandbox) = &container.sandbox {
            self.sandbox_set_ns(sandbox, ns).await.map_err(|error| self.hook_error(&error))?;
        }
        Ok(ns)
    }

    /// What the runtime says when the daemon's part of making a namespace fails.
    fn hook_error(&self, error: &ApiError) -> ApiError {
        let time = Calendar::of(self.calendar()).rfc3339_seconds();
        let words = error.message.replace('"', "\\\"");
        runtime_error(&format!(
            "error during container init: error running hook #0: error running hook: exit status 1, stdout: , stderr: time=\"{time}\" level=fatal msg=\"{words}\""
        ))
    }

    /// Starts the containers that want to run always.
    pub(in crate::docker) async fn restart_containers(self: Rc<Self>) {
        // What ran when the daemon ended does not run any more.
        let ids: Vec<String> = self.state.borrow().containers.keys().cloned().collect();
        for id in ids {
            let is_left = self
                .find_container(&id)
                .is_ok_and(|container| container.config.auto_remove && container.is_running());
            if is_left {
                self.forget(&id);
            }
            self.with_container(&id, |container| {
                if container.is_running() {
                    container.status = Status::Exited;
                    container.exit_code = 128 + Signal::Kill.number();
                    container.pid = None;
                }
                container.sandbox = None;
                container.restarting = false;
            });
        }
        let wanted: Vec<String> = {
            let state = self.state.borrow();
            let wants = |container: &&Container| match container.config.restart {
                _ if container.started <= 0.0 => false,
                Restart::No => false,
                Restart::Always => true,
                Restart::UnlessStopped => !container.stopped_by_hand,
                Restart::OnFailure(max) => {
                    container.exit_code != 0 && (max == 0 || container.restart_count < max)
                }
            };
            state.containers.values().filter(wants).map(|c| c.id.clone()).collect()
        };
        for id in wanted {
            if let Err(error) = self.clone().container_start(&id).await {
                self.log("error", &format!("failed to start container {id}: {error}"));
            }
        }
    }
}

/// The exit status that stands for a failed start.
fn exec_code(message: &str) -> i32 {
    if message.contains("executable file not found")
        || message.contains("no such file or directory")
    {
        127
    } else if message.contains("permission denied") {
        126
    } else {
        START_FAILED
    }
}
