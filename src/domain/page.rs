//! A part of a list that may be long.

/// Some items of a list, and how many there are besides.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The ones to show.
    pub items: Vec<T>,
    /// How many of the list come before them.
    pub before: usize,
    /// How many come after.
    pub more: usize,
    /// How many a full page has.
    pub size: usize,
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self::first(Vec::new(), 0)
    }
}

impl<T> Page<T> {
    /// The beginning of a list of `total` items.
    pub fn first(items: Vec<T>, total: usize) -> Self {
        let size = items.len();
        Self::at(0, size, items, total)
    }

    /// What comes after the first `before` of `total` items, in pages of `size`.
    pub fn at(before: usize, size: usize, items: Vec<T>, total: usize) -> Self {
        let more = total.saturating_sub(before + items.len());
        Page {
            items,
            before,
            more,
            size,
        }
    }

    /// Where the page begins that has the item after the first `skip`; the last page, when there is none.
    pub fn start(skip: usize, size: usize, total: usize) -> usize {
        let size = size.max(1);
        skip.min(total.saturating_sub(1)) / size * size
    }

    /// How many items the whole list has.
    pub fn total(&self) -> usize {
        self.before + self.items.len() + self.more
    }
}
