//! Where the bars of a chart begin and end.

/// Where bars begin and end, in seconds, made for fast looking up.
pub struct Edges {
    edges: Vec<i64>,
    step: i64,
    hints: Vec<u32>,
}

const HINTS: i64 = 2_048;

impl Edges {
    pub fn new(edges: Vec<i64>) -> Self {
        let (first, last) = match (edges.first(), edges.last()) {
            (Some(first), Some(last)) if last > first => (*first, *last),
            _ => {
                return Self {
                    edges: Vec::new(),
                    step: 1,
                    hints: Vec::new(),
                };
            }
        };
        let step = (last - first) / HINTS + 1;
        let hints = (0..=HINTS)
            .map(|i| {
                let at = edges.partition_point(|edge| *edge <= first + i * step);
                u32::try_from(at.saturating_sub(1)).unwrap_or(0)
            })
            .collect();
        Self { edges, step, hints }
    }

    pub fn bars(&self) -> usize {
        self.edges.len().saturating_sub(1)
    }

    /// The bar of a second.
    pub fn of(&self, second: i64) -> Option<usize> {
        let first = *self.edges.first()?;
        if second < first || second >= *self.edges.last()? {
            return None;
        }
        let hint = usize::try_from((second - first) / self.step).ok()?;
        let mut bar = *self.hints.get(hint)? as usize;
        while self.edges[bar + 1] <= second {
            bar += 1;
        }
        Some(bar)
    }
}
