//! Identifiers, and the order of lists that have none: all from one generator whose state is part of the model.
use std::hash::{DefaultHasher, Hash, Hasher};

/// A seeded generator (SplitMix64). It is a value: a copy goes on with the same identifiers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Ids(u64);

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    fn text(&mut self, alphabet: &[u8], length: usize) -> String {
        let size = alphabet.len().max(1) as u64;
        let mut text = String::with_capacity(length);
        for _ in 0..length {
            let index = usize::try_from(self.next() % size).unwrap_or(0);
            text.push(alphabet.get(index).copied().map_or('0', char::from));
        }
        text
    }

    /// Lower-case hexadecimal digits.
    pub(crate) fn hex(&mut self, length: usize) -> String {
        self.text(b"0123456789abcdef", length)
    }

    /// The 19 digits of a service revision. The first is never zero.
    pub(crate) fn revision(&mut self) -> String {
        self.text(b"123456789", 1) + &self.text(b"0123456789", 18)
    }

    /// The 21 characters of a service deployment.
    pub(crate) fn deployment(&mut self) -> String {
        self.text(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-", 21)
    }

    /// The suffix of a default log group.
    pub(crate) fn suffix(&mut self) -> String {
        self.text(b"abcdefghijklmnopqrstuvwxyz0123456789", 4)
    }

    /// A version 4 UUID, for service events.
    pub(crate) fn uuid(&mut self) -> String {
        format!("{}-{}-4{}-a{}-{}", self.hex(8), self.hex(4), self.hex(3), self.hex(3), self.hex(12))
    }
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// An order for `items` that follows from `seed`. Reading changes no state, so two readings at one moment agree.
pub(crate) fn shuffled<T>(mut items: Vec<T>, seed: impl Hash) -> Vec<T> {
    let mut hasher = DefaultHasher::new();
    seed.hash(&mut hasher);
    let mut state = Ids(hasher.finish());
    for last in (1..items.len()).rev() {
        let other = usize::try_from(state.next() % (last as u64 + 1)).unwrap_or(0);
        items.swap(last, other);
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first numbers of SplitMix64 from 1234567, as its author's program gives them.
    #[test]
    fn the_generator_is_split_mix_64() {
        let mut ids = Ids::new(1_234_567);
        let numbers = [ids.next(), ids.next(), ids.next()];
        assert_eq!(numbers, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn a_list_comes_in_every_order() {
        let orders = |length: u32| {
            let all: std::collections::BTreeSet<Vec<u32>> =
                (0..200).map(|seed: u32| shuffled((0..length).collect(), seed)).collect();
            all.len()
        };
        assert_eq!([1, 2, 3, 4].map(orders), [1, 2, 6, 24]);
    }
}
