//! Measures the three stages of verification as Lambda runs them: the function's own binary, asked for tasks by
//! a stand-in of the Lambda runtime API, with the embedded table and the sandbox's providers beside it.
//!
//! Prints the median cold start (from the process's start to its first question for work), the median time and
//! the mean CPU time of a task, and the peak of resident memory.

#![expect(clippy::print_stdout, reason = "this is what is asked for")]
#![expect(clippy::expect_used, reason = "a measurement that goes wrong must say where")]

use std::{
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use edge::testing::serving;
use identity::{
    application::{Application, Applications},
    testing::{sample, submit},
};
use serde_json::{Value, json};
use table::testing::Engine;
use tests::cloud::root;
use tokio::sync::{Mutex, mpsc};

/// How often a function is started, and how many tasks each start is given.
const STARTS: usize = 5;
const TASKS: usize = 30;

/// How long a function may be silent.
const PATIENCE: Duration = Duration::from_secs(20);

const NPI: &str = "1234567893";

/// The stages: a function, and the environment it needs beside the table.
const STAGES: [(&str, &[(&str, &str)]); 3] = [
    ("verify-identity", &[("IDOLOGY_SECRET", "idology"), ("IDOLOGY_DECIDED_BY", "both")]),
    ("verify-licence", &[("LICENCE_SECRET", "licence")]),
    (
        "verify-device",
        &[("DEVICE_SECRET", "device"), ("DEVICE_DUPLICATE_FROM", "75"), ("DEVICE_FRAUD_FROM", "30")],
    ),
];

/// What the runtime API tells of the function.
#[derive(Debug)]
enum Told {
    AsksForWork(Instant),
    Answers(Instant, bool),
}

#[derive(Clone)]
struct Runtime {
    tasks: Arc<Mutex<mpsc::Receiver<Value>>>,
    told: mpsc::Sender<Told>,
}

async fn next(State(runtime): State<Runtime>) -> Response {
    runtime.told.send(Told::AsksForWork(Instant::now())).await.expect("a listener");
    let task = runtime.tasks.lock().await.recv().await;
    let Some(task) = task else { return StatusCode::GONE.into_response() };
    let headers = [
        ("lambda-runtime-aws-request-id", "1".to_owned()),
        ("lambda-runtime-deadline-ms", "9999999999999".to_owned()),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:0:function:f".to_owned()),
        ("lambda-runtime-trace-id", String::new()),
    ];
    (headers, Json(task)).into_response()
}

async fn answered(State(runtime): State<Runtime>, Path((_, how)): Path<(String, String)>) -> StatusCode {
    runtime.told.send(Told::Answers(Instant::now(), how == "response")).await.expect("a listener");
    StatusCode::ACCEPTED
}

/// Secrets Manager, as far as these functions need it.
async fn secret(body: Bytes) -> Json<Value> {
    let asked: Value = serde_json::from_slice(&body).expect("a request");
    let secret = match asked.get("SecretId").and_then(Value::as_str) {
        Some("idology") => json!({"username": "u", "password": "p"}),
        Some("device") => json!({"api_key": "k", "pseudonym_key": "p"}),
        _ => {
            let ama = json!({"client_id": "i", "client_secret": "s", "source_system": "curbside"});
            json!({"ama": ama, "rpps_api_key": "k", "gmc_api_key": "k"})
        }
    };
    Json(json!({"Name": "secret", "SecretString": secret.to_string()}))
}

/// An American physician's application, which the sandbox's registers confirm.
async fn apply(store: &Applications, providers: &str, place: usize) -> Application {
    let mut application = sample(&format!("person{place}"), edge::now());
    application.claim.country = "US".parse().expect("a country");
    application.claim.licence.npi = Some(NPI.parse().expect("a number"));
    let person = &application.claim.person;
    let names = json!({
        "family_name": person.family_name, "given_name": person.given_name,
        "birth_date": person.birth_date.strftime("%Y%m%d").to_string(), "licence_statuses": ["Active"],
    });
    let http = reqwest::Client::new();
    for path in ["physicians", "npi"] {
        let entry = if path == "npi" {
            json!({"family_name": person.family_name, "given_name": person.given_name})
        } else {
            names.clone()
        };
        let sent =
            http.put(format!("{providers}/{path}/{NPI}")).json(&entry).send().await.expect("an answer");
        assert!(sent.status().is_success(), "{}", sent.status());
    }
    submit(store, &application).await;
    application
}

/// The CPU time that a process has used, in milliseconds, and the peak of its resident memory, in MiB.
fn used(process: &Child) -> (u64, u64) {
    let read =
        |name: &str| std::fs::read_to_string(format!("/proc/{}/{name}", process.id())).expect("a process");
    let stat = read("schedstat");
    let nanos: u64 = stat.split_whitespace().next().expect("a field").parse().expect("a number");
    let status = read("status");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    let kib: u64 = peak.trim().trim_end_matches(" kB").parse().expect("a number");
    (threads(process).unwrap_or(nanos) / 1_000_000, kib / 1024)
}

/// The CPU time of all threads of a process, in nanoseconds.
fn threads(process: &Child) -> Option<u64> {
    let tasks = std::fs::read_dir(format!("/proc/{}/task", process.id())).ok()?;
    let of = |task: std::fs::DirEntry| -> Option<u64> {
        std::fs::read_to_string(task.path().join("schedstat")).ok()?.split_whitespace().next()?.parse().ok()
    };
    Some(tasks.flatten().filter_map(of).sum())
}

/// What the runtime API tells next; nothing when the function has been silent for too long.
async fn heard(hear: &mut mpsc::Receiver<Told>) -> Option<Told> {
    tokio::time::timeout(PATIENCE, hear.recv()).await.ok().flatten()
}

fn median(mut values: Vec<Duration>) -> Duration {
    values.sort();
    values.get(values.len() / 2).copied().expect("at least one")
}

#[tokio::main]
async fn main() {
    println!("| stage | cold start | a task | CPU of a task | memory |");
    println!("| --- | --- | --- | --- | --- |");
    for (function, environment) in STAGES {
        measure(function, environment).await;
    }
}

async fn measure(function: &str, environment: &[(&str, &str)]) {
    let (engine, sandbox) = (Engine::start().await, Engine::start().await);
    let providers = idology::router()
        .merge(device::router())
        .merge(ama::router(sandbox.table.clone()))
        .merge(nppes::router(sandbox.table.clone()));
    let providers = serving(providers).await;
    let secrets = serving(Router::new().route("/", post(secret))).await;
    let store = Applications::new(engine.table.clone());
    let (mut starts, mut times, mut cpu, mut memory) = (Vec::new(), Vec::new(), 0, 0);
    let mut place = 0;
    for _ in 0..STARTS {
        let (hand_over, tasks) = mpsc::channel(1);
        let (told, mut hear) = mpsc::channel(8);
        let runtime = Runtime { tasks: Arc::new(Mutex::new(tasks)), told };
        let api = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/{how}", post(answered))
            .with_state(runtime);
        let api = serving(api).await;
        let started = Instant::now();
        let mut process = Command::new(root().join(format!("target/lambda/{function}/bootstrap")))
            .env_clear()
            .envs(environment.iter().copied())
            .envs([("TABLE", "table"), ("AWS_REGION", "us-east-1"), ("AWS_LAMBDA_FUNCTION_NAME", function)])
            .envs([("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")])
            .envs([("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"), ("AWS_LAMBDA_FUNCTION_VERSION", "1")])
            .env("AWS_LAMBDA_RUNTIME_API", api.trim_start_matches("http://"))
            .env("AWS_ENDPOINT_URL_DYNAMODB", &engine.url)
            .env("AWS_ENDPOINT_URL_SECRETS_MANAGER", &secrets)
            .envs(
                ["IDOLOGY_URL", "AMA_URL", "NPPES_URL", "RPPS_URL", "DEVICE_URL"]
                    .map(|name| (name, &providers)),
            )
            .stdout(Stdio::null())
            .spawn()
            .expect("the function is built: make build");
        match heard(&mut hear).await {
            Some(Told::AsksForWork(at)) => starts.push(at.duration_since(started)),
            other => panic!("{function} does not start: {other:?}"),
        }
        let before = used(&process).0;
        for _ in 0..TASKS {
            place += 1;
            let application = apply(&store, &providers, place).await;
            let handed = Instant::now();
            hand_over.send(json!({"application": application.id})).await.expect("a function");
            match heard(&mut hear).await {
                Some(Told::Answers(at, true)) => times.push(at.duration_since(handed)),
                other => panic!("{function} does not answer: {other:?}"),
            }
            assert!(
                matches!(heard(&mut hear).await, Some(Told::AsksForWork(_))),
                "{function} asks for no more"
            );
            let file = store.file(application.id).await.expect("a read").expect("a file");
            let verdict = file.evidence.first().and_then(|one| one.verdict);
            assert_eq!(verdict, Some(identity::evidence::Verdict::Pass), "{function}: {:?}", file.evidence);
        }
        let (after, peak) = used(&process);
        cpu += after - before;
        memory = memory.max(peak);
        process.kill().expect("an end");
        process.wait().expect("an end");
    }
    let tasks = u64::try_from(STARTS * TASKS).expect("a number");
    println!(
        "| {function} | {} ms | {} ms | {} ms | {memory} MiB |",
        median(starts).as_millis(),
        median(times).as_millis(),
        cpu / tasks
    );
}
