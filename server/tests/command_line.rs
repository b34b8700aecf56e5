//! The program as its operator meets it: what it refuses, in which words, with which number, and that nothing is lost.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant};

use service::store::Store;
use tempfile::TempDir;

const PASSWORD: &str = "violet-harbour-lantern-42";

/// A place of its own for data and key.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }
    fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }
    fn key(&self) -> PathBuf {
        self.0.path().join("root.key")
    }
    fn gatehouse(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gatehouse"));
        command
            .env_clear()
            .current_dir(self.0.path())
            .args(arguments)
            .stdin(Stdio::null());
        command
            .env("GATEHOUSE_DATA_DIR", self.data())
            .env("GATEHOUSE_ROOT_KEY_FILE", self.key())
            .env("GATEHOUSE_LISTEN", "127.0.0.1:0");
        command
    }
    fn run(&self, arguments: &[&str]) -> (i32, String) {
        told(&self.gatehouse(arguments).output().unwrap())
    }
    /// Makes the owner; the exit code and what was said.
    fn create_owner(&self, email: &str, organization: &str) -> (i32, String) {
        let arguments = [
            "admin",
            "create-owner",
            "--email",
            email,
            "--name",
            "Olive Tran",
            "--organization",
            organization,
        ];
        let mut child = self
            .gatehouse(&arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        writeln!(child.stdin.take().unwrap(), "{PASSWORD}").unwrap();
        told(&child.wait_with_output().unwrap())
    }
    fn serve(&self) -> Server {
        Server::start(&mut self.gatehouse(&["serve"]))
    }
    /// Runs SQL on the store while nobody serves it.
    fn sql(&self, text: &'static str) {
        let url = Store::sqlite_url(&self.data().join("gatehouse.db"));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            sqlx::any::install_default_drivers();
            let pool = sqlx::AnyPool::connect(&url).await.unwrap();
            sqlx::query(text).execute(&pool).await.unwrap();
            pool.close().await;
        });
    }
}

fn told(output: &Output) -> (i32, String) {
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    (output.status.code().unwrap_or(-1), text)
}

/// A running server, killed at the latest when the test ends.
struct Server {
    child: Child,
    out: BufReader<ChildStdout>,
    address: String,
    /// What it printed until it was ready.
    said: String,
}

impl Server {
    #[expect(
        clippy::zombie_processes,
        reason = "dropping the server kills it and waits for it"
    )]
    fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        loop {
            let mut line = String::new();
            let ended = out.read_line(&mut line).unwrap() == 0;
            if ended {
                let mut why = String::new();
                child
                    .stderr
                    .take()
                    .unwrap()
                    .read_to_string(&mut why)
                    .unwrap();
                child.wait().unwrap();
                panic!("the server did not start: {why}");
            }
            said.push_str(&line);
            if let Some((_, port)) = line
                .trim_end()
                .split_once("Gatehouse is ready on http://localhost:")
            {
                return Self {
                    child,
                    out,
                    address: format!("127.0.0.1:{port}"),
                    said,
                };
            }
        }
    }
    /// One more line of what it prints.
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        line
    }
    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n",
            self.address
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
    /// Asks it to stop, as a service manager does. Exit code, log, and how long it took.
    fn stop(mut self) -> (i32, String, Duration) {
        let started = Instant::now();
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        let mut log = String::new();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut log)
            .unwrap();
        (
            self.child.wait().unwrap().code().unwrap_or(-1),
            log,
            started.elapsed(),
        )
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn the_first_start_makes_everything_private_and_says_how_to_begin() {
    let place = Place::new();
    let mut server = place.serve();
    assert!(
        server.said.contains("Created the root key"),
        "{}",
        server.said
    );
    let link = [server.line(), server.line()].concat();
    assert!(link.contains("/setup?token="), "{link}");
    assert_eq!(mode(&place.data()), 0o700);
    assert_eq!(mode(&place.data().join("outbox")), 0o700);
    for file in [
        place.key(),
        place.data().join("gatehouse.db"),
        place.data().join("gatehouse.db-wal"),
        place.data().join("lock"),
        place.data().join("control.sock"),
    ] {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    assert!(server.get("/healthz").ends_with("\r\n\r\nok"));
}

#[test]
fn the_set_up_token_can_be_chosen_for_unattended_installations() {
    let place = Place::new();
    let token = "c".repeat(42) + "A";
    let mut server = Server::start(
        place
            .gatehouse(&["serve"])
            .env("GATEHOUSE_SETUP_TOKEN", &token),
    );
    let link = [server.line(), server.line()].concat();
    assert!(link.contains(&format!("/setup?token={token}")), "{link}");
}

#[test]
fn a_server_that_is_told_to_stop_stops_cleanly() {
    let place = Place::new();
    let server = place.serve();
    server.get("/healthz");
    let (code, log, took) = server.stop();
    assert_eq!(code, 0, "{log}");
    assert!(
        took < Duration::from_secs(10) && log.contains("stopped"),
        "{took:?} {log}"
    );
    assert!(!place.data().join("control.sock").exists());
    assert!(
        !place.data().join("gatehouse.db-wal").exists(),
        "the log is folded into the database"
    );
}

#[test]
fn the_log_holds_no_token_and_no_address_of_a_page() {
    let place = Place::new();
    let server = Server::start(
        place
            .gatehouse(&["serve"])
            .env("GATEHOUSE_LOG", "debug,sqlx=info")
            .env("GATEHOUSE_LOG_FORMAT", "json"),
    );
    for path in [
        "/invite/canary-token",
        "/sign-in?next=canary-query",
        "/o/canary-slug",
        "/canary-path",
        "/setup?token=canary-setup",
    ] {
        server.get(path);
    }
    let (_, log, _) = server.stop();
    assert!(log.contains(r#""route":"/invite/{token}""#), "{log}");
    assert!(!log.contains("canary"), "{log}");
}

#[test]
fn what_was_acknowledged_survives_a_kill_at_once() {
    let place = Place::new();
    for round in 1..=3 {
        let server = place.serve();
        let (code, said) = place.create_owner(
            &format!("owner{round}@acme.example"),
            &format!("Acme {round}"),
        );
        assert_eq!(code, 0, "{said}");
        server.kill();
    }
    let server = place.serve();
    for round in 1..=3 {
        let (code, said) = place.create_owner(
            &format!("owner{round}@acme.example"),
            &format!("Another {round}"),
        );
        assert_eq!(code, 1);
        assert!(said.contains("has an account already"), "{said}");
    }
    assert!(server.get("/").contains("location: /sign-in\r\n"));
}

#[test]
fn operators_make_owners_beside_a_server_and_without_one() {
    let place = Place::new();
    let (code, said) = place.create_owner("olive@acme.example", "Acme");
    assert_eq!(code, 0, "{said}");
    let server = place.serve();
    assert!(!server.said.contains("setup"), "{}", server.said);
    let (code, said) = place.create_owner("umbra@umbra.example", "Umbra");
    assert_eq!(
        (code, said.contains("Created the organization Umbra")),
        (0, true),
        "{said}"
    );
}

#[test]
fn a_bad_owner_is_explained_field_by_field() {
    let place = Place::new();
    let (code, said) = place.create_owner("not an address", "");
    assert_eq!(code, 1);
    assert!(
        said.contains("email:") && said.contains("organization:"),
        "{said}"
    );
    let (code, said) = place.run(&[
        "admin",
        "create-owner",
        "--email",
        "a@b.example",
        "--name",
        "A",
        "--organization",
        "B",
    ]);
    assert_eq!((code, said.contains("standard input")), (2, true), "{said}");
}

#[test]
fn a_second_process_on_the_same_data_is_refused() {
    let place = Place::new();
    let server = place.serve();
    let (code, said) = place.run(&["serve"]);
    assert_eq!(code, 4, "{said}");
    assert!(
        said.contains(&format!("in use by process {}", server.child.id())),
        "{said}"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn the_process_leaves_no_core_dump_and_its_files_are_private() {
    let place = Place::new();
    let server = place.serve();
    let about = |file: &str| {
        let path = format!("/proc/{}/{file}", server.child.id());
        fs::read_to_string(path).unwrap()
    };
    let limits = about("limits");
    let core = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max core file size"))
        .unwrap();
    assert_eq!(
        core.split_whitespace().collect::<Vec<_>>(),
        ["0", "0", "bytes"]
    );
    assert!(about("status").contains("Umask:\t0077"));
}

#[test]
fn a_busy_port_is_named() {
    let place = Place::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, said) = told(
        &place
            .gatehouse(&["serve", "--listen", &address])
            .output()
            .unwrap(),
    );
    assert_eq!(code, 5, "{said}");
    assert!(
        said.contains(&address) && said.contains("in use by another program"),
        "{said}"
    );
}

#[test]
fn a_directory_that_cannot_be_used_is_named() {
    let place = Place::new();
    let file = place.0.path().join("file");
    fs::write(&file, "").unwrap();
    for path in [
        file.join("data"),
        file,
        place.0.path().join("no/such/parent"),
    ] {
        let (code, said) = told(
            &place
                .gatehouse(&["serve"])
                .env("GATEHOUSE_DATA_DIR", &path)
                .output()
                .unwrap(),
        );
        assert_eq!(code, 8, "{said}");
        assert!(said.contains(path.to_str().unwrap()), "{said}");
    }
}

#[test]
fn a_directory_others_can_write_to_is_refused() {
    let place = Place::new();
    fs::create_dir(place.data()).unwrap();
    fs::set_permissions(place.data(), Permissions::from_mode(0o777)).unwrap();
    let (code, said) = place.run(&["serve"]);
    assert_eq!((code, said.contains("chmod 700")), (8, true), "{said}");
}

#[test]
fn another_root_key_is_refused_with_both_ids_and_changes_nothing() {
    let place = Place::new();
    let made = place.serve();
    let expected = key_id(&made.said);
    made.stop();
    let other = "A".repeat(43) + "=";
    let refused = || {
        let (code, said) = told(
            &place
                .gatehouse(&["serve"])
                .env_remove("GATEHOUSE_ROOT_KEY_FILE")
                .env("GATEHOUSE_ROOT_KEY", &other)
                .output()
                .unwrap(),
        );
        assert_eq!(code, 6, "{said}");
        assert!(
            said.contains(&expected) && said.contains("0abe986356fc15cb"),
            "{said}"
        );
        fs::read(place.data().join("gatehouse.db")).unwrap()
    };
    // What the first run had not yet moved from its log into the file, SQLite moves when the next one opens it.
    let before = refused();
    assert_eq!(refused(), before);
    place.serve().stop();
}

#[test]
fn a_lost_root_key_is_missed_by_its_id_and_not_replaced() {
    let place = Place::new();
    let made = place.serve();
    let expected = key_id(&made.said);
    made.stop();
    fs::remove_file(place.key()).unwrap();
    let (code, said) = place.run(&["serve"]);
    assert_eq!(code, 6, "{said}");
    assert!(
        said.contains(&expected)
            && said.contains("there is no root key file")
                | said.contains("There is no root key file"),
        "{said}"
    );
    assert!(!place.key().exists());
}

/// The id in “Created the root key 0123456789abcdef in …”.
fn key_id(said: &str) -> String {
    said.split("root key ").nth(1).unwrap()[..16].to_owned()
}

#[test]
fn a_root_key_that_others_can_read_is_refused() {
    let place = Place::new();
    place.serve().stop();
    fs::set_permissions(place.key(), Permissions::from_mode(0o640)).unwrap();
    let (code, said) = place.run(&["serve"]);
    assert_eq!((code, said.contains("chmod 600")), (6, true), "{said}");
}

#[test]
fn a_root_key_beside_the_data_is_refused() {
    let place = Place::new();
    let inside = place.data().join("root.key");
    let (code, said) = told(
        &place
            .gatehouse(&["serve"])
            .env("GATEHOUSE_ROOT_KEY_FILE", &inside)
            .output()
            .unwrap(),
    );
    assert_eq!(code, 6, "{said}");
    assert!(said.contains("lies in the data directory"), "{said}");
    assert!(!place.data().join("gatehouse.db").exists());
}

#[test]
fn a_database_of_a_newer_version_is_refused() {
    let place = Place::new();
    place.serve().stop();
    place.sql(
        "insert into _sqlx_migrations (version, description, installed_on, success, checksum, execution_time) \
         values (9999, 'from the future', current_timestamp, 1, x'00', 0)",
    );
    let (code, said) = place.run(&["serve"]);
    assert_eq!((code, said.contains("newer version")), (7, true), "{said}");
    let (code, said) = place.run(&["doctor"]);
    assert_eq!((code, said.contains("newer version")), (1, true), "{said}");
}

#[test]
fn a_damaged_database_is_refused() {
    let place = Place::new();
    place.serve().stop();
    let file = place.data().join("gatehouse.db");
    let mut bytes = fs::read(&file).unwrap();
    let half = bytes.len() / 2;
    bytes[half..].fill(0xa5);
    fs::write(&file, bytes).unwrap();
    let (code, said) = place.run(&["serve"]);
    assert_eq!(code, 9, "{said}");
}

#[test]
fn wrong_settings_are_all_named_at_once() {
    let place = Place::new();
    let mut command = place.gatehouse(&["serve"]);
    command
        .env("GATEHOUSE_LISTEN", "localhost")
        .env("GATEHOUSE_PUBLIC_URL", "http://gatehouse.example")
        .env("GATEHOUSE_LOG_FORMAT", "xml");
    let (code, said) = told(&command.output().unwrap());
    assert_eq!(code, 3, "{said}");
    for name in [
        "GATEHOUSE_LISTEN",
        "GATEHOUSE_PUBLIC_URL",
        "GATEHOUSE_LOG_FORMAT",
    ] {
        assert!(said.contains(name), "{said}");
    }
    assert!(!place.data().exists());
}

#[test]
fn mail_settings_that_would_send_in_the_clear_are_refused() {
    let place = Place::new();
    let (code, said) = told(
        &place
            .gatehouse(&["serve"])
            .env("GATEHOUSE_SMTP_URL", "smtp://me:canary@mail.example")
            .output()
            .unwrap(),
    );
    assert_eq!((code, said.contains("smtps://")), (3, true), "{said}");
    assert!(!said.contains("canary"), "{said}");
}

#[test]
fn usage_is_explained() {
    let place = Place::new();
    assert_eq!(place.run(&["serve", "--nonsense"]).0, 2);
    assert_eq!(place.run(&[]).0, 2);
    let (code, said) = place.run(&["--help"]);
    assert_eq!((code, said.contains("Exit codes")), (0, true), "{said}");
}

#[test]
fn the_doctor_explains_and_changes_nothing() {
    let place = Place::new();
    let (code, said) = place.run(&["doctor"]);
    assert_eq!(
        (code, said.contains("will be created")),
        (0, true),
        "{said}"
    );
    assert!(!place.data().exists() && !place.key().exists());

    let server = place.serve();
    let (code, said) = place.run(&["doctor"]);
    assert_eq!(code, 0, "{said}");
    for word in [
        "in use by a running server",
        "up to date",
        "fits the database",
        "mails become files",
    ] {
        assert!(said.contains(word), "{said}");
    }
    server.stop();

    fs::remove_file(place.key()).unwrap();
    let (code, said) = place.run(&["doctor"]);
    assert_eq!((code, said.contains("BAD  root key")), (1, true), "{said}");
}

/// A new root key beside the one in use.
fn another_root_key(place: &Place, letter: &str) -> PathBuf {
    let path = place.0.path().join(format!("root-{letter}.key"));
    fs::write(&path, letter.repeat(42) + "A=").unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    path
}

impl Place {
    fn rotate_root(&self, new: &Path, previous: &Path) -> (i32, String) {
        self.run(&[
            "keys",
            "rotate-root",
            "--root-key-file",
            new.to_str().unwrap(),
            "--previous-root-key-file",
            previous.to_str().unwrap(),
        ])
    }
    fn serve_with(&self, key: &Path) -> Server {
        Server::start(
            self.gatehouse(&["serve"])
                .env("GATEHOUSE_ROOT_KEY_FILE", key),
        )
    }
}

#[test]
fn keys_are_rotated_without_a_server_and_moved_over_by_the_next() {
    let place = Place::new();
    assert_eq!(place.create_owner("olive@acme.example", "Acme").0, 0);
    let (code, said) = place.run(&["keys", "status"]);
    assert_eq!(code, 0, "{said}");
    for line in [
        "wraps 2 keys, 0 under another",
        "the instance: version 1, 0 days old, 1 enc",
        "acme: version 1, 0 days old, 0 enc",
    ] {
        assert!(said.contains(line), "{said}");
    }
    let (code, said) = place.run(&["keys", "rotate"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("acme: version 2"), "{said}");
    let (_, said) = place.run(&["keys", "status"]);
    assert!(
        said.contains("the instance: version 2, 0 days old, 0 encryptions, 1 of 1 value under older versions (kept: 1)"),
        "{said}"
    );
    let server = place.serve();
    wait_until_moved(&place);
    drop(server);
    let (code, said) = place.create_owner("olive@acme.example", "Globex");
    assert_eq!((code, said.contains("has an account already")), (1, true));
}

/// The running server does it in the background.
fn wait_until_moved(place: &Place) {
    let started = Instant::now();
    loop {
        let (code, said) = place.run(&["keys", "status"]);
        assert_eq!(code, 0, "{said}");
        if !said.contains("kept:") {
            return;
        }
        assert!(started.elapsed() < Duration::from_secs(20), "{said}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn keys_are_rotated_beside_a_server() {
    let place = Place::new();
    let server = place.serve();
    assert_eq!(place.create_owner("olive@acme.example", "Acme").0, 0);
    let (code, said) = place.run(&["keys", "rotate", "--organization", "acme"]);
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("acme: version 2") && !said.contains("the instance"),
        "{said}"
    );
    let (code, said) = place.run(&["keys", "rotate", "--instance"]);
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("the instance: version 2") && !said.contains("acme"),
        "{said}"
    );
    wait_until_moved(&place);
    let (code, said) = place.run(&["keys", "rotate", "--organization", "nobody"]);
    assert_eq!(code, 1);
    assert!(said.contains("no organization nobody"), "{said}");
    let (code, log, _) = server.stop();
    assert_eq!(code, 0, "{log}");
    assert!(log.contains("values are under the active keys"), "{log}");
}

#[test]
fn keys_of_an_instance_that_does_not_exist_are_not_made() {
    let place = Place::new();
    assert_eq!(place.run(&["keys", "status"]).0, 8);
    fs::create_dir(place.data()).unwrap();
    fs::set_permissions(place.data(), Permissions::from_mode(0o700)).unwrap();
    let (code, said) = place.run(&["keys", "rotate"]);
    assert_eq!(
        (code, said.contains("no instance here yet")),
        (1, true),
        "{said}"
    );
    assert!(!place.data().join("gatehouse.db").exists() && !place.key().exists());
}

#[test]
fn the_root_key_is_exchanged_by_command() {
    let place = Place::new();
    assert_eq!(place.create_owner("olive@acme.example", "Acme").0, 0);
    let (new, wrong) = (another_root_key(&place, "B"), another_root_key(&place, "C"));
    let before = fs::read(place.data().join("gatehouse.db")).unwrap();
    let (code, said) = place.rotate_root(&new, &wrong);
    assert_eq!(code, 6, "{said}");
    assert!(said.contains("Nothing was changed"), "{said}");
    let (code, said) = place.rotate_root(&place.key(), &place.key());
    assert_eq!((code, said.contains("are the same")), (6, true), "{said}");
    let (code, said) = place.rotate_root(&place.0.path().join("missing.key"), &place.key());
    assert_eq!((code, said.contains("missing.key")), (6, true), "{said}");
    assert_eq!(fs::read(place.data().join("gatehouse.db")).unwrap(), before);

    let (code, said) = place.rotate_root(&new, &place.key());
    assert_eq!(
        (code, said.contains("2 before, 0 now")),
        (0, true),
        "{said}"
    );
    let (code, said) = place.rotate_root(&new, &place.key());
    assert_eq!(
        (code, said.contains("0 before, 0 now")),
        (0, true),
        "{said}"
    );
    let (code, said) = place.run(&["serve"]);
    assert_eq!(
        (code, said.contains("Nothing was changed")),
        (6, true),
        "{said}"
    );
    place.serve_with(&new).stop();
}

#[test]
fn the_root_key_is_exchanged_beside_a_server() {
    let place = Place::new();
    let server = place.serve();
    assert_eq!(place.create_owner("olive@acme.example", "Acme").0, 0);
    let (new, wrong) = (another_root_key(&place, "B"), another_root_key(&place, "C"));
    let (code, said) = place.rotate_root(&new, &wrong);
    assert_eq!(
        (code, said.contains(&key_id(&server.said))),
        (6, true),
        "{said}"
    );
    let (code, said) = place.rotate_root(&new, &place.key());
    assert_eq!(
        (code, said.contains("2 before, 0 now")),
        (0, true),
        "{said}"
    );
    // It goes on, and what it makes is under the new key.
    let (code, said) = place.create_owner("gloria@globex.example", "Globex");
    assert_eq!(code, 0, "{said}");
    assert!(server.get("/healthz").ends_with("ok"));
    server.stop();
    assert_eq!(place.run(&["serve"]).0, 6);
    place.serve_with(&new).stop();
}

#[test]
fn an_existing_instance_answers_quickly() {
    let place = Place::new();
    place.serve().stop();
    let started = Instant::now();
    let server = place.serve();
    assert!(server.get("/healthz").starts_with("HTTP/1.1 200"));
    // The budget is 0.2 s for the release build on an idle machine; this is neither.
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
}
