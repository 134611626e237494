//! The programs for the command line, as `make build` leaves them, and a way on which answers are lost.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Command, Output, Stdio},
    thread,
};

use tests::{Member, cloud::root};

/// The verifier, as `make build` leaves it.
pub(crate) fn verify(arguments: &[&str]) -> Output {
    let program = root().join("target/lambda/curbside-verify/bootstrap");
    Command::new(program).args(arguments).output().expect("the verifier")
}

/// The device for the command line, as `make build` leaves it, with a member's session.
pub(crate) fn device(member: &Member, arguments: &[&str]) -> Output {
    let program = root().join("target/lambda/curbside-vote/bootstrap");
    let mut command = Command::new(program);
    command.args(arguments).args(["--session", "-", "--wait", "0"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the device");
    child.stdin.take().expect("an input").write_all(member.token.as_bytes()).expect("written");
    child.wait_with_output().expect("an answer")
}

/// A way to the server on which the answer is lost to whoever has a ballot signed: its address.
pub(crate) fn losing(server: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let here = format!("http://{}", listener.local_addr().expect("an address"));
    let (host, prefix) = server.trim_start_matches("http://").split_once('/').expect("a path");
    let (host, prefix) = (host.to_owned(), prefix.trim_end_matches('/').to_owned());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.expect("a connection"));
            let mut line = String::new();
            stream.read_line(&mut line).expect("a request");
            let signs = line.starts_with("POST /polls/");
            let mut request = line.replacen(" /", &format!(" /{prefix}/"), 1);
            let mut length = 0;
            loop {
                let mut header = String::new();
                stream.read_line(&mut header).expect("a header");
                if header.trim().is_empty() {
                    break;
                }
                let name = header.to_ascii_lowercase();
                if let Some(value) = name.strip_prefix("content-length:") {
                    length = value.trim().parse().expect("a length");
                }
                if !name.starts_with("host:") && !name.starts_with("connection:") {
                    request.push_str(&header);
                }
            }
            request.push_str(&format!("host: {host}\r\nconnection: close\r\n\r\n"));
            let mut body = vec![0; length];
            stream.read_exact(&mut body).expect("a body");
            let mut onward = TcpStream::connect(&host).expect("the server");
            onward.write_all(&[request.as_bytes(), &body].concat()).expect("asked");
            let mut answer = Vec::new();
            onward.read_to_end(&mut answer).expect("answered");
            let lost = b"HTTP/1.1 400 Lost\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            // What was not signed is asked for again.
            let answer = if signs && answer.starts_with(b"HTTP/1.1 200") { lost.as_slice() } else { &answer };
            // Who asked may be gone.
            drop(stream.get_mut().write_all(answer));
        }
    });
    here
}
