//! One run against a hostile target, watched: its time, its memory, its verdicts, and whether its reports are safe.

use std::process::{Child, Output};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use capifspec::clock::Clock;
use serde_json::Value;

use crate::cli::Desk;

/// Deadlines of the target file: short, since what is waited for is not coming, and long enough for an honest server on a
/// loaded machine.
pub(super) const TIMING: &str =
    "\n[timing]\nanswer-ms = 1500\nhandshake-ms = 2000\nnotification-ms = 300\nquiet-ms = 100\n";
const ANSWER_MS: u64 = 1_500;
const HANDSHAKE_MS: u64 = 2_000;

/// What a loaded machine may take for a process, its keys and its reports, beside the deadlines.
const ALLOWANCE_MS: u64 = 25_000;

/// Memory that a run may take, in KiB.
const MEMORY_MAX_KIB: u64 = 300 * 1024;

/// How often the memory of a running process is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// What hostile peers write into whatever is shown: it breaks out of markup, attributes, terminals and lines.
pub(super) const PAYLOAD: &str =
    "\u{1b}]0;owned\u{7}\u{1b}[31m\u{9b}1m\u{202e}'\"><script>hostile()</script><img src=x onerror=hostile()>]]>&bad;";

/// What became of a run.
pub(super) struct Ordeal {
    pub(super) code: Option<i32>,
    pub(super) out: String,
    pub(super) report: Value,
}

impl Ordeal {
    /// Runs the program to its end. It has to end within the deadlines of the exchanges that are not answered.
    pub(super) fn undergone(desk: &Desk, arguments: &[&str], unanswered: u64) -> Result<Self, String> {
        let _busy = crate::machine::busy();
        let clock = Clock::real();
        let limit = ALLOWANCE_MS + unanswered * (ANSWER_MS + HANDSHAKE_MS);
        let (output, peak) = watched(desk.command(arguments).spawn().unwrap(), Duration::from_millis(limit))?;
        let took = clock.monotonic_us() / 1_000;
        let err = String::from_utf8(output.stderr).map_err(|_| "stderr is no text")?;
        let out = String::from_utf8(output.stdout).map_err(|_| "stdout is no text")?;
        check(took <= limit, || format!("it took {took} ms of {limit}"))?;
        check(peak > 0 || !cfg!(target_os = "linux"), || "its memory was not seen".to_owned())?;
        check(peak <= MEMORY_MAX_KIB, || format!("it took {} MiB of memory", peak / 1024))?;
        check(!err.contains("panicked") && !out.contains("panicked"), || format!("it panicked: {err}{out}"))?;
        check(desk.has("out/report.json"), || format!("there is no report: {err}{out}"))?;
        let ordeal = Self { code: output.status.code(), report: desk.report("out/report.json"), out };
        check(ordeal.report["counts"]["error"] == 0, || format!("the harness blames itself:\n{}", ordeal.out))?;
        safe_to_look_at(desk, &ordeal, &err)?;
        Ok(ordeal)
    }

    /// Verdict, and why, of the scenario of this name.
    pub(super) fn scenario(&self, name: &str) -> (&str, String) {
        let all = self.report["scenarios"].as_array().unwrap();
        let told = all.iter().find(|told| told["name"] == name).unwrap_or_else(|| panic!("no scenario {name}"));
        let findings = told["findings"].as_array().unwrap().iter();
        let observed: Vec<&str> = findings.filter_map(|finding| finding["observed"].as_str()).collect();
        let reason = told["reason"].as_str().unwrap_or_default();
        (told["verdict"].as_str().unwrap(), format!("{reason} {}", observed.join(" ")))
    }
}

/// The output of a process, and the most memory that it was seen to take, in KiB.
fn watched(mut child: Child, patience: Duration) -> Result<(Output, u64), String> {
    let status = format!("/proc/{}/status", child.id());
    let (tell, ended) = sync_channel(1);
    let mut kill = None;
    let looks = patience.as_millis() / LOOK.as_millis() + 1;
    let mut peak = 0;
    thread::scope(|scope| {
        let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        scope.spawn(move || {
            let errors = thread::spawn(move || read(err));
            tell.send((read(out), errors.join().unwrap())).unwrap();
        });
        for look in 0.. {
            match ended.recv_timeout(LOOK) {
                Ok((stdout, stderr)) => {
                    let status = child.wait().unwrap();
                    return Ok((Output { status, stdout, stderr }, peak));
                }
                Err(RecvTimeoutError::Timeout) => peak = peak.max(resident_kib(&status)),
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if look > looks && kill.is_none() {
                kill = Some(child.kill());
                break;
            }
        }
        child.wait().unwrap();
        Err(format!("it did not end within {} ms", patience.as_millis()))
    })
}

fn read(mut stream: impl std::io::Read) -> Vec<u8> {
    let mut all = Vec::new();
    stream.read_to_end(&mut all).unwrap();
    all
}

/// The high-water mark of a process; 0 where the system does not tell it, or the process has gone.
fn resident_kib(status: &str) -> u64 {
    let text = std::fs::read_to_string(status).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kib| kib.parse().ok()).unwrap_or_default()
}

/// Nothing that a peer sent acts on who looks at the reports.
fn safe_to_look_at(desk: &Desk, ordeal: &Ordeal, err: &str) -> Result<(), String> {
    let acts = |character: &char| {
        (character.is_control() && !matches!(character, '\n' | '\t'))
            || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
    };
    let text = |name: &str| String::from_utf8(desk.read(name)).map_err(|_| format!("{name} is no text"));
    let (page, junit) = (text("out/report.html")?, text("out/junit.xml")?);
    let shown = [("stdout", ordeal.out.as_str()), ("stderr", err), ("report.html", &page), ("junit.xml", &junit)];
    for (name, text) in shown {
        let found = text.chars().find(acts);
        check(found.is_none(), || format!("{name} holds {:?}", found.unwrap_or_default()))?;
    }
    for markup in ["'\"><", "<script>hostile", "<img src=x"] {
        check(!page.contains(markup), || format!("report.html holds {markup}"))?;
    }
    quick_junit::Report::deserialize_from_str(&junit).map_err(|error| format!("junit.xml: {error}"))?;
    Ok(())
}

fn check(holds: bool, complaint: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(complaint()) }
}
