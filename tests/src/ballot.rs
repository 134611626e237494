//! A member's device, as far as ballots go: it blinds a choice, has that signed, unblinds it, and hands it in without
//! saying who it is.

use std::sync::Arc;

use ballot::{Ballot, BallotKey, Blinded, Bytes, testing};
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
    /// The key that ballots are signed with.
    pub key: Arc<BallotKey>,
}

impl Poll {
    /// Reads a poll as a member sees it.
    pub async fn read(cloud: &Cloud, member: &Member, id: &str) -> Self {
        let view = member.get(&format!("/polls/{id}")).await;
        let spki: Bytes = serde_json::from_value(view["keys"][0]["spki"].clone()).expect("a key");
        let key = BallotKey::from_der(&spki.0).expect("a key");
        Self { cloud: cloud.clone(), id: id.parse().expect("an id"), key: Arc::new(key) }
    }

    /// Has a blinded ballot signed. The same message again has the same signature.
    pub async fn issue(&self, member: &Member, blinded: &Blinded) -> Reply {
        let (path, body) = (format!("/polls/{}/ballots", self.id), json!({"blinded": blinded.message()}));
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

    /// Hands in a ballot, or what is said to be one.
    pub async fn cast(&self, ballot: &Value, headers: &[(&str, &str)]) -> Reply {
        let url = format!("{}/ballots", self.public());
        self.cloud.send(Method::POST, &url, headers, Some(ballot)).await
    }

    /// Hands in a ballot, however often it takes. Again it has the same receipt.
    pub async fn hand_in(&self, ballot: &Ballot) -> Reply {
        heard(|| {
            let (poll, ballot) = (self.clone(), json!(ballot));
            async move { poll.cast(&ballot, &[]).await }
        })
        .await
    }

    /// Votes.
    pub async fn vote(&self, member: &Member, option: u8) -> Ballot {
        let ballot = self.ballot(member, option).await;
        self.hand_in(&ballot).await.expect(200);
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
