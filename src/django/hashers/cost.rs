//! What hashing costs, in numbers that can be compared. Django does not ask.

/// What it takes to check a stored password, and so to guess it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cost {
    /// The algorithm and its parameters. Made of the numbers that were read and never of the text, in
    /// which a salt or a hash may stand in their place.
    pub kind: String,
    /// Whether there are such numbers at all.
    pub strength: Strength,
    /// The algorithms whose work is counted in the same unit, by a name for all of them.
    pub family: &'static str,
    /// Iterations, blocks: what the family counts.
    pub work: u64,
    /// Bytes that are filled meanwhile; 0 where they are few.
    pub memory: u64,
}

/// How hard guessing is, in broad terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// One table of digests serves for every user.
    Unsalted,
    /// One digest a guess.
    Salted,
    /// As much work a guess as the parameters say.
    Adaptive,
}

impl Cost {
    /// Whether guessing is known to be harder than at another cost. Between families of the same
    /// strength no number says so.
    pub fn exceeds(&self, other: &Self) -> bool {
        let is_kin = self.family == other.family;
        self.strength > other.strength
            || is_kin && (self.work > other.work || self.memory > other.memory)
    }
}
