//! Long runs: many independent cases, numbered, on all cores, with progress, a share for each of several
//! machines, and a clean end on Ctrl-C.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

pub use netsim_sim::workload::Partition;

/// Does the work for every number, on this many threads, until all is done or somebody says stop. Results
/// are told as they come; how many there were.
pub fn run<T: Send>(
    numbers: Vec<u64>,
    jobs: usize,
    stop: &AtomicBool,
    work: impl Fn(u64) -> T + Sync,
    tell: impl FnMut(u64, T) + Send,
) -> u64 {
    let total = numbers.len();
    let queue = Mutex::new(numbers.into_iter());
    let tell = Mutex::new(tell);
    let done = AtomicU64::new(0);
    let shows = std::io::stderr().is_terminal();
    thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let next = queue.lock().expect("no worker panics with the queue").next();
                    let Some(number) = next else { break };
                    let result = work(number);
                    let mut tell = tell.lock().expect("no worker panics while it tells");
                    tell(number, result);
                    let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                    if shows {
                        eprint!("\r{done} of {total} ");
                    }
                }
            });
        }
    });
    if shows {
        eprintln!();
    }
    done.into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_says_stop_gets_what_there_is() {
        let stop = AtomicBool::new(false);
        let mut told = Vec::new();
        let work = |number| {
            if number == 3 {
                stop.store(true, Ordering::Relaxed);
            }
            number * 2
        };
        let done =
            run((0..100).collect(), 1, &stop, work, |number, twice| told.push((number, twice)));
        assert_eq!((done, told), (4, vec![(0, 0), (1, 2), (2, 4), (3, 6)]));
    }
}
