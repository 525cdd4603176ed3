//! The end of containers: stopping, killing and removing them, and what happens when they end.

use std::rc::Rc;
use std::task::Poll;

use crate::docker::daemon::Daemon;
use crate::docker::error::ApiError;
use crate::docker::model::{Restart, Status};
use crate::engine::Span;
use crate::process::{Pid, Signal};

impl Daemon {
    /// Notices the end of a container, and tidies up.
    pub(super) async fn wait_for_end(self: Rc<Self>, id: String, pid: Pid) {
        let status = self.proc.wait(pid).await;
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
                self.proc.sleep(pause.min(Span::secs(60))).await;
                let again = !self.stopping.get() && self.find_container(&id).is_ok();
                if again {
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
        self.leave_networks(id).await;
        self.with_container(id, |container| {
            container.status = Status::Exited;
            container.exit_code = status;
            container.pid = None;
            container.finished = self.calendar();
            container.log.followers.borrow_mut().clear();
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
        let Some(pid) = container.pid.filter(|_| container.is_running()) else { return Ok(()) };
        self.with_container(id, |container| container.stopped_by_hand = true);
        // It may end by itself at this moment.
        let _ = self.proc.kill(pid, Signal::Term);
        if self.proc.timeout(patience, self.container_wait(id)).await.is_none() {
            let _ = self.proc.kill(pid, Signal::Kill);
            self.container_wait(id).await;
        }
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
        // It was running a moment ago.
        let _ = self.proc.kill(pid, signal);
        Ok(())
    }

    /// Removes a container.
    pub async fn container_remove(self: Rc<Self>, term: &str, force: bool) -> Result<(), ApiError> {
        let container = self.find_container(term)?;
        let id = container.id.clone();
        if container.is_running() {
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

    fn forget(&self, id: &str) {
        let container = self.state.borrow_mut().containers.shift_remove(id);
        let Some(container) = container else { return };
        self.last_status.borrow_mut().insert(id.to_owned(), container.exit_code);
        if let Some(root) = container.root {
            self.proc.root_remove(root);
        }
    }
}
