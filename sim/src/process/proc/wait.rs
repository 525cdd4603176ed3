//! Waiting: for a moment, for a condition, for the first of several.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;

use crate::engine::{Span, Time};
use crate::kernel::timer;

use super::Proc;

/// What it takes from a timer of the kernel to a process that goes on.
const WAKE_TIME: Span = Span::micros(50);

/// What came first of two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Either<A, B> {
    /// The first.
    First(A),
    /// The second.
    Second(B),
}

/// Waits for the first of two to be done; the other is dropped. The first wins a tie.
pub async fn select<A, B>(
    first: impl Future<Output = A>,
    second: impl Future<Output = B>,
) -> Either<A, B> {
    let (mut first, mut second) = (pin!(first), pin!(second));
    poll_fn(move |cx| {
        if let Poll::Ready(a) = first.as_mut().poll(cx) {
            return Poll::Ready(Either::First(a));
        }
        second.as_mut().poll(cx).map(Either::Second)
    })
    .await
}

/// Waits for the first of many to be done: its place in the list, and what it gave. The others are
/// dropped.
pub async fn select_all<F: Future>(futures: Vec<F>) -> (usize, F::Output) {
    let mut futures: Vec<Pin<Box<F>>> = futures.into_iter().map(Box::pin).collect();
    poll_fn(move |cx| {
        let done =
            futures.iter_mut().enumerate().find_map(|(n, future)| match future.as_mut().poll(cx) {
                Poll::Ready(output) => Some((n, output)),
                Poll::Pending => None,
            });
        done.map_or(Poll::Pending, Poll::Ready)
    })
    .await
}

impl Proc {
    /// Waits until `check` is ready. It is asked whenever the task is woken, and must have arranged
    /// for that.
    pub fn until<R>(&self, mut check: impl FnMut(&Proc) -> Poll<R>) -> impl Future<Output = R> {
        let proc = self.clone();
        poll_fn(move |_| check(&proc))
    }

    /// Waits for `span`.
    pub fn sleep(&self, span: Span) -> impl Future<Output = ()> + use<> {
        self.sleep_until(self.now() + span)
    }

    /// Waits until `at`; for ever, if that is [`Time::MAX`].
    pub fn sleep_until(&self, at: Time) -> impl Future<Output = ()> + use<> {
        let proc = self.clone();
        let mut asked = false;
        poll_fn(move |_| {
            if proc.now() >= at {
                return Poll::Ready(());
            }
            if !asked && at < Time::MAX {
                asked = true;
                proc.runtime.wake_at(at, proc.task());
            }
            Poll::Pending
        })
    }

    /// When a wait ends that the kernel's coarse timers measure (`SO_RCVTIMEO`). The process goes on
    /// a moment after the kernel has done what else was due then.
    pub fn coarse_end(&self, span: Span) -> Time {
        timer::expiry(self.now(), span) + WAKE_TIME
    }

    /// Waits for `work`, but not longer than `span`.
    pub async fn timeout<R>(&self, span: Span, work: impl Future<Output = R>) -> Option<R> {
        match select(work, self.sleep(span)).await {
            Either::First(result) => Some(result),
            Either::Second(()) => None,
        }
    }

    /// Lets everything else that is ready go first.
    pub async fn yield_now(&self) {
        let mut yielded = false;
        self.until(move |proc| {
            if yielded {
                return Poll::Ready(());
            }
            yielded = true;
            proc.runtime.wake_at(proc.now(), proc.task());
            Poll::Pending
        })
        .await;
    }
}
