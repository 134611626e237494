//! The test vectors of RFC 9474, appendix A: all four variants, step by step.
#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]

use std::convert::Infallible;

use blind_rsa_signatures::{
    BlindSignature, Deterministic, HashAlgorithm, MessagePrepare, PSS, PSSZero, Randomized, SaltMode,
    SecretKey, Sha384,
};
use rand_core::{TryCryptoRng, TryRng};
use rsa::{BoxedUint, RsaPrivateKey};
use serde::Deserialize;

/// A vector: all numbers in hex.
#[derive(Debug, Deserialize)]
struct Vector {
    name: String,
    p: String,
    q: String,
    n: String,
    e: String,
    d: String,
    msg: String,
    msg_prefix: String,
    salt: String,
    inv: String,
    blinded_msg: String,
    blind_sig: String,
    sig: String,
}

/// Chance as the vector has it: each draw is the next of these.
struct Drawn(Vec<Vec<u8>>);

impl TryRng for Drawn {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        panic!("only bytes are drawn")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        panic!("only bytes are drawn")
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.copy_from_slice(&self.0.remove(0));
        Ok(())
    }
}

impl TryCryptoRng for Drawn {}

fn number(text: &str) -> BoxedUint {
    BoxedUint::from_str_radix_vartime(text, 16).expect("a number")
}

fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text).expect("hex")
}

fn holds<S: SaltMode, M: MessagePrepare>(vector: &Vector)
where
    Sha384: HashAlgorithm,
{
    let [n, e, d, p, q, inverse] =
        [&vector.n, &vector.e, &vector.d, &vector.p, &vector.q, &vector.inv].map(|text| number(text));
    let modulus = n.to_nz().expect("a modulus");
    let blind = inverse.invert_mod(&modulus).expect("a number prime to the modulus");
    let key = RsaPrivateKey::from_components(n, e, d, vec![p, q]).expect("a key");
    let key = SecretKey::<Sha384, S, M>::new(key);
    let public = key.public_key().expect("a key");

    let prefix = M::RANDOMIZE.then(|| bytes(&vector.msg_prefix));
    let drawn = prefix.into_iter().chain([bytes(&vector.salt), blind.to_le_bytes().to_vec()]);
    let message = bytes(&vector.msg);
    let blinded = public.blind(&mut Drawn(drawn.collect()), &message).expect("blinded");
    assert_eq!(hex::encode(&blinded.blind_message.0), vector.blinded_msg, "{}", vector.name);
    let signed = key.blind_sign(&blinded.blind_message).expect("signed");
    assert_eq!(hex::encode(&signed.0), vector.blind_sig, "{}", vector.name);
    let signature = public.finalize(&BlindSignature(signed.0), &blinded, &message).expect("unblinded");
    assert_eq!(hex::encode(&signature.0), vector.sig, "{}", vector.name);
    assert!(public.verify(&signature, blinded.msg_randomizer, &message).is_ok());
    assert!(public.verify(&signature, blinded.msg_randomizer, b"another").is_err());
}

#[test]
fn all_four_variants_are_those_of_the_standard() {
    let vectors: Vec<Vector> = serde_json::from_str(include_str!("rfc9474.json")).expect("vectors");
    for vector in &vectors {
        match vector.name.as_str() {
            "RSABSSA-SHA384-PSS-Randomized" => holds::<PSS, Randomized>(vector),
            "RSABSSA-SHA384-PSSZERO-Randomized" => holds::<PSSZero, Randomized>(vector),
            "RSABSSA-SHA384-PSS-Deterministic" => holds::<PSS, Deterministic>(vector),
            "RSABSSA-SHA384-PSSZERO-Deterministic" => holds::<PSSZero, Deterministic>(vector),
            other => panic!("{other} is no variant"),
        }
    }
    assert_eq!(vectors.len(), 4);
}
