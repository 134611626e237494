//! Seeds a demo community through the public APIs, and prints where it is and how to sign in.

#![expect(clippy::print_stdout, reason = "this is what a newcomer reads")]
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a seed that goes wrong must say where")]

use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    Cloud,
    ballot::Poll,
    cloud::root,
    person::PASSWORD,
    story::{assemble, close, discuss, observe, open_case, partner, poll},
};

#[tokio::main]
async fn main() {
    let cloud = Cloud::open();
    let kept = root().join("target/local/demo.json");
    let demo: Value = match std::fs::read_to_string(&kept) {
        Ok(text) => {
            println!("  the demo community is there already");
            serde_json::from_str(&text).expect("the demo's notes")
        }
        Err(_) => {
            let demo = seed(&cloud).await;
            std::fs::write(&kept, serde_json::to_string_pretty(&demo).unwrap())
                .expect("a place for the notes");
            demo
        }
    };
    print(&cloud, &demo);
}

async fn seed(cloud: &Cloud) -> Value {
    println!("  verifying six applicants: four clinicians, one refused, one for a reviewer …");
    let cast = assemble(cloud).await;
    println!("  publishing a case with an anonymised photograph …");
    let (case, image) = open_case(&cast).await;
    let told = discuss(&cast, case, image).await;
    println!("  an observer marks an answer, the author closes the case …");
    let (api_key, _) = partner(cloud).await;
    let hook = format!("{}/hooks/demo", cloud.address("sandbox_Url"));
    let endpoint = json!({"url": hook, "events": ["case.closed", "poll.published"]});
    observe(cloud, &api_key, Method::POST, "/webhooks", Some(&endpoint)).await.expect(201);
    let mark = format!("/cases/{}/contributions/{}/mark", told.case, told.advice);
    cloud
        .until("the projection", 30, async || {
            let marked = observe(cloud, &api_key, Method::PUT, &mark, None).await;
            marked.status.is_success().then_some(())
        })
        .await;
    close(&cast, &told).await;
    let open = cast.colleague.publish("Incidental lung nodule of 7 mm", "radiology").await;
    println!("  waiting for the schedule to open the poll (up to a minute) …");
    let question = "Do you order CT angiography before a stress test?";
    let poll = poll(cloud, &cast.author, question).await;
    let ballots = Poll::read(cloud, &cast.author, &poll).await;
    // One leaves their vote to whoever tries it.
    for (voter, option) in [(&cast.author, 0), (&cast.colleague, 0), (&cast.nurse, 1)] {
        ballots.vote(voter, option).await;
    }
    let said = json!({"text": "It depends on who reads the scan at night."});
    cast.nurse.create(&format!("/polls/{poll}/comments"), &said).await;
    json!({
        "sign_ins": cast.sign_ins, "api_key": api_key, "closed_case": told.case, "open_case": open, "poll": poll,
    })
}

fn print(cloud: &Cloud, demo: &Value) {
    println!("\nCurbside runs on this machine.\n");
    for (name, key) in [
        ("identity", "identity_Url"),
        ("community", "community_Url"),
        ("treasury", "treasury_Url"),
        ("partners", "partners_Url"),
        ("sandbox", "sandbox_Url"),
    ] {
        println!("  {name:<10} {}", cloud.address(key));
    }
    println!("\nDemo members (password {PASSWORD}):");
    for one in demo["sign_ins"].as_array().expect("sign-ins") {
        println!("  {:<14} {}", one[0].as_str().unwrap_or_default(), one[1].as_str().unwrap_or_default());
    }
    let text = |key: &str| demo[key].as_str().unwrap_or_default().to_owned();
    println!("\n  a closed case  {}", text("closed_case"));
    println!("  an open case   {}", text("open_case"));
    println!("  the open poll  {}", text("poll"));
    println!("  observer's key {}", text("api_key"));
    println!("\nThese are in target/local/endpoints.json and target/local/demo.json too.");
    println!(
        "Next: the README's \"Try it\" has curl lines; `make down` stops it, `make up` starts it again."
    );
}
