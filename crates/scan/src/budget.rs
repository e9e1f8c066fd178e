//! One memory budget for all layers that are read at the same time.
//!
//! A layer takes memory step by step (held files, then one more file), so plain blocking could leave two
//! layers waiting for each other. The budget is therefore in two parts: a shared one, and a reserve as
//! large as the most that any one layer may take at once ([`Budget::layer_limit`], which the layer pass
//! enforces). Where the shared part does not suffice, one layer at a time may draw on the reserve; it then
//! never waits, so it finishes, and the others go on. What a layer can have thus never depends on the
//! layers beside it: the result is the same for any number of jobs.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::limits::MIN_MEMORY;

#[derive(Debug)]
struct State {
    shared_free: u64,
    reserve_used: u64,
    reserve_owner: Option<u32>,
    peak: u64,
}

/// Counts bytes; hands them out as [`Lease`]s.
#[derive(Debug)]
pub struct Budget {
    state: Mutex<State>,
    freed: Condvar,
    total: u64,
    reserve: u64,
}

impl Budget {
    /// A budget of `total` bytes, at least [`MIN_MEMORY`].
    #[must_use]
    pub fn new(total: u64) -> Self {
        let total = total.max(MIN_MEMORY);
        let reserve = total / 4 * 3;
        let state =
            State { shared_free: total - reserve, reserve_used: 0, reserve_owner: None, peak: 0 };
        Self { state: Mutex::new(state), freed: Condvar::new(), total, reserve }
    }

    /// Most bytes that one layer may hold at once, apart from its stream buffers.
    #[must_use]
    pub fn layer_limit(&self) -> u64 {
        self.reserve
    }

    /// Bytes of the part that all layers share.
    #[must_use]
    pub fn shared(&self) -> u64 {
        self.total - self.reserve
    }

    /// Most bytes that were ever out at the same time.
    #[must_use]
    pub fn peak(&self) -> u64 {
        self.lock().peak
    }

    /// Takes `bytes` of the shared part alone, waiting for them: for what a layer needs before it starts.
    /// More than the whole part is cut to it.
    #[must_use]
    pub fn take_shared(&self, bytes: u64) -> Lease<'_> {
        let bytes = bytes.min(self.shared());
        let mut state = self.lock();
        while state.shared_free < bytes {
            state = self.freed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.shared_free -= bytes;
        self.lease(state, bytes, false)
    }

    /// Takes `bytes` of the shared part where they are free at once, and half of it stays free: for what is faster with
    /// memory and also goes without.
    #[must_use]
    pub fn try_take_shared(&self, bytes: u64) -> Option<Lease<'_>> {
        let mut state = self.lock();
        let left = state.shared_free.checked_sub(bytes)?;
        if left < self.shared() / 2 {
            return None;
        }
        state.shared_free = left;
        Some(self.lease(state, bytes, false))
    }

    /// Takes `bytes` for layer `layer`, which must not hold more than [`Self::layer_limit`] with them.
    #[must_use]
    pub fn take(&self, layer: u32, bytes: u64) -> Lease<'_> {
        let mut state = self.lock();
        loop {
            if state.shared_free >= bytes {
                state.shared_free -= bytes;
                return self.lease(state, bytes, false);
            }
            if state.reserve_owner.is_none_or(|owner| owner == layer) {
                state.reserve_owner = Some(layer);
                state.reserve_used += bytes;
                debug_assert!(state.reserve_used <= self.reserve);
                return self.lease(state, bytes, true);
            }
            state = self.freed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lease(&self, mut state: MutexGuard<'_, State>, bytes: u64, reserved: bool) -> Lease<'_> {
        let out = self.shared() - state.shared_free + state.reserve_used;
        state.peak = state.peak.max(out);
        Lease { budget: self, bytes, reserved }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Bytes taken from a [`Budget`]; given back when dropped.
#[derive(Debug)]
pub struct Lease<'b> {
    budget: &'b Budget,
    bytes: u64,
    reserved: bool,
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let mut state = self.budget.lock();
        if self.reserved {
            state.reserve_used -= self.bytes;
            if state.reserve_used == 0 {
                state.reserve_owner = None;
            }
        } else {
            state.shared_free += self.bytes;
        }
        drop(state);
        self.budget.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn many_layers_that_hold_and_ask_for_more_all_finish_within_the_budget() {
        let budget = Budget::new(MIN_MEMORY);
        let step = budget.layer_limit() / 8;
        let finished = AtomicU32::new(0);
        std::thread::scope(|scope| {
            for layer in 0..8 {
                let (budget, finished) = (&budget, &finished);
                scope.spawn(move || {
                    for _ in 0..20 {
                        let held: Vec<_> = (0..8).map(|_| budget.take(layer, step)).collect();
                        std::thread::yield_now();
                        drop(held);
                    }
                    finished.fetch_add(1, Ordering::Relaxed);
                });
            }
        });
        assert_eq!(finished.load(Ordering::Relaxed), 8);
        assert!(budget.peak() <= MIN_MEMORY, "{}", budget.peak());
        assert!(budget.peak() >= budget.layer_limit());
        let state = budget.lock();
        assert_eq!((state.shared_free, state.reserve_used), (budget.shared(), 0));
    }
}
