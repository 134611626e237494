//! The templates against the code: routes, environment, queues, alarms, keys.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use serde_json::{Value, json};
use tests::{
    cloud::{below, root},
    templates::{ALL, of_type, read},
};

#[test]
fn every_route_of_a_template_is_in_the_api_document_and_the_reverse() {
    for zone in ["identity", "community", "treasury", "partners"] {
        let template = read(zone);
        let mut deployed = BTreeSet::new();
        for function in of_type(&template, "AWS::Serverless::Function").values() {
            for event in
                function["Properties"]["Events"].as_object().into_iter().flatten().map(|(_, event)| event)
            {
                if event["Type"] == "Api" {
                    let text = |name: &str| event["Properties"][name].as_str().unwrap().to_owned();
                    assert!(deployed.insert((text("Method"), text("Path"))), "{event} twice");
                }
            }
        }
        let document = tests::documents::zone(zone);
        let mut documented = BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for method in item.as_object().unwrap().keys() {
                documented.insert((method.clone(), path.clone()));
            }
        }
        assert_eq!(deployed, documented, "{zone}");
    }
}

#[test]
fn every_environment_variable_is_set_by_the_template_and_read_by_the_code() {
    let mut functions = 0;
    for zone in ALL {
        let template = read(zone);
        for function in of_type(&template, "AWS::Serverless::Function").values() {
            let properties = &function["Properties"];
            let code =
                properties["CodeUri"].as_str().unwrap().trim_end_matches('/').rsplit('/').next().unwrap();
            let set: BTreeSet<String> = properties["Environment"]["Variables"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, _)| name.clone())
                .collect();
            assert_eq!(set, variables(zone, code), "{zone}/{code}");
            functions += 1;
        }
    }
    assert!(functions >= 35, "only {functions} functions were found");
}

/// The names that a function's source reads from its environment.
fn variables(zone: &str, function: &str) -> BTreeSet<String> {
    let own = root().join(format!("functions/{zone}/{function}/src"));
    let folder = if own.exists() { own } else { root().join(format!("functions/edge/{function}/src")) };
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("a function's source");
    let source = read("lib.rs") + &read("main.rs");
    let mut found = BTreeSet::new();
    for call in ["env.text(\"", "env.parsed(\""] {
        found.extend(source.split(call).skip(1).filter_map(|rest| rest.split('"').next().map(str::to_owned)));
    }
    if source.contains("config::table(&mut env") || source.contains("config::only_table()") {
        found.insert("TABLE".to_owned());
    }
    found
}

#[test]
fn every_queue_has_a_dead_letter_queue_and_every_dead_letter_queue_an_alarm() {
    let mut dead_letters = 0;
    for zone in ["identity", "community", "treasury", "partners"] {
        let template = read(zone);
        let alarms = serde_json::to_string(&of_type(&template, "AWS::CloudWatch::Alarm")).unwrap();
        for (name, queue) in of_type(&template, "AWS::SQS::Queue") {
            assert_eq!(queue["Properties"]["SqsManagedSseEnabled"], true, "{zone}/{name} is not encrypted");
            if name.ends_with("DeadLetters") {
                assert!(alarms.contains(&format!("\"{name}\",\"QueueName\"")), "{zone}/{name} has no alarm");
                dead_letters += 1;
            } else {
                let dead = queue["Properties"]["RedrivePolicy"]["deadLetterTargetArn"].to_string();
                assert!(dead.contains("DeadLetters"), "{zone}/{name} has no dead-letter queue");
                assert!(
                    alarms.contains(&format!("\"{name}\",\"QueueName\"")),
                    "the age of {zone}/{name} has no alarm"
                );
            }
        }
    }
    assert!(dead_letters >= 13, "only {dead_letters}");
}

#[test]
fn every_function_has_an_alarm_for_errors_and_throttles_and_every_api_one_for_faults() {
    for zone in ["identity", "community", "treasury", "partners"] {
        let template = read(zone);
        let alarm = |name: &str| template["Resources"][name]["Properties"].to_string();
        // AWS takes ten metrics an alarm; the rest are in a second one.
        let both = |first: &str, second: &str| {
            let alarms = [first, second].map(alarm);
            assert!(alarms.iter().all(|one| one.matches("MetricStat").count() <= 10), "{zone}/{first}");
            alarms.concat()
        };
        let errors = both("ErrorsAlarm", "MoreErrorsAlarm");
        let throttles = both("ThrottlesAlarm", "MoreThrottlesAlarm");
        for name in of_type(&template, "AWS::Serverless::Function").into_keys() {
            let watched = format!("{{\"Ref\":\"{name}\"}}");
            assert!(throttles.contains(&watched), "{zone}/{name} can be throttled unseen");
            // A refused credential is an authorizer's error: those are seen as faults of the API.
            assert_eq!(errors.contains(&watched), !name.starts_with("Authoriz"), "{zone}/{name}");
        }
        assert!(alarm("FaultsAlarm").contains("5XXError"), "{zone}");
        assert!(alarm("RelayAgeAlarm").contains("IteratorAge"), "{zone}");
    }
}

#[test]
fn every_table_is_encrypted_restorable_and_shaped_as_the_tests_own() {
    for zone in ["identity", "community", "treasury", "partners"] {
        let template = read(zone);
        let tables = of_type(&template, "AWS::DynamoDB::Table");
        assert_eq!(tables.len(), 1, "{zone}");
        let table = &tables["Table"]["Properties"];
        assert_eq!(table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true);
        assert_eq!(table["SSESpecification"]["SSEType"], "KMS");
        assert_eq!(table["TimeToLiveSpecification"]["AttributeName"], "expires_at");
        let indexes: Vec<&str> = table["GlobalSecondaryIndexes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|index| index["IndexName"].as_str().unwrap())
            .collect();
        assert_eq!(indexes, table::testing::INDEXES, "{zone}");
    }
}

#[test]
fn every_bucket_is_private_and_encrypted() {
    let community = read("community");
    let buckets = of_type(&community, "AWS::S3::Bucket");
    assert_eq!(buckets.len(), 2);
    for (name, bucket) in buckets {
        let block = &bucket["Properties"]["PublicAccessBlockConfiguration"];
        for rule in ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"] {
            assert_eq!(block[rule], true, "{name}");
        }
        assert!(bucket["Properties"]["BucketEncryption"].to_string().contains("aws:kms"), "{name}");
        // What is deleted is gone: no version of it stays behind.
        assert!(bucket["Properties"]["VersioningConfiguration"].is_null(), "{name}");
        assert!(bucket["Properties"]["ObjectLockEnabled"].is_null(), "{name}");
    }
    let rules = &community["Resources"]["Quarantine"]["Properties"]["LifecycleConfiguration"]["Rules"];
    assert_eq!((&rules[0]["Status"], &rules[0]["ExpirationInDays"]), (&json!("Enabled"), &json!(1)));
    assert!(rules[0]["Prefix"].is_null() && rules[0]["Filter"].is_null(), "not all originals are forgotten");
}

#[test]
fn originals_are_read_and_clean_images_written_by_the_anonymisation_alone_whatever_a_role_may() {
    let community = read("community");
    let anonymisation =
        ["AnonymizeRole", "AnonymizeLongRole"].map(|role| json!({"Fn::GetAtt": [role, "Arn"]}));
    for (policy, bucket, actions) in [
        ("QuarantinePolicy", "Quarantine", ["s3:GetObject", "s3:GetObjectVersion"]),
        ("CleanImagesPolicy", "CleanImages", ["s3:PutObject", "s3:DeleteObject"]),
    ] {
        let policy = &community["Resources"][policy]["Properties"];
        assert_eq!(policy["Bucket"], json!({"Ref": bucket}));
        let statements = policy["PolicyDocument"]["Statement"].as_array().unwrap();
        let denied = statements.iter().find(|statement| statement["Action"] == json!(actions)).unwrap();
        assert_eq!((&denied["Effect"], &denied["Principal"]), (&json!("Deny"), &json!("*")), "{bucket}");
        assert_eq!(
            denied["Condition"],
            json!({"ArnNotEquals": {"aws:PrincipalArn": anonymisation}}),
            "{bucket}"
        );
    }
}

#[test]
fn files_are_handed_over_no_faster_than_they_may_be_worked_on() {
    for (zone, sources) in [("community", 3), ("identity", 1)] {
        let template = read(zone);
        let bounded = of_type(&template, "AWS::Lambda::EventSourceMapping")
            .into_values()
            .filter(|source| source["Properties"]["ScalingConfig"]["MaximumConcurrency"].as_u64() > Some(1));
        assert_eq!(bounded.count(), sources, "{zone}");
    }
}

#[test]
fn the_poll_is_opened_on_mondays_in_a_time_zone() {
    let template = read("community");
    let schedule = &template["Resources"]["PollClock"]["Properties"]["Events"]["Monday"]["Properties"];
    let expression = schedule["ScheduleExpression"].to_string();
    assert!(expression.contains("cron(${PollMinute} ${PollHour} ? * MON *)"), "{expression}");
    assert!(schedule["ScheduleExpressionTimezone"].to_string().contains("PollTimeZone"));
    // What was missed is made up for, and a Friday warns of an empty Monday.
    let events = &template["Resources"]["PollClock"]["Properties"]["Events"];
    for (event, ring, expression) in
        [("Sweep", "sweep", "rate(5 minutes)"), ("Friday", "look_ahead", "cron(0 9 ? * FRI *)")]
    {
        let properties = &events[event]["Properties"];
        assert_eq!(properties["Input"], format!("{{\"ring\":\"{ring}\"}}"), "{event}");
        assert!(properties["ScheduleExpression"].to_string().contains(expression), "{properties}");
    }
    let alarm = &template["Resources"]["EmptyMondayAlarm"]["Properties"];
    assert_eq!(alarm["MetricName"], "EmptyMondays");
    // Metrics are written and read under one name, a stage's own.
    for zone in ["identity", "community"] {
        let name = &read(zone)["Globals"]["Function"]["Environment"]["Variables"]["METRICS"];
        assert!(name.to_string().contains("Curbside/${Stage}"), "{zone}: {name}");
        let text = std::fs::read_to_string(root().join(format!("infra/{zone}.yaml"))).unwrap();
        let names = text.matches("Curbside/").count();
        assert!(names > 3 && text.matches("Curbside/${Stage}\"").count() == names, "{zone}");
        assert!(!text.contains("Namespace: Curbside"), "{zone}");
    }
    assert_eq!(alarm["Dimensions"], json!([{"Name": "Audience", "Value": "everyone"}]));
    let clock = &template["Resources"]["PollClock"]["Properties"]["Environment"]["Variables"]["OFTEN"];
    assert!(clock.to_string().contains("IsLocal"), "{clock}");
    assert!(schedule["Name"].to_string().contains("AWS::StackName"));
}

#[test]
fn no_access_log_holds_an_address_or_a_browser() {
    for zone in ["identity", "community", "treasury", "partners"] {
        let format = read(zone)["Resources"]["Api"]["Properties"]["AccessLogSetting"]["Format"].to_string();
        for field in ["sourceIp", "userAgent", "authorizer", "identity."] {
            assert!(!format.contains(field), "{zone} logs {field}");
        }
    }
}

#[test]
fn every_trigger_of_every_function_has_a_sample_event_that_is_json() {
    for zone in ["identity", "community", "treasury", "partners"] {
        for (name, function) in of_type(&read(zone), "AWS::Serverless::Function") {
            let code = function["Properties"]["CodeUri"]
                .as_str()
                .unwrap()
                .trim_end_matches('/')
                .rsplit('/')
                .next()
                .unwrap();
            let folder = [format!("events/{zone}/{code}"), format!("events/edge/{code}")]
                .into_iter()
                .map(|folder| root().join(folder))
                .find(|folder| folder.exists());
            let folder = folder.unwrap_or_else(|| panic!("{zone}/{name} has no sample event"));
            let files: Vec<_> = std::fs::read_dir(folder).unwrap().flatten().collect();
            assert!(!files.is_empty(), "{zone}/{name}");
            for file in files {
                let text = std::fs::read_to_string(file.path()).unwrap();
                serde_json::from_str::<Value>(&text)
                    .unwrap_or_else(|error| panic!("{}: {error}", file.path().display()));
            }
        }
    }
}

#[test]
fn every_sample_event_is_used_by_a_test_of_its_function() {
    // Of each function, all of it.
    let mut sources = BTreeMap::<PathBuf, String>::new();
    for path in below(&root().join("functions")) {
        if path.extension().is_some_and(|end| end == "rs") {
            let function = path.strip_prefix(root()).unwrap().iter().take(3).collect();
            *sources.entry(function).or_default() += &std::fs::read_to_string(&path).unwrap();
        }
    }
    let mut unused = Vec::new();
    for path in below(&root().join("events")) {
        let place = path.strip_prefix(root().join("events")).unwrap().with_extension("");
        let (folder, name) =
            (place.parent().unwrap().to_str().unwrap(), place.file_name().unwrap().to_str().unwrap());
        let whole = format!("{folder}/{name}");
        // Either by its whole name, or by its own beside its folder's.
        let used = |source: &String| {
            source.contains(&whole)
                || (source.contains(&format!("{folder}/{{")) && source.contains(&format!("\"{name}\"")))
        };
        if !sources.values().any(used) {
            unused.push(whole);
        }
    }
    assert!(unused.is_empty(), "no test uses {unused:?}");
}
