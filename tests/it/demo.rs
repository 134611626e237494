//! The demo community that `make up` leaves running, as somebody finds it who comes back to it: also after the
//! local cloud was stopped and started again.

use reqwest::Method;
use serde_json::Value;
use tests::{Cloud, Person, cloud::root, story::observe};

#[tokio::test]
async fn the_demo_community_stands_and_its_members_can_sign_in() {
    let cloud = Cloud::open();
    let text = std::fs::read_to_string(root().join("target/local/demo.json")).expect("make up");
    let demo: Value = serde_json::from_str(&text).unwrap();
    let text = |name: &str| demo[name].as_str().unwrap_or_else(|| panic!("{name} in {demo}")).to_owned();
    let mut seen = 0;
    for one in demo["sign_ins"].as_array().unwrap() {
        let (name, email) = (one[0].as_str().unwrap(), one[1].as_str().unwrap());
        let member = Person::sign_in(&cloud, email).await.session(name).await;
        let closed = member.get(&format!("/cases/{}", text("closed_case"))).await;
        assert_eq!(closed["status"], "closed");
        let image = closed["images"][0]["url"].as_str().expect("an image");
        assert!(cloud.client().get(image).send().await.unwrap().status().is_success(), "the image is gone");
        seen += 1;
    }
    assert_eq!(seen, 5);
    let conversation = format!("/cases/{}", text("closed_case"));
    let read = observe(&cloud, &text("api_key"), Method::GET, &conversation, None).await.expect(200);
    assert!(!read["contributions"].as_array().unwrap().is_empty());
}
