//! Work on many things at once, with a result that does not depend on how many processors there are.

/// Most threads.
const MAX_THREADS: usize = 8;
/// Fewer things than these are not worth a thread.
const MIN_SHARE: usize = 100;

/// Gives each processor a stretch of `all`, and the results in the order of the stretches. A panic in one of them is
/// a panic here.
pub(super) fn spread<T: Send, R: Send>(
    mut all: Vec<T>,
    work: impl Fn(Vec<T>) -> R + Sync,
) -> Vec<R> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let share = all.len().div_ceil(processors.min(MAX_THREADS)).max(MIN_SHARE);
    if all.len() <= share {
        return vec![work(all)];
    }
    let mut stretches = Vec::new();
    while !all.is_empty() {
        let rest = all.split_off(share.min(all.len()));
        stretches.push(std::mem::replace(&mut all, rest));
    }
    let work = &work;
    std::thread::scope(|scope| {
        let workers: Vec<_> =
            stretches.into_iter().map(|stretch| scope.spawn(move || work(stretch))).collect();
        let join = |worker: std::thread::ScopedJoinHandle<'_, R>| {
            worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        workers.into_iter().map(join).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_worked_on_once_and_in_order() {
        for count in [0, 1, 99, 100, 101, 250, 10_001] {
            let all: Vec<usize> = (0..count).collect();
            let done: Vec<usize> = spread(all.clone(), |part| part).into_iter().flatten().collect();
            assert_eq!(done, all);
        }
    }

    #[test]
    #[should_panic(expected = "five hundred")]
    fn a_panic_comes_out() {
        spread((0..1000).collect::<Vec<_>>(), |part| assert!(!part.contains(&500), "five hundred"));
    }
}
