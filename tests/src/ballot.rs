//! A member's device, as far as ballots go: it blinds a choice, has that signed, unblinds it, and hands it in without
//! saying who it is.

use std::{collections::BTreeMap, sync::Arc};

use ballot::{Ballot, BallotKey, Blinded, Bytes, Cast, testing};
use kernel::id::PollId;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{Cloud, Member, Reply, heard};

/// A poll, as devices know it.
#[derive(Debug, Clone)]
pub struct Poll {
    cloud: Cloud,
    /// Its id.
    pub id: PollId,
    /// The key that everyone's ballots are signed with.
    pub key: Arc<BallotKey>,
    /// The keys of the segments, by their names.
    pub segments: Arc<BTreeMap<String, BallotKey>>,
}

impl Poll {
    /// Reads a poll as a member sees it.
    pub async fn read(cloud: &Cloud, member: &Member, id: &str) -> Self {
        let view = member.get(&format!("/polls/{id}")).await;
        let keys = view["keys"].as_array().expect("keys").iter().map(|key| {
            let spki: Bytes = serde_json::from_value(key["spki"].clone()).expect("a key");
            (
                key["segment"].as_str().expect("a name").to_owned(),
                BallotKey::from_der(&spki.0).expect("a key"),
            )
        });
        let mut segments: BTreeMap<String, BallotKey> = keys.collect();
        let key = segments.remove("everyone").expect("everyone's key");
        let id = id.parse().expect("an id");
        Self { cloud: cloud.clone(), id, key: Arc::new(key), segments: Arc::new(segments) }
    }

    /// Has a blinded ballot signed. The same message again has the same signature.
    pub async fn issue(&self, member: &Member, blinded: &Blinded) -> Reply {
        self.sign(member, &json!({"blinded": blinded.message()})).await
    }

    async fn sign(&self, member: &Member, body: &Value) -> Reply {
        let path = format!("/polls/{}/ballots", self.id);
        heard(|| {
            let (member, path, body) = (member.clone(), path.clone(), body.clone());
            async move { member.call(Method::POST, &path, Some(&body)).await }
        })
        .await
    }

    /// A ballot of a member's, signed.
    pub async fn ballot(&self, member: &Member, option: u8) -> Ballot {
        let blinded = testing::blinded(self.id, &self.key, option);
        let signed = self.issue(member, &blinded).await.expect(200);
        let signature = serde_json::from_value(signed["signature"].clone()).expect("a signature");
        blinded.signed(&self.key, signature).expect("a ballot")
    }

    /// A ballot of a member's that is signed for their segment, too, if they have one: as it is handed in. And the segment.
    pub async fn sealed(&self, member: &Member, option: u8) -> (Value, Option<String>) {
        let view = member.get(&format!("/polls/{}", self.id)).await;
        let Some(segment) = view["your_segment"].as_str() else {
            return (json!(self.ballot(member, option).await), None);
        };
        let key = &self.segments[segment];
        let blinded = testing::blinded(self.id, &self.key, option);
        let again = testing::again(&blinded, key);
        let body = json!({"blinded": blinded.message(), "segment": again.message()});
        let signed = self.sign(member, &body).await.expect(200);
        let signature = |place: &str| {
            serde_json::from_value(signed.pointer(place).expect("a signature").clone()).expect("bytes")
        };
        let ballot = blinded.signed(&self.key, signature("/signature")).expect("a ballot");
        let seal = again.signed(key, signature("/segment/signature")).expect("a ballot").into();
        (json!(Cast { ballot, segment: Some(seal) }), Some(segment.to_owned()))
    }

    /// Votes, and has the ballot counted for the member's segment, too, if they have one. Gives the segment.
    pub async fn vote_in_segment(&self, member: &Member, option: u8) -> Option<String> {
        let (body, segment) = self.sealed(member, option).await;
        self.hand_in(&body).await.expect(200);
        segment
    }

    /// Hands in a ballot, or what is said to be one.
    pub async fn cast(&self, ballot: &Value, headers: &[(&str, &str)]) -> Reply {
        let url = format!("{}/ballots", self.public());
        self.cloud.send(Method::POST, &url, headers, Some(ballot)).await
    }

    /// Hands in a ballot, however often it takes. Again it has the same receipt.
    pub async fn hand_in(&self, ballot: &Value) -> Reply {
        heard(|| {
            let (poll, ballot) = (self.clone(), ballot.clone());
            async move { poll.cast(&ballot, &[]).await }
        })
        .await
    }

    /// Votes.
    pub async fn vote(&self, member: &Member, option: u8) -> Ballot {
        let ballot = self.ballot(member, option).await;
        self.hand_in(&json!(ballot)).await.expect(200);
        ballot
    }

    /// The address under which everybody sees it.
    pub fn public(&self) -> String {
        format!("{}/public/polls/{}", self.cloud.address("community_Url"), self.id)
    }

    /// Publishes what can be, as the schedule does every minute.
    pub async fn publish(&self) {
        self.cloud.invoke("curbside-local-community-ballot-board", &json!({})).await;
    }
}
