//! The end of containers: stopping, killing and removing them, and what happens when they end.

use std::rc::Rc;
use std::task::Poll;

use crate::docker::daemon::Daemon;
use crate::docker::error::ApiError;
use crate::docker::model::{Container, Restart, Status};
use crate::engine::Span;
use crate::process::{Pid, Signal};

/// How long it takes until the engine hears of the end of a container.
const NOTICE: Span = Span::millis(50);

impl Daemon {
    /// Notices the end of a container, and tidies up.
    pub(super) async fn wait_for_end(self: Rc<Self>, id: String, pid: Pid) {
        let status = self.proc.wait(pid).await;
        if let Some(root) = self.find_container(&id).ok().and_then(|container| container.root) {
            self.proc.kill_all_in(root);
        }
        // What their sockets say when they close still finds the way out.
        self.proc.sleep(NOTICE).await;
        let held = self.lock.hold(&self.proc).await;
        self.tidy_up(&id, pid, status).await;
        let restart = self.with_container(&id, |container| {
            let again = match container.config.restart {
                Restart::No => false,
                Restart::Always => !container.stopped_by_hand,
                Restart::UnlessStopped => !container.stopped_by_hand,
                Restart::OnFailure(max) => {
                    status != 0
                        && !container.stopped_by_hand
                        && (max == 0 || container.restart_count < max)
                }
            };
            again.then(|| {
                container.restart_count += 1;
                container.restart_count
            })
        });
        let count = restart.flatten().filter(|_| !self.stopping.get());
        drop(held);
        match count {
            Some(count) => {
                // 100 ms, then twice as long each time, a minute at most.
                let pause = Span::millis(100) * (1 << count.min(10).saturating_sub(1));
                self.with_container(&id, |container| container.restarting = true);
                self.proc.sleep(pause.min(Span::secs(60))).await;
                // Somebody may have stopped or removed it in the meantime.
                let again = self.with_container(&id, |container| {
                    std::mem::replace(&mut container.restarting, false)
                });
                if again == Some(true) && !self.stopping.get() {
                    let start: std::pin::Pin<Box<dyn Future<Output = Result<(), ApiError>>>> =
                        Box::pin(self.clone().container_start_owned(id));
                    // The reason stands in the container's state.
                    let _ = start.await;
                }
            }
            None => {
                let remove = self.find_container(&id).is_ok_and(|c| c.config.auto_remove);
                if remove {
                    self.forget(&id);
                }
                self.ended.wake(&self.proc);
            }
        }
    }

    async fn container_start_owned(self: Rc<Self>, id: String) -> Result<(), ApiError> {
        self.container_start(&id).await
    }

    async fn tidy_up(self: &Rc<Self>, id: &str, pid: Pid, status: i32) {
        let Ok(container) = self.find_container(id) else { return };
        if container.pid != Some(pid) {
            return;
        }
        if let Some(root) = container.root {
            self.proc.kill_all_in(root);
        }
        self.tell_container(&container, "die", &[("exitCode", &status.to_string())]);
        self.leave_networks(id).await;
        self.with_container(id, |container| {
            container.status = Status::Exited;
            container.exit_code = status;
            container.pid = None;
            container.finished = self.calendar();
            container.terminal = None;
            container.paused = false;
            container.log.forget_followers();
        });
        self.save();
        self.ended.wake(&self.proc);
    }

    /// Waits until a container has ended; its exit status.
    pub async fn container_wait(&self, id: &str) -> i32 {
        self.proc
            .until(|proc| match self.find_container(id) {
                Ok(container) if container.is_running() => {
                    self.ended.add(proc.task());
                    Poll::Pending
                }
                Ok(container) => Poll::Ready(container.exit_code),
                Err(_) => Poll::Ready(self.last_status.borrow().get(id).copied().unwrap_or(0)),
            })
            .await
    }

    /// Stops a container: asks it to end, then kills it.
    pub async fn container_stop(
        self: Rc<Self>,
        term: &str,
        patience: Span,
    ) -> Result<(), ApiError> {
        let id = self.find_container(term)?.id;
        self.container_stop_now(&id, patience).await
    }

    pub(in crate::docker) async fn container_stop_now(
        self: Rc<Self>,
        id: &str,
        patience: Span,
    ) -> Result<(), ApiError> {
        let container = self.find_container(id)?;
        let Some(pid) = container.pid.filter(|_| container.is_running()) else {
            self.with_container(id, |container| {
                container.stopped_by_hand |= container.restarting;
                container.restarting = false;
            });
            return Ok(());
        };
        // A daemon that goes down is not the user's hand.
        let by_hand = !self.stopping.get();
        self.with_container(id, |container| container.stopped_by_hand |= by_hand);
        self.send(&container, pid, Signal::Term);
        if self.proc.timeout(patience, self.container_wait(id)).await.is_none() {
            self.send(&container, pid, Signal::Kill);
            self.container_wait(id).await;
        }
        self.tell_container(&container, "stop", &[]);
        Ok(())
    }

    /// Sends a signal to a container.
    pub fn container_kill(&self, term: &str, signal: Signal) -> Result<(), ApiError> {
        let container = self.find_container(term)?;
        let Some(pid) = container.pid.filter(|_| container.is_running()) else {
            return Err(ApiError::conflict(format!(
                "Cannot kill container: {term}: Container {} is not running",
                container.id
            )));
        };
        self.with_container(&container.id, |container| container.stopped_by_hand = true);
        self.send(&container, pid, signal);
        Ok(())
    }

    /// Sends a signal to the first process of a container; one that stands still goes on for it.
    fn send(&self, container: &Container, pid: Pid, signal: Signal) {
        // It may end by itself at this moment.
        let _ = self.proc.kill(pid, signal);
        self.tell_container(container, "kill", &[("signal", &signal.number().to_string())]);
        self.set_paused(container, false);
    }

    /// Stops a container and starts it again.
    pub async fn container_restart(
        self: Rc<Self>,
        term: &str,
        patience: Span,
    ) -> Result<(), ApiError> {
        let id = self.find_container(term)?.id;
        let refused =
            |error: ApiError| error.with_prefix(&format!("Cannot restart container {term}: "));
        self.clone().container_stop_now(&id, patience).await.map_err(refused)?;
        self.clone().container_start(&id).await.map_err(refused)?;
        self.tell_container(&self.find_container(&id)?, "restart", &[]);
        Ok(())
    }

    fn set_paused(&self, container: &Container, paused: bool) {
        if let Some(root) = container.root {
            self.proc.freeze(root, paused);
        }
        self.with_container(&container.id, |container| container.paused = paused);
    }

    /// Lets the processes of a container stand still, or go on. Its network is the kernel's: it answers
    /// a ping all the same.
    pub fn container_pause(&self, term: &str, pause: bool) -> Result<(), ApiError> {
        let container = self.find_container(term)?;
        let id = &container.id;
        let refused = match (container.is_running(), container.paused, pause) {
            (false, _, true) => format!("Container {id} is not running"),
            (_, true, true) => format!("Container {id} is already paused"),
            (false, _, false) | (_, false, false) => format!("Container {id} is not paused"),
            _ => {
                self.set_paused(&container, pause);
                self.tell_container(&container, if pause { "pause" } else { "unpause" }, &[]);
                return Ok(());
            }
        };
        Err(ApiError::conflict(refused))
    }

    /// Removes a container.
    pub async fn container_remove(self: Rc<Self>, term: &str, force: bool) -> Result<(), ApiError> {
        let container = self.find_container(term)?;
        let id = container.id.clone();
        if container.restarting && !force {
            return Err(ApiError::conflict(format!(
                "You cannot remove a restarting container {id}. Stop the container before attempting removal or force remove"
            )));
        }
        if container.is_running() {
            if !force && container.paused {
                return Err(ApiError::conflict(format!(
                    "You cannot remove a paused container {id}. Unpause and then stop the container before attempting removal or force remove"
                )));
            }
            if !force {
                return Err(ApiError::conflict(format!(
                    "You cannot remove a running container {id}. Stop the container before attempting removal or force remove"
                )));
            }
            self.container_kill(&id, Signal::Kill)?;
            self.container_wait(&id).await;
        }
        self.forget(&id);
        self.save();
        Ok(())
    }

    pub(super) fn forget(&self, id: &str) {
        let container = self.state.borrow_mut().containers.shift_remove(id);
        let Some(container) = container else { return };
        self.tell_container(&container, "destroy", &[]);
        self.last_status.borrow_mut().insert(id.to_owned(), container.exit_code);
        if let Some(root) = container.root {
            self.proc.root_remove(root);
        }
    }
}
