//! What the machine makes of an application.

use super::{Asked, File};
use crate::{
    evidence::{Evidence, Stage, Verdict},
    reason::Reason,
    source,
};

/// What is to become of an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Everything was verified.
    Approve,
    /// A person must look at it.
    Refer(Vec<Reason>),
    /// The applicant must say more first.
    Ask(Asked, Vec<Reason>),
    /// Something is plainly not so.
    Refuse(Vec<Reason>),
}

impl File {
    /// What the machine makes of an application and what is known of it.
    ///
    /// A failed stage refuses, three passed stages approve; where questions or documents can settle a stage, they
    /// are asked for first; all else is for a person. And a person decides once one was called for: after an
    /// appeal, and when the device was doubted, or questions were left unanswered, under an earlier revision: a
    /// correction must not wash that off.
    pub fn decision(&self) -> Decision {
        let doubted = |one: &Evidence| match one.stage {
            Stage::Device => one.verdict != Some(Verdict::Pass),
            Stage::Identity => one.verdict == Some(Verdict::Ask),
            Stage::Licence => false,
        };
        match self.evident() {
            Decision::Approve | Decision::Refuse(_) if self.application.appeal.is_some() => {
                Decision::Refer(vec![Reason::referred(Stage::Licence)])
            }
            Decision::Approve if self.earlier.iter().any(doubted) => {
                Decision::Refer(vec![Reason::referred(Stage::Device)])
            }
            other => other,
        }
    }

    /// Whether its person or device was found to be other than it should, in any revision. What could not be asked,
    /// and an answer that was lost, are no doubt.
    pub fn is_doubted(&self) -> bool {
        let doubted = |one: &Evidence| match one.stage {
            Stage::Device => one.verdict == Some(Verdict::Refer),
            Stage::Identity => {
                let refers = one.verdict == Some(Verdict::Refer) && one.provider != source::DOCUMENT;
                refers || one.verdict == Some(Verdict::Ask)
            }
            Stage::Licence => false,
        };
        self.evidence.iter().chain(&self.earlier).any(doubted)
    }

    /// Whether right answers settled a doubt about the person.
    pub fn is_settled_by_answers(&self) -> bool {
        let answered =
            |code: &String| code.starts_with("result.questions.") || code.starts_with("result.challenge.");
        let settled = |one: &Evidence| {
            let passed = one.stage == Stage::Identity && one.verdict == Some(Verdict::Pass);
            passed && one.codes.iter().any(answered)
        };
        self.evidence.iter().any(settled)
    }

    /// What the evidence of the three stages makes of an application. A missing stage is for a person to decide;
    /// the device stage never fails.
    fn evident(&self) -> Decision {
        let of = |stage: Stage| self.evidence.iter().find(|one| one.stage == stage);
        let stages = [Stage::Identity, Stage::Licence, Stage::Device];
        let failed: Vec<Reason> = stages
            .iter()
            .filter_map(|stage| of(*stage))
            .filter(|one| one.verdict == Some(Verdict::Fail))
            .flat_map(Reason::of)
            .collect();
        if !failed.is_empty() {
            return Decision::Refuse(failed);
        }
        if of(Stage::Identity).is_some_and(|one| one.verdict == Some(Verdict::Ask)) {
            return Decision::Ask(Asked::Questions, vec![Reason::questions()]);
        }
        let undocumented = self.undocumented();
        if !undocumented.is_empty() {
            return Decision::Ask(Asked::Documents, undocumented.into_iter().map(Reason::document).collect());
        }
        let open: Vec<Reason> = stages
            .iter()
            .filter(|stage| of(**stage).is_none_or(|one| one.verdict != Some(Verdict::Pass)))
            .map(|stage| Reason::referred(*stage))
            .collect();
        if open.is_empty() { Decision::Approve } else { Decision::Refer(open) }
    }
}

#[cfg(test)]
mod tests {
    use kernel::{MediaType, Timestamp, id::DocumentId};
    use proptest::prelude::*;

    use super::*;
    use crate::{
        application::Appeal,
        document::{Document, DocumentState, Shows},
        evidence::tests::evidence,
    };

    fn file(evidence: &[Evidence], earlier: &[Evidence]) -> File {
        File {
            application: crate::testing::sample("ada", Timestamp::UNIX_EPOCH),
            evidence: evidence.to_vec(),
            earlier: earlier.to_vec(),
            documents: Vec::new(),
            offered: 0,
            looks: Vec::new(),
        }
    }

    fn all() -> [Evidence; 3] {
        [Stage::Identity, Stage::Licence, Stage::Device].map(|stage| evidence(stage, Some(Verdict::Pass)))
    }

    #[test]
    fn three_passed_stages_approve() {
        assert_eq!(file(&all(), &[]).decision(), Decision::Approve);
    }

    #[test]
    fn documents_are_asked_for_before_a_person_decides_unless_a_stage_failed() {
        let [identity, licence, device] = all();
        let shown = |stage| Evidence {
            provider: "document".to_owned(),
            verdict: Some(Verdict::Refer),
            ..evidence(stage, None)
        };
        let doubted = evidence(Stage::Device, Some(Verdict::Refer));
        let mut asked = file(&[shown(Stage::Identity), shown(Stage::Licence), doubted], &[]);
        let stages = |decision: Decision| match decision {
            Decision::Ask(Asked::Documents, reasons) => {
                reasons.into_iter().map(|reason| reason.stage).collect::<Vec<_>>()
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(stages(asked.decision()), [Stage::Identity, Stage::Licence]);
        let document = |shows, state| {
            let id = DocumentId::at(Timestamp::UNIX_EPOCH);
            Document { state, ..Document::offered(id, shows, MediaType::Jpeg, Timestamp::UNIX_EPOCH) }
        };
        asked.documents = vec![
            document(Shows::Identity, DocumentState::Received),
            document(Shows::Licence, DocumentState::Refused),
            document(Shows::Other, DocumentState::Received),
        ];
        assert_eq!(stages(asked.decision()), [Stage::Licence]);
        asked.documents.push(document(Shows::Licence, DocumentState::Received));
        assert!(matches!(asked.decision(), Decision::Refer(reasons) if reasons.len() == 3));
        let failed = evidence(Stage::Licence, Some(Verdict::Fail));
        assert!(matches!(file(&[shown(Stage::Identity), failed], &[]).decision(), Decision::Refuse(_)));
        assert_eq!(file(&[identity, licence, device], &[]).decision(), Decision::Approve);
    }

    #[test]
    fn the_machine_leaves_to_a_person_what_was_appealed_or_doubted_before() {
        let failed = [evidence(Stage::Licence, Some(Verdict::Fail))];
        let appeal =
            Appeal { words: "No.".parse().expect("words"), at: Timestamp::UNIX_EPOCH, against: None };
        for evidence in [all().as_slice(), failed.as_slice()] {
            let mut appealed = file(evidence, &[]);
            appealed.application.appeal = Some(appeal.clone());
            assert!(matches!(appealed.decision(), Decision::Refer(_)));
        }
        let doubt = [evidence(Stage::Device, Some(Verdict::Refer))];
        let washed = "a correction washed a doubt off";
        assert!(matches!(file(&all(), &doubt).decision(), Decision::Refer(_)), "{washed}");
        let other = [evidence(Stage::Licence, Some(Verdict::Refer))];
        assert_eq!(file(&all(), &other).decision(), Decision::Approve);
    }

    #[test]
    fn a_failed_stage_refuses_with_a_reason_in_words() {
        let failed = [evidence(Stage::Identity, Some(Verdict::Fail))];
        match file(&failed, &[]).decision() {
            Decision::Refuse(reasons) => assert!(reasons.iter().all(|reason| !reason.remedy.is_empty())),
            other => panic!("{other:?}"),
        }
    }

    fn verdict() -> impl Strategy<Value = Option<Verdict>> {
        prop_oneof![
            Just(None),
            Just(Some(Verdict::Pass)),
            Just(Some(Verdict::Refer)),
            Just(Some(Verdict::Indeterminate)),
        ]
    }

    proptest! {
        #[test]
        fn nothing_short_of_three_passes_is_approved(a in verdict(), b in verdict(), c in verdict()) {
            let all = [evidence(Stage::Identity, a), evidence(Stage::Licence, b), evidence(Stage::Device, c)];
            let approved = file(&all, &[]).decision() == Decision::Approve;
            prop_assert_eq!(approved, [a, b, c].iter().all(|one| *one == Some(Verdict::Pass)));
        }
    }
}
