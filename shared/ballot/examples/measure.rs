//! Measures what a ballot costs who signs it and who takes it in, beside the bare operations of RSA; and writes a year's
//! record, for the verifier to be measured with.
//!
//! ```sh
//! cargo run --release --package ballot --features testing --example measure -- record.jsonl
//! ```

#![expect(clippy::print_stdout, reason = "this is what is asked for")]
#![expect(clippy::expect_used, reason = "a measurement that goes wrong must say where")]

use std::{
    fs::File,
    hint::black_box,
    io::{BufWriter, Write},
    time::{Duration, Instant},
};

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PSS_2048_8192_SHA384};
use ballot::{
    Ballot, Bytes, Hash, SigningKey,
    testing::{self, Signer},
};
use blind_rsa_signatures::DefaultRng;
use jiff::Timestamp;
use kernel::id::PollId;
use rsa::{
    BoxedUint, RsaPrivateKey, hazmat::rsa_decrypt_and_check, pkcs1::EncodeRsaPublicKey,
    pkcs8::DecodePrivateKey,
};
use serde_json::Value;

/// How often each operation is measured.
const TIMES: usize = 400;
/// How many ballots a poll has, and how many polls a year.
const BALLOTS: usize = 3_000;
const POLLS: usize = 52;

fn main() {
    let poll = PollId::at(Timestamp::UNIX_EPOCH);
    let keys = [(); 2].map(|()| SigningKey::generate().expect("a key"));
    let [key, segment] = &keys;
    let public = key.public().expect("a key");
    let bare = RsaPrivateKey::from_pkcs8_der(&key.to_der().expect("a key")).expect("a key");
    let pkcs1 = bare.as_ref().to_pkcs1_der().expect("a key");
    let verifying = ParsedPublicKey::new(&RSA_PSS_2048_8192_SHA384, pkcs1.as_bytes()).expect("a key");

    let request = serde_json::json!({"blinded": testing::blinded(poll, &public, 1).message()}).to_string();
    let both = serde_json::json!({
        "blinded": testing::blinded(poll, &public, 1).message(),
        "segment": testing::blinded(poll, &segment.public().expect("a key"), 1).message(),
    });
    let both = both.to_string();
    let ballot = testing::ballot(poll, key, 1);
    let (body, prepared) = (serde_json::to_string(&ballot).expect("JSON"), ballot.prepared(poll));
    let bits = 8 * u32::try_from(ballot.signature.0.len()).expect("a key's length");
    let number = BoxedUint::from_be_slice(&ballot.signature.0, bits).expect("a number");

    // By turns, so that what else the machine does is shared.
    let mut took = [const { Vec::new() }; 5];
    for _ in 0..TIMES {
        let [issue, twice, private, cast, verify] = &mut took;
        issue.push(timed(|| issued(key, None, &request)));
        twice.push(timed(|| issued(key, Some(segment), &both)));
        private
            .push(timed(|| rsa_decrypt_and_check(&bare, Some(&mut DefaultRng), &number).expect("decrypted")));
        cast.push(timed(|| handed_in(poll, &public, &body)));
        verify.push(timed(|| verifying.verify_sig(&prepared, &ballot.signature.0).expect("signed")));
    }
    let [issue, twice, private, cast, verify] = took.map(median);
    println!(
        "| what, of one ballot | median | of the bare operation | a second and core |\n| --- | --- | --- | --- |"
    );
    for (what, ours, bare) in
        [("issue", issue, private), ("issue, for a segment, too", twice, 2 * private), ("cast", cast, verify)]
    {
        println!(
            "| {what} | {:.3} ms | {:.2} times {:.3} ms | {:.0} |",
            1e3 * ours.as_secs_f64(),
            ours.as_secs_f64() / bare.as_secs_f64(),
            1e3 * bare.as_secs_f64(),
            1.0 / ours.as_secs_f64()
        );
    }
    if let Some(path) = std::env::args().nth(1) {
        let record = testing::record(poll, &Signer::generate(), &keys, BALLOTS);
        let mut file = BufWriter::new(File::create(path).expect("a file"));
        for line in std::iter::repeat_n(&record, POLLS).flatten() {
            serde_json::to_writer(&mut file, line).expect("written");
            file.write_all(b"\n").expect("written");
        }
        file.flush().expect("written");
    }
}

/// What the issuer does of its own: it reads the request, signs, for a segment, too, if that is asked for, and writes the
/// answer.
fn issued(key: &SigningKey, segment: Option<&SigningKey>, request: &str) -> String {
    let request: Value = serde_json::from_str(request).expect("JSON");
    let bytes = |field: &str| -> Bytes {
        serde_json::from_value(request.get(field).cloned().unwrap_or_default()).expect("bytes")
    };
    let blinded = bytes("blinded");
    let signature = key.sign(&blinded).expect("signed");
    let segment = segment.map(|key| key.sign(&bytes("segment")).expect("signed"));
    serde_json::json!({"blinded": Hash::of(&blinded.0), "signature": signature, "segment": segment})
        .to_string()
}

/// What the box does of its own: it reads the ballot, checks it, and knows it by its hash.
fn handed_in(poll: PollId, key: &ballot::BallotKey, body: &str) -> Hash {
    let ballot: Ballot = serde_json::from_str(body).expect("a ballot");
    ballot.verify(poll, key).expect("a ballot that holds");
    ballot.hash(poll)
}

/// How long something takes, once what it needs is at hand: the first of two in a row is not counted.
fn timed<T>(act: impl Fn() -> T) -> Duration {
    black_box(act());
    let began = Instant::now();
    black_box(act());
    began.elapsed()
}

fn median(mut all: Vec<Duration>) -> Duration {
    all.sort();
    all.get(all.len() / 2).copied().expect("a measurement")
}
