//! What asking, advising and replying have in common: one read, one transaction.

use axum::response::Response;
use community::{
    CommunityError,
    discussion::{Contribution, ContributionKind},
};
use edge::{Problem, answer, auth::Member, stored};
use http::StatusCode;
use kernel::{
    Timestamp,
    id::{CaseId, ContributionId},
    text::Passage,
};
use screening::Override;
use serde::{Deserialize, Serialize};
use table::OnceKey;
use utoipa::ToSchema;

use crate::App;

/// What is said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Saying {
    /// The text, without anything that identifies the patient.
    pub(crate) text: Passage,
    /// What was found in an earlier attempt and says nothing of the patient.
    #[serde(default)]
    pub(crate) overrides: Vec<Override>,
}

/// What was said.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Said {
    id: ContributionId,
    #[schema(value_type = String, example = "advice")]
    kind: ContributionKind,
    created_at: Timestamp,
}

/// What is contributed to which case.
pub(crate) struct Contributing {
    pub(crate) case: CaseId,
    pub(crate) kind: ContributionKind,
    pub(crate) parent: Option<ContributionId>,
    pub(crate) said: Saying,
}

impl App {
    /// Adds a contribution to an open case.
    pub(crate) async fn contribute(
        &self,
        by: Member,
        what: Contributing,
        key: &OnceKey,
        now: Timestamp,
    ) -> Result<Response, Problem> {
        let Saying { text, overrides } = what.said;
        let overridden = self.screen.check([("text", text.as_str())], overrides)?;
        answer(self.discussion.table(), key, async {
            let case = self.cases.find(what.case).await?.visible_to(by.id)?;
            case.open()?;
            let contribution = Contribution {
                id: ContributionId::at(now),
                case: case.id,
                parent: what.parent,
                kind: what.kind,
                author: by.id,
                clinician: by.clinician,
                text,
                corroborations: 0,
                created_at: now,
                hidden: None,
                published_as: None,
            };
            contribution.may_be_added_to(&case)?;
            let said = Said { id: contribution.id, kind: contribution.kind, created_at: now };
            let stored = stored(StatusCode::CREATED, &said);
            let byline = self.aliases.byline(by.id, by.clinician);
            self.discussion.add(&case, &contribution, byline, overridden, key, &stored).await?;
            Ok::<_, CommunityError>(stored)
        })
        .await
    }
}
