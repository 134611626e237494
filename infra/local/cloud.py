"""The local cloud: starts, stops and deploys to MiniStack, an AWS emulator in one process.

    cloud.py start | stop | deploy | status | logs [FUNCTION] | staff EMAIL GROUP

Run by the Makefile with the Python of the SAM CLI's environment, for its boto3.
"""

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import boto3
import yaml

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".tools"
LOCAL = ROOT / "target" / "local"
STATE = LOCAL / "state"
PID = LOCAL / "ministack.pid"
LOG = LOCAL / "ministack.log"
DEPLOYED = LOCAL / "deployed.json"
ENDPOINTS = LOCAL / "endpoints.json"

VERSION = LOCAL / "data-version"

# Grows when kept rows can no longer be read.
DATA_VERSION = "14"

PORT = int(os.environ.get("CURBSIDE_PORT", "4566"))
ENDPOINT = f"http://localhost:{PORT}"
REGION = "us-east-1"
STAGE = "local"
STACKS = [
    name
    for name in ("foundation", "sandbox", "identity", "community", "treasury", "partners")
    if (ROOT / "infra" / f"{name}.yaml").exists()
]
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}


def fail(problem, remedy):
    """Ends with a problem and what to do about it."""
    sys.exit(f"\n✗ {problem}\n  → {remedy}")


def say(text):
    print(text, flush=True)


def aws(service):
    return boto3.client(
        service,
        endpoint_url=ENDPOINT,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def answers():
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", PORT)) == 0


def our_process():
    """The process id of our MiniStack, if it runs."""
    try:
        pid = int(PID.read_text())
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        return pid if b"ministack" in command else None
    except (OSError, ValueError):
        return None


def forget_stream_positions():
    """The emulator keeps a stream's position over a restart but not its records, and would then pass
    over new ones: positions are forgotten, so that mappings begin at the horizon."""
    path = STATE / "lambda.json"
    if not path.exists():
        return
    state = json.loads(path.read_text())
    payload = state.get("payload", state)
    if "dynamodb_stream_positions" in payload:
        payload["dynamodb_stream_positions"] = {"__account_region_scoped__": True, "data": {}}
        path.write_text(json.dumps(state))


def start():
    if our_process():
        say(f"  the local cloud runs already at {ENDPOINT}")
        return
    if answers():
        fail(f"port {PORT} is taken by another program", "stop it, or choose a port: CURBSIDE_PORT=4600 make up")
    if STATE.exists() and (not VERSION.exists() or VERSION.read_text() != DATA_VERSION):
        fail("the kept data is of an earlier version", "make clean-data, then make up: the demo community is made anew")
    STATE.mkdir(parents=True, exist_ok=True)
    VERSION.write_text(DATA_VERSION)
    forget_stream_positions()
    # A clean environment: the emulator hands its own on to every function.
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(LOCAL),
        "AUTH": "true",
        "AWS_ENDPOINT_URL": ENDPOINT,
        "GATEWAY_PORT": str(PORT),
        "PERSIST_STATE": "1",
        "STATE_DIR": str(STATE),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(LOCAL / "s3"),
        "MINISTACK_REGION": REGION,
        **CREDENTIALS,
    }
    with LOG.open("ab") as log:
        process = subprocess.Popen(
            [TOOLS / "ministack" / "bin" / "ministack"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    PID.write_text(str(process.pid))
    for _ in range(120):
        if answers():
            say(f"  the local cloud runs at {ENDPOINT}")
            return
        if process.poll() is not None:
            break
        time.sleep(0.25)
    fail("the local cloud did not start", f"read {LOG.relative_to(ROOT)}")


def stop():
    pid = our_process()
    if not pid:
        say("  the local cloud does not run")
        return
    os.kill(pid, signal.SIGTERM)
    for _ in range(120):
        if not our_process():
            PID.unlink(missing_ok=True)
            say("  the local cloud is stopped; its data is kept in target/local")
            return
        time.sleep(0.25)
    fail("the local cloud does not stop", f"end process {pid} by hand, then make up again")


class Loader(yaml.SafeLoader):
    """Reads a template; CloudFormation's short forms become their arguments."""


Loader.add_multi_constructor(
    "!",
    lambda loader, _, node: loader.construct_scalar(node)
    if isinstance(node, yaml.ScalarNode)
    else loader.construct_sequence(node)
    if isinstance(node, yaml.SequenceNode)
    else loader.construct_mapping(node),
)


def template(name):
    return yaml.load((ROOT / "infra" / f"{name}.yaml").read_text(), Loader)


def digest(name):
    """What a stack is made of: its template and the binaries it names."""
    text = (ROOT / "infra" / f"{name}.yaml").read_text()
    total = hashlib.sha256(text.encode())
    total.update(repr(parameters(name)).encode())
    for code in sorted(set(functions(name).values())):
        binary = ROOT / "target" / "lambda" / code / "bootstrap"
        if not binary.exists():
            fail(f"the function {code} is not built", "make build")
        total.update(hashlib.sha256(binary.read_bytes()).digest())
    return total.hexdigest()


def functions(name):
    """The template's functions and the binary that each runs."""
    return {
        logical: resource["Properties"]["CodeUri"].rstrip("/").rsplit("/", 1)[-1]
        for logical, resource in template(name)["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


def stack(name):
    return f"curbside-{STAGE}-{name}"


def outputs(name):
    found = aws("cloudformation").describe_stacks(StackName=stack(name))["Stacks"][0]
    return {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", [])}


def parameters(name):
    wanted = template(name).get("Parameters", {})
    values = {
        "Stage": STAGE,
        "Architecture": "x86_64",
        "LocalEndpoint": ENDPOINT,
        "BoardSchedule": "rate(1 minute)",
        "BallotGraceSeconds": "2",
        "SegmentFloor": "2",
        "MailFromHour": "0",
        "MailToHour": "24",
        "ActivationDelaySeconds": "0",
        "ActivationSchedule": "rate(1 minute)",
        "RetrySchedule": "0 1 2",
    }
    return {key: value for key, value in values.items() if key in wanted}


def deploy():
    done = json.loads(DEPLOYED.read_text()) if DEPLOYED.exists() else {}
    for number, name in enumerate(STACKS, 1):
        started = time.monotonic()
        wanted = digest(name)
        if done.get(name) == wanted:
            say(f"  [{number}/{len(STACKS)}] {name}: unchanged")
            continue
        say(f"  [{number}/{len(STACKS)}] {name}: deploying …")
        values = parameters(name)
        if name == "identity":
            values["ProviderUrl"] = outputs("sandbox")["Url"]
        run_sam(name, values)
        check_routes(name)
        finish(name)
        done[name] = wanted
        DEPLOYED.write_text(json.dumps(done, indent=2))
        say(f"        deployed in {time.monotonic() - started:.0f} s")
    write_endpoints()


def clear_failed(name):
    """A stack whose very creation failed can only be deleted and made anew."""
    client = aws("cloudformation")
    try:
        status = client.describe_stacks(StackName=stack(name))["Stacks"][0]["StackStatus"]
    except client.exceptions.ClientError:
        return
    if status == "ROLLBACK_COMPLETE":
        client.delete_stack(StackName=stack(name))


def run_sam(name, values):
    clear_failed(name)
    overrides = [f"{key}={value}" if " " not in value else f"{key}='{value}'" for key, value in values.items()]
    command = [
        TOOLS / "sam" / "bin" / "sam",
        "deploy",
        *("--config-file", ROOT / "samconfig.toml", "--config-env", name),
        *("--stack-name", stack(name), "--region", REGION, "--no-progressbar"),
        *("--parameter-overrides", *overrides),
    ]
    environment = {
        **{key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ},
        **CREDENTIALS,
        "AWS_ENDPOINT_URL": ENDPOINT,
        "SAM_CLI_TELEMETRY": "0",
    }
    log = LOCAL / f"deploy-{name}.log"
    with log.open("wb") as out:
        code = subprocess.run(command, cwd=ROOT, env=environment, stdout=out, stderr=out, check=False).returncode
    if code:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-25:])
        fail(f"the stack {name} was not deployed\n{tail}", f"read {log.relative_to(ROOT)}, mend it, make up again")


def check_routes(name):
    """The emulator makes an API's routes when it makes the API, and adds none later."""
    wanted = set()
    for resource in template(name)["Resources"].values():
        for event in resource.get("Properties", {}).get("Events", {}).values():
            if event["Type"] == "Api":
                wanted.add((event["Properties"]["Method"].upper(), event["Properties"]["Path"]))
    if not wanted:
        return
    gateway = aws("apigateway")
    found = {
        (method, resource["path"])
        for resource in gateway.get_resources(restApiId=api_id(name), limit=500)["items"]
        for method in resource.get("resourceMethods", {})
    }
    if wanted - found:
        fail(
            f"the local cloud cannot add routes to the API of {name}, which was made without them",
            "make clean-data, then make up: the demo community is made anew",
        )


def api_id(name):
    apis = aws("apigateway").get_rest_apis(limit=500)["items"]
    return next(one["id"] for one in apis if one["name"] == stack(name))


def finish(name):
    """Does what the emulator leaves out of a deployment: gateway responses and time to live."""
    for resource in template(name)["Resources"].values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Serverless::Api":
            set_gateway_responses(name, properties.get("GatewayResponses", {}))
        if resource["Type"] == "AWS::DynamoDB::Table" and "TimeToLiveSpecification" in properties:
            aws("dynamodb").update_time_to_live(
                TableName=stack(name), TimeToLiveSpecification=properties["TimeToLiveSpecification"]
            )


def set_gateway_responses(name, responses):
    gateway = aws("apigateway")
    api = api_id(name)
    for kind, response in responses.items():
        headers = response.get("ResponseParameters", {}).get("Headers", {})
        status = {"statusCode": str(response["StatusCode"])} if "StatusCode" in response else {}
        gateway.put_gateway_response(
            restApiId=api,
            responseType=kind,
            responseParameters={f"gatewayresponse.header.{key}": value for key, value in headers.items()},
            responseTemplates=response.get("ResponseTemplates", {}),
            **status,
        )
    gateway.create_deployment(restApiId=api, stageName=STAGE)


def write_endpoints():
    found = {"endpoint": ENDPOINT, "region": REGION, "stage": STAGE}
    for name in STACKS:
        for key, value in outputs(name).items():
            found[f"{name}_{key}"] = value
    ENDPOINTS.write_text(json.dumps(found, indent=2) + "\n")


def status():
    say(f"  local cloud: {'runs at ' + ENDPOINT if our_process() else 'stopped'}")
    if ENDPOINTS.exists():
        say(ENDPOINTS.read_text())


def logs(zone=None):
    """Prints what the functions logged, of one zone or of all."""
    client = aws("logs")
    for page in client.get_paginator("describe_log_groups").paginate():
        for group in page["logGroups"]:
            if zone and not group["logGroupName"].startswith(f"/curbside/{STAGE}/{zone}"):
                continue
            say(f"== {group['logGroupName']}")
            for event in client.filter_log_events(logGroupName=group["logGroupName"], limit=200)["events"]:
                say(event["message"].rstrip())


def staff(email="", group=""):
    """Puts somebody who has signed up into a group of the user pool."""
    remedy = "make staff EMAIL=<who has signed up> GROUP=reviewers, moderators or operators"
    if not email or not group:
        fail("an e-mail address and a group are needed", remedy)
    client = aws("cognito-idp")
    pool = json.loads(ENDPOINTS.read_text())["identity_UserPoolId"]
    try:
        client.admin_add_user_to_group(UserPoolId=pool, Username=email, GroupName=group)
    except client.exceptions.ClientError as error:
        fail(f"{email} was not put into {group}: {error.response['Error']['Message']}", remedy)
    say(f"  {email} is one of the {group}; sign in again for a token that says so")


if __name__ == "__main__":
    commands = {"staff": staff, "start": start, "stop": stop, "deploy": deploy, "status": status, "logs": logs}
    if len(sys.argv) < 2 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    commands[sys.argv[1]](*sys.argv[2:])
