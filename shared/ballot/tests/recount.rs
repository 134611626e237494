//! A poll from its keys to its recount, and every way in which a record can be wrong.
#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]
#![expect(
    clippy::indexing_slicing,
    reason = "a test must fail at the first thing that is not as it should be"
)]

use std::sync::LazyLock;

use ballot::{
    Ballot, BallotKey, Blinded, Broken, Bytes, Cast, Content, Hash, Seal, SigningKey, log,
    record::{Counted, Fault, Flaw, Head, Line, Recount},
    testing::{self, Signer, ballot},
};
use blind_rsa_signatures::{BlindSignature, DefaultRng, PublicKeySha384PSSRandomized};
use kernel::{Timestamp, id::PollId};

/// Two keys: making them takes long.
static KEYS: LazyLock<[SigningKey; 2]> =
    LazyLock::new(|| [(); 2].map(|()| SigningKey::generate().expect("a key")));

fn poll_id() -> PollId {
    "poll_01JD2V5Q0M8RZ6T3W9X4Y7B1CE".parse().expect("an id")
}

/// A record of a closed poll: two keys, heads of 10 and of 24 ballots.
fn record(signer: &Signer) -> Vec<Line> {
    testing::record(poll_id(), signer, &KEYS, 24)
}

fn recounted(lines: &[Line]) -> Result<Vec<Counted>, Fault> {
    let mut recount = Recount::new();
    for line in lines {
        recount.take(&serde_json::to_string(line).expect("JSON"))?;
    }
    recount.end().map(|(counted, _)| counted)
}

/// The line and the flaw of what a change makes of a record.
fn flaw(signer: &Signer, change: impl FnOnce(&mut Vec<Line>)) -> (u64, Flaw) {
    let mut lines = record(signer);
    change(&mut lines);
    let Fault { line, flaw } = recounted(&lines).expect_err("a fault");
    (line, flaw)
}

fn ballot_at(lines: &mut [Line], place: usize) -> &mut Ballot {
    match &mut lines[5 + place] {
        Line::Ballot(ballot) => ballot,
        other => panic!("{other:?}"),
    }
}

fn head_at(lines: &mut [Line], place: usize) -> &mut Head {
    match &mut lines[3 + place] {
        Line::Head(head) => head,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_ballot_is_signed_by_who_cannot_read_it_and_holds_for_its_own_poll_and_option() {
    let (poll, key) = (poll_id(), &KEYS[0]);
    let public = key.public().expect("a key");
    let content = Content::new(poll, 1, &mut DefaultRng).expect("a content");
    let blinded = Blinded::new(&public, content, &mut DefaultRng).expect("blinded");
    let again = Blinded::new(&public, content, &mut DefaultRng).expect("blinded");
    assert_ne!(blinded.message(), again.message(), "what is sent tells two of one choice");
    let signature = key.sign(&blinded.message()).expect("signed");
    assert_eq!(key.sign(&blinded.message()), Ok(signature.clone()), "the same message has another signature");
    assert_eq!(again.signed(&public, signature.clone()), Err(Broken::Signature));
    let ballot = blinded.signed(&public, signature).expect("a ballot");
    assert_eq!(ballot.verify(poll, &public), Ok(()));
    let later = PollId::at(Timestamp::from_second(9).expect("a time"));
    assert_eq!(ballot.verify(later, &public), Err(Broken::Signature), "of another poll");
    assert_eq!(ballot.verify(poll, &KEYS[1].public().expect("a key")), Err(Broken::Signature));
    let bent =
        Bytes(ballot.signature.0.iter().enumerate().map(|(at, byte)| byte ^ u8::from(at == 99)).collect());
    for other in [
        Ballot { option: 0, ..ballot.clone() },
        Ballot { nonce: Hash([0; 32]), ..ballot.clone() },
        Ballot { randomizer: Hash([0; 32]), ..ballot.clone() },
        Ballot { signature: bent, ..ballot.clone() },
        Ballot { signature: Bytes(Vec::new()), ..ballot.clone() },
    ] {
        assert_eq!(other.verify(poll, &public), Err(Broken::Signature), "{other:?}");
    }
    let json = serde_json::to_string(&ballot).expect("JSON");
    assert_eq!(serde_json::from_str::<Ballot>(&json).expect("a ballot"), ballot);
    let more = json.replace('{', r#"{"member":"x","#);
    assert!(serde_json::from_str::<Ballot>(&more).is_err(), "a ballot that says more is taken");
}

#[test]
fn a_device_that_kept_what_it_blinded_unblinds_it_later_and_a_seal_fits_its_own_ballot_alone() {
    let (poll, [key, part]) = (poll_id(), &*KEYS);
    let [everyone, segment] = [key, part].map(|key| key.public().expect("a key"));
    let content = Content::new(poll, 1, &mut DefaultRng).expect("a content");
    let blinded = Blinded::new(&everyone, content, &mut DefaultRng).expect("blinded");
    let again = blinded.again(&segment, &mut DefaultRng).expect("blinded");
    let kept = [&blinded, &again].map(|one| serde_json::to_string(one).expect("JSON"));
    let [blinded, again] = kept.map(|text| serde_json::from_str::<Blinded>(&text).expect("what was kept"));
    assert_eq!(format!("{blinded:?}"), "Blinded(redacted)");
    let signed = |blinded: &Blinded, private: &SigningKey, public: &BallotKey| {
        blinded.signed(public, private.sign(&blinded.message()).expect("signed")).expect("a ballot")
    };
    let ballot = signed(&blinded, key, &everyone);
    let seal = Seal::from(signed(&again, part, &segment));
    let sealed = |ballot: &Ballot| {
        let sealed = Ballot { key: seal.key, signature: seal.signature.clone(), ..ballot.clone() };
        sealed.verify(poll, &segment)
    };
    assert_eq!(sealed(&ballot), Ok(()));
    // Another ballot of the same choice and nonce is another ballot.
    let twin = signed(&Blinded::new(&everyone, content, &mut DefaultRng).expect("blinded"), key, &everyone);
    assert_eq!((twin.nonce, sealed(&twin)), (ballot.nonce, Err(Broken::Signature)));
    let cast = Cast { ballot, segment: Some(seal) };
    let json = serde_json::to_string(&cast).expect("JSON");
    assert_eq!(serde_json::from_str::<Cast>(&json).expect("a ballot"), cast);
}

#[test]
fn another_implementation_of_the_randomized_variant_makes_ballots_too() {
    let (poll, key) = (poll_id(), &KEYS[0]);
    let public = key.public().expect("a key");
    let theirs = PublicKeySha384PSSRandomized::from_der(public.der()).expect("a key");
    let content = Content::new(poll, 1, &mut DefaultRng).expect("a content");
    let blinding = theirs.blind(&mut DefaultRng, content.message()).expect("blinded");
    let signed = key.sign(&Bytes(blinding.blind_message.0.clone())).expect("signed");
    let signature =
        theirs.finalize(&BlindSignature(signed.0), &blinding, content.message()).expect("a signature");
    let ballot = Ballot {
        key: public.id(),
        option: 1,
        nonce: content.nonce,
        randomizer: Hash(blinding.msg_randomizer.expect("a randomizer").0),
        signature: Bytes(signature.0),
    };
    assert_eq!(ballot.verify(poll, &public), Ok(()));
}

#[test]
fn what_is_no_blinded_message_or_no_key_is_refused() {
    let key = &KEYS[0];
    for wrong in [Vec::new(), vec![1; 255], vec![1; 257], vec![0xFF; 256]] {
        assert_eq!(key.sign(&Bytes(wrong)), Err(Broken::Blinded));
    }
    let der = key.public().expect("a key").der().to_vec();
    assert_eq!(BallotKey::from_der(&der).expect("a key").id(), Hash::of(&der));
    let longer = [der.as_slice(), &[0]].concat();
    for wrong in [&[][..], &der[1..], &longer] {
        assert!(BallotKey::from_der(wrong).is_err());
    }
    let kept = SigningKey::from_der(&key.to_der().expect("DER")).expect("a key");
    assert_eq!(kept.public().expect("a key").der(), der);
    assert_eq!(format!("{kept:?}"), "SigningKey(redacted)");
    assert!(Content::new(poll_id(), 10, &mut DefaultRng).is_err());
}

#[test]
fn a_record_is_recounted_and_a_ballot_found_in_it() {
    let signer = Signer::generate();
    let lines = record(&signer);
    let counted = recounted(&lines).expect("it holds");
    let [only] = counted.as_slice() else { panic!("{counted:?}") };
    assert_eq!((only.votes.as_slice(), only.issued, only.published), ([16, 8, 0].as_slice(), 26, true));
    let head = only.head.as_ref().expect("a head");
    assert_eq!(head.tree_size, 24);

    let mut copy = lines.clone();
    let mine = ballot_at(&mut copy, 7).clone();
    let mut recount = Recount::seeking(mine.clone());
    for line in lines.iter().chain(&record(&signer)) {
        recount.take(&serde_json::to_string(line).expect("JSON")).expect("it holds");
    }
    let (polls, proof) = recount.end().expect("it holds");
    let proof = proof.expect("the ballot is there");
    assert_eq!((polls.len(), proof.place), (2, 7));
    let whole = (head.tree_size, head.root_hash);
    assert_eq!(log::verify_inclusion(whole, &mine.entry(poll_id()), 7, &proof.inclusion), Ok(()));

    let open: Vec<Line> = lines.into_iter().filter(|line| !matches!(line, Line::Tally(_))).collect();
    assert!(!recounted(&open).expect("it holds")[0].published);
}

#[test]
fn whatever_is_wrong_with_a_record_is_named() {
    let signer = Signer::generate();
    let signer = &signer;
    // Ballots begin in line 6; heads of 10 and of 24 stand in lines 4 and 5.
    assert_eq!(flaw(signer, |lines| ballot_at(lines, 3).signature.0[40] ^= 4), (9, Flaw::BallotSignature));
    assert_eq!(flaw(signer, |lines| ballot_at(lines, 3).nonce.0[0] ^= 1), (9, Flaw::BallotSignature));
    assert_eq!(flaw(signer, |lines| drop(lines.remove(5 + 3))), (15, Flaw::Root(10)));
    assert_eq!(flaw(signer, |lines| drop(lines.remove(5 + 20))).1, Flaw::Ballots { found: 23, signed: 24 });
    assert_eq!(flaw(signer, |lines| lines.swap(5 + 2, 5 + 8)), (15, Flaw::Root(10)));
    assert_eq!(flaw(signer, |lines| lines.swap(5 + 9, 5 + 10)), (15, Flaw::Root(10)));
    let again = |lines: &mut Vec<Line>| lines.insert(5 + 12, lines[5 + 4].clone());
    assert_eq!(flaw(signer, again), (18, Flaw::BallotTwice));
    let added = |lines: &mut Vec<Line>| lines.insert(5 + 24, Line::Ballot(ballot(poll_id(), &KEYS[0], 2)));
    assert_eq!(flaw(signer, added), (30, Flaw::Ballots { found: 25, signed: 24 }));
    let within = |lines: &mut Vec<Line>| lines.insert(5, Line::Ballot(ballot(poll_id(), &KEYS[0], 2)));
    assert_eq!(flaw(signer, within), (15, Flaw::Root(10)));
    let more = |lines: &mut Vec<Line>| {
        if let Line::Key(key) = &mut lines[1] {
            key.issued = 11;
        }
    };
    let segment = "cardiology".to_owned();
    assert_eq!(flaw(signer, more), (28, Flaw::MoreThanIssued { segment, found: 12, issued: 11 }));
    let count = |lines: &mut Vec<Line>| {
        if let Some(Line::Tally(tally)) = lines.last_mut() {
            tally.votes = vec![15, 9, 0];
        }
    };
    assert_eq!(flaw(signer, count), (30, Flaw::Count { option: 0, counted: 16, published: 15 }));
    assert_eq!(flaw(signer, |lines| ballot_at(lines, 0).option = 3), (6, Flaw::UnknownOption));
    assert_eq!(flaw(signer, |lines| ballot_at(lines, 0).key = Hash([1; 32])), (6, Flaw::UnknownKey));

    assert_eq!(flaw(signer, |lines| head_at(lines, 1).signed.head.tree_size = 23), (5, Flaw::HeadSignature));
    assert_eq!(
        flaw(signer, |lines| head_at(lines, 0).signed.head.root_hash = Hash([1; 32])),
        (4, Flaw::HeadSignature)
    );
    let swapped = |lines: &mut Vec<Line>| {
        if let Line::Poll(poll) = &mut lines[0] {
            poll.options.swap(0, 1);
        }
    };
    assert_eq!(flaw(signer, swapped), (4, Flaw::Asked));
    let other = |lines: &mut Vec<Line>| {
        if let Line::Poll(poll) = &mut lines[0] {
            poll.question.push('?');
        }
    };
    assert_eq!(flaw(signer, other), (4, Flaw::Asked));
    assert_eq!(flaw(signer, |lines| lines.swap(1, 2)), (4, Flaw::Asked));
    assert_eq!(flaw(signer, |lines| head_at(lines, 1).consistency = None), (5, Flaw::Consistency));
    let bent = |lines: &mut Vec<Line>| {
        if let Some(proof) = &mut head_at(lines, 1).consistency {
            proof.0[3] ^= 1;
        }
    };
    assert_eq!(flaw(signer, bent), (5, Flaw::Consistency));
    assert_eq!(flaw(signer, |lines| lines.swap(3, 4)), (4, Flaw::Consistency));
    let twice = |lines: &mut Vec<Line>| lines.insert(4, lines[3].clone());
    assert_eq!(flaw(signer, twice), (5, Flaw::HeadOrder));
    assert_eq!(flaw(signer, |lines| lines.truncate(3 + 2)), (5, Flaw::Ballots { found: 0, signed: 24 }));

    let key_twice = |lines: &mut Vec<Line>| lines.insert(2, lines[1].clone());
    assert_eq!(flaw(signer, key_twice), (3, Flaw::KeyTwice));
    let renamed = |lines: &mut Vec<Line>| {
        if let Line::Key(key) = &mut lines[1] {
            key.key = Hash([2; 32]);
        }
    };
    assert_eq!(flaw(signer, renamed), (2, Flaw::Key));
    assert_eq!(flaw(signer, |lines| drop(lines.remove(0))), (1, Flaw::OutOfOrder));
    assert_eq!(flaw(signer, |lines| lines.swap(2, 3)), (3, Flaw::Asked));
    assert_eq!(flaw(signer, |lines| lines.swap(4, 5)), (6, Flaw::OutOfOrder));
    let late = |lines: &mut Vec<Line>| lines.push(Line::Ballot(ballot(poll_id(), &KEYS[0], 2)));
    assert_eq!(flaw(signer, late), (31, Flaw::OutOfOrder));
    let mut recount = Recount::new();
    let fault = recount.take("{\"kind\":\"vote\"}").expect_err("a fault");
    assert!(matches!(fault, Fault { line: 1, flaw: Flaw::Malformed(_) }), "{fault}");
}
