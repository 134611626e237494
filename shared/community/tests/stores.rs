//! The rows of the community zone on the embedded engine: crowds, races with the closing, repetitions.

#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]

use community::{
    CommunityError,
    byline::AliasKey,
    case::{
        Case, Cases, Content,
        image::{Clean, Ending, Files, Image, UploadType},
    },
    discussion::{Contribution, ContributionKind, Discussion},
    vote::{Course, Votes},
};
use kernel::{
    Secret, Timestamp,
    id::{CaseId, ContributionId, CourseId, ImageId, MemberId},
    session::Clinician,
};
use table::{OnceKey, Stored, testing::Engine};
use tokio::task::JoinSet;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn once(principal: impl ToString, value: &str) -> OnceKey {
    OnceKey::new(&principal.to_string(), value, String::new(), NOW)
}

fn stored() -> Stored {
    Stored { status: 201, body: "{}".to_owned() }
}

fn clinician() -> Clinician {
    serde_json::from_str(
        r#"{"profession":"physician","specialty":"cardiology","country":"FR","tier":"triple_verified"}"#,
    )
    .expect("a clinician")
}

fn draft(author: MemberId) -> Case {
    let content = Content {
        title: "A title".parse().expect("a title"),
        history: "A history".parse().expect("a history"),
        findings: "Findings".parse().expect("findings"),
        question: "A question?".parse().expect("a question"),
        specialty: "cardiology".parse().expect("a specialty"),
    };
    Case::draft(CaseId::at(NOW), author, content, NOW)
}

/// A published case.
async fn published(engine: &Engine) -> Case {
    let author = MemberId::random();
    let (store, draft) = (Cases::new(engine.table.clone()), draft(author));
    store.create(&draft, &once(author, "1"), &stored()).await.expect("a draft");
    let after = draft.clone().publish(author, &[], NOW).expect("publishable");
    let byline = AliasKey::new(Secret::new("alias")).byline(author, clinician());
    store.publish(&draft, &[], &after, byline, &once(author, "2"), &stored()).await.expect("published");
    after
}

/// A draft with an image that its author answered for.
async fn illustrated(engine: &Engine) -> (Cases, Case, Image) {
    let author = MemberId::random();
    let (store, draft) = (Cases::new(engine.table.clone()), draft(author));
    store.create(&draft, &once(author, "1"), &stored()).await.expect("a draft");
    let offered = Image::offered(ImageId::at(NOW), UploadType::Png, 1_000, NOW).expect("an image");
    store.offer_image(draft.id, &offered, &once(author, "2"), &stored()).await.expect("offered");
    let files = Files { image: "a".to_owned(), thumbnail: "b".to_owned(), preview: None, filmstrip: None };
    let (media_type, filled) = ("image/png".to_owned(), Vec::new());
    let clean = Clean { media_type, width: 8, height: 4, frames: 1, head_slices: 0, filled, files };
    let cleaned = offered.clone().uploaded().expect("awaited").ended(Ending::Clean(Box::new(clean)));
    assert!(store.step_image(draft.id, &offered, &cleaned, NOW).await.expect("kept"));
    let attested = cleaned.clone().attest(cleaned.revision, NOW).expect("attested");
    store.change_image(draft.id, &cleaned, &attested, NOW).await.expect("kept");
    let draft = store.find(draft.id).await.expect("the case");
    (store, draft, attested)
}

#[tokio::test]
async fn a_case_is_published_with_the_images_that_were_looked_through() {
    let engine = Engine::start().await;
    let (store, draft, attested) = illustrated(&engine).await;
    let publish = async |image: &Image, key: &str| {
        let (images, once) = (std::slice::from_ref(image), once(draft.author, key));
        let after = draft.clone().publish(draft.author, images, NOW).expect("publishable");
        let byline = AliasKey::new(Secret::new("alias")).byline(draft.author, clinician());
        store.publish(&draft, images, &after, byline, &once, &stored()).await
    };
    let changed = attested.clone().moving(NOW).expect("free").moved();
    assert!(store.step_image(draft.id, &attested, &changed, NOW).await.expect("kept"));
    assert!(matches!(publish(&attested, "3").await, Err(CommunityError::Stale)));
    publish(&changed, "4").await.expect("published");
}

async fn course(engine: &Engine, case: CaseId) -> CourseId {
    let (id, proposer) = (CourseId::at(NOW), MemberId::random());
    let course =
        Course { id, proposer, text: "A course".parse().expect("a text"), proposed_at: NOW, hidden: None };
    let store = Votes::new(engine.table.clone());
    store.propose(case, &course, Vec::new(), &once(proposer, "1"), &stored()).await.expect("proposed");
    id
}

/// A vote as the handler casts it: with the context read anew as long as others come in between.
async fn vote(votes: &Votes, case: CaseId, member: MemberId, course: CourseId) -> Result<(), CommunityError> {
    loop {
        let context = votes.context(case, course, member).await?;
        context.case.open()?;
        match votes.cast(case, member, context.before, course).await {
            Err(CommunityError::Contended) => tokio::task::yield_now().await,
            other => return other,
        }
    }
}

async fn counted(engine: &Engine, case: CaseId, course: CourseId) -> u64 {
    let whole = Cases::new(engine.table.clone()).whole(case).await.expect("the case");
    whole.votes.get(&course.to_string()).copied().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_votes_in_flight_at_once_are_all_counted() {
    let engine = Engine::start().await;
    let case = published(&engine).await.id;
    let (first, second) = (course(&engine, case).await, course(&engine, case).await);
    let mut crowd = JoinSet::new();
    for number in 0..200 {
        let votes = Votes::new(engine.table.clone());
        let course = if number % 2 == 0 { first } else { second };
        crowd.spawn(async move { vote(&votes, case, MemberId::random(), course).await });
    }
    assert!(crowd.join_all().await.into_iter().all(|one| one.is_ok()));
    assert_eq!((counted(&engine, case, first).await, counted(&engine, case, second).await), (100, 100));
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_votes_of_one_member_in_flight_at_once_leave_one() {
    let engine = Engine::start().await;
    let case = published(&engine).await.id;
    let courses = [course(&engine, case).await, course(&engine, case).await];
    let (member, mut crowd) = (MemberId::random(), JoinSet::new());
    for course in courses.into_iter().cycle().take(50) {
        let votes = Votes::new(engine.table.clone());
        crowd.spawn(async move { vote(&votes, case, member, course).await });
    }
    assert!(crowd.join_all().await.into_iter().all(|one| one.is_ok()));
    let [first, second] = courses;
    assert_eq!(counted(&engine, case, first).await + counted(&engine, case, second).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vote_that_races_the_closing_is_counted_or_refused_and_never_half() {
    let engine = Engine::start().await;
    let before = published(&engine).await;
    let (case, author) = (before.id, before.author);
    let course = course(&engine, case).await;
    let mut crowd = JoinSet::new();
    for _ in 0..40 {
        let votes = Votes::new(engine.table.clone());
        crowd.spawn(async move { vote(&votes, case, MemberId::random(), course).await });
    }
    let cases = Cases::new(engine.table.clone());
    let closed = before.close(author, "Recovered".parse().expect("an outcome"), None, NOW).expect("closable");
    cases.close(&closed, "Recovered", Vec::new(), &once(author, "3"), &stored(), NOW).await.expect("closed");
    let taken = crowd.join_all().await;
    assert!(taken.iter().all(|one| matches!(one, Ok(()) | Err(CommunityError::CaseClosed))), "{taken:?}");
    let taken = taken.iter().filter(|one| one.is_ok()).count();
    let rows = engine.snapshot().await.into_iter().filter(|row| row.contains("\"VOTE#")).count();
    assert_eq!((counted(&engine, case, course).await, rows), (taken.try_into().expect("a count"), taken));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_that_is_closed_by_many_at_once_is_closed_once() {
    let engine = Engine::start().await;
    let before = published(&engine).await;
    let author = before.author;
    let closed = before.close(author, "Recovered".parse().expect("an outcome"), None, NOW).expect("closable");
    let mut crowd = JoinSet::new();
    for number in 0..20 {
        let (cases, closed) = (Cases::new(engine.table.clone()), closed.clone());
        crowd.spawn(async move {
            cases
                .close(
                    &closed,
                    "Recovered",
                    Vec::new(),
                    &once(author, &format!("close-{number}")),
                    &stored(),
                    NOW,
                )
                .await
        });
    }
    let ends = crowd.join_all().await;
    assert_eq!(ends.iter().filter(|end| end.is_ok()).count(), 1);
    let told = engine.outbox().await.into_iter().filter(|(kind, _)| kind == "community.case_closed.v1");
    assert_eq!(told.count(), 1);
}

#[tokio::test]
async fn only_a_colleagues_advice_on_this_very_case_is_accepted() {
    let engine = Engine::start().await;
    let case = published(&engine).await;
    let discussion = Discussion::new(engine.table.clone());
    let add = async |author: MemberId, kind| {
        let id = ContributionId::at(NOW);
        let contribution = Contribution {
            id,
            case: case.id,
            parent: None,
            kind,
            author,
            clinician: clinician(),
            text: "A text".parse().expect("a text"),
            corroborations: 0,
            created_at: NOW,
            hidden: None,
            published_as: None,
        };
        let byline = AliasKey::new(Secret::new("alias")).byline(author, clinician());
        let once = once(author, &id.to_string());
        discussion.add(&case, &contribution, byline, Vec::new(), &once, &stored()).await.expect("added");
        id
    };
    let colleague = MemberId::random();
    let refused = [
        add(colleague, ContributionKind::Question).await,
        add(case.author, ContributionKind::Advice).await,
        ContributionId::at(NOW),
    ];
    let accepted = add(colleague, ContributionKind::Advice).await;
    let cases = Cases::new(engine.table.clone());
    let close = async |id: ContributionId| {
        let outcome = "Recovered".parse().expect("an outcome");
        let after = case.clone().close(case.author, outcome, Some(id), NOW).expect("closable");
        cases
            .close(&after, "Recovered", Vec::new(), &once(case.author, &id.to_string()), &stored(), NOW)
            .await
    };
    for id in refused {
        assert!(matches!(close(id).await, Err(CommunityError::NotAdvice)));
    }
    assert!(close(accepted).await.is_ok());
}
