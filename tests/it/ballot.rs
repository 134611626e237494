//! Ballots: nobody can read one, and anybody can recount them.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::PathBuf,
};

use ballot::{Ballot, Hash, log, testing};
use rand::seq::SliceRandom;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Cloud, Member, ballot::Poll, mint, story};
use tokio::task::JoinSet;

use crate::programs::verify;

/// How many members vote in the large poll.
const MEMBERS: usize = 3_000;
/// How many of them act at once.
const AT_ONCE: usize = 24;

/// Does something for each, so many at once, in this order. Gives the answers in the same order.
async fn each<I: Send + 'static, T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    at_once: usize,
    all: impl IntoIterator<Item = I>,
    act: impl Fn(I) -> F,
) -> Vec<T> {
    let (mut running, mut done) = (JoinSet::new(), BTreeMap::new());
    for (number, one) in all.into_iter().enumerate() {
        if running.len() >= at_once {
            let (number, answer) = running.join_next().await.unwrap().unwrap();
            done.insert(number, answer);
        }
        let acting = act(one);
        running.spawn(async move { (number, acting.await) });
    }
    while let Some(answer) = running.join_next().await {
        let (number, answer) = answer.unwrap();
        done.insert(number, answer);
    }
    done.into_values().collect()
}

fn real(count: usize) -> f64 {
    u32::try_from(count).expect("a small number").into()
}

/// How alike two orders are, from -1 to 1 (Spearman): of each item the place in one, and in the other.
fn correlation(places: &[(usize, usize)]) -> f64 {
    let ranks = |of: fn(&(usize, usize)) -> usize| -> HashMap<usize, f64> {
        let mut sorted: Vec<usize> = places.iter().map(of).collect();
        sorted.sort_unstable();
        sorted.into_iter().enumerate().map(|(rank, place)| (place, real(rank))).collect()
    };
    let (first, second) = (ranks(|one| one.0), ranks(|one| one.1));
    let apart: f64 = places.iter().map(|(one, other)| (first[one] - second[other]).powi(2)).sum();
    let count = real(places.len());
    1.0 - 6.0 * apart / (count * (count * count - 1.0))
}

/// The record as anybody reads it: its lines.
pub(crate) async fn record(cloud: &Cloud, poll: &Poll) -> Vec<Value> {
    let (mut lines, mut query) = (Vec::new(), String::new());
    loop {
        let page = cloud.send(Method::GET, &format!("{}/record{query}", poll.public()), &[], None).await;
        assert!(page.status.is_success(), "{}", page.text);
        lines.extend(page.text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()));
        let Some(link) = page.headers.get("link") else { return lines };
        let link = link.to_str().unwrap();
        query = link[link.find('<').unwrap() + 1..link.find('>').unwrap()].to_owned();
    }
}

/// Every run of letters that bytes or an id could be in a text.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-' && letter != '_')
}

#[tokio::test]
async fn three_thousand_ballots_are_counted_as_they_were_cast_and_nothing_joins_a_member_to_one() {
    let cloud = Cloud::open();
    let writer = mint::member(&cloud, &mint::claims()).await;
    let id = story::poll_now(&cloud, &writer, "Do you screen for it?").await;
    let poll = std::sync::Arc::new(Poll::read(&cloud, &writer, &id).await);
    let cast = |body: Value| {
        let poll = poll.clone();
        async move { poll.hand_in(&body).await.expect(200) }
    };
    let members: Vec<Member> = each(AT_ONCE, 0..MEMBERS, |_| {
        let cloud = cloud.clone();
        async move { mint::member(&cloud, &mint::claims()).await }
    })
    .await;
    let ids: HashSet<String> = members.iter().map(Member::id).collect();
    let chosen = |number: usize| u8::try_from(number * 7 % 5 % 3).unwrap();
    // Every fifth has their ballot signed for their segment, too.
    let bodies: Vec<Value> = each(AT_ONCE, members.into_iter().enumerate(), |(number, member)| {
        let poll = poll.clone();
        async move {
            match number % 5 {
                0 => poll.sealed(&member, chosen(number)).await.0,
                _ => json!(poll.ballot(&member, chosen(number)).await),
            }
        }
    })
    .await;
    let ballots: Vec<Ballot> = bodies
        .iter()
        .map(|body| {
            let mut ballot = body.clone();
            ballot.as_object_mut().unwrap().remove("segment");
            serde_json::from_value(ballot).unwrap()
        })
        .collect();
    let seals: HashSet<String> =
        bodies.iter().filter_map(|body| body["segment"]["signature"].as_str().map(str::to_owned)).collect();
    assert_eq!(seals.len(), MEMBERS / 5, "the poll has no segments");
    // The devices of one half wait for a random while before they hand in a ballot; those of the other do not.
    let mut order: Vec<usize> = (0..MEMBERS).collect();
    let (early, _) = order.split_at_mut(MEMBERS / 2);
    early.shuffle(&mut rand::rng());
    let (early, late) = order.split_at(MEMBERS / 2);
    let receipts = each(AT_ONCE, early.iter().map(|number| bodies[*number].clone()), cast).await;
    assert_eq!(receipts[0]["ballot"], json!(ballots[early[0]].hash(poll.id)));
    poll.publish().await;
    let open = verify(&[&format!("{}/record", poll.public())]);
    assert!(open.status.success(), "{}", String::from_utf8_lossy(&open.stderr));
    each(AT_ONCE, late.iter().map(|number| bodies[*number].clone()), cast).await;
    story::poll_now(&cloud, &writer, "What comes after it?").await;
    let result = cloud
        .until("the result", 120, async || {
            let result = cloud.send(Method::GET, &poll.public(), &[], None).await;
            result.status.is_success().then(|| result.expect(200))
        })
        .await;

    // The tally is what was chosen, and the verifier agrees.
    let counted: Vec<u64> =
        result["options"].as_array().unwrap().iter().map(|one| one["votes"].as_u64().unwrap()).collect();
    let mut expected = vec![0; 3];
    (0..MEMBERS).for_each(|number| expected[usize::from(chosen(number))] += 1);
    assert_eq!(counted, expected);
    let lines = record(&cloud, &poll).await;
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("record.jsonl");
    let written = |lines: &[Value]| {
        std::fs::write(&file, lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
        verify(&[file.to_str().unwrap()])
    };
    let own = file.with_extension("json");
    std::fs::write(&own, json!(ballots[0]).to_string()).unwrap();
    let whole = written(&lines);
    let said = String::from_utf8_lossy(&whole.stdout).into_owned();
    assert!(whole.status.success(), "{}", String::from_utf8_lossy(&whole.stderr));
    assert!(expected.iter().all(|votes| said.contains(&votes.to_string())), "{said}");
    let address = format!("{}/record", poll.public());
    let mine = verify(&[&address, "--ballot", own.to_str().unwrap()]);
    assert!(mine.status.success(), "{}", String::from_utf8_lossy(&mine.stderr));

    // Whatever is changed is named.
    let is = |kind: &'static str| move |line: &&Value| line["kind"] == kind;
    let first = lines.iter().position(|line| is("ballot")(&line)).unwrap();
    let bent = |change: &dyn Fn(&mut Vec<Value>)| {
        let mut lines = lines.clone();
        change(&mut lines);
        let done = written(&lines);
        assert_eq!(done.status.code(), Some(1), "{}", String::from_utf8_lossy(&done.stdout));
        String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned()
    };
    let flipped = bent(&|lines| {
        let signature = lines[first + 5]["signature"].as_str().unwrap();
        let other = if signature.starts_with('A') { "B" } else { "A" };
        lines[first + 5]["signature"] = json!(format!("{other}{}", &signature[1..]));
    });
    assert!(flipped.contains("signature of the ballot"), "{flipped}");
    let removed = bent(&|lines| drop(lines.remove(first + 20)));
    assert!(removed.contains("removed"), "{removed}");
    let twice = bent(&|lines| lines.insert(first + 9, lines[first].clone()));
    assert!(twice.contains("twice"), "{twice}");
    assert!(bent(&|lines| lines.swap(first, first + 1)).contains("moved"));
    let last = lines.len() - 1;
    assert!(bent(&|lines| lines[last]["votes"][1] = json!(expected[1] + 1)).contains("option 1"));
    let swapped = bent(&|lines| lines[0]["options"].as_array_mut().unwrap().swap(0, 1));
    assert!(swapped.contains("other options"), "{swapped}");

    // Batches are of ten and more, and in an order that says nothing of when a ballot was signed or handed in.
    let sizes: Vec<usize> = lines
        .iter()
        .filter(is("head"))
        .map(|head| usize::try_from(head["tree_size"].as_u64().unwrap()).unwrap())
        .collect();
    let batches: Vec<(usize, usize)> =
        [0].into_iter().chain(sizes.iter().copied()).zip(sizes.iter().copied()).collect();
    assert!(batches.iter().all(|(from, to)| to - from >= 10), "{batches:?}");
    let places: HashMap<String, usize> = lines
        .iter()
        .filter(is("ballot"))
        .enumerate()
        .map(|(place, line)| (line["nonce"].as_str().unwrap().to_owned(), place))
        .collect();
    assert_eq!(places.len(), MEMBERS);
    let place = |number: usize| places[&ballots[number].nonce.to_string()];
    let signed: Vec<(usize, usize)> = early.iter().map(|number| (*number, place(*number))).collect();
    let found = correlation(&signed) * real(signed.len()).sqrt();
    assert!(found.abs() < 4.0, "the order of signing shows on the board: {found}");
    // Of two orders, of all batches together, as many standard deviations from none.
    let within = |turns: &[usize]| -> f64 {
        let (mut sum, mut weight) = (0.0, 0.0);
        for (from, to) in &batches {
            let inside = turns.iter().enumerate().filter_map(|(turn, number)| {
                let place = place(*number);
                (*from..*to).contains(&place).then_some((turn, place))
            });
            let inside: Vec<(usize, usize)> = inside.collect();
            if inside.len() > 1 {
                let degrees = real(inside.len() - 1);
                sum += correlation(&inside) * degrees;
                weight += degrees;
            }
        }
        sum / weight.sqrt()
    };
    let found = within(late);
    assert!(found.abs() < 4.0, "the order of signing and handing in shows within batches: {found}");
    // The box keeps ballots by their hash.
    let mut hashed: Vec<usize> = (0..MEMBERS).collect();
    hashed.sort_by_key(|number| ballots[*number].hash(poll.id).to_string());
    let found = within(&hashed);
    assert!(found.abs() < 4.0, "the order of the box shows within batches: {found}");

    // A ballot stands where the board says.
    let proof = format!("{}/ballots/{}", poll.public(), ballots[7].hash(poll.id));
    let named = cloud.send(Method::GET, &proof, &[("authorization", "Bearer a.b.c")], None).await;
    named.expect_problem(400, "credential_sent");
    let proof = cloud.send(Method::GET, &proof, &[], None).await.expect(200);
    let head = (proof["head"]["tree_size"].as_u64().unwrap(), bytes(&proof["head"]["root_hash"]));
    let at = proof["place"].as_u64().unwrap();
    let entry = ballots[7].entry(poll.id);
    let inclusion = serde_json::from_value(proof["inclusion"].clone()).unwrap();
    assert_eq!(log::verify_inclusion(head, &entry, at, &inclusion), Ok(()));
    let earlier = lines.iter().find(is("head")).unwrap();
    let since = earlier["tree_size"].as_u64().unwrap();
    let newest = cloud.send(Method::GET, &format!("{}/head?since={since}", poll.public()), &[], None).await;
    let consistency = serde_json::from_value(newest.expect(200)["consistency"].clone()).unwrap();
    let earlier = (since, bytes(&earlier["root_hash"]));
    assert_eq!(log::verify_consistency(earlier, head, &consistency), Ok(()));

    // Nothing that is kept anywhere has both a member and what is on the board.
    let on_board: HashSet<String> = ballots
        .iter()
        .flat_map(|ballot| {
            [ballot.nonce, ballot.randomizer, ballot.hash(poll.id)]
                .map(|hash| hash.to_string())
                .into_iter()
                .chain([ballot.signature.to_string()])
        })
        .collect();
    let (mut rows, mut cast) = (0, 0);
    for zone in ["identity", "community", "treasury", "partners"] {
        for row in cloud.everything(zone).await {
            let text = row.to_string();
            let names = tokens(&text).any(|token| ids.contains(token))
                || ids.contains(text.split('#').next_back().unwrap_or_default());
            let tells = tokens(&text).any(|token| on_board.contains(token));
            assert!(!(names && tells), "a row joins a member and a ballot: {text}");
            assert!(!tokens(&text).any(|token| seals.contains(token)), "a row keeps a seal: {text}");
            if row["pk"]["S"].as_str().unwrap().starts_with(&format!("ISSUED#{id}#")) {
                let mut fields: Vec<&String> = row.as_object().unwrap().keys().collect();
                fields.sort();
                assert_eq!(fields, ["blinded", "pk", "sk"], "{text}");
                rows += 1;
            }
            cast += usize::from(row["pk"]["S"].as_str().unwrap().starts_with(&format!("BALLOT#{id}#")));
        }
    }
    assert_eq!((rows, cast), (MEMBERS, MEMBERS));
    for bucket in ["community-quarantine", "community-clean"] {
        for (key, object) in cloud.objects(bucket) {
            let text = String::from_utf8_lossy(&object);
            assert!(!tokens(&key).chain(tokens(&text)).any(|token| on_board.contains(token)), "{key}");
        }
    }
    // What still waits in a queue, and every mail.
    let queues = format!("{}/_ministack/sqs/messages", cloud.address("endpoint"));
    let queues = cloud.send(Method::GET, &queues, &[], None).await;
    assert!(queues.status.is_success(), "{}", queues.text);
    for text in cloud.mail().await.iter().map(Value::to_string).chain([queues.text]) {
        let told = tokens(&text).find(|token| on_board.contains(*token) || seals.contains(*token));
        assert_eq!(told, None, "a message tells of a ballot");
    }
    let logs = cloud.logs().await;
    for line in logs.lines() {
        let told = tokens(line)
            .any(|token| ids.contains(token) || on_board.contains(token) || seals.contains(token));
        assert!(!told, "a log line tells of a member or a ballot: {line}");
    }
}

fn bytes(value: &Value) -> Hash {
    serde_json::from_value(value.clone()).expect("32 bytes")
}

#[tokio::test]
async fn a_member_has_one_ballot_and_a_ballot_counts_once_however_often_they_are_sent_at_once() {
    let cloud = Cloud::open();
    let member = mint::member(&cloud, &mint::claims()).await;
    let id = story::poll_now(&cloud, &member, "Once?").await;
    let poll = std::sync::Arc::new(Poll::read(&cloud, &member, &id).await);
    let blinded = std::sync::Arc::new(testing::blinded(poll.id, &poll.key, 1));
    let replies = each(200, 0..200, |_| {
        let (poll, member, blinded) = (poll.clone(), member.clone(), blinded.clone());
        async move { poll.issue(&member, &blinded).await }
    })
    .await;
    let signatures: HashSet<String> = replies.iter().map(|reply| reply.expect(200).to_string()).collect();
    assert_eq!(signatures.len(), 1);

    // The gateway knows whose session it is for a minute: authorizers are not what is tried here.
    let other = mint::member(&cloud, &mint::claims()).await;
    other.get(&format!("/polls/{id}")).await;
    let replies = each(200, 0..200, |_| {
        let (poll, other) = (poll.clone(), other.clone());
        async move {
            let blinded = testing::blinded(poll.id, &poll.key, 0);
            poll.issue(&other, &blinded).await
        }
    })
    .await;
    let signed = replies.iter().filter(|reply| reply.status.as_u16() == 200).count();
    assert_eq!(signed, 1, "another message was signed, too");
    for reply in replies.iter().filter(|reply| reply.status.as_u16() != 200) {
        reply.expect_problem(409, "ballot_signed");
    }
    let signature = serde_json::from_value(replies_signature(&signatures)).unwrap();
    let ballot = std::sync::Arc::new(blinded.signed(&poll.key, signature).unwrap());
    let replies = each(200, 0..200, |_| {
        let (poll, ballot) = (poll.clone(), ballot.clone());
        async move { poll.hand_in(&json!(*ballot)).await }
    })
    .await;
    let receipts: HashSet<String> = replies.iter().map(|reply| reply.expect(200).to_string()).collect();
    assert_eq!(receipts.len(), 1);
    let rows = cloud.everything("community").await;
    let of = |kind: &str| {
        let start = format!("{kind}#{id}#");
        rows.iter().filter(|row| row["pk"]["S"].as_str().unwrap().starts_with(&start)).count()
    };
    assert_eq!((of("ISSUED"), of("BALLOT")), (2, 1));
    let counted: u64 = rows
        .iter()
        .filter(|row| {
            row["pk"]["S"] == format!("POLL#{id}")
                && row["sk"]["S"].as_str().unwrap().starts_with("HEAD#CAST#")
        })
        .filter_map(|row| row["cast"]["N"].as_str()?.parse::<u64>().ok())
        .sum();
    assert_eq!(counted, 1);

    // What is none is refused, and leaves nothing behind.
    let before = cloud.naming("community", &[&id]).await;
    let whole = json!(*ballot);
    let with = |field: &str, value: Value| {
        let mut bent = whole.clone();
        bent[field] = value;
        bent
    };
    let nonce = json!(Hash::of(b"another"));
    for (bent, code) in [
        (with("option", json!(0)), "ballot_unsigned"),
        (with("nonce", nonce.clone()), "ballot_unsigned"),
        (with("randomizer", nonce.clone()), "ballot_unsigned"),
        (with("signature", json!("AAAA")), "ballot_unsigned"),
        (with("key", nonce), "unknown_ballot_key"),
        (with("nonce", json!("short")), "invalid_field"),
        (with("option", json!(-1)), "invalid_field"),
        (with("name", json!("Jane")), "unknown_field"),
    ] {
        poll.cast(&bent, &[]).await.expect_problem(400, code);
    }
    let third = mint::member(&cloud, &mint::claims()).await;
    let unknown = poll.ballot(&third, 9).await;
    let problem = poll.cast(&json!(unknown), &[]).await;
    assert_eq!(problem.expect_problem(400, "invalid_field")["field"], "option");
    let bearer = format!("Bearer {}", third.token);
    for header in [("authorization", bearer.as_str()), ("cookie", "session=1")] {
        poll.cast(&whole, &[header]).await.expect_problem(400, "credential_sent");
    }
    let large = with("signature", json!("A".repeat(300_000)));
    assert_eq!(poll.cast(&large, &[]).await.status.as_u16(), 413);
    let mut after = cloud.naming("community", &[&id]).await;
    after.retain(|row| !row.contains(&third.id()) && !row.contains("HEAD#ISSUED#"));
    assert!(after.iter().all(|row| before.contains(row)), "a refused ballot left a trace");
    let nowhere = format!("{}/ballots/{}", poll.public(), ballot.hash(poll.id));
    cloud.send(Method::GET, &nowhere, &[], None).await.expect_problem(404, "not_on_board");
    let elsewhere = format!("{}/record?cursor=bm9uZQ", poll.public());
    cloud.send(Method::GET, &elsewhere, &[], None).await.expect_problem(400, "bad_cursor");
}

fn replies_signature(replies: &HashSet<String>) -> Value {
    let reply: Value = serde_json::from_str(replies.iter().next().unwrap()).unwrap();
    reply["signature"].clone()
}
