//! The few blocks last read. An inventory is sorted by package name and so are the keys, so neighbours
//! mostly fall into the same block.

use std::sync::{Arc, Mutex, PoisonError};

/// Blocks kept.
const SLOTS: usize = 32;
/// A block larger than this is not kept.
const MAX_KEPT: usize = 256 * 1024;

/// Least recently used out first.
#[derive(Debug, Default)]
pub(crate) struct BlockCache(Mutex<Vec<(usize, Arc<[u8]>)>>);

impl BlockCache {
    pub(crate) fn get(&self, block: usize) -> Option<Arc<[u8]>> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = slots.iter().rposition(|(number, _)| *number == block)?;
        let slot = slots.remove(place);
        let bytes = Arc::clone(&slot.1);
        slots.push(slot);
        Some(bytes)
    }

    pub(crate) fn put(&self, block: usize, bytes: &Arc<[u8]>) {
        if bytes.len() > MAX_KEPT {
            return;
        }
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.iter().any(|(number, _)| *number == block) {
            return;
        }
        if slots.len() >= SLOTS {
            slots.remove(0);
        }
        slots.push((block, Arc::clone(bytes)));
    }
}
