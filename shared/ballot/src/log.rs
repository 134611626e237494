//! The log that ballots stand in: append-only, with proofs (RFC 9162, section 2.1, with SHA-256).

use ct_merkle::{ConsistencyProof, InclusionProof, RootHash, mem_backed_tree::MemoryBackedTree};
use sha2_011::Sha256;

use crate::{Bytes, Hash};

/// A log's entries and the hashes above them.
#[derive(Debug, Default)]
pub struct Log(MemoryBackedTree<Sha256, Vec<u8>>);

/// A proof does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the proof does not hold")]
pub struct Unproven;

impl Log {
    /// An empty one.
    pub fn new() -> Self {
        Self(MemoryBackedTree::new())
    }

    /// Appends an entry.
    pub fn push(&mut self, entry: Vec<u8>) {
        self.0.push(entry);
    }

    /// How many entries there are.
    pub fn size(&self) -> u64 {
        self.0.len()
    }

    /// The hash of the tree.
    pub fn root(&self) -> Hash {
        Hash((*self.0.root().as_bytes()).into())
    }

    /// The proof that an entry stands at a place. None: there is no such place.
    pub fn inclusion(&self, place: u64) -> Option<Bytes> {
        let place = usize::try_from(place).ok().filter(|_| place < self.size())?;
        Some(Bytes(self.0.prove_inclusion(place).as_bytes().to_vec()))
    }

    /// The proof that the log was only appended to since it had so many entries. None: it never had, or they are none.
    pub fn consistency(&self, since: u64) -> Option<Bytes> {
        let added = self.size().checked_sub(since).filter(|_| since > 0)?;
        let added = usize::try_from(added).ok()?;
        Some(Bytes(self.0.prove_consistency(added).as_bytes().to_vec()))
    }
}

fn root((size, root): (u64, Hash)) -> RootHash<Sha256> {
    RootHash::new(root.0.into(), size)
}

/// Checks that an entry stands at a place of a log of that size and hash.
///
/// # Errors
/// [`Unproven`].
pub fn verify_inclusion(log: (u64, Hash), entry: &[u8], place: u64, proof: &Bytes) -> Result<(), Unproven> {
    let proof = InclusionProof::<Sha256>::try_from_bytes(proof.0.clone()).map_err(|_| Unproven)?;
    root(log).verify_inclusion(&entry, place, &proof).map_err(|_| Unproven)
}

/// Checks that a log of that size and hash is what an earlier one became by appending alone.
///
/// # Errors
/// [`Unproven`].
pub fn verify_consistency(earlier: (u64, Hash), log: (u64, Hash), proof: &Bytes) -> Result<(), Unproven> {
    let proof = ConsistencyProof::<Sha256>::try_from_bytes(proof.0.clone()).map_err(|_| Unproven)?;
    root(log).verify_consistency(&root(earlier), &proof).map_err(|_| Unproven)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Entries and roots of RFC 6962's reference implementation (certificate-transparency, merkle_tree_test).
    const ENTRIES: [&str; 8] =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    const ROOTS: [&str; 8] = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    fn entry(text: &str) -> Vec<u8> {
        hex::decode(text).expect("hex")
    }

    #[test]
    fn the_hashes_are_those_of_the_standard() {
        let mut log = Log::new();
        for (text, root) in ENTRIES.iter().zip(ROOTS) {
            log.push(entry(text));
            assert_eq!(hex::encode(log.root().0), root, "{} entries", log.size());
        }
    }

    #[test]
    fn an_entry_is_proven_where_it_stands_and_nowhere_else() {
        let mut log = Log::new();
        ENTRIES.iter().for_each(|text| log.push(entry(text)));
        let whole = (log.size(), log.root());
        for (place, text) in (0..).zip(ENTRIES) {
            let proof = log.inclusion(place).expect("a place");
            assert_eq!(verify_inclusion(whole, &entry(text), place, &proof), Ok(()));
            assert_eq!(verify_inclusion(whole, &entry(text), (place + 1) % 8, &proof), Err(Unproven));
            assert_eq!(verify_inclusion(whole, b"another", place, &proof), Err(Unproven));
            let bent =
                Bytes(proof.0.iter().enumerate().map(|(at, byte)| byte ^ u8::from(at == 40)).collect());
            assert_eq!(verify_inclusion(whole, &entry(text), place, &bent), Err(Unproven));
        }
        assert_eq!(log.inclusion(8), None);
        assert_eq!(verify_inclusion(whole, b"", 0, &Bytes(vec![0; 33])), Err(Unproven));
    }

    #[test]
    fn a_log_that_was_appended_to_is_proven_to_be_and_another_is_not() {
        let (mut log, mut earlier) = (Log::new(), Vec::new());
        for text in ENTRIES {
            log.push(entry(text));
            earlier.push((log.size(), log.root()));
        }
        let whole = (log.size(), log.root());
        for one in &earlier {
            let proof = log.consistency(one.0).expect("an earlier size");
            assert_eq!(verify_consistency(*one, whole, &proof), Ok(()), "since {}", one.0);
            assert_eq!(verify_consistency((one.0, Hash([7; 32])), whole, &proof), Err(Unproven));
        }
        assert_eq!((log.consistency(0), log.consistency(9)), (None, None));
    }
}
